/** What a waiver excuses: one cause of one rule, and nothing that breaks the rule besides. */
import { describe, expect, it } from 'vitest';
import type { Finding, Violation } from '../check/monitor.ts';
import type { Waiver } from '../provider/profile.ts';
import type { TraceEvent } from '../trace/event.ts';
import { causeOf } from './cause.ts';
import { Fold } from './fold.ts';
import { recordOf, rowOf } from '../run/golden.fixture.ts';
import { ReadingFolds } from './reading-folds.ts';
import type { CauseRecord, RequirementRecord } from './record.ts';
import { applyWaivers } from './waive.ts';
import { brokenUnder } from './waived-readings.ts';
import { checkWaivers } from './waivers.ts';

const call = (seq: number, callback: string): TraceEvent =>
  ({ kind: 'callback-entered', seq, actor: 0, call: seq + 1, callback }) as unknown as TraceEvent;
const trace = [call(0, 'preprocess_map_create'), call(1, 'postprocess_map_delete')];

const violation = (more: Partial<Violation> = {}): Violation => ({
  ...{ kind: 'violated', seq: 0, expected: 'the 8 bytes stay', saw: 'they went' },
  ...more,
});
const shown = (more: Partial<Violation> = {}): CauseRecord => ({
  ...causeOf(violation(more), trace),
  seen: 1,
});
const plain = shown();
const elsewhere = shown({ seq: 1 });
const crash = shown({ kind: 'crash' });

const row = (causes: CauseRecord[], more: Partial<RequirementRecord> = {}): RequirementRecord =>
  rowOf('REG-001', 'fail', { message: 'expected: a; saw: b', causes, ...more });

const waived = (
  causes: CauseRecord[],
  given: Partial<Waiver>[],
  { isBroken = false, more = {} }: { isBroken?: boolean; more?: Partial<RequirementRecord> } = {},
): { verdict: string; trouble: string | undefined; says: string; exitCode: number } => {
  const rows = [row(causes, more), rowOf('REG-002', 'pass')];
  const waivers = given.map((one) => ({ id: 'REG-001', reason: 'known', ...one }));
  applyWaivers(rows, checkWaivers(waivers, 'it'), '2026-06-01', () => isBroken);
  const { verdict, waiver } = rows[0]!;
  const { exitCode } = recordOf(rows);
  return { verdict, trouble: waiver?.trouble, says: waiver?.says ?? '', exitCode };
};
const fits = { verdict: 'waived', trouble: undefined, says: '', exitCode: 0 };
const red = { verdict: 'fail', trouble: 'mismatching', exitCode: 1 };

describe('a bare waiver', () => {
  it('excuses a rule that shows one cause', () => {
    expect(waived([plain], [{}])).toEqual(fits);
  });

  it('excuses nothing of a rule that shows two, and the sentence says what to write', () => {
    const { says, ...rest } = waived([plain, elsewhere], [{}]);
    expect(rest).toEqual(red);
    expect(says).toContain('2 of 2 causes are not excused');
    for (const { key } of [plain, elsewhere]) expect(says).toContain(key);
    expect(says).toContain(`add "cause": "${plain.key}"`);
  });

  it('excuses no crash and no hang', () => {
    expect(waived([crash], [{}])).toMatchObject(red);
    expect(waived([shown({ kind: 'hang' })], [{}])).toMatchObject(red);
  });
});

describe('a waiver of a cause', () => {
  it('excuses that cause, by its key or by its parts', () => {
    const { callback, expected } = plain;
    expect(waived([plain], [{ cause: plain.key }])).toEqual(fits);
    expect(waived([plain], [{ cause: { callback: callback!, expected } }])).toEqual(fits);
    expect(waived([plain], [{ cause: { expected: 'the 16 bytes stay (elsewhere)' } }])).toEqual(
      fits,
    );
  });

  it('leaves every other one', () => {
    const { says, ...rest } = waived([plain, elsewhere], [{ cause: plain.key }]);
    expect(rest).toEqual(red);
    expect(says).toContain(elsewhere.key);
    expect(says).not.toContain(plain.key);
    expect(waived([plain], [{ cause: elsewhere.key }])).toMatchObject(red);
    expect(waived([plain], [{ cause: { callback: 'postprocess_map_delete' } }])).toMatchObject(red);
    expect(waived([plain], [{ cause: { expected: 'bytes stay' } }])).toMatchObject(red);
    expect(waived([plain], [{ cause: { kind: 'warned' } }])).toMatchObject(red);
  });

  it('takes one for each: two waivers for two causes', () => {
    expect(waived([plain, elsewhere], [{ cause: plain.key }, { cause: elsewhere.key }])).toEqual(
      fits,
    );
  });

  it('excuses a loss where it says so, and only then', () => {
    const { callback } = crash;
    expect(waived([crash], [{ cause: crash.key }])).toEqual(fits);
    expect(waived([crash], [{ cause: { kind: 'crash' } }])).toEqual(fits);
    expect(waived([crash], [{ cause: { callback: callback! } }])).toMatchObject(red);
    expect(waived([crash], [{ cause: { kind: 'hang' } }])).toMatchObject(red);
  });

  it('that nothing shows any more is stale beside one that fits', () => {
    const answer = waived([plain], [{ cause: plain.key }, { cause: elsewhere.key, reason: 'old' }]);
    expect(answer).toMatchObject({ verdict: 'waived', trouble: 'stale', exitCode: 3 });
    expect(answer.says).toContain('"old"');
  });

  it('does not fit where more causes were seen than are listed', () => {
    expect(waived([plain], [{ cause: plain.key }], { more: { moreCauses: 1 } })).toMatchObject(red);
  });
});

