/** Many plans, made when they are due. */
import { describe, expect, it } from 'vitest';
import { laterRuntimePlans, runtimePlans } from './runtime-plans.ts';
import { portionMax, portionsOf } from './portions.ts';

describe('portions', () => {
  it('are as many plans as were asked for, each with a seed of its own', () => {
    const all = [...portionsOf(7, 2 * portionMax + 5)];
    expect(all.map(({ count }) => count)).toEqual([portionMax, portionMax, 5]);
    expect(all.map(({ from }) => from)).toEqual([0, portionMax, 2 * portionMax]);
    expect(all[0]!.seed).toBe(7);
    expect(new Set(all.map(({ seed }) => seed)).size).toBe(3);
    expect([...portionsOf(7, 0)]).toEqual([]);
  });

  it('are made one at a time, and the same each time', () => {
    const options = { seed: 1, generated: 10_000_000 };
    const first = runtimePlans('merged', options).filter(({ generated }) => generated);
    expect(first).toHaveLength(portionMax);
    const [later] = laterRuntimePlans('merged', options);
    const [again] = laterRuntimePlans('merged', options);
    expect(later).toHaveLength(portionMax);
    expect(later).toEqual(again);
    expect(later![0]!.name).toBe(`generated for a runtime (${portionMax + 1})`);
    expect(later![0]!.actors).not.toEqual(first[0]!.actors);
  });

  it('are none beyond the first when few were asked for', () => {
    expect([...laterRuntimePlans('merged', { seed: 1, generated: 24 })]).toEqual([]);
  });
});
