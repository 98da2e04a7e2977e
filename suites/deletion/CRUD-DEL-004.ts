/**
 * CRUD-DEL-004, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Delete Element, Deprecated; Concurrency and IRQL
 */
import {
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  type Handlers,
  type Requirement,
  type Watch,
  except,
} from '../../harness/index.ts';
import {
  callsTo,
  eachKeyOperation,
  isPlainLookup,
  isRefusedToPrograms,
} from '../state/base-contents.ts';
import { DELETES, FIND } from '../state/element-call.ts';
import { returnsOf } from '../state/returns.ts';
import { rejectsInVain } from '../state/shipped-reading.ts';
import { inOrder } from '../state/in-order.ts';
import { removes } from './deletions.ts';
import { preprocess } from './conditions.ts';

/** CRUD-DEL-004: a preprocess delete that fails keeps the entry, and its code is the answer. */
const watchRejection: Watch = (say, trace) => {
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
  return inOrder(look, answers);
};

const isMissing = (result: string | undefined): boolean =>
  result === 'EBPF_KEY_NOT_FOUND' || result === 'EBPF_OBJECT_NOT_FOUND';

export const rule: Requirement = {
  id: 'CRUD-DEL-004',
  asks:
    'preprocess_map_delete_element comes before removal; if it fails the entry stays and ' +
    'its code is the answer.',
  passing: 'Rejected deletes answered the code of the provider and the entry was still found.',
  look: "the runtime's delete with the deprecated callback: is its result used?",
  applies: preprocess,
  watch: watchRejection,
  readings: { 'as-shipped': except(watchRejection, rejectsInVain) },
};
