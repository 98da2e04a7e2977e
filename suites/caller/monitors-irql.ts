/** Monitors of the IRQL at which callbacks are called, at which they return, and of what they do there. */
import { isRuledOut } from '../cause.ts';
import {
  DISPATCH_LEVEL,
  EBPF_MAP_OPERATION_MAP_CLEANUP,
  irqlName,
  PASSIVE_LEVEL,
  type CallbackEntered,
  type EventOf,
  type TraceView,
  type Watch,
} from '../../harness/index.ts';

const PRE = 'preprocess_map_delete_element';
const POST = 'postprocess_map_delete_element';
const ELEMENT: readonly string[] = [
  'postprocess_map_find_element',
  'preprocess_map_update_element',
  PRE,
  POST,
];
const LIFETIME: readonly string[] = [
  'preprocess_map_create',
  'postprocess_map_delete',
  'preprocess_associate_program_type',
];

/** What must not be done at DISPATCH_LEVEL. */
const BLOCKING: readonly string[] = ['wait-at-dispatch', 'pageable-at-dispatch', 'lowered-irql'];

type Entered = EventOf<'callback-entered'>;

const isCleanup = (call: CallbackEntered): boolean =>
  ((call.flags ?? 0) & EBPF_MAP_OPERATION_MAP_CLEANUP) !== 0;

/** A runtime rule: some callbacks are called at PASSIVE_LEVEL. */
const calledAtPassive =
  (expected: string, isMeant: (event: Entered, trace: TraceView) => boolean): Watch =>
  (say, trace) => ({
    'callback-entered': (event) => {
      if (event.direct || !isMeant(event, trace)) return;
      say.exercised();
      if (event.irql === PASSIVE_LEVEL) return;
      say.violated(event, expected, `${event.callback} was called at ${irqlName(event.irql)}`);
    },
  });

/** IRQL-001 (runtime): element callbacks for user callers. */
export const watchUserCallers: Watch = calledAtPassive(
  'find, update and postprocess delete are called at PASSIVE_LEVEL for user callers',
  (event, trace) =>
    ELEMENT.includes(event.callback) &&
    event.callback !== PRE &&
    !isCleanup(event) &&
    trace.operation(event.op)?.caller === 'user',
);

/** IRQL-005 (runtime): deletes of the clean-up. */
export const watchCleanupLevel: Watch = calledAtPassive(
  'delete callbacks of the map clean-up are called at PASSIVE_LEVEL',
  (event) => (event.callback === PRE || event.callback === POST) && isCleanup(event),
);

/** IRQL-006 (runtime): the callbacks of a map's life. */
export const watchLifetimeLevel: Watch = calledAtPassive(
  'preprocess_map_create, postprocess_map_delete and preprocess_associate_program_type are called at PASSIVE_LEVEL',
  (event) => LIFETIME.includes(event.callback),
);

/** A provider rule: some callbacks are safe at DISPATCH_LEVEL. What crashes there and not at PASSIVE is not. */
const safeAtDispatch =
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

/** IRQL-002: what programs can reach runs at DISPATCH. */
export const watchElementCallbacks: Watch = safeAtDispatch(
  'find, update and delete callbacks of a map that stores what it is given are safe at DISPATCH_LEVEL',
  (call) => ELEMENT.includes(call.callback),
);

/** IRQL-003: the deprecated delete runs under the bucket lock. */
export const watchPreprocessDelete: Watch = (say, trace) => {
  const { updatesOriginalValue } = trace.subject.profile;
  return safeAtDispatch(
    'preprocess_map_delete_element is safe at DISPATCH_LEVEL: a spin lock is held around it',
    (call) => call.callback === PRE,
    updatesOriginalValue ? { tests: () => true, blame: () => 'warned' } : {},
  )(say, trace);
};

/** IRQL-004: shipped runtimes call the postprocess delete under a lock as well. */
export const watchPostprocessDelete: Watch = safeAtDispatch(
  'postprocess_map_delete_element is safe at DISPATCH_LEVEL too: shipped runtimes hold a spin lock around it',
  (call) => call.callback === POST,
  { tests: () => true },
);

const ENDS: readonly string[] = ['ProviderDetachClient', 'ProviderCleanupBindingContext'];

/** IRQL-009: the registrar ends bindings at any level. The plan that raises it is for this rule alone. */
export const watchEndsOfBindings: Watch = (say, trace) => {
  const expected =
    'detach and cleanup are safe at DISPATCH_LEVEL, at which the registrar may call them';
  const raised = (call: number): CallbackEntered | undefined => {
    const entered = trace.call(call);
    const isMeant = entered && ENDS.includes(entered.callback) && entered.irql >= DISPATCH_LEVEL;
    return isMeant ? entered : undefined;
  };
  return {
    'callback-returned': (event) => {
      if (raised(event.call)) say.exercised();
    },
    misuse: (event) => {
      const call = raised(event.call);
      if (!call || !BLOCKING.includes(event.misuse)) return;
      say.violated(
        event,
        expected,
        `${call.callback}, called at ${irqlName(call.irql)}: ${event.detail}`,
      );
    },
    lost: (event) => {
      if (raised(event.call)) say.lost(event, expected);
    },
  };
};

/** IRQL-007: back at the level of the call. */
export const watchReturnLevel: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (!call) return;
    say.exercised();
    if (event.irql === call.irql) return;
    say.violated(
      event,
      'a callback returns at the IRQL at which it was called',
      `${event.callback} was called at ${irqlName(call.irql)} and returned at ${irqlName(event.irql)}`,
    );
  },
});

/** IRQL-010: what was called below DISPATCH_LEVEL may raise itself to it, and may not block there. */
export const watchRaisedLevel: Watch = (say, trace) => {
  const expected = 'a callback does not block at an IRQL that it raised itself';
  const blocked = new Set<number>();
  const wasLow = (call: number): CallbackEntered | undefined => {
    const entered = trace.call(call);
    return entered && entered.irql < DISPATCH_LEVEL ? entered : undefined;
  };
  return {
    'callback-returned': (event) => {
      if (wasLow(event.call)) say.exercised();
    },
    misuse: (event) => {
      const call = wasLow(event.call);
      if (!call || event.misuse === 'lowered-irql' || !BLOCKING.includes(event.misuse)) return;
      blocked.add(event.call);
      say.violated(
        event,
        expected,
        `${call.callback}, called at ${irqlName(call.irql)}: ${event.detail}`,
      );
    },
    lost: (event) => {
      if (event.how === 'hang' && blocked.has(event.call)) say.lost(event, expected);
    },
  };
};

/** IRQL-008: permission to need PASSIVE_LEVEL in update; the harness keeps to it. */
export const watchPassiveUpdate: Watch = (say) => ({
  'callback-entered': (event) => {
    if (event.callback === 'preprocess_map_update_element' && event.irql === PASSIVE_LEVEL)
      say.exercised();
  },
});
