/**
 * From what runs showed to verdicts: which rule is judged at all, how, and what is said where
 * nothing was shown.
 */
import { describe, expect, it } from 'vitest';
import type { Violation } from '../check/monitor.ts';
import type { Requirement } from '../check/requirement.ts';
import type { SubjectContext } from '../check/subject.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { DialectName } from '../trace/plan.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import { concludeRows, messageOf, placeOf, type ConcludeOptions } from './conclude.ts';
import { Fold } from './fold.ts';
import type { RequirementRecord } from './record.ts';
import type { Chapter } from './chapter.ts';

const subject: SubjectContext = {
  ...{ kind: 'native', profile: bootstrapProfile(null), registrations: [] },
  ...{ revision: 'merged', enumHeader: null },
};
const must = 'REG-001';
const should = 'REG-012';
const may = 'REG-011';
const runtime = 'EPOCH-010';

const trace = [
  ...[
    {
      kind: 'operation-started',
      op: 7,
      caller: 'user',
      process: 1,
      operation: { op: 'find', key: 3 },
    },
    { kind: 'callback-entered', call: 1, op: 7, callback: 'postprocess_map_find_element' },
    { kind: 'callback-returned', call: 1 },
  ],
].map((event, seq) => ({ ...event, seq, actor: 0 })) as unknown as TraceEvent[];
const violation = (kind: Violation['kind'] = 'violated'): Violation => ({
  ...{ kind, seq: 2, expected: 'a', saw: 'b' },
});

/** What runs showed of one rule. */
const foldOf = (
  id: string,
  { exercised = 1, violations = [] as Violation[] } = {},
): ReadonlyMap<DialectName, Fold> => {
  const fold = new Fold();
  const plan = { name: 'p', actors: [] };
  fold.add([{ id, exercised, violations }], { plan, choices: [], trace });
  return new Map([['as-documented', fold]]);
};
const nothing: ReadonlyMap<DialectName, Fold> = new Map([['as-documented', new Fold()]]);

const conclude = (
  id: string,
  folds: ReadonlyMap<DialectName, Fold>,
  options: Partial<ConcludeOptions> = {},
  more: Partial<Requirement> = {},
): RequirementRecord => {
  const requirement: Requirement = {
    ...{ id, asks: id, passing: id, look: id, watch: () => ({}) },
    ...more,
  };
  const chapter = { name: 'own', requirements: [requirement], scenarios: [] } as unknown as Chapter;
  const rows = concludeRows({
    ...{ chapters: [chapter], subject, folds, selected: null, ran: new Set(['own']) },
    ...{ avoided: [], bound: null, judged: 'provider' as const },
    ...options,
  });
  return rows.find((row) => row.id === id)!;
};
const verdictOf = (...given: Parameters<typeof conclude>) => {
  const { verdict, reason } = conclude(...given);
  return [verdict, reason];
};
const broken = (id: string, kind?: Violation['kind']) =>
  foldOf(id, { violations: [violation(kind)] });

describe('a violation', () => {
  it.each([
    [must, 'violated', 'fail'],
    [must, 'warned', 'warn'],
    [must, 'crash', 'crash'],
    [must, 'hang', 'hang'],
    [should, 'violated', 'warn'],
    [should, 'crash', 'warn'],
    [may, 'violated', 'info'],
  ] as const)('of %s that is %s gives %s', (id, kind, verdict) => {
    expect(conclude(id, broken(id, kind)).verdict).toBe(verdict);
  });

  it('of a SHOULD that is a MUST for the subject is a fail', () => {
    const own = { isMustFor: () => true };
    expect(conclude(should, broken(should), {}, own).verdict).toBe('fail');
  });

  it('is told with its place and its cause', () => {
    const row = conclude(must, broken(must));
    expect(row).toMatchObject({ exercised: 1, runs: 1, strength: 'sampled', reason: null });
    expect(row.at).toEqual({
      operation: 'find (key 3)',
      callback: 'postprocess_map_find_element',
      seq: 2,
    });
    expect(row.message).toBe(
      'expected: a; saw: b [operation find (key 3); callback postprocess_map_find_element]',
    );
    expect(row.causes).toMatchObject([{ kind: 'violated', expected: 'a', seen: 1 }]);
    expect(conclude(must, foldOf(must)).causes).toBeUndefined();
  });

  it('without any place is told without one', () => {
    const witness = {
      violation: violation(),
      plan: { name: '', actors: [] },
      choices: [],
      trace: [],
    };
    expect(placeOf(witness)).toEqual({ operation: null, callback: null, seq: 2 });
    expect(messageOf(witness)).toBe('expected: a; saw: b');
  });

  it('that only the small counterexample shows is one of the causes too', () => {
    const folds = broken(must);
    const rule = folds.get('as-documented')!.of(must);
    rule.witness = { ...rule.witness!, violation: { ...violation(), expected: 'c' } };
    expect(conclude(must, folds).causes?.map(({ expected }) => expected)).toEqual(['a', 'c']);
  });
});

