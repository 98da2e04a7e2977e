/**
 * The low-memory sweep: plans again, with one of the allocations that they make failing. What must
 * hold then: failure is reported, nothing leaks, later calls work.
 */
import { EBPF_MAP_OPERATION_HELPER } from '../abi/flags.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import type { Conditions, Plan } from '../trace/plan.ts';

/** Allocations of one plan that are made to fail; a plan with more is swept up to here. */
export const failuresMax = 64;

/** An allocation of a run that can be made to fail. */
export type Allocation = {
  /** Counted over the run, from 1. */
  number: number;
  /**
   * Where it is: callback, its turn among those of the call, whether several maps live, and
   * whether a BPF program asks.
   */
  site: string;
  /** A site seen closer: also for what the call was made and what is there already. */
  kind: string;
  /** The callback is called again after the call that allocates. */
  hasLater: boolean;
  isPool: boolean;
};

/** Allocations of one call that are told apart by their turn. */
const turnsMax = 3;
/** From so many maps on they are a crowd: what comes third may come from elsewhere. */
const crowdFrom = 2;

/**
 * Allocations that the subject asked for in a run and that can fail: those of its start are the
 * business of other plans, and what an epoch's state was kept in stands for a stack.
 */
export const allocationsIn = (trace: readonly TraceEvent[]): Allocation[] => {
  const calls = new Map<number, EventOf<'callback-entered'>>();
  const last = new Map<string, number>();
  const states = new Set<string>();
  for (const event of trace) {
    if (event.kind === 'service' && event.block !== undefined) states.add(event.block);
    if (event.kind !== 'callback-entered') continue;
    calls.set(event.call, event);
    last.set(event.callback, event.call);
  }
  const turns = new Map<number, number>();
  const found: Allocation[] = [];
  const circumstances = new Circumstances();
  let number = 0;
  let maps = 0;
  for (const event of trace) {
    circumstances.note(event, calls);
    if (event.kind === 'map-created') maps += 1;
    if (event.kind === 'map-gone') maps -= 1;
    if (event.kind !== 'allocated' && event.kind !== 'allocation-failed') continue;
    const callback = calls.get(event.call)?.callback ?? 'no callback';
    if (callback === 'start') continue;
    number += 1;
    const turn = (turns.get(event.call) ?? 0) + 1;
    turns.set(event.call, turn);
    if (event.kind === 'allocated' && states.has(event.block)) continue;
    const isProgram = ((calls.get(event.call)?.flags ?? 0) & EBPF_MAP_OPERATION_HELPER) !== 0;
    const about = [maps >= crowdFrom ? 'crowd' : 'few', ...(isProgram ? ['program'] : [])];
    const site = [callback, Math.min(turn, turnsMax), ...about].join(' ');
    const hasLater = (last.get(callback) ?? 0) > event.call;
    const kind = [site, turn, circumstances.of(event, calls.get(event.call))].join(' ');
    found.push({ number, site, kind, hasLater, isPool: event.memory === 'pool' });
  }
  return found;
};

/** What an allocation is for, beyond the callback that makes it. */
class Circumstances {
  private readonly operations = new Map<number, EventOf<'operation-started'>>();
  /** Keys that have been given a value. */
  private readonly keys = new Set<string>();
  private isLeaving = false;

  note(event: TraceEvent, calls: ReadonlyMap<number, EventOf<'callback-entered'>>): void {
    if (event.kind === 'operation-started') this.operations.set(event.op, event);
    if (event.kind === 'module') this.isLeaving = false;
    if (event.kind === 'deregister') this.isLeaving = true;
    if (event.kind === 'callback-returned' && event.result === 'EBPF_SUCCESS')
      this.keys.add(keyOf(calls.get(event.call)));
  }

  /** In words that are the same for what is alike. */
  of(
    { size, memory }: EventOf<'allocated' | 'allocation-failed'>,
    call: EventOf<'callback-entered'> | undefined,
  ): string {
    const { operation, caller } = this.operations.get(call?.op ?? 0) ?? {};
    const option = operation && 'option' in operation ? operation.option : null;
    return JSON.stringify([
      ...[call?.flags, call?.direct, caller, operation?.op, option],
      ...[this.keys.has(keyOf(call)), this.isLeaving],
      ...[memory, Math.ceil(Math.log2(Math.max(size, 1)))],
    ]);
  }
}

const keyOf = (call: EventOf<'callback-entered'> | undefined): string =>
  `${call?.map} ${call?.key}`;

/** What a run showed when no allocation of it failed. */
export type Shown = {
  allocations: readonly Allocation[];
  /** Start was to be refused an allocation, and got what it asked for. */
  isStartSpared: boolean;
};

