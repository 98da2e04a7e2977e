/**
 * CRUD-FIND-001, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Find Element (optional)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { callsTo, eachKeyOperation } from '../state/base-contents.ts';
import { FIND } from '../state/element-call.ts';
import { hasFindAndValues } from './conditions.ts';

/** CRUD-FIND-001: no find callback for a key that is not there. */
const watchMissingKey: Watch = eachKeyOperation((done, event, say, trace) => {
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

export const rule: Requirement = {
  id: 'CRUD-FIND-001',
  asks: 'postprocess_map_find_element is called only after the base map found the key.',
  passing:
    'Lookups of keys that were never stored or were deleted failed, and no find callback ran in them.',
  look: "the runtime's lookup: is the base map asked before the provider?",
  applies: hasFindAndValues,
  watch: watchMissingKey,
  owns: ['find'],
};
