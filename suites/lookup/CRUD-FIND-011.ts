/**
 * CRUD-FIND-011, a MUST for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_find_entry
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { callsTo, eachKeyOperation } from '../state/base-contents.ts';
import { FIND } from '../state/element-call.ts';
import { returnsOf } from '../state/returns.ts';
import { hasFindAndValues } from './conditions.ts';

/** CRUD-FIND-011: the provider's failure reaches the caller, and no value with it. */
const watchFailureCode: Watch = (say, trace) => {
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

export const rule: Requirement = {
  id: 'CRUD-FIND-011',
  asks: "The provider's failure code from find reaches the caller, and no value does.",
  passing: 'Every lookup that the provider failed answered its code.',
  look: "the runtime's lookup: is the result of postprocess_map_find_element returned unchanged?",
  applies: hasFindAndValues,
  watch: watchFailureCode,
};
