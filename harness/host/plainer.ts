/**
 * Runs that a lost one is compared with: the same plan without a circumstance, or without all of
 * them, which leaves one actor after another, one map, and a runtime that does nothing unusual.
 */
import type { Job } from '../execute/execute.ts';
import type { Cause, Circumstance } from '../trace/cause.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import type { Conditions, Operation, Plan } from '../trace/plan.ts';

type CallCause = 'flags' | 'key' | 'size' | 'level' | 'bounds' | 'out';
export type PlanCause = Exclude<Cause, { what: CallCause }>;

/** What no loss comes of that happens in the plainest run as well. */
const plainly: readonly Circumstance[] = [
  ...(['allocation', 'client', 'order', 'deregistration'] as const),
  ...(['process', 'others', 'probe', 'history', 'condition'] as const),
];

/** Conditions that say which contract is meant, or how a trace is judged. */
const kept: readonly (keyof Conditions)[] = [
  ...(['dialect', 'switches', 'revision', 'map_type'] as const),
  ...(['fresh_load', 'probes_only', 'pool_fails'] as const),
];
/** Conditions that are circumstances of their own. */
const named: readonly string[] = [...kept, 'fail_allocation', 'foreign_cleanup'];

/**
 * The circumstances of which a loss does not come that is there without any of them; those of its
 * own operation may be.
 */
export const ruledOutPlainly = (
  { plan }: Job,
  trace: readonly TraceEvent[],
  lost: EventOf<'lost'>,
): Circumstance[] => {
  const isDirect = enteredIn(trace, lost)?.direct === true;
  const isTold = needed(plan, trace, lost) !== null;
  return plainly.filter(
    (one) => (one !== 'probe' || !isDirect) && (one !== 'history' || (isTold && !isDirect)),
  );
};

/** Circumstances of the run in which a call was lost, in the order in which they are tried. */
export const circumstancesOf = (
  { plan, choices, conditions }: Job,
  trace: readonly TraceEvent[],
  lost: EventOf<'lost'>,
): PlanCause[] => {
  const operations = plan.actors.flatMap((actor) => actor.operations);
  const all = { ...conditions, ...plan.conditions };
  const slot = slotOf(trace, lost);
  const isPending = trace.some(
    (one) => one.kind === 'deregister' && one.status === 'STATUS_PENDING',
  );
  const hasLate = trace.some((one) => 'callback' in one && one.callback === 'deferred work');
  const isShort = trace.some(({ kind }) => kind === 'allocation-failed');
  return [
    ...(isShort ? [{ what: 'allocation' } as const] : []),
    ...(hasClients(operations) ? [{ what: 'client' } as const] : []),
    ...(plan.actors.length > 1 || choices.length > 0 ? [{ what: 'order' } as const] : []),
    ...(isPending && lost.callback !== 'stop' ? [{ what: 'deregistration' } as const] : []),
    ...(isElsewhere(plan, all) ? [{ what: 'process' } as const] : []),
    ...(slot !== null && operations.some((one) => isOfOthers(one, slot))
      ? [{ what: 'others' } as const]
      : []),
    ...(operations.some(isOtherProbe(trace, lost)) ? [{ what: 'probe' } as const] : []),
    ...Object.keys(all)
      .filter((name) => !named.includes(name))
      .map((name) => ({ what: 'condition', name }) as const),
    ...(hasHistory(plan, trace, lost) ? [{ what: 'history' } as const] : []),
    ...(hasLate ? [{ what: 'deferral' } as const] : []),
  ];
};

/** The run without these circumstances. */
export const without = (
  job: Job,
  causes: readonly PlanCause[],
  trace: readonly TraceEvent[],
  lost: EventOf<'lost'>,
): Job => {
  const isFirst = ({ what }: PlanCause): boolean => what === 'history';
  const inOrder = [...causes.filter(isFirst), ...causes.filter((one) => !isFirst(one))];
  return inOrder.reduce<Job>((made, cause) => withoutOne(made, cause, trace, lost), job);
};

const withoutOne = (
  job: Job,
  cause: PlanCause,
  trace: readonly TraceEvent[],
  lost: EventOf<'lost'>,
): Job => {
  const { plan } = job;
  const isOther = isOtherProbe(trace, lost);
  switch (cause.what) {
    case 'history':
      return { ...job, choices: [], plan: needed(plan, trace, lost) ?? plan };
    case 'allocation':
      return withoutConditions(
        { ...job, plan: withOperations(plan, (one) => [dropped(one, 'fail_allocation')]) },
        ['fail_allocation'],
      );
    case 'condition':
      return withoutConditions(job, [cause.name]);
    case 'client':
      return { ...job, plan: withOperations(plan, (one) => [dropped(one, 'client')]) };
    case 'order': {
      const { search: _, ...rest } = job;
      return { ...rest, choices: [] };
    }
    case 'probe':
      return { ...job, plan: withOperations(plan, (one) => (isOther(one) ? [] : [one])) };
    case 'deregistration':
      return { ...job, plan: withOperations(plan, (one) => (one.op === 'stop' ? [] : [one])) };
    case 'process': {
      const actors = plan.actors.map((actor) => ({ ...actor, process: 1 }));
      return withoutConditions({ ...job, plan: { ...plan, actors } }, ['foreign_cleanup']);
    }
    case 'others': {
      const slot = slotOf(trace, lost);
      const isKept = (one: Operation): boolean => slot === null || !isOfOthers(one, slot);
      return { ...job, plan: withOperations(plan, (one) => (isKept(one) ? [one] : [])) };
    }
    case 'deferral':
      return { ...job, ease: { atOnce: true } };
  }
};

