/** At which IRQL a callback is called, and what it may do there. */
import {
  DISPATCH_LEVEL,
  EBPF_MAP_OPERATION_MAP_CLEANUP,
  PASSIVE_LEVEL,
  irqlName,
  type CallbackEntered,
  type EventOf,
  type TraceView,
  type Watch,
} from '../../harness/index.ts';
import { isRuledOut } from '../state/cause.ts';

export const PRE = 'preprocess_map_delete_element';
export const POST = 'postprocess_map_delete_element';
export const ELEMENT: readonly string[] = [
  'postprocess_map_find_element',
  'preprocess_map_update_element',
  PRE,
  POST,
];

/** What must not be done at DISPATCH_LEVEL. */
export const BLOCKING: readonly string[] = [
  'wait-at-dispatch',
  'pageable-at-dispatch',
  'lowered-irql',
];

type Entered = EventOf<'callback-entered'>;

export const isCleanup = (call: CallbackEntered): boolean =>
  ((call.flags ?? 0) & EBPF_MAP_OPERATION_MAP_CLEANUP) !== 0;

/** A runtime rule: some callbacks are called at PASSIVE_LEVEL. */
export const calledAtPassive =
  (expected: string, isMeant: (event: Entered, trace: TraceView) => boolean): Watch =>
  (say, trace) => ({
    'callback-entered': (event) => {
      if (event.direct || !isMeant(event, trace)) return;
      say.exercised();
      if (event.irql === PASSIVE_LEVEL) return;
      say.violated(event, expected, `${event.callback} was called at ${irqlName(event.irql)}`);
    },
  });

/**
 * A provider rule: some callbacks are safe at DISPATCH_LEVEL. What crashes there and not at PASSIVE
 * is not.
 */
export const safeAtDispatch =
  (
    expected: string,
    isMeant: (call: CallbackEntered, trace: TraceView) => boolean,
    more: {
      tests?: (call: CallbackEntered) => boolean;
      blame?: (trace: TraceView) => 'violated' | 'warned';
    } = {},
  ): Watch =>
  (say, trace) => {
    const atPassive = new Set<string>();
    const tests = more.tests ?? ((call) => call.irql >= DISPATCH_LEVEL);
    const mine = (call: number): CallbackEntered | undefined => {
      const entered = trace.call(call);
      return entered && !entered.direct && isMeant(entered, trace) ? entered : undefined;
    };
    return {
      'callback-returned': (event) => {
        const call = mine(event.call);
        if (call?.irql === PASSIVE_LEVEL) atPassive.add(call.callback);
        if (call && tests(call)) say.exercised();
      },
      misuse: (event) => {
        const call = mine(event.call);
        if (!call || call.irql < DISPATCH_LEVEL || !BLOCKING.includes(event.misuse)) return;
        say[more.blame?.(trace) ?? 'violated'](
          event,
          expected,
          `${call.callback}, called at ${irqlName(call.irql)}: ${event.detail}`,
        );
      },
      lost: (event) => {
        const isFor = event.cause?.what === 'level';
        const entered = trace.call(event.call);
        const isMine = entered && isMeant(entered, trace) && (isFor || !entered.direct);
        if (!isMine || entered.irql < DISPATCH_LEVEL || isRuledOut(event, 'level')) return;
        const isForbidden = (more.blame?.(trace) ?? 'violated') === 'violated';
        if ((isForbidden && isFor) || atPassive.has(entered.callback))
          say.lost(
            event,
            `${expected}; at PASSIVE_LEVEL it came back`,
            isForbidden ? 'level' : undefined,
          );
      },
    };
  };
