/**
 * CRUD-DEL-015, a SHOULD for the provider.
 * Source: include/ebpf_extension.h:@retval
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { isHostile } from '../state/element-call.ts';
import { eachDelete, isPreprocess } from './deletions.ts';
import { preprocess } from './conditions.ts';

const deleteCodes = ['EBPF_SUCCESS', 'EBPF_KEY_NOT_FOUND', 'EBPF_OPERATION_NOT_SUPPORTED'];

/** CRUD-DEL-015: the codes that the header names. */
const watchDeleteCodes: Watch = (say, trace) =>
  eachDelete(trace, (event, call) => {
    if (!isPreprocess(event) || isHostile(call, trace)) return;
    say.exercised();
    if (!deleteCodes.includes(event.result ?? '')) {
      say.violated(
        event,
        `preprocess_map_delete_element answers ${deleteCodes.join(', ')}`,
        `it answered ${event.result}`,
      );
    }
  });

export const rule: Requirement = {
  id: 'CRUD-DEL-015',
  asks:
    'preprocess_map_delete_element answers EBPF_SUCCESS, EBPF_KEY_NOT_FOUND or ' +
    'EBPF_OPERATION_NOT_SUPPORTED.',
  passing: 'It answered nothing else.',
  look: 'preprocess_map_delete_element: which codes does it return?',
  applies: preprocess,
  watch: watchDeleteCodes,
};
