/** Monitors of what happens when operations of different actors are under way together, one per rule. */
import type { EventOf, TraceView, Watch } from '../../harness/index.ts';
import { isRuledOut } from '../cause.ts';
import { together } from '../together.ts';
import { DELETERS, LIFETIME, overlapsOf, placeOf, type Call, type Overlaps } from './overlap.ts';
import { troublesOf, type Trouble } from './trouble.ts';

const UPDATE = 'preprocess_map_update_element';
const FIND = 'postprocess_map_find_element';

/** A rule that is put to the test by some calls in company, and broken by trouble that is its own. */
const inCompany =
  (
    expected: string,
    tests: (event: EventOf<'callback-entered'>, overlaps: Overlaps) => boolean,
    isMine: (trouble: Trouble, overlaps: Overlaps, trace: TraceView) => boolean,
  ): Watch =>
  (say, trace) => {
    const { book: overlaps, handlers: first } = overlapsOf(trace);
    const { book: troubles, handlers: second } = troublesOf(trace);
    troubles.listeners.push((trouble) => {
      if (!isMine(trouble, overlaps, trace)) return;
      if (trouble.lost) say.lost(trouble.lost, expected, ofOrder(trouble.lost));
      else say.violated(trouble.at, expected, trouble.saw);
    });
    return together(first, second, {
      'callback-entered': (event) => {
        if (!event.direct && tests(event, overlaps)) say.exercised();
      },
    });
  };

/** A wait for another operation is CONC-007's where it claims it; everything else that comes of company is everybody's. */
const ofOrder = (lost: EventOf<'lost'>): 'order' | undefined =>
  lost.how === 'hang' && !isRuledOut(lost, 'order') ? undefined : 'order';

const hasCompany = (call: Call | undefined, overlaps: Overlaps): boolean =>
  call !== undefined && overlaps.beside(call.call).length > 0;

/** CONC-001: several callbacks under way, on one map or on many. */
export const watchConcurrency: Watch = inCompany(
  'callbacks are right while other operations, on the same map and on others, are under way',
  (event, overlaps) => hasCompany(event, overlaps),
  () => true,
);

/** CONC-002: updates of one key that overlap, and deletes of what they displace in any order. */
export const watchSameKey: Watch = inCompany(
  'each of several updates of one key stands for itself, and each delete releases the ' +
    'value it is handed, whatever came in between',
  (event, overlaps) =>
    overlaps
      .beside(event.call)
      .some((one) => one.kind === 'update' && one.place === placeOf(event)) &&
    (event.callback === UPDATE || DELETERS.includes(event.callback)),
  ({ place }, overlaps) =>
    overlaps.haveMet(place, 'update', 'update') || overlaps.haveMet(place, 'update', 'delete'),
);

/** CONC-004: nothing "current" is kept from an update callback to the delete callback of the same operation. */
export const watchCurrentOperation: Watch = inCompany(
  'update and delete callbacks of different keys, maps and threads may come in any ' +
    'order: none relies on the last one before it',
  (event, overlaps) =>
    (event.callback === UPDATE || DELETERS.includes(event.callback)) &&
    overlaps.beside(event.call).some((one) => one.place !== null && one.place !== placeOf(event)),
  ({ place, call, lost }, overlaps) =>
    overlaps.wasCrossed(place) ||
    (lost !== null && call !== undefined && overlaps.beside(call.call).some((one) => one.between)),
);

const soundsLikeLock = /dead.?lock|lock|mutex|re-?entr|recurs|call stack/i;

/** A hang, or an exception that speaks of a lock: a simulated provider cannot wait, it can only say so. */
const isLockLoss = (lost: EventOf<'lost'>): boolean =>
  lost.how === 'hang' || soundsLikeLock.test(`${lost.error} ${lost.detail}`);

