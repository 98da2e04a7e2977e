/** The order of exit codes and the words of outcomes, as the interface fixes them. */
import { describe, expect, it } from 'vitest';
import { VERDICTS } from '../check/verdict.ts';
import type { Verdict } from '../check/verdict.ts';
import { rowOf } from '../run/golden.fixture.ts';
import { concludeOutcome } from './outcome.ts';
import type { RequirementRecord, RunRecord } from './record.ts';

const ALL: RunRecord['selection'] = { suites: null, only: null, level: null, shard: null };
const PART = { ...ALL, only: ['REG-001'] };
const must = (verdict: Verdict, given: Partial<RequirementRecord> = {}) =>
  rowOf('REG-001', verdict, given);
const should = (verdict: Verdict) => rowOf('REG-001', verdict, { level: 'SHOULD' });
const waiver = { reason: 'agreed', expires: null };
const conclude = (rows: RequirementRecord[], selection = ALL) => concludeOutcome(rows, selection);

describe('concludeOutcome', () => {
  // Each row is joined with all that follow it: the first that applies must win.
  const ORDER: [number, RequirementRecord][] = [
    [7, must('harness-error')],
    [1, must('fail')],
    [3, must('pass', { waiver })],
    [2, must('vacuous')],
    [0, must('pass')],
  ];
  it.each(ORDER.map(([code], index) => [code, index] as const))(
    'exit code %i wins over all after it',
    (code, index) => {
      expect(conclude(ORDER.slice(index).map(([, row]) => row)).exitCode).toBe(code);
      expect(
        conclude(
          ORDER.slice(index)
            .map(([, row]) => row)
            .reverse(),
        ).exitCode,
      ).toBe(code);
    },
  );

  it.each<[Verdict, number, string]>([
    ['pass', 0, 'CONFORMANT'],
    ['warn', 0, 'CONFORMANT'],
    ['info', 0, 'CONFORMANT'],
    ['fail', 1, 'NON-CONFORMANT'],
    ['crash', 1, 'NON-CONFORMANT'],
    ['hang', 1, 'NON-CONFORMANT'],
    ['vacuous', 2, 'INCOMPLETE'],
    ['inconclusive', 2, 'INCOMPLETE'],
    ['not-applicable', 0, 'CONFORMANT'],
    ['harness-error', 7, 'INVALID'],
    ['not-selected', 2, 'INCOMPLETE'],
  ])('a MUST that is %s beside one that passes gives %i %s', (verdict, exitCode, outcome) => {
    expect(conclude([must('pass'), must(verdict)])).toMatchObject({ exitCode, outcome });
  });

  it('a SHOULD that counts as a MUST for the subject, and is broken, is no pass', () => {
    expect(conclude([must('pass'), should('fail')])).toMatchObject({
      exitCode: 1,
      outcome: 'NON-CONFORMANT',
    });
  });

  it.each<Verdict>(['crash', 'hang', 'vacuous', 'inconclusive'])(
    'a SHOULD that is %s costs nothing beside what passes',
    (verdict) => {
      expect(conclude([must('pass'), should(verdict)])).toMatchObject({
        exitCode: 0,
        outcome: 'CONFORMANT',
      });
    },
  );

  it('a MUST NOT counts as a MUST', () => {
    expect(conclude([must('pass'), rowOf('REG-001', 'fail', { level: 'MUST NOT' })]).exitCode).toBe(
      1,
    );
  });

  it('a waiver that waives is 0 with its own outcome', () => {
    expect(conclude([must('pass'), must('waived', { waiver })])).toMatchObject({
      exitCode: 0,
      outcome: 'CONFORMANT-WITH-WAIVERS',
    });
  });

  it.each(['stale', 'expired', 'mismatching'] as const)('a waiver that is %s is 3', (trouble) => {
    expect(
      conclude([must('pass'), must('waived', { waiver: { ...waiver, trouble } })]).exitCode,
    ).toBe(3);
    expect(
      conclude([must('pass'), must('pass', { waiver: { ...waiver, trouble } })]).exitCode,
    ).toBe(3);
  });

  it.each<[string, RequirementRecord[]]>([
    ['no rule at all', []],
    ['only unselected rules', [must('not-selected')]],
    ['only rules that do not apply', [must('not-applicable')]],
    [
      'only rules for which nothing ran',
      [must('vacuous', { runs: 0 }), must('inconclusive', { runs: 0 })],
    ],
    ['only a self check', [must('not-applicable', { selfCheck: { exercised: 50, ok: true } })]],
    ['a pass without any run', [must('pass', { exercised: 0, runs: 0 })]],
  ])('%s is 6, never 0', (_name, rows) => {
    expect(conclude(rows).exitCode).toBe(6);
    expect(conclude(rows).outcome).not.toMatch(/^CONFORMANT/);
  });

  it('a self check that does not hold is the harness at fault', () => {
    expect(
      conclude([must('pass'), must('not-applicable', { selfCheck: { exercised: 1, ok: false } })]),
    ).toMatchObject({ exitCode: 7, outcome: 'INVALID' });
  });

  it('a selection is PARTIAL: 0 when green, 1 and 2 as ever, 2 when nothing was put to the test', () => {
    expect(conclude([must('pass')], PART)).toMatchObject({ exitCode: 0, outcome: 'PARTIAL' });
    expect(conclude([must('fail')], PART)).toMatchObject({ exitCode: 1, outcome: 'PARTIAL' });
    expect(conclude([must('vacuous')], PART)).toMatchObject({ exitCode: 2, outcome: 'PARTIAL' });
    expect(conclude([should('vacuous')], PART)).toMatchObject({ exitCode: 2, outcome: 'PARTIAL' });
  });

  it('counts every verdict, zeros too', () => {
    const { totals } = conclude([must('pass'), must('pass'), must('hang')]);
    expect(totals).toEqual({
      ...Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])),
      pass: 2,
      hang: 1,
    });
  });
});
