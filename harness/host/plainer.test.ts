import { describe, expect, test } from 'vitest';
import type { Job, RunResult } from '../execute/execute.ts';
import type { Executor } from '../execute/executor.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import type { Actor, Conditions, Operation } from '../trace/plan.ts';
import { withCauses } from './causes.ts';

const update = 'preprocess_map_update_element';
const last: Operation = { op: 'update', map: 0, key: 0, value: 0 };
const life: Operation[] = [{ op: 'start' }, { op: 'create', map: 0 }, last];
const other: Operation[] = [{ op: 'create', map: 1 }];

const lostThere = { kind: 'lost', call: 4, op: 3, how: 'crash', error: 'E', detail: 'x' };

type Fate = boolean | 'elsewhere';

/** The trace of a run that is lost in its third operation or in another callback, or that ends. */
const traceOf = (fate: Fate): TraceEvent[] =>
  [
    { kind: 'operation-started', op: 2, operation: { op: 'create', map: 0 } },
    { kind: 'operation-ended', op: 2, operation: { op: 'create', map: 0 }, map: 'map#1' },
    { kind: 'operation-started', op: 3, operation: last, actor: 0 },
    { kind: 'callback-entered', call: 4, op: 3, callback: update, map: 'map#1', irql: 0 },
    fate
      ? { ...lostThere, callback: fate === true ? update : 'stop' }
      : { kind: 'callback-returned', call: 4, callback: update },
    { kind: 'run-ended' },
  ].map((event, seq) => ({ actor: 0, ...event, seq })) as unknown as TraceEvent[];

/** What is found out about a loss that needs what `isLost` says of the run. */
const found = async (
  plan: { operations?: Operation[]; actors?: Actor[]; conditions?: Conditions },
  isLost: (job: Job) => Fate,
): Promise<EventOf<'lost'>> => {
  const actor: Actor = { caller: 'user', process: 1, operations: plan.operations ?? life };
  const run = (jobs: readonly Job[]): Promise<RunResult[]> =>
    Promise.resolve(
      jobs.map((job) => ({ trace: traceOf(isLost(job)), branches: [], spoiled: false })),
    );
  const facts = { kind: 'in-process' } as Executor['facts'];
  const executor = withCauses({ facts, run, close: () => Promise.resolve() });
  const { conditions = {} } = plan;
  const job = {
    plan: { name: 'p', suite: 's', actors: plan.actors ?? [actor], conditions },
    choices: plan.actors ? [1] : [],
    conditions: {},
    profile: { updatesOriginalValue: true },
  } as unknown as Job;
  const [result] = await executor.run([job]);
  return result!.trace.find((event) => event.kind === 'lost')!;
};

const operationsOf = ({ plan }: Job): Operation[] =>
  plan.actors.flatMap(({ operations }) => operations);
const hasOther = (job: Job): boolean =>
  operationsOf(job).some((one) => 'map' in one && one.map === 1);

describe('what is around a lost call', () => {
  test('is ruled out where the plainest run is lost as well', async () => {
    const lost = await found(
      { operations: [...other, ...life], conditions: { garbage: true } },
      () => true,
    );
    expect(lost.cause).toBeUndefined();
    expect(lost.ruledOut).toEqual(
      expect.arrayContaining(['others', 'order', 'condition', 'history', 'probe']),
    );
  });

  test('is the cause where the call returns without it', async () => {
    const lost = await found({ operations: [...other, ...life] }, hasOther);
    expect(lost.cause).toEqual({ what: 'others' });
    expect(lost.ruledOut).not.toContain('others');
    expect(lost.detail).toMatch(/with no other map beside it it returned/);
  });

  test('is the order where one operation after another returns', async () => {
    const actor: Actor = { caller: 'user', process: 1, operations: life };
    const beside: Actor = { ...actor, operations: [{ op: 'iterate', map: 0 }] };
    const lost = await found({ actors: [actor, beside] }, ({ choices }) => choices.length > 0);
    expect(lost.cause).toEqual({ what: 'order' });
  });

  test('is a condition, by its name', async () => {
    const { cause } = await found(
      { conditions: { garbage: true, find_fill: 1 } },
      ({ plan }) => plan.conditions?.garbage === true,
    );
    expect(cause).toEqual({ what: 'condition', name: 'garbage' });
  });

  test('is what the map went through before', async () => {
    const earlier: Operation = { op: 'update', map: 0, key: 7, value: 0 };
    const operations = [...life.slice(0, 2), earlier, last];
    const { cause } = await found({ operations }, (job) => operationsOf(job).length > 3);
    expect(cause).toEqual({ what: 'history' });
  });

  test('stays open where a repetition is lost elsewhere', async () => {
    const isElsewhere = (job: Job): 'elsewhere' | true => hasOther(job) || 'elsewhere';
    const lost = await found({ operations: [...other, ...life] }, isElsewhere);
    expect(lost.cause).toBeUndefined();
    expect(lost.ruledOut ?? []).not.toContain('others');
  });
});