const besideChanges: Watch = inCompany(
  'a lookup beside an update or delete of its key gives the value it was handed, or fails',
  (event, overlaps) =>
    event.callback === FIND &&
    overlaps.onSameTarget(event.call).some((one) => one.kind === 'update' || one.kind === 'delete'),
  ({ place, call }, overlaps) =>
    call?.callback === FIND &&
    (overlaps.haveMet(place, 'find', 'update') || overlaps.haveMet(place, 'find', 'delete')),
);

const lifetimesBeside = (call: Call | undefined, overlaps: Overlaps): boolean =>
  call !== undefined && (overlaps.flightOf(call.call)?.metLifetime ?? false);

/** CONC-006: a lookup beside changes of its key, or beside itself. */
export const watchLookup: Watch = (say, trace) =>
  together(besideChanges(say, trace), {
    lost: (event) => {
      if (event.callback === FIND && isLockLoss(event))
        say.lost(
          event,
          'a lookup waits for nothing that another callback, or the lookup itself, holds',
        );
    },
  });

/** CONC-005: maps come and go beside each other. */
export const watchLifetimes: Watch = (say, trace) => {
  const expected =
    'attach, create, map delete and detach of different maps go on beside each other';
  const alive = new Set<string>();
  /** Bindings whose map was made while another map came or went: their end is judged too. */
  const madeBeside = new Set<string>();
  let everMade = false;
  const { book: overlaps, handlers: first } = overlapsOf(trace);
  const isMadeBeside = (call: Call): boolean =>
    madeBeside.has(trace.map(call.map)?.binding ?? call.binding ?? '');
  const watched = inCompany(
    expected,
    (event, book) => LIFETIME.includes(event.callback) && lifetimesBeside(event, book),
    ({ call }, book) =>
      call !== undefined &&
      LIFETIME.includes(call.callback) &&
      (lifetimesBeside(call, book) || isMadeBeside(call)),
  )(say, trace);
  return together(first, watched, {
    'map-created': (event) => {
      alive.add(event.map);
      everMade ||= !overlaps.begun;
    },
    'map-gone': (event) => void alive.delete(event.map),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || call.direct || !everMade || !lifetimesBeside(call, overlaps)) return;
      if (event.callback === 'preprocess_map_create' && call.binding !== undefined)
        madeBeside.add(call.binding);
      if (event.callback !== 'ProviderAttachClient' && event.callback !== 'preprocess_map_create')
        return;
      if (event.result === 'STATUS_SUCCESS' || event.result === 'EBPF_SUCCESS') return;
      if (!isOrdinary(call, trace) || alive.size >= (trace.subject.profile.maxMaps ?? Infinity) - 1)
        return;
      say.violated(
        event,
        expected,
        `${event.callback} answered ${event.result} while another map was being made or ended`,
      );
    },
  });
};

/** A creation that succeeds when it is alone. */
const isOrdinary = (call: Call, trace: TraceView): boolean => {
  const { conditions, operation } = {
    conditions: trace.conditions,
    operation: trace.operation(call.op)?.operation,
  };
  if (conditions.fail_allocation !== undefined || conditions.map_context_offset !== undefined)
    return false;
  return (
    operation?.op === 'create' &&
    Object.keys(operation).every((name) => name === 'op' || name === 'map')
  );
};

/** CONC-007: nobody waits, in a callback, for another operation that cannot move. */
export const watchDeadlock: Watch = (say, trace) => {
  const expected =
    'no callback waits for something that another operation holds from its update ' +
    'callback on, least of all a delete callback under a spin lock';
  const { book: overlaps, handlers } = overlapsOf(trace);
  const isBetween = (call: number): boolean => overlaps.beside(call).some((one) => one.between);
  return together(handlers, {
    'callback-entered': (event) => {
      if (!event.direct && DELETERS.includes(event.callback) && isBetween(event.call))
        say.exercised();
    },
    lost: (event) => {
      const isProbed = trace.probes.includes('CONC-007');
      if (isLockLoss(event) && (isBetween(event.call) || isProbed))
        say.lost(event, expected, 'order');
    },
  });
};