describe('the day of a waiver', () => {
  it('is its last', () => {
    expect(waived([plain], [{ expires: '2026-06-01' }])).toEqual(fits);
    expect(waived([plain], [{ expires: '2026-05-31' }])).toMatchObject({
      verdict: 'fail',
      trouble: 'expired',
    });
  });

  it('counts for its own cause only', () => {
    const late = { cause: plain.key, expires: '2026-05-31' };
    expect(waived([plain, elsewhere], [late, { cause: elsewhere.key }])).toMatchObject({
      trouble: 'expired',
    });
    expect(waived([plain, elsewhere], [late])).toMatchObject({ trouble: 'mismatching' });
  });
});

it('a waiver of a rule that holds is stale, one of a rule that was not selected is left alone', () => {
  const rows = [rowOf('REG-001', 'pass'), rowOf('REG-002', 'not-selected')];
  const waivers = ['REG-001', 'REG-002'].map((id) => ({ id, reason: 'known' }));
  applyWaivers(rows, waivers, '2026-06-01', () => false);
  expect(rows.map(({ waiver }) => waiver?.trouble)).toEqual(['stale', undefined]);
});

describe('a waiver with a reading', () => {
  const reading = 'as-shipped';

  it('excuses what does not break the rule there, several causes too', () => {
    expect(waived([plain, elsewhere], [{ reading }])).toEqual(fits);
    expect(waived([plain], [{ reading, cause: plain.key }])).toEqual(fits);
  });

  it('excuses nothing that breaks it there as well, and no loss', () => {
    const answer = waived([plain], [{ reading, cause: plain.key }], { isBroken: true });
    expect(answer).toMatchObject(red);
    expect(answer.says).toContain('breaks the rule under the reading');
    expect(waived([crash], [{ reading }])).toMatchObject(red);
  });

  const run = { plan: { name: 'p', actors: [] }, choices: [], trace };
  const finding = (...violations: Violation[]): Finding => ({
    ...{ id: 'REG-001', exercised: 1, violations },
  });
  const waivers: Waiver[] = [{ id: 'REG-001', reason: 'known', reading }];

  it('asks the plans that ran there, and repeats the smallest of each cause', async () => {
    const documented = new Fold();
    documented.add([finding(violation(), violation({ seq: 1 }))], run);
    const shipped = new Fold();
    const folds = new Map([
      ['as-documented', documented],
      ['as-shipped', shipped],
    ] as const);
    const asked = async (again: boolean): Promise<boolean[]> => {
      const isBroken = await brokenUnder(waivers, folds, async () => again);
      return [plain, elsewhere].map(({ key }) => isBroken('REG-001', reading, key));
    };
    expect(await asked(false)).toEqual([false, false]);
    expect(await asked(true)).toEqual([true, true]);
    shipped.add([finding(violation())], run);
    expect(await asked(false)).toEqual([true, false]);
  });

  it('is judged over the same trace where that tells', () => {
    const readings = new ReadingFolds(waivers);
    readings.add([finding(violation())], () => [], run);
    expect(readings.isBrokenUnder('REG-001', reading, plain.key)).toBe(false);
    readings.add([finding(violation())], () => [violation({ seq: 1 })], run);
    expect(readings.isBrokenUnder('REG-001', reading, plain.key)).toBe(true);
    expect(readings.isBrokenUnder('REG-001', 'detach-first', plain.key)).toBe(false);
  });
});

describe('what is no waiver', () => {
  it.each([
    [{ id: 'REG-999', reason: 'r' }, /is no rule/],
    [{ id: 'REG-001', reason: ' ' }, /needs a reason/],
    [{ id: 'REG-001', reason: 'r', expires: 'soon' }, /expires is a day/],
    [{ id: 'REG-001', reason: 'r', casue: 'c-0123456789' }, /"casue" is no member/],
    [{ id: 'REG-001', reason: 'r', reading: 'as-documented' }, /reading is one of as-shipped/],
    [{ id: 'REG-001', reason: 'r', cause: 'the bytes' }, /is no cause/],
    [{ id: 'REG-001', reason: 'r', cause: {} }, /cause is a key/],
    [{ id: 'REG-001', reason: 'r', cause: { kind: 'odd' } }, /cause is a key/],
    [{ id: 'REG-001', reason: 'r', cause: { saw: 'it' } }, /cause is a key/],
  ])('%j is refused in one sentence', (given, sentence) => {
    expect(() => checkWaivers([given], 'it')).toThrow(sentence);
  });
});
