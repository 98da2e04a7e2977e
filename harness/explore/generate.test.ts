/** What generated plans draw from, and that whatever is left of one fits its maps. */
import { describe, expect, test } from 'vitest';
import objects from '../../fixtures/providers/object-hash.ts';
import plain from '../../fixtures/providers/plain-full.ts';
import { probe } from '../campaign/probe.ts';
import { moduleExecutor } from '../run/in-process.fixture.ts';
import type { Operation } from '../trace/plan.ts';
import { generatePlans, type PlannedRun } from './generate.ts';
import { withOperations } from './shrink-run.ts';

const profileOf = async (module: typeof objects) =>
  (await probe(moduleExecutor(module, null), null, 'merged')).profile;
const [ofObjects, ofPlain] = [await profileOf(objects), await profileOf(plain)];

const count = 400;
const plans = (['nmr', 'lifetime', 'elements', 'interleaved'] as const).flatMap((mix) =>
  generatePlans(ofPlain, { suite: 'update', mix, seed: 3, count }),
);
const operationsOf = ({ plan }: PlannedRun): readonly Operation[] =>
  plan.actors.flatMap(({ operations }) => operations);
const all = plans.flatMap(operationsOf);

/** Keys and values by literal bytes whose length is not that of the map in their slot. */
const misfits = (run: PlannedRun): Operation[] => {
  const { key: usualKey, value: usualValue } = ofPlain.accepted[0]!;
  const sizes = new Map<number, { key: number; value: number }>();
  const operations = operationsOf(run);
  for (const one of operations) {
    if (one.op !== 'create') continue;
    const { key_size = usualKey, value_size = usualValue } = one;
    sizes.set(one.map, { key: key_size, value: value_size });
  }
  return operations.filter((one) => {
    if (!('map' in one) || typeof one.map !== 'number') return false;
    const size = sizes.get(one.map);
    const isOff = (part: unknown, bytes: number): boolean =>
      typeof part === 'string' && part.length !== 2 * bytes;
    const key = 'key' in one ? one.key : null;
    const value = 'value' in one ? one.value : null;
    return size !== undefined && (isOff(key, size.key) || isOff(value, size.value));
  });
};

describe('generated plans', () => {
  test('are the same for the same seed, and others for another', () => {
    const made = (seed: number) =>
      generatePlans(ofObjects, { suite: 'epoch', mix: 'interleaved', seed, count: 20 });
    expect(made(5)).toEqual(made(5));
    expect(made(5)).not.toEqual(made(6));
  });

  test('draw wide', () => {
    const distinct = (numbers: readonly unknown[]): number => new Set(numbers).size;
    const some = (is: (one: Operation) => boolean): boolean => all.some(is);
    const keys = plans.map((run) =>
      distinct(operationsOf(run).map((one) => ('key' in one ? one.key : null))),
    );
    expect(Math.max(...keys)).toBeGreaterThan(250);
    expect(some((one) => one.op === 'update' && typeof one.key === 'string')).toBe(true);
    expect(some((one) => one.op === 'update' && typeof one.value === 'string')).toBe(true);
    expect(some((one) => 'caller' in one && one.caller === 'program')).toBe(true);
    const created = all.filter((one) => one.op === 'create');
    expect(distinct(created.map(({ value_size }) => value_size))).toBeGreaterThan(5);
    expect(distinct(created.map(({ max_entries }) => max_entries))).toBeGreaterThan(15);
    expect(distinct(created.map(({ map }) => map))).toBe(4);
    const lengths = plans.flatMap(({ plan }) => plan.actors.map((one) => one.operations.length));
    expect(lengths.filter((length) => length > 40).length).toBeGreaterThan(20);
    expect(lengths.filter((length) => length < 20).length).toBeGreaterThan(lengths.length / 2);
    const isAnew = ({ plan }: PlannedRun): boolean =>
      plan.actors[0]!.operations.slice(0, -4).some(({ op }) => op === 'stop');
    expect(plans.filter(isAnew).length).toBeGreaterThan(50);
    expect(distinct(plans.flatMap(({ plan }) => plan.actors.map((one) => one.process)))).toBe(2);
  });

  test('name keys and values that fit the map, whatever is left of them', () => {
    expect(plans.flatMap(misfits)).toEqual([]);
    const half = (run: PlannedRun): PlannedRun =>
      withOperations(
        run,
        operationsOf(run).flatMap((_, place) => (place % 2 ? [] : [place])),
      );
    expect(plans.map(half).flatMap(misfits)).toEqual([]);
  });

  test('leave values that may be refused to those who are alone', () => {
    const beside = plans.filter(({ plan }) => plan.actors.length > 1).flatMap(operationsOf);
    expect(beside.filter((one) => 'value' in one && typeof one.value === 'string')).toEqual([]);
  });
});
