/**
 * CRUD-FIND-016, a MAY for the runtime.
 * Source: docs/CustomMaps.md#User-mode APIs;
 * libs/execution_context/ebpf_maps.c:ebpf_map_get_next_key_and_value_batch; end_to_end.cpp
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { createsMaps, when } from '../state/applies.ts';

/** CRUD-FIND-016: batch lookups may be refused. */
const watchBatchLookup: Watch = (say) => ({
  'operation-ended': (event) => {
    if (event.operation.op === 'batch' && !event.skipped) say.exercised();
  },
});

export const rule: Requirement = {
  id: 'CRUD-FIND-016',
  asks: 'Batch lookup and lookup-and-delete in batches may be refused for custom maps.',
  passing: 'Nothing can be broken; batch lookups are counted.',
  look: 'nothing to look at: this is a permission.',
  applies: when(createsMaps),
  watch: watchBatchLookup,
};
