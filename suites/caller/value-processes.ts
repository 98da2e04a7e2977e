/** In which process a value was made and is released. */
import {
  EBPF_MAP_OPERATION_MAP_CLEANUP,
  EBPF_MAP_OPERATION_UPDATE,
  type CallbackEntered,
  type EventOf,
  type TraceView,
  type Watch,
} from '../../harness/index.ts';
import { HARMFUL, amount, byMaker } from '../state/block-ledger.ts';
import { declares } from '../state/declares.ts';
import { inOrder } from '../state/in-order.ts';
import { valueLedger } from '../state/value-ledger.ts';

export const UPDATE = 'preprocess_map_update_element';
export const DELETERS: readonly string[] = [
  'preprocess_map_delete_element',
  'postprocess_map_delete_element',
];

const isAskedFor = ({ flags }: CallbackEntered): boolean =>
  ((flags ?? 0) & (EBPF_MAP_OPERATION_MAP_CLEANUP | EBPF_MAP_OPERATION_UPDATE)) === 0;

export const isCleanup = (call: CallbackEntered): boolean =>
  ((call.flags ?? 0) & EBPF_MAP_OPERATION_MAP_CLEANUP) !== 0;

/** A value of a map: who brought it, by which call. */
type Value = { maker: number; process: number };

/** Values by map and stored bytes, as update callbacks gave them. */
const valuesOf = (trace: TraceView) => {
  const values = new Map<string, Value>();
  return {
    note: (event: EventOf<'callback-returned'>): void => {
      const call = trace.call(event.call);
      if (!call || call.direct || call.callback !== UPDATE || event.result !== 'EBPF_SUCCESS')
        return;
      values.set(`${call.map} ${event.out ?? call.value}`, {
        maker: event.call,
        process: call.process,
      });
    },
    of: (call: CallbackEntered): Value | undefined => values.get(`${call.map} ${call.value}`),
  };
};

/**
 * Releases in a process that is not the one that brought the value. What goes wrong there is blamed
 * when releases in the process of its own did not go wrong in the same way.
 */
export const releasesElsewhere =
  (
    expected: string,
    isMeant: (call: CallbackEntered, value: Value | undefined, trace: TraceView) => boolean,
  ): Watch =>
  (say, trace) => {
    const values = valuesOf(trace);
    const { book, handlers } = valueLedger(trace);
    const isDeclared = declares(trace.subject, 'deleteMayReject');
    const elsewhere = new Map<number, CallbackEntered>();
    const makers = new Map<number, CallbackEntered>();
    /** Values released in the process that brought them, with the flags of that. */
    const atHome = new Map<number, number>();
    /** Values whose delete it grants in the process that brought them: others it may refuse. */
    const taken = new Set<string>();
    const mayRefuse = (call: CallbackEntered, given: string): boolean =>
      !isCleanup(call) && (isDeclared || !taken.has(given));
    return inOrder(handlers, {
      'callback-entered': (event) => {
        if (event.direct || !DELETERS.includes(event.callback)) return;
        const value = values.of(event);
        if (!isMeant(event, value, trace)) {
          if (value && value.process === event.process) atHome.set(value.maker, event.flags ?? 0);
          return;
        }
        elsewhere.set(event.call, event);
        if (value) makers.set(value.maker, event);
      },
      'callback-returned': (event) => {
        values.note(event);
        const call = elsewhere.get(event.call);
        const entered = trace.call(event.call);
        const given = (entered && book.givenOf(entered)) ?? '';
        if (!call) {
          const isAsked = entered && event.callback === DELETERS[0] && isAskedFor(entered);
          if (isAsked && event.result === 'EBPF_SUCCESS') taken.add(given);
          return;
        }
        say.exercised();
        if (event.result === null || event.result === 'EBPF_SUCCESS') return;
        if (mayRefuse(call, given)) return;
        say.violated(
          event,
          expected,
          `${event.callback} answered ${event.result} in process ${call.process}`,
        );
      },
      misuse: (event) => {
        const call = elsewhere.get(event.call);
        if (call && HARMFUL.includes(event.misuse)) {
          say.violated(
            event,
            expected,
            `${call.callback} in process ${call.process}: ${event.detail}`,
          );
        }
      },
      lost: (event) => {
        if (elsewhere.has(event.call)) say.lost(event, expected, 'process');
      },
      balance: (event) => {
        if (event.why !== 'unloaded') return;
        const held = byMaker(event.balance);
        if ([...atHome.keys()].some((maker) => held.has(maker))) return;
        const told = new Set(atHome.values());
        for (const [maker, call] of makers) {
          const left = held.get(maker);
          // Where UPDATE was not seen to release anything at home, it may be the flag that matters.
          const flags = call.flags ?? 0;
          const isTold = (flags & EBPF_MAP_OPERATION_UPDATE) === 0 || told.has(flags);
          if (left && isTold)
            say.violated(
              event,
              expected,
              `${amount(left)} of a value released in process ${call.process} is still held after unload`,
            );
        }
      },
    });
  };