const withOperations = (plan: Plan, of: (operation: Operation) => Operation[]): Plan => ({
  ...plan,
  actors: plan.actors.map((actor) => ({ ...actor, operations: actor.operations.flatMap(of) })),
});

const dropped = (operation: Operation, name: 'client' | 'fail_allocation'): Operation => {
  const { [name]: _, ...rest } = operation as Record<string, unknown>;
  return rest as Operation;
};

const withoutConditions = (job: Job, names: readonly string[]): Job => {
  const less = (conditions: Conditions = {}): Conditions =>
    Object.fromEntries(Object.entries(conditions).filter(([name]) => !names.includes(name)));
  return {
    ...job,
    conditions: less(job.conditions),
    plan: { ...job.plan, conditions: less(job.plan.conditions) },
  };
};

/** A call that no runtime makes, and not the one that was lost. */
const isOtherProbe = (
  trace: readonly TraceEvent[],
  lost: EventOf<'lost'>,
): ((operation: Operation) => boolean) => {
  const last = JSON.stringify(operationOf(trace, lost)?.operation);
  return (one) => one.op === 'call' && JSON.stringify(one) !== last;
};

const operationOf = (
  trace: readonly TraceEvent[],
  lost: EventOf<'lost'>,
): EventOf<'operation-started'> | undefined =>
  trace.find(
    (one): one is EventOf<'operation-started'> =>
      one.kind === 'operation-started' && one.op === lost.op,
  );

const hasClients = (operations: readonly Operation[]): boolean =>
  operations.some((one) => 'client' in one && one.client !== undefined);

const isElsewhere = (plan: Plan, conditions: Conditions): boolean =>
  conditions.foreign_cleanup !== undefined || plan.actors.some(({ process }) => process !== 1);

const isOfOthers = (operation: Operation, slot: number): boolean => {
  switch (operation.op) {
    case 'attach':
    case 'detach':
    case 'register_other':
    case 'deregister_other':
      return true;
    default:
      return 'map' in operation && operation.map !== slot;
  }
};

const hasHistory = (plan: Plan, ...of: [readonly TraceEvent[], EventOf<'lost'>]): boolean => {
  const count = ({ actors }: Plan): number => actors.flatMap((one) => one.operations).length;
  const bare = needed(plan, ...of);
  return bare !== null && count(bare) < count(plan);
};

const enteredIn = (
  trace: readonly TraceEvent[],
  lost: EventOf<'lost'>,
): EventOf<'callback-entered'> | undefined =>
  trace.find(
    (one): one is EventOf<'callback-entered'> =>
      one.kind === 'callback-entered' && one.call === lost.call,
  );

/** The plan's number of the map that a lost call was for; null when it was for none. */
const slotOf = (trace: readonly TraceEvent[], lost: EventOf<'lost'>): number | null => {
  const entered = enteredIn(trace, lost);
  const label = entered?.map ?? mapOfBinding(trace, entered?.binding);
  let started: number | null = null;
  let made: number | null = null;
  for (const event of trace) {
    if (event.kind !== 'operation-started' && event.kind !== 'operation-ended') continue;
    const { operation } = event;
    if (!('map' in operation) || typeof operation.map !== 'number') continue;
    if (event.op === lost.op) started = operation.map;
    const isMade = event.kind === 'operation-ended' && operation.op === 'create';
    if (isMade && event.map !== undefined && event.map === label) made = operation.map;
  }
  return made ?? started;
};

const mapOfBinding = (
  trace: readonly TraceEvent[],
  binding: string | undefined,
): string | undefined => {
  for (const event of trace)
    if (event.kind === 'map-created' && event.binding === binding) return event.map;
  return undefined;
};

/**
 * What the lost operation needs of the operations before it: the map, and the entry that it is
 * about. Null where it cannot be told.
 */
const needed = (plan: Plan, trace: readonly TraceEvent[], lost: EventOf<'lost'>): Plan | null => {
  const started = operationOf(trace, lost);
  const last = started?.operation;
  if (!last || !('map' in last) || typeof last.map !== 'number') return null;
  if (!['create', 'find', 'update', 'delete'].includes(last.op)) return null;
  const at = plan.actors.findIndex((_, index) => index === started.actor);
  const actor = plan.actors[at];
  const before = plan.actors.flatMap((one, index) => (index <= at ? one.operations : []));
  const create = before.find((one) => one.op === 'create' && one.map === last.map);
  if (!actor || !create) return null;
  const key = 'key' in last ? last.key : null;
  const isOfEntry = (one: Operation): boolean =>
    one.op === 'update' && one.map === last.map && one.key === key && one.option === undefined;
  const entry = last.op === 'create' ? undefined : before.find(isOfEntry);
  const operations: Operation[] = [
    { op: 'start' },
    create,
    ...(entry && entry !== last ? [{ ...entry, caller: 'user' } as Operation] : []),
    ...(last.op === 'create' ? [] : [last]),
  ];
  return { ...plan, actors: [{ ...actor, operations }] };
};
