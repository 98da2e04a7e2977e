/**
 * CRUD-FIND-012, a MUST for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_find_entry
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { createsMaps, hasValues, when } from '../state/applies.ts';
import {
  callsTo,
  eachKeyOperation,
  isPlainLookup,
  isRefusedToPrograms,
} from '../state/base-contents.ts';
import { DELETES, FIND } from '../state/element-call.ts';
import { returnsOf } from '../state/returns.ts';
import { inOrder } from '../state/in-order.ts';

/**
 * CRUD-FIND-012: lookup-and-delete asks find first; then one delete with flags 0 or HELPER, or
 * nothing.
 */
const watchLookupAndDelete: Watch = (say, trace) => {
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
const watchKeptAfterFailedLookup: Watch = (say, trace) => {
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
  return inOrder(first, second);
};

export const rule: Requirement = {
  id: 'CRUD-FIND-012',
  asks: 'Lookup-and-delete calls find, then, only if that succeeded, removes and calls delete once.',
  passing:
    'Lookup-and-delete called find and delete in this order, once each, and nothing more when find failed.',
  look: "the runtime's lookup-and-delete: order of the callbacks, and what happens when find fails.",
  applies: when(createsMaps, hasValues),
  watch: watchKeptAfterFailedLookup,
};
