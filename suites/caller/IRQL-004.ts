/**
 * IRQL-004, a SHOULD for the provider.
 * Source: libs/execution_context/ebpf_maps.c:pre_free_notification_supported,
 * _clean_up_custom_hash_map; xdp ebpfcpumap.c
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { hasValues, isPostprocess, when } from '../state/applies.ts';
import { kernelServices } from '../state/blind-spots.ts';
import { POST, safeAtDispatch } from './callback-levels.ts';

/** IRQL-004: shipped runtimes call the postprocess delete under a lock as well. */
const watchPostprocessDelete: Watch = safeAtDispatch(
  'postprocess_map_delete_element is safe at DISPATCH_LEVEL too: shipped runtimes hold a spin lock around it',
  (call) => call.callback === POST,
  { tests: () => true },
);

export const rule: Requirement = {
  id: 'IRQL-004',
  asks: 'postprocess_map_delete_element is DISPATCH-safe as well: shipped runtimes call it under a spin lock.',
  passing:
    'It came back at every level it was called at; that is DISPATCH for explicit deletes ' +
    'and clean-up in the as-shipped dialect, whose verdict is advice.',
  look: 'Waits and pageable routines in postprocess_map_delete_element.',
  applies: when(isPostprocess, hasValues),
  watch: watchPostprocessDelete,
  blindSpots: { ownServices: kernelServices },
};
