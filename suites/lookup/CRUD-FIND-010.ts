/**
 * CRUD-FIND-010, a MUST for the provider.
 * Source: include/ebpf_extension.h:_In_reads_opt_(key_size);
 * libs/execution_context/ebpf_maps.c:ebpf_custom_map_find_entry (helper passes key_size 0)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { FIND, lacksKey, lostCall } from '../state/element-call.ts';
import { hasFindAndValues } from './conditions.ts';

/** CRUD-FIND-010: a NULL key or no key length is survived. */
const watchNullKey: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (call && event.callback === FIND[0] && lacksKey(call)) say.exercised();
  },
  lost: (event) => {
    const call = lostCall(trace, event, FIND);
    if (!call || !lacksKey(call)) return;
    say.lost(
      event,
      'find copes with key NULL and with key_size 0',
      call.key === null ? 'key' : 'size',
    );
  },
});

export const rule: Requirement = {
  id: 'CRUD-FIND-010',
  asks: 'find copes with key NULL and with key_size 0.',
  passing: 'Direct calls with (NULL, 0) and with (key, 0) came back.',
  look: 'postprocess_map_find_element: is key followed without a check?',
  applies: hasFindAndValues,
  watch: watchNullKey,
};
