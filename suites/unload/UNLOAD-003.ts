/**
 * UNLOAD-003, a MUST for the provider.
 * Source: docs/CustomMaps.md#Map Lifecycle note
 */
import {
  type CallbackEntered,
  type EventOf,
  type Requirement,
  type Watch,
} from '../../harness/index.ts';
import { amount, byMaker, ledgerOf } from '../state/block-ledger.ts';
import { isGoneBefore } from '../state/held-value.ts';
import { livesOf } from '../state/map-lives.ts';
import { roomOf } from '../state/room.ts';
import { inOrder } from '../state/in-order.ts';
import { valueLedger } from '../state/value-ledger.ts';
import { deregistrationsOf } from './deregistrations.ts';

/** What a call asked, for comparison before and during deregistration. */
const questionOf = (call: CallbackEntered, value: string | null | undefined): string =>
  [
    ...[call.map, call.callback, call.key, value, call.flags],
    ...[call.program_type, call.process],
  ].join(' ');

const isUpdate = (call: CallbackEntered): boolean =>
  call.callback === 'preprocess_map_update_element';

const isDelete = (call: CallbackEntered): boolean =>
  call.callback === 'preprocess_map_delete_element';

/** UNLOAD-003: live maps go on working while deregistration is pending. */
const watchPendingUse: Watch = (say, trace) => {
  const { book: state, handlers } = deregistrationsOf(trace);
  const { book: lives, handlers: lifeHandlers } = livesOf(trace);
  const { book: ledger, handlers: ledgerHandlers } = ledgerOf(trace);
  const { book: values, handlers: valueHandlers } = valueLedger(trace);
  const { book: room, handlers: roomHandlers } = roomOf(trace);
  const answered = new Set<string>();
  const refused = new Set<string>();
  const starved = new Set<number>();
  /** Maps that were alive when their provider began to deregister. */
  const alive = new Set<string>();
  const inWindow = (map: string | undefined): boolean => {
    const life = lives.of(map);
    return life !== undefined && state.isPending(life.created.registration);
  };
  const expected =
    'callbacks work on while deregistration is pending: live maps are still used, and destroyed later';
  return inOrder(handlers, lifeHandlers, ledgerHandlers, valueHandlers, roomHandlers, {
    deregister: (event) => {
      for (const life of lives.alive()) {
        if (life.created.registration === event.registration) alive.add(life.map);
      }
    },
    'allocation-failed': (event) => void starved.add(event.call),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || call.direct || call.map === undefined || starved.has(event.call)) return;
      const fails = event.result !== null && event.result !== 'EBPF_SUCCESS';
      const question = questionOf(call, isDelete(call) ? values.givenOf(call) : call.value);
      if (!inWindow(call.map)) {
        (fails ? refused : answered).add(question);
        return;
      }
      say.exercised();
      if (!fails || room.mayBeFull(call, event.result)) return;
      // What it refuses now it may have refused before, by key, value or caller.
      const mayBeInUse =
        isUpdate(call) &&
        trace.subject.profile.duplicatesAllowed === false &&
        values.isStored(call.value ?? '');
      const isRepeated = answered.has(question) && !refused.has(question) && !mayBeInUse;
      if (!isRepeated) return;
      say.violated(
        event,
        expected,
        `${event.callback} of ${call.map} answered ${event.result} while the deregistration was pending`,
      );
    },
    balance: (event) => {
      if (event.why !== 'unloaded') return;
      const isOthers = (call: number): boolean => isGoneBefore(values.fateOf(call));
      leftOf(alive, event, { trace, isOthers }, say, expected);
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (!call || call.direct || !inWindow(call.map) || ledger.isHarmed(event.call)) return;
      // A map that ends with a NULL context is LIFE-011's.
      if (call.callback === 'postprocess_map_delete' && (call.context ?? null) === null) return;
      if (/^(pre|post)process_/.test(call.callback)) say.lost(event, expected, 'deregistration');
    },
  });
};

/** What maps that outlived the beginning of deregistration left behind. */
const leftOf = (
  maps: ReadonlySet<string>,
  event: EventOf<'balance'>,
  { trace, isOthers }: { trace: Parameters<Watch>[1]; isOthers: (call: number) => boolean },
  say: Parameters<Watch>[0],
  expected: string,
): void => {
  const rows = [...byMaker(event.balance)].filter(([call]) => !isOthers(call));
  // Who leaves things of other maps behind too is not held up by the deregistration.
  const ofOthers = rows.some(([call]) => {
    const map = trace.call(call)?.map;
    return map !== undefined && !maps.has(map);
  });
  if (ofOthers) return;
  for (const [call, sum] of rows) {
    const made = trace.call(call);
    if (!made || made.direct || made.map === undefined || !maps.has(made.map)) continue;
    say.violated(
      event,
      expected,
      `${amount(sum)} of ${made.callback} of ${made.map}, which was alive when the deregistration ` +
        `began, still there after unload`,
    );
    return;
  }
};

export const rule: Requirement = {
  id: 'UNLOAD-003',
  asks: 'All callbacks work on while deregistration is pending: live maps are still used, and destroyed later.',
  passing:
    'Maps were read, filled, associated and closed while stop waited; everything was answered as ' +
    'before and nothing was left.',
  look: 'A flag set by the unload routine that makes callbacks return early, above all the delete path.',
  watch: watchPendingUse,
  underThreads: { exercisedBy: 'unloading' },
};