describe('without one', () => {
  it('what was exercised passes, and what was not is said', () => {
    expect(verdictOf(must, foldOf(must))).toEqual(['pass', null]);
    expect(verdictOf(must, nothing)).toEqual(['vacuous', 'nothing that ran exercised it']);
    expect(conclude(may, nothing).verdict).toBe('info');
  });

  it('a bound that ran out, or losses, leave open what was not exercised, and only that', () => {
    const bound = { bound: 'the budget ran out' };
    expect(verdictOf(must, nothing, bound)).toEqual(['inconclusive', 'the budget ran out']);
    expect(verdictOf(must, foldOf(must), bound)).toEqual(['pass', null]);
    expect(verdictOf(must, nothing, { ...bound, avoided: ['create'] })[1]).toContain(
      'stopped short of create',
    );
  });

  it('a run that proves nothing leaves its rule open, a violation beside it counts', () => {
    for (const [folds, verdict] of [
      [foldOf(must), 'inconclusive'],
      [broken(must), 'fail'],
    ] as const) {
      folds.get('as-documented')!.unsettle([must], 'a limit');
      expect(conclude(must, folds).verdict).toBe(verdict);
    }
  });

  it('a pass that cannot be seen is none; what was broken counts', () => {
    const unobserved = { [must]: 'hidden' };
    expect(verdictOf(must, foldOf(must), { unobserved })).toEqual(['not-applicable', 'hidden']);
    expect(conclude(must, foldOf(must), { unobserved })).toMatchObject({ exercised: 0, runs: 0 });
    expect(conclude(must, broken(must), { unobserved }).verdict).toBe('fail');
  });

  it('schedules that were walked to the end are the strength', () => {
    const folds = foldOf(must);
    folds.get('as-documented')!.exhausted([must], 9);
    expect(conclude(must, folds)).toMatchObject({ strength: 'exhaustive', schedules: 9 });
  });
});

describe('a rule that is not judged', () => {
  it('is of another revision or another subject', () => {
    const draft = { subject: { ...subject, revision: 'draft' as const } };
    expect(verdictOf('ENUM-002', foldOf('ENUM-002'), draft)).toEqual([
      'not-applicable',
      'not in revision draft',
    ]);
    expect(verdictOf(must, foldOf(must), { judged: 'runtime' })).toEqual([
      'not-applicable',
      'subject',
    ]);
  });

  it('was not selected, or its chapter not run; a loss counts all the same', () => {
    const others = { selected: new Set(['REG-002']) };
    expect(verdictOf(must, broken(must), others)).toEqual(['not-selected', 'not selected']);
    expect(conclude(must, broken(must, 'crash'), others).verdict).toBe('crash');
    expect(conclude(must, broken(must, 'hang'), others).verdict).toBe('hang');
    expect(conclude(must, foldOf(must), { ran: new Set() }).verdict).toBe('not-selected');
  });

  it('cannot be tested, or nobody watches it', () => {
    expect(verdictOf(must, foldOf(must), {}, { untestable: 'why' })).toEqual(['info', 'why']);
    const watch = { watch: undefined } as unknown as Partial<Requirement>;
    expect(conclude(must, foldOf(must), {}, watch).verdict).toBe('inconclusive');
    expect(conclude(must, foldOf(must), { chapters: [] }).verdict).toBe('inconclusive');
  });

  it('is excused: for good, or only seen to be refused', () => {
    const unless = (by: 'data' | 'probed' | 'occasion') => ({
      applies: [{ holds: () => false, otherwise: [{ by, why: by }] }],
    });
    expect(verdictOf(must, nothing, {}, unless('data'))).toEqual(['not-applicable', 'data']);
    expect(verdictOf(must, nothing, {}, unless('probed'))).toEqual(['inconclusive', 'probed']);
    expect(conclude(may, nothing, {}, unless('probed')).verdict).toBe('info');
    expect(conclude(must, nothing, {}, unless('occasion')).verdict).toBe('not-applicable');
    expect(conclude(must, foldOf(must), {}, unless('occasion')).verdict).toBe('pass');
    expect(conclude(must, foldOf(must), {}, unless('data')).verdict).toBe('not-applicable');
    expect(conclude(must, broken(must), {}, unless('probed')).verdict).toBe('fail');
  });

  it('of the runtime in a run of a provider is the check of the harness on itself', () => {
    expect(conclude(runtime, foldOf(runtime, { exercised: 4 }))).toMatchObject({
      ...{ verdict: 'not-applicable', exercised: 0, selfCheck: { exercised: 4, ok: true } },
    });
    expect(conclude(runtime, broken(runtime))).toMatchObject({
      ...{ verdict: 'harness-error', selfCheck: { ok: false } },
    });
  });
});

it('under another reading it is advice: a warning at most where the order of detach is meant', () => {
  const under = (dialect: DialectName) =>
    conclude(must, new Map([...foldOf(must), [dialect, broken(must).get('as-documented')!]]));
  expect(under('as-shipped')).toMatchObject({
    ...{ verdict: 'pass', advisory: { 'as-shipped': { verdict: 'fail' } } },
  });
  expect(under('detach-first').advisory['detach-first']).toMatchObject({ verdict: 'warn' });
});
