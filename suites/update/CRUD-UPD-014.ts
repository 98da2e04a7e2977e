/**
 * CRUD-UPD-014, a MUST for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:_ebpf_custom_map_update_hash_map_entry
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { callsTo, eachKeyOperation } from '../state/base-contents.ts';
import { DELETES, FIND, UPDATES } from '../state/element-call.ts';
import { returnsOf } from '../state/returns.ts';
import { updates } from './conditions.ts';

/** CRUD-UPD-014: the provider's refusal is the caller's answer, and nothing changes. */
const watchRefusal: Watch = (say, trace) => {
  const returns = returnsOf(trace);
  return returns.with(
    eachKeyOperation((done, event, voice) => {
      if (
        done.operation.op === 'find' &&
        done.before.cause === 'failed-update' &&
        !done.overlapped
      ) {
        const asked = callsTo(done, trace, FIND).length > 0;
        if (done.before.presence === 'absent' && (asked || event.result === 'EBPF_SUCCESS')) {
          voice.violated(
            event,
            'a failed update leaves the base map as it was',
            'a key was found that only a failed update had named',
          );
        }
        return;
      }
      if (done.operation.op !== 'update') return;
      const call = callsTo(done, trace, UPDATES)[0];
      const answered = call && returns.book.of(call.call)?.result;
      if (!answered || answered === 'EBPF_SUCCESS') return;
      voice.exercised();
      if (event.result !== answered) {
        voice.violated(
          event,
          "the provider's failure code is returned unchanged",
          `update answered ${answered}, the caller got ${event.result}`,
        );
      }
      const deleted = callsTo(done, trace, DELETES)[0];
      if (deleted)
        voice.violated(
          deleted,
          'nothing is rolled back or displaced after the provider refused an update',
          `${deleted.callback} was called`,
        );
    })(say, trace),
  );
};

export const rule: Requirement = {
  id: 'CRUD-UPD-014',
  asks: "The provider's failure code reaches the caller and the base map stays as it was.",
  passing: 'Every refused update answered the code of the provider and changed nothing.',
  look: "the runtime's update after a failed callback.",
  applies: updates,
  watch: watchRefusal,
};
