import { describe, expect, test } from 'vitest';
import { sequential } from '../trace/plan.ts';
import { CHAPTERS } from '../run/chapters.ts';
import { LossCounts, mainGroup } from './loss-counts.ts';
import { dueRuns } from '../campaign/plans.ts';
import { isAside } from '../trace/plan.ts';
import { bootstrapProfile } from './bootstrap-profile.ts';

describe('losses', () => {
  test('of a probe are nothing to the plans that decide', () => {
    const counts = new LossCounts();
    for (let i = 0; i < 3; i += 1) counts.add('aside: ABI-006', 'preprocess_map_create');
    expect(counts.often('aside: ABI-006')).toEqual(['preprocess_map_create']);
    expect(counts.often(mainGroup)).toEqual([]);
    expect(counts.often('aside: SIZE-004')).toEqual([]);
  });

  test('of the plans that decide are something to every probe', () => {
    const counts = new LossCounts();
    for (let i = 0; i < 3; i += 1) counts.add(mainGroup, 'stop');
    expect(counts.often('aside: ABI-006')).toEqual(['stop']);
    counts.add(mainGroup, 'start');
    expect(counts.often(mainGroup)).toEqual(['stop']);
  });
});

describe('plans that stand aside', () => {
  test.each([
    [{ probes_only: true }, true],
    [{ fail_allocation: 1 }, true],
    [{ garbage: true }, true],
    [{ garbage: false }, false],
    [{ passive_programs: true, map_context_offset: 0 }, false],
  ] as const)('%o: %s', (conditions, aside) => {
    expect(isAside(sequential('', [], { conditions }))).toBe(aside);
  });

  test('come after all others of their reading', () => {
    const runs = dueRuns(CHAPTERS, bootstrapProfile(null), {
      seed: 1,
      generated: 1,
      dialects: ['as-documented', 'as-shipped'],
    });
    const order = runs.map(({ plan, dialect }) => `${dialect}${isAside(plan) ? ' aside' : ''}`);
    expect([...new Set(order)]).toEqual([
      'as-documented',
      'as-documented aside',
      'as-shipped',
      'as-shipped aside',
    ]);
    expect(order).toEqual([...order].sort());
  });
});
