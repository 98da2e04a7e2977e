/** CRUD-FIND for runtimes: when the find callback is called, and what the caller gets. */
import type { EventOf, Watch } from '../../harness/index.ts';
import { callsTo, eachKeyOperation, isPlainLookup, isRefusedToPrograms } from '../base-contents.ts';
import { DELETES, FIND } from '../element-call.ts';
import { returnsOf } from '../returns.ts';
import { together } from '../together.ts';

/** CRUD-FIND-001: no find callback for a key that is not there. */
export const watchMissingKey: Watch = eachKeyOperation((done, event, say, trace) => {
  if (done.operation.op !== 'find' || done.overlapped || done.before.presence !== 'absent') return;
  if (!trace.subject.profile.hasFind) return;
  say.exercised();
  const called = callsTo(done, trace, FIND)[0];
  if (called) {
    say.violated(
      called,
      'postprocess_map_find_element is called only for keys that the base map holds',
      `it was called in a lookup of a key that was never stored or was deleted in ${done.map}`,
    );
  } else if (event.result === 'EBPF_SUCCESS') {
    say.violated(
      event,
      'a lookup of a missing key fails',
      `it answered EBPF_SUCCESS for ${done.map}`,
    );
  }
});

/** CRUD-FIND-011: the provider's failure reaches the caller, and no value with it. */
export const watchFailureCode: Watch = (say, trace) => {
  const returns = returnsOf(trace);
  const look = eachKeyOperation((done, event, voice) => {
    if (done.operation.op !== 'find') return;
    const call = callsTo(done, trace, FIND)[0];
    const answered = call && returns.book.of(call.call)?.result;
    if (!answered || answered === 'EBPF_SUCCESS') return;
    voice.exercised();
    if (event.result !== answered) {
      voice.violated(
        event,
        "the provider's failure code from find is returned to the caller",
        `find answered ${answered}, the caller got ${event.result}`,
      );
    }
    if (!trace.subject.profile.updatesOriginalValue && event.out !== undefined) {
      voice.violated(
        event,
        'a lookup that the provider failed hands out no value',
        `find answered ${answered} and the caller got a value`,
      );
    }
  });
  return returns.with(look(say, trace));
};

/** CRUD-FIND-012: lookup-and-delete asks find first; then one delete with flags 0 or HELPER, or nothing. */
export const watchLookupAndDelete: Watch = (say, trace) => {
  const returns = returnsOf(trace);
  const look = eachKeyOperation((done, event, voice) => {
    const { operation } = done;
    if (operation.op !== 'find' || !operation.delete || !isPlainLookup(operation)) return;
    if (isRefusedToPrograms(done, trace)) return;
    const finds = callsTo(done, trace, FIND);
    const deletes = callsTo(done, trace, DELETES);
    const found = finds[0] && returns.book.of(finds[0].call)?.result;
    if (found !== undefined && found !== 'EBPF_SUCCESS') {
      voice.exercised();
      if (deletes[0])
        voice.violated(
          deletes[0],
          'no delete callback follows when find failed in a lookup-and-delete',
          `find answered ${found} and ${deletes[0].callback} was called`,
        );
      return;
    }
    if (event.result !== 'EBPF_SUCCESS') return;
    voice.exercised();
    if (trace.subject.profile.hasFind && finds.length !== 1) {
      voice.violated(
        event,
        'a lookup-and-delete calls find once',
        `it called it ${finds.length} times`,
      );
    }
    const due = trace.subject.profile.deleteStyle === 'none' ? 0 : 1;
    if (deletes.length !== due) {
      voice.violated(
        event,
        `a lookup-and-delete calls the delete callback ${due === 1 ? 'once' : 'never, there is none'}`,
        `it called it ${deletes.length} times`,
      );
    }
    if (finds[0] && deletes[0] && finds[0].seq > deletes[0].seq) {
      voice.violated(
        deletes[0],
        'find comes before the delete callback',
        'the delete callback came first',
      );
    }
  });
  return returns.with(look(say, trace));
};

/** CRUD-FIND-012 continued: an entry whose lookup failed is still there. */
export const watchKeptAfterFailedLookup: Watch = (say, trace) => {
  const first = watchLookupAndDelete(say, trace);
  const second = eachKeyOperation((done, event, voice) => {
    if (done.operation.op !== 'find' || done.overlapped || done.before.presence !== 'present')
      return;
    if (done.before.cause !== 'failed-lookup-and-delete' || !isPlainLookup(done.operation)) return;
    if (isRefusedToPrograms(done, trace)) return;
    if (
      callsTo(done, trace, FIND).length === 0 &&
      trace.subject.profile.hasFind &&
      event.result !== 'EBPF_SUCCESS'
    ) {
      voice.violated(
        event,
        'an entry stays when the lookup of a lookup-and-delete failed',
        `the next lookup answered ${event.result} without asking the provider`,
      );
    }
  })(say, trace);
  return together(first, second);
};

/** CRUD-FIND-013: without a find callback the stored bytes are the answer. */
export const watchStoredBytes: Watch = eachKeyOperation((done, event, say) => {
  const { given, presence } = done.before;
  if (done.operation.op !== 'find' || done.overlapped || presence !== 'present' || given === null)
    return;
  if (!isPlainLookup(done.operation) || event.result !== 'EBPF_SUCCESS') return;
  say.exercised();
  if (event.out !== given) {
    say.violated(
      event,
      'a lookup without a find callback returns the bytes that were stored',
      'other bytes came back',
    );
  }
});

/** CRUD-FIND-014: enumerating keys is the runtime's own business. */
export const watchEnumeration: Watch = (say, trace) => {
  const enumerates = (op: number): boolean => {
    const name = trace.operation(op)?.operation.op;
    return name === 'next_key' || name === 'iterate';
  };
  return {
    'callback-entered': (event) => {
      if (
        !enumerates(event.op) ||
        event.direct ||
        event.within !== 0 ||
        !event.callback.includes('process_')
      )
        return;
      say.violated(
        event,
        'enumerating keys calls nothing of the provider',
        `${event.callback} was called`,
      );
    },
    'operation-ended': (event: EventOf<'operation-ended'>) => {
      if (enumerates(event.op) && !event.skipped) say.exercised();
    },
  };
};

/** CRUD-FIND-015: the codes for a missing key. */
export const watchMissingCodes: Watch = eachKeyOperation((done, event, say, trace) => {
  const { operation, before, overlapped } = done;
  if (overlapped || before.presence !== 'absent' || isRefusedToPrograms(done, trace)) return;
  const due =
    operation.op === 'find' && isPlainLookup(operation)
      ? 'EBPF_OBJECT_NOT_FOUND'
      : operation.op === 'delete'
        ? 'EBPF_KEY_NOT_FOUND'
        : null;
  if (due === null) return;
  say.exercised();
  if (event.result !== due) {
    say.violated(
      event,
      `${operation.op === 'find' ? 'a lookup' : 'a delete'} of a missing key answers ${due}`,
      `it answered ${event.result}`,
    );
  }
});

/** CRUD-FIND-016: batch lookups may be refused. */
export const watchBatchLookup: Watch = (say) => ({
  'operation-ended': (event) => {
    if (event.operation.op === 'batch' && !event.skipped) say.exercised();
  },
});
