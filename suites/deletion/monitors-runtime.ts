/** CRUD-DEL for runtimes: when the delete callbacks are called, with what, and what their answers mean. */
import type { EventOf, Handlers, Watch } from '../../harness/index.ts';
import {
  DISPATCH_LEVEL,
  EBPF_MAP_OPERATION_HELPER as HELPER,
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  flagNames,
  irqlName,
} from '../../harness/index.ts';
import {
  baseContents,
  callsTo,
  eachKeyOperation,
  isPlainLookup,
  isRefusedToPrograms,
  type KeyOperation,
} from '../base-contents.ts';
import { DELETES, FIND } from '../element-call.ts';
import { returnsOf } from '../returns.ts';
import { together } from '../together.ts';

const removes = ({ operation }: KeyOperation): boolean =>
  operation.op === 'delete' ||
  (operation.op === 'find' && operation.delete === true && isPlainLookup(operation));

/** CRUD-DEL-001: one delete callback with the stored bytes and flags 0 or HELPER. */
export const watchExplicitDelete: Watch = eachKeyOperation((done, event, say, trace) => {
  if (!removes(done) || event.result !== 'EBPF_SUCCESS') return;
  const deletes = callsTo(done, trace, DELETES);
  say.exercised();
  if (deletes.length !== 1) {
    say.violated(
      event,
      'an explicit delete calls the delete callback exactly once',
      `it was called ${deletes.length} times`,
    );
    return;
  }
  const one = deletes[0]!;
  const flags = done.caller === 'program' ? HELPER : 0;
  if (one.flags !== flags)
    say.violated(
      one,
      `an explicit delete has flags ${flagNames(flags)}`,
      `they were ${flagNames(one.flags ?? 0)}`,
    );
  const size = trace.map(done.map)?.actual_value_size;
  if (one.value_size !== size)
    say.violated(one, `value_size is actual_value_size (${size})`, `it was ${one.value_size}`);
  if (!done.overlapped && done.before.stored !== null && one.value !== done.before.stored) {
    say.violated(one, 'the delete callback gets the stored bytes', 'it got others');
  }
});

/** CRUD-DEL-002: nothing is called for a key that is not there. */
export const watchAbsentKey: Watch = eachKeyOperation((done, event, say, trace) => {
  if (!removes(done) || done.overlapped || done.before.presence !== 'absent') return;
  say.exercised();
  const called = callsTo(done, trace, DELETES)[0];
  if (called)
    say.violated(
      called,
      'no delete callback is called for a key that is not there',
      `${called.callback} was called`,
    );
  else if (event.result === 'EBPF_SUCCESS')
    say.violated(event, 'deleting a missing key fails', 'it answered EBPF_SUCCESS');
});

/** CRUD-DEL-003: the postprocess delete comes after removal, unlocked. */
export const watchAfterRemoval: Watch = (say, trace) => {
  const expected =
    'postprocess_map_delete_element is called after the entry was removed and the bucket lock released';
  const isIt = (call: ReturnType<typeof trace.call>): boolean =>
    call?.callback === DELETES[1] && !call.direct && !((call.flags ?? 0) & (UPDATE | CLEANUP));
  return {
    'callback-entered': (event) => {
      if (!isIt(event)) return;
      say.exercised();
      const user = trace.operation(event.op)?.caller === 'user';
      if (event.locks > 0 || (user && event.irql >= DISPATCH_LEVEL)) {
        say.violated(
          event,
          expected,
          `it ran at ${irqlName(event.irql)} with ${event.locks} lock(s) held`,
        );
      }
    },
    service: (event) => {
      const call = trace.call(event.call);
      if (
        !isIt(call) ||
        event.name !== 'find_element_function' ||
        event.key !== call?.key ||
        event.map !== call?.map
      )
        return;
      if (event.result === 'EBPF_SUCCESS')
        say.violated(event, expected, 'the provider still found the key in the map');
    },
  };
};

