/** The walk over schedules: it runs each order once, stops at its bound, and says which. */
import { describe, expect, test } from 'vitest';
import right from '../../fixtures/providers/object-hash.ts';
import { openModule } from '../adapters/in-process.ts';
import { executeRun } from '../execute/execute.ts';
import { moduleExecutor } from '../run/in-process.fixture.ts';
import { probe } from '../campaign/probe.ts';
import type { Operation, Plan } from '../trace/plan.ts';
import { ScheduleWalk, type ExhaustiveSearch, type Walk } from './exhaustive.ts';

const { profile } = await probe(moduleExecutor(right, null), null, 'merged');
const update = (value: number): Operation => ({ op: 'update', map: 0, key: 0, value });
const find: Operation = { op: 'find', map: 0, key: 0 };
const setup: Operation[] = [{ op: 'start' }, { op: 'create', map: 0 }, update(5)];

const planOf = (...actors: Operation[][]): Plan => ({
  name: 'walk',
  actors: actors.map((operations, index) => ({
    caller: 'user',
    process: 1,
    operations: index === 0 ? [...setup, ...operations] : operations,
  })),
});

const walk = (
  plan: Plan,
  search: Partial<ExhaustiveSearch> = {},
): Walk & { different: number; orders: number } => {
  const vectors = new Set<string>();
  const orders = new Set<string>();
  const schedules = new ScheduleWalk({ schedulesMax: 5000, setup: setup.length, ...search });
  for (let round = schedules.take(); round.length > 0; round = schedules.take()) {
    for (const choices of round) {
      const job = { plan, choices, conditions: {}, profile, search: true };
      const { points = [], trace } = executeRun(job, openModule(right), null);
      vectors.add(schedules.give(choices, { points, trace })!.join());
      orders.add(JSON.stringify(trace.map(({ kind, actor }) => [kind, actor])));
    }
  }
  return { ...schedules.result, different: vectors.size, orders: orders.size };
};

describe('ScheduleWalk', () => {
  test('runs every order of two updates once: ten steps, five of each', () => {
    const done = walk(planOf([update(0)], [update(1)]));
    expect(done).toEqual({
      schedules: 252,
      exhausted: true,
      merged: 0,
      different: 252,
      orders: 252,
    });
  });

  test('runs every order of an update and a lookup once', () => {
    const done = walk(planOf([update(0)], [find]));
    expect(done).toMatchObject({ schedules: 56, exhausted: true, different: 56 });
  });

  test('stops at its bound and says that orders are left', () => {
    const done = walk(planOf([update(0)], [update(1)]), { schedulesMax: 100 });
    expect(done).toMatchObject({ schedules: 100, exhausted: false, different: 100 });
  });

  test('merges equal prefixes only when asked', () => {
    const done = walk(planOf([update(0)], [update(1)]), { deduplicate: true });
    expect(done.exhausted).toBe(true);
    expect(done.merged).toBeGreaterThan(0);
    expect(done.schedules).toBeLessThan(252);
  });

  test('repeats a schedule from its choices without a search', async () => {
    const plan = planOf([update(0)], [update(1)]);
    const job = { plan, choices: [0, 0, 1, 0, 1], conditions: {}, profile };
    const searched = executeRun({ ...job, search: true }, openModule(right), null);
    const choices = searched.points!.map(({ taken }) => taken);
    const again = executeRun({ ...job, choices }, openModule(right), null);
    expect(again.trace.slice(1)).toEqual(searched.trace.slice(1));
  });
});

describe('a walk that is cut short', () => {
  test('by a run that does not count', () => {
    const schedules = new ScheduleWalk({ schedulesMax: 10, setup: 0 });
    expect(schedules.give(schedules.take()[0]!, null)).toBeNull();
    expect(schedules.take()).toEqual([]);
    expect(schedules.result).toEqual({ schedules: 0, exhausted: false, merged: 0 });
  });

  test('by whoever asked for it', () => {
    const schedules = new ScheduleWalk({ schedulesMax: 10, setup: 0 });
    expect(schedules.give(schedules.take()[0]!, { points: [], trace: [] })).toEqual([]);
    schedules.end();
    expect(schedules.result).toEqual({ schedules: 1, exhausted: false, merged: 0 });
  });
});
