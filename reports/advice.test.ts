/**
 * Advice in every report: what showed under another reading, with how to see it again, and no
 * verdict of it.
 */
import { describe, expect, it } from 'vitest';
import { recordOf, rowOf } from '../harness/run/golden.fixture.ts';
import type { RequirementRecord, RunRecord } from '../harness/conclude/record.ts';
import { checkReport } from './check-report.ts';
import { FORMATS, render } from './reporter.ts';
import { adviceOf } from './violation-view.ts';

const replay = 'mapcert replay r1.word --subject provider.so';
const advisory: RequirementRecord['advisory'] = {
  'as-shipped': { verdict: 'pass', message: null },
  'detach-first': {
    verdict: 'crash',
    message:
      'expected: a map ends without harm; saw: postprocess_map_delete crashed <SIGSEGV> ' +
      '[operation close (map 0); callback postprocess_map_delete]',
    replay,
  },
};
const recordWith = (verdict: RequirementRecord['verdict']): RunRecord =>
  recordOf([
    rowOf('LIFE-004', verdict, { advisory, ...(verdict === 'fail' ? { message: 'broke' } : {}) }),
    rowOf('REG-001', 'pass'),
  ]);
const text = (format: (typeof FORMATS)[number], record: RunRecord) =>
  render(format, record, { guide: () => null, colour: false });

describe.each(FORMATS.filter((format) => format !== 'badge'))('%s', (format) => {
  it('tells a crash under another reading and how to repeat it', async () => {
    const shown = await text(format, recordWith('pass'));
    expect(shown).toContain('detach-first');
    expect(shown).toContain('a map ends without harm');
    expect(shown).toContain(replay);
  });
});

describe('advice', () => {
  it('changes neither outcome nor schema', () => {
    const record = recordWith('pass');
    expect(record).toMatchObject({ outcome: 'CONFORMANT', exitCode: 0 });
    expect(checkReport(record)).toMatchObject({ ok: true });
  });

  it('is output of a passed case in JUnit, neither failure nor error', async () => {
    const shown = await text('junit', recordWith('pass'));
    expect(shown).toMatch(/<system-out><!\[CDATA\[crash under detach-first/);
    expect(shown).not.toMatch(/<(failure|error)\b/);
  });

  it('is no second word on a rule that is broken as documented, nor on one that holds', () => {
    expect(adviceOf(recordWith('fail'))).toEqual([]);
    expect(adviceOf(recordOf([rowOf('REG-001', 'pass')]))).toEqual([]);
  });

  it('fits 80 columns on a terminal but for the line to copy', async () => {
    const long = (await text('summary', recordWith('pass')))
      .split('\n')
      .filter((l) => l.length > 80);
    expect(long.filter((line) => !line.includes('mapcert replay'))).toEqual([]);
  });
});