/** CRUD-DEL-004: a preprocess delete that fails keeps the entry, and its code is the answer. */
export const watchRejection: Watch = (say, trace) => {
  const returns = returnsOf(trace);
  const isExplicit = (call: ReturnType<typeof trace.call>): boolean =>
    call?.callback === DELETES[0] && !call.direct && !((call.flags ?? 0) & (UPDATE | CLEANUP));
  // The provider can look for itself; a map without a context it cannot look into (C-27).
  const look: Handlers = {
    service: (event) => {
      const call = trace.call(event.call);
      if (event.name !== 'find_element_function' || !isExplicit(call)) return;
      if (event.key !== call?.key || event.map !== call?.map || !isMissing(event.result)) return;
      say.violated(
        event,
        'preprocess_map_delete_element is called before the entry is removed',
        'the provider did not find the key in the map any more',
      );
    },
  };
  const answers = returns.with(
    eachKeyOperation((done, event, voice) => {
      if (!removes(done)) {
        const rejected = ['failed-delete', 'failed-lookup-and-delete'].includes(done.before.cause);
        if (
          done.operation.op !== 'find' ||
          !isPlainLookup(done.operation) ||
          !rejected ||
          done.overlapped
        )
          return;
        if (
          done.before.presence !== 'present' ||
          trace.subject.profile.deleteStyle !== 'preprocess'
        )
          return;
        const found = callsTo(done, trace, FIND).length > 0 || event.result === 'EBPF_SUCCESS';
        if (!found && !isRefusedToPrograms(done, trace)) {
          voice.violated(
            event,
            'an entry stays when its delete was rejected',
            `a lookup then answered ${event.result}`,
          );
        }
        return;
      }
      const call = callsTo(done, trace, [DELETES[0]])[0];
      const answered = call && returns.book.of(call.call)?.result;
      if (!call || !answered) return;
      voice.exercised();
      if (answered === 'EBPF_SUCCESS' || event.result === answered) return;
      voice.violated(
        event,
        "a preprocess delete that fails keeps the entry and its code is the caller's answer",
        `it answered ${answered}, the caller got ${event.result}`,
      );
    })(say, trace),
  );
  return together(look, answers);
};

const isMissing = (result: string | undefined): boolean =>
  result === 'EBPF_KEY_NOT_FOUND' || result === 'EBPF_OBJECT_NOT_FOUND';

/** CRUD-DEL-005: failures with UPDATE or MAP_CLEANUP change nothing for the operation. */
export const watchIgnoredFailure: Watch = (say, trace) => {
  const failed = new Set<number>();
  return {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== DELETES[0] || event.result === 'EBPF_SUCCESS' || !call || call.direct)
        return;
      if ((call.flags ?? 0) & (UPDATE | CLEANUP)) failed.add(call.op);
    },
    'operation-ended': (event) => {
      if (!failed.has(event.op) || event.operation.op !== 'update') return;
      say.exercised();
      const codes = [
        'EBPF_SUCCESS',
        'EBPF_OBJECT_ALREADY_EXISTS',
        'EBPF_KEY_NOT_FOUND',
        'EBPF_OUT_OF_SPACE',
        'EBPF_INVALID_ARGUMENT',
        'EBPF_NO_MEMORY',
      ];
      if (!codes.includes(event.result)) {
        say.violated(
          event,
          'a preprocess delete that fails with UPDATE does not fail the update',
          `the update answered ${event.result}`,
        );
      }
    },
  };
};

/** CRUD-DEL-014: at the end one delete callback per entry, with MAP_CLEANUP alone. */
export const watchCleanup: Watch = (say, trace) => {
  const { book, handlers } = baseContents(trace);
  const cleaned = new Map<string, number>();
  return together(handlers, {
    'callback-entered': (event: EventOf<'callback-entered'>) => {
      if (event.direct || !event.map || !(DELETES as readonly string[]).includes(event.callback))
        return;
      const flags = event.flags ?? 0;
      if (!(flags & CLEANUP)) return;
      say.exercised();
      cleaned.set(event.map, (cleaned.get(event.map) ?? 0) + 1);
      if (flags !== CLEANUP)
        say.violated(
          event,
          'deletes at map destruction have flags MAP_CLEANUP and no other',
          `they were ${flagNames(flags)}`,
        );
    },
    'map-gone': (event) => {
      const left = book.leftInside(event.map);
      const told = cleaned.get(event.map) ?? 0;
      if (left === null) return;
      say.exercised();
      if (told !== left)
        say.violated(
          event,
          'map destruction calls the delete callback once per remaining entry',
          `${left} entries were left and ${told} deletes told`,
        );
    },
  });
};