/** What is looked for in the trace of a run. */
export const shownIn = (trace: readonly TraceEvent[]): Shown => ({
  allocations: allocationsIn(trace),
  isStartSpared: !trace.some(({ kind }) => kind === 'allocation-failed'),
});

/** Each kind of allocation in every chapter, or each site once; of the pool as well, or not. */
export type Extent = { of: 'each kind' | 'each site'; pool: boolean };

/**
 * The runs of the sweep. They keep their choices; only `probes` is provoked, or what a plan of a
 * start in want of memory provokes.
 */
export const lowMemoryRuns = <R extends { plan: Plan }>(
  shown: ReadonlyMap<R, Shown>,
  extent: Extent,
  probes: readonly string[],
): R[] => {
  const swept = [...shown].filter(([{ plan }]) => isSwept(plan));
  const failures = swept.flatMap(([run, { allocations }]) =>
    allocations
      .filter(({ isPool }) => extent.pool || !isPool)
      .slice(0, failuresMax)
      .map((allocation): Failure<R> => ({ run, allocation })),
  );
  const starts = [...shown].filter(([{ plan }, { isStartSpared }]) => {
    const isShort = plan.conditions?.fail_start_allocation !== undefined;
    return extent.pool && isShort && isStartSpared;
  });
  return [
    ...starts.map(([run]) => withConditions(run, { pool_fails: true })),
    ...chosenOf(failures, extent.of).map((failure) => failing(failure, probes)),
  ];
};

type Failure<R> = { run: R; allocation: Allocation };

/** Runs whose conditions are the plan's own business: nothing is made to fail in them. */
const isSwept = ({ conditions = {} }: Plan): boolean =>
  conditions.fail_allocation === undefined && conditions.garbage === undefined;

const withConditions = <R extends { plan: Plan }>(run: R, more: Conditions): R => ({
  ...run,
  plan: { ...run.plan, conditions: { ...run.plan.conditions, ...more } },
});

const failing = <R extends { plan: Plan }>(
  { run, allocation: { number } }: Failure<R>,
  probes: readonly string[],
): R => {
  const name = `${run.plan.name}, allocation ${number} fails`;
  const made = withConditions(run, { fail_allocation: number, pool_fails: true });
  return { ...made, plan: { ...made.plan, name, probes: [...probes] } };
};

const chosenOf = <R extends { plan: Plan }>(
  failures: readonly Failure<R>[],
  of: Extent['of'],
): Failure<R>[] => {
  if (of === 'each site') return oneOfEach(failures, ({ allocation }) => allocation.site);
  const nameOf = ({ allocation: { kind }, run: { plan } }: Failure<R>): string =>
    `${kind} of ${plan.suite}`;
  const first = oneOfEach(failures, nameOf);
  // Who breaks when there is much, breaks at the last of many.
  const last = oneOfEach(lastOfEach(failures), ({ allocation }) => allocation.kind);
  return [...new Set([...first, ...last])];
};

/**
 * One failure of each name, in the shortest plan that has it, of those that go on with the same
 * callback where there are such.
 */
const oneOfEach = <R extends { plan: Plan }>(
  failures: readonly Failure<R>[],
  nameOf: (failure: Failure<R>) => string,
): Failure<R>[] => {
  const chosen = new Map<string, Failure<R>>();
  const isBetter = (one: Failure<R>, known: Failure<R>): boolean =>
    one.allocation.hasLater === known.allocation.hasLater
      ? lengthOf(one.run.plan) < lengthOf(known.run.plan)
      : one.allocation.hasLater;
  for (const failure of failures) {
    const name = nameOf(failure);
    const known = chosen.get(name);
    if (!known || isBetter(failure, known)) chosen.set(name, failure);
  }
  return [...chosen.values()];
};

/** Of each kind that a run has several times, the last. */
const lastOfEach = <R extends { plan: Plan }>(failures: readonly Failure<R>[]): Failure<R>[] => {
  const runs = new Map<R, Map<string, Failure<R>[]>>();
  for (const failure of failures) {
    const kinds = runs.get(failure.run) ?? new Map<string, Failure<R>[]>();
    const { kind } = failure.allocation;
    runs.set(failure.run, kinds.set(kind, [...(kinds.get(kind) ?? []), failure]));
  }
  const several = [...runs.values()].flatMap((kinds) => [...kinds.values()]);
  return several.filter(({ length }) => length > 1).map((all) => all.at(-1)!);
};

const lengthOf = ({ actors }: Plan): number =>
  actors.reduce((sum, { operations }) => sum + operations.length, 0);
