/**
 * FLAG and SIZE for runtimes: which flags and sizes callbacks are given, and which lengths of
 * callers are refused.
 */
import type {
  CallbackEntered,
  EventOf,
  Operation,
  TraceView,
  Verdicts,
  Watch,
} from '../../harness/index.ts';
import {
  EBPF_MAP_OPERATION_HELPER as HELPER,
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  flagNames,
} from '../../harness/index.ts';
import { DELETES, FIND, UPDATES } from '../element-call.ts';

type Entered = EventOf<'callback-entered'>;

const names = (callback: string, list: readonly string[]): boolean => list.includes(callback);

/** Element callbacks that flows of the runtime make. */
const eachFlowCall =
  (
    callbacks: readonly string[],
    look: (call: Entered, flags: number, say: Verdicts, trace: TraceView) => void,
  ): Watch =>
  (say, trace) => ({
    'callback-entered': (event) => {
      if (!event.direct && event.map && names(event.callback, callbacks))
        look(event, event.flags ?? 0, say, trace);
    },
  });

const ELEMENTS = [...FIND, ...UPDATES, ...DELETES];

/** FLAG-001: the three values, and what each is for. */
export const watchValues: Watch = eachFlowCall(ELEMENTS, (call, flags, say, trace) => {
  say.exercised();
  const operation = trace.operation(call.op)?.operation.op;
  const unknown = flags & ~(HELPER | UPDATE | CLEANUP);
  if (unknown)
    say.violated(
      call,
      'flags are made of HELPER 0x01, UPDATE 0x02 and MAP_CLEANUP 0x04',
      `they were ${flagNames(flags)}`,
    );
  if (!names(call.callback, DELETES)) return;
  if (operation === 'update' && !(flags & UPDATE)) {
    say.violated(
      call,
      'deletes on behalf of an update have UPDATE (0x02) set',
      `flags were ${flagNames(flags)}`,
    );
  }
});

/** FLAG-002: HELPER means a BPF program. */
export const watchHelper: Watch = eachFlowCall(ELEMENTS, (call, flags, say, trace) => {
  if (flags & CLEANUP) return;
  const caller = trace.operation(call.op)?.caller;
  if (caller !== 'user' && caller !== 'program') return;
  say.exercised();
  const due = caller === 'program';
  if (((flags & HELPER) !== 0) !== due) {
    say.violated(
      call,
      'HELPER is set exactly when a BPF program issued the operation',
      `a ${due ? 'program' : 'user'} issued it and flags were ${flagNames(flags)}`,
    );
  }
});

/** FLAG-003: find and update know only HELPER. */
export const watchNoDeleteFlags: Watch = eachFlowCall([...FIND, ...UPDATES], (call, flags, say) => {
  say.exercised();
  if (flags & (UPDATE | CLEANUP)) {
    say.violated(
      call,
      'UPDATE and MAP_CLEANUP are never set for find and update callbacks',
      `flags were ${flagNames(flags)}`,
    );
  }
});

/** FLAG-004: lookup-and-delete does not show through. */
export const watchNoInternalFlags: Watch = eachFlowCall(
  [...FIND, ...DELETES],
  (call, flags, say, trace) => {
    const operation = trace.operation(call.op)?.operation;
    if (operation?.op !== 'find' || !operation.delete) return;
    say.exercised();
    if (flags & ~HELPER)
      say.violated(
        call,
        'callbacks of a lookup-and-delete have flags 0 or HELPER',
        `they were ${flagNames(flags)}`,
      );
  },
);

/** SIZE-001: update and delete get the declared key size. */
export const watchKeySize: Watch = eachFlowCall(
  [...UPDATES, ...DELETES],
  (call, _flags, say, trace) => {
    const due = trace.map(call.map)?.key_size;
    if (due === undefined) return;
    say.exercised();
    if (call.key_size !== due)
      say.violated(
        call,
        `key_size is the declared ${due}`,
        `${call.callback} got ${call.key_size}`,
      );
  },
);

/** SIZE-002: find gets it too. */
export const watchFindKeySize: Watch = eachFlowCall(FIND, (call, _flags, say, trace) => {
  const due = trace.map(call.map)?.key_size;
  if (due === undefined) return;
  say.exercised();
  if (call.key_size !== due)
    say.violated(call, `find gets the declared key size ${due}`, `it got ${call.key_size}`);
});

const valueSizesDue = (
  call: CallbackEntered,
  trace: TraceView,
): { value: number; out: number | null } | null => {
  const map = trace.map(call.map);
  if (!map) return null;
  const transforms = trace.subject.profile.updatesOriginalValue;
  if (names(call.callback, UPDATES))
    return { value: map.value_size, out: transforms ? map.actual_value_size : null };
  if (names(call.callback, FIND))
    return { value: map.actual_value_size, out: transforms ? map.value_size : null };
  return { value: map.actual_value_size, out: null };
};

/** SIZE-003: value sizes in and out. */
export const watchValueSizes: Watch = eachFlowCall(ELEMENTS, (call, _flags, say, trace) => {
  const due = valueSizesDue(call, trace);
  if (!due) return;
  say.exercised();
  if (call.value_size !== due.value) {
    say.violated(
      call,
      `${call.callback} gets a value of ${due.value} bytes`,
      `it got ${call.value_size}`,
    );
  }
  if (!names(call.callback, DELETES) && (call.out_size ?? null) !== due.out) {
    say.violated(
      call,
      `${call.callback} gets ${due.out === null ? 'no out_value' : `an out_value of ${due.out} bytes`}`,
      `it got ${call.out_size ?? 'none'}`,
    );
  }
});

/** SIZE-005: lengths that do not fit the map are refused before anybody is asked. */
export const watchCallerLengths: Watch = (say, trace) => {
  const expected =
    "key and value lengths that differ from the map's are refused before the base map or the " +
    'provider is asked';
  const isOdd = (op: number, map: string | undefined): boolean => {
    const asked = trace.operation(op);
    return asked?.caller === 'user' && misfits(asked.operation, trace.map(map));
  };
  return {
    'callback-entered': (event) => {
      if (event.direct || !names(event.callback, ELEMENTS) || !isOdd(event.op, event.map)) return;
      const saw = names(event.callback, FIND)
        ? `find was called with key_size ${event.key_size}`
        : `${event.callback} was called for lengths that do not fit`;
      say.violated(event, expected, saw);
    },
    'operation-ended': (event) => {
      if (event.skipped || !isOdd(event.op, event.map)) return;
      say.exercised();
      if (event.result !== 'EBPF_SUCCESS') return;
      const what = event.operation.op === 'find' ? 'lookup' : event.operation.op;
      say.violated(event, expected, `the ${what} answered EBPF_SUCCESS`);
    },
  };
};

/** Whether a user states lengths that are not the map's; a larger buffer for a lookup does no harm. */
const misfits = (
  operation: Operation,
  map: { key_size: number; value_size: number } | undefined,
): boolean => {
  if (!map) return false;
  const { key_size, value_size } = map;
  const isOther = (stated: number | undefined): boolean =>
    stated !== undefined && stated !== key_size;
  switch (operation.op) {
    case 'find':
      return isOther(operation.key_size) || (operation.buffer ?? value_size) < value_size;
    case 'update':
      return isOther(operation.key_size) || (operation.value_size ?? value_size) !== value_size;
    case 'delete':
    case 'next_key':
      return isOther(operation.key_size);
    default:
      return false;
  }
};
