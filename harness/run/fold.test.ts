/** What many runs said, folded: counts add up, the graver and then the smaller violation is kept. */
import { describe, expect, test } from 'vitest';
import type { Finding } from '../check/monitor.ts';
import type { Plan } from '../trace/plan.ts';
import { Fold } from './fold.ts';
import type { RequirementRecord } from './record.ts';
import { changesOf } from './selftest-variants.ts';

const planOf = (operations: number): Plan => ({
  name: `${operations} operations`,
  actors: [
    { caller: 'user', process: 1, operations: Array(operations).fill({ op: 'drain' }) as [] },
  ],
});

const foldOf = (operations: number, saw: string | null): Fold => {
  const fold = new Fold();
  const violations: Finding['violations'] =
    saw === null ? [] : [{ kind: 'violated', seq: 1, expected: 'order', saw }];
  const run = { plan: planOf(operations), choices: [], trace: [] };
  fold.add([{ id: 'LIFE-001', exercised: 2, violations }], run);
  fold.exhausted(['LIFE-001'], 7);
  return fold;
};

describe('Fold.joined', () => {
  test('adds counts and keeps the smaller violation of both', () => {
    const first = foldOf(5, 'long');
    const joined = Fold.joined(first, foldOf(3, 'short')).of('LIFE-001');
    expect(joined).toMatchObject({ exercised: 4, runs: 2, violations: 2, schedules: 14 });
    expect(joined.witness?.violation.saw).toBe('short');
    expect(first.of('LIFE-001')).toMatchObject({ exercised: 2, violations: 1 });
  });

  test('knows of a violation that one of them has seen', () => {
    expect(Fold.joined(foldOf(5, null), foldOf(9, 'late')).broken()).toEqual(['LIFE-001']);
    expect(Fold.joined(foldOf(5, 'early'), foldOf(9, null)).broken()).toEqual(['LIFE-001']);
  });
});

describe('changesOf', () => {
  const rows = (verdict: string): RequirementRecord[] => [
    { id: 'LIFE-001', verdict } as RequirementRecord,
  ];

  test('names the rule that two seeds judge differently', () => {
    expect(
      changesOf(
        new Map([
          [1, rows('pass')],
          [2, rows('pass')],
          [3, rows('vacuous')],
        ]),
      ),
    ).toEqual(['LIFE-001 is pass with seed 1, vacuous with 3']);
    expect(
      changesOf(
        new Map([
          [1, rows('pass')],
          [2, rows('pass')],
        ]),
      ),
    ).toEqual([]);
  });
});
