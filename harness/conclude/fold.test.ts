/**
 * What many runs said, folded: counts add up, the graver and then the smaller violation is kept.
 */
import { describe, expect, test } from 'vitest';
import type { Finding } from '../check/monitor.ts';
import type { Plan } from '../trace/plan.ts';
import { Fold } from './fold.ts';
import type { RequirementRecord } from './record.ts';
import { changesOf } from '../selftest/selftest-variants.ts';

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

describe('the causes of a rule', () => {
  const add = (fold: Fold, operations: number, ...violations: Finding['violations']): Fold => {
    const run = { plan: planOf(operations), choices: [], trace: [] };
    fold.add([{ id: 'LIFE-001', exercised: 1, violations }], run);
    return fold;
  };
  const broken = (expected: string, kind: 'violated' | 'warned' | 'crash' = 'violated') => ({
    ...{ kind, seq: 0, expected, saw: 'it' },
  });
  const told = (fold: Fold): (string | number)[][] =>
    [...fold.of('LIFE-001').causes.values()].map(({ cause, seen, witness }) => [
      ...[cause.kind, cause.expected, seen, witness.plan.name],
    ]);

  test('are kept apart by kind and expectation, each with its smallest run', () => {
    const fold = add(new Fold(), 5, broken('order'), broken('order', 'crash'), broken('peace'));
    add(fold, 3, broken('order'), broken('order'));
    expect(told(fold)).toEqual([
      ['violated', 'order', 3, '3 operations'],
      ['crash', 'order', 1, '5 operations'],
      ['violated', 'peace', 1, '5 operations'],
    ]);
  });

  test('are those of both, when two are joined', () => {
    const first = add(new Fold(), 5, broken('order'));
    const second = add(add(new Fold(), 2, broken('order')), 2, broken('peace'));
    expect(told(Fold.joined(first, second))).toEqual([
      ['violated', 'order', 2, '2 operations'],
      ['violated', 'peace', 1, '2 operations'],
    ]);
    expect(told(first)).toEqual([['violated', 'order', 1, '5 operations']]);
  });

  test('are bounded, and what is beyond is counted', () => {
    const words = [...'abcdefghijklmnop'];
    const fold = add(new Fold(), 1, ...words.map((word) => broken(word)));
    expect([told(fold).length, fold.of('LIFE-001').moreCauses]).toEqual([12, 4]);
    expect(Fold.joined(fold, new Fold()).of('LIFE-001').moreCauses).toBe(4);
  });

  test('a warning does not hide the violation that follows it in the same run', () => {
    const fold = add(new Fold(), 1, broken('order', 'warned'), broken('order'));
    expect(fold.of('LIFE-001').witness?.violation.kind).toBe('violated');
  });
});

test('a violation is kept before a warning or a loss, however small their runs', () => {
  const kept = (...kinds: ('violated' | 'warned' | 'crash')[]): string | undefined => {
    const fold = new Fold();
    kinds.forEach((kind, at) => {
      const violations = [{ kind, seq: 0, expected: 'e', saw: 's' }];
      const run = { plan: planOf(9 - at), choices: [], trace: [] };
      fold.add([{ id: 'LIFE-001', exercised: 1, violations }], run);
    });
    return fold.of('LIFE-001').witness?.violation.kind;
  };
  expect(kept('violated', 'crash', 'warned')).toBe('violated');
  expect(kept('crash', 'warned')).toBe('crash');
});

test('what a runtime really does is kept before what only a probe of robustness does, however small that is', () => {
  const kept = (...conditions: Plan['conditions'][]): string | undefined => {
    const fold = new Fold();
    const violations: Finding['violations'] = [
      { kind: 'violated', seq: 0, expected: 'e', saw: 's' },
    ];
    for (const [at, one] of conditions.entries()) {
      const run = { plan: { ...planOf(9 - at), conditions: one! }, choices: [], trace: [] };
      fold.add([{ id: 'LIFE-001', exercised: 1, violations }], run);
    }
    return fold.of('LIFE-001').witness?.plan.name;
  };
  expect(kept({ garbage: true }, {}, { garbage: true })).toBe('8 operations');
  expect(kept({ garbage: true }, { fail_allocation: 1 })).toBe('8 operations');
  expect(kept({}, { always_pending: true }, { fail_start_reference: 1 })).toBe('8 operations');
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
