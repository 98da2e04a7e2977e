/**
 * CRUD-UPD-021, a SHOULD for the provider.
 * Source: include/ebpf_extension.h:@retval
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { eachRefusal } from './refusals.ts';
import { updates } from './conditions.ts';

const refusalCodes = ['EBPF_NO_MEMORY', 'EBPF_INVALID_ARGUMENT', 'EBPF_OPERATION_NOT_SUPPORTED'];

/** CRUD-UPD-021: the codes that the header names. */
const watchRefusalCodes: Watch = eachRefusal((event, say) => {
  say.exercised();
  if (!refusalCodes.includes(event.result ?? '')) {
    say.violated(
      event,
      `an update fails with ${refusalCodes.join(', ')}`,
      `it answered ${event.result}`,
    );
  }
});

export const rule: Requirement = {
  id: 'CRUD-UPD-021',
  asks: 'Updates fail with EBPF_NO_MEMORY, EBPF_INVALID_ARGUMENT or EBPF_OPERATION_NOT_SUPPORTED.',
  passing: 'Every refusal that could be provoked had one of these codes.',
  look: 'preprocess_map_update_element: is an NTSTATUS returned, or a code of its own?',
  applies: updates,
  watch: watchRefusalCodes,
};
