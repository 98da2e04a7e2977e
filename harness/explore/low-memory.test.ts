/** Which allocations of a run are made to fail, and in which plans. */
import { describe, expect, test } from 'vitest';
import right from '../../fixtures/providers/object-hash.ts';
import nested from '../../fixtures/variants/v-epoch-2-nested-epochs.ts';
import { openModule } from '../adapters/in-process.ts';
import { probe } from '../campaign/probe.ts';
import { executeRun } from '../execute/execute.ts';
import type { ProviderModule } from '../provider/module.ts';
import { moduleExecutor } from '../run/in-process.fixture.ts';
import type { TraceEvent } from '../trace/event.ts';
import { sequential, type Operation, type Plan } from '../trace/plan.ts';
import { allocationsIn, lowMemoryRuns, shownIn } from './low-memory.ts';

const { profile } = await probe(moduleExecutor(right, null), null, 'merged');
const created: Operation[] = [{ op: 'start' }, { op: 'create', map: 0 }];
const put: Operation = { op: 'update', map: 0, key: 0, value: 5 };
const kinds = { of: 'each kind', pool: true } as const;
const planOf = (...operations: Operation[]): Plan => sequential('p', [...created, ...operations]);

const traceOf = (plan: Plan, module: ProviderModule = right): readonly TraceEvent[] =>
  executeRun({ plan, choices: [], conditions: {}, profile }, openModule(module), null).trace;
const seenIn = (...plans: Plan[]) =>
  new Map(plans.map((plan) => [{ plan }, shownIn(traceOf(plan))]));
const failingOf = (runs: readonly { plan: Plan }[]): unknown[] =>
  runs.map(({ plan }) => [plan.actors[0]!.operations.length, plan.conditions?.fail_allocation]);

describe('lowMemoryRuns', () => {
  test('makes one run for each kind of allocation of a plan, of the pool or not', () => {
    const runs = lowMemoryRuns(seenIn(planOf(put, { op: 'find', map: 0, key: 0 })), kinds, []);
    expect(failingOf(runs)).toEqual([1, 2, 3].map((number) => [4, number]));
    const failed = runs.map(({ plan }) =>
      traceOf(plan).flatMap((event) => (event.kind === 'allocation-failed' ? [event.memory] : [])),
    );
    expect(failed).toEqual([['pool'], [undefined], [undefined]]);
  });

  test('leaves alone what has a failing allocation already', () => {
    const plan = { ...planOf(put), conditions: { fail_allocation: 1 } };
    expect(lowMemoryRuns(seenIn(plan), kinds, [])).toEqual([]);
  });

  test('spares what the state of an epoch was kept in: it stands for a stack', () => {
    const allocations = (module: ProviderModule): number =>
      allocationsIn(traceOf(planOf(put, { op: 'close', map: 0 }), module)).length;
    expect(allocations(nested)).toBe(allocations(right));
  });
});

test('each site once, in the shortest plan that goes on with the callback', () => {
  const again: Operation = { op: 'update', map: 0, key: 1, value: 6 };
  const seen = seenIn(planOf(put, again, again), planOf(put, again), planOf(put));
  // The attach and the creation are never followed by another: the shortest plan of all has them.
  expect(failingOf(lowMemoryRuns(seen, { of: 'each site', pool: true }, []))).toEqual([
    [3, 1],
    [3, 2],
    [4, 3],
  ]);
  expect(failingOf(lowMemoryRuns(seen, { of: 'each site', pool: false }, []))).toEqual([
    [3, 2],
    [4, 3],
  ]);
});

test('each kind once a chapter, and the last of many once', () => {
  const other: Operation = { op: 'update', map: 0, key: 1, value: 6 };
  const plan = planOf(put, other, put, put);
  const seen = seenIn({ ...plan, suite: 'one' }, { ...plan, suite: 'two' });
  // Attach and creation, the first for a key, the first for a key that has a value.
  const first = [1, 2, 3, 5].map((number) => [6, number]);
  const last = [4, 6].map((number) => [6, number]);
  const runs = lowMemoryRuns(seen, kinds, []);
  expect(failingOf(runs)).toEqual([...first, ...first, ...last]);
});

test('a start that was to be refused memory of a pool that never ends is tried again', () => {
  const plan = { ...planOf(put), conditions: { fail_start_allocation: 1 } };
  const again = lowMemoryRuns(seenIn(plan), kinds, []);
  expect(again.map(({ plan: { conditions } }) => conditions?.fail_allocation)).toEqual([
    ...[undefined, 1, 2, 3],
  ]);
  expect(again.every(({ plan: { conditions } }) => conditions?.pool_fails)).toBe(true);
  expect(lowMemoryRuns(seenIn(plan), { ...kinds, pool: false }, [])).toHaveLength(2);
});
