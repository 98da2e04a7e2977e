/** EPOCH: the allocator, the epochs and the readers that they protect. */
import { except, type Requirement } from '../../harness/index.ts';
import { hasFind, hasValues, transforms, when } from '../applies.ts';
import { endsOutsideEpochs } from '../shipped-reading.ts';
import {
  watchBalance,
  watchFailedAllocation,
  watchFrees,
  watchFreshMemory,
  watchIrqlOfEpoch,
  watchPairs,
  watchProtected,
  watchState,
} from './monitors.ts';
import { watchCallsProtected, watchReaders, watchReclamation } from './monitors-readers.ts';

export const requirements: readonly Requirement[] = [
  {
    id: 'EPOCH-001',
    asks:
      'epoch_allocate_* and epoch_free_* are called while epoch-protected only: inside a ' +
      'callback or helper, or between epoch_enter and epoch_exit.',
    passing:
      'No call of them elsewhere, over all calls of all runs, deferred work, attach, detach and unload included.',
    look: 'Work items, timers and the stop routine: do they enter an epoch before they free?',
    watch: watchProtected,
  },
  {
    id: 'EPOCH-002',
    asks: 'Every epoch_enter is paired with one epoch_exit on the same state, nested properly.',
    passing:
      'All epochs that calls entered were left before they returned, each once, inner ones first.',
    look: 'Early returns between epoch_enter and epoch_exit.',
    watch: watchPairs,
  },
  {
    id: 'EPOCH-003',
    asks: 'The epoch state buffer has at least 32 bytes and is shared with nobody while in use.',
    passing: '32 bytes of every state could be written, and were unchanged at the exit.',
    look: 'The declaration of the state (epoch_state_t), and states kept in globals.',
    watch: watchState,
  },
  {
    id: 'EPOCH-004',
    asks: 'Memory is freed with the function that matches its allocation, never with a foreign allocator, and once.',
    passing: 'Every free named a live block of the same kind.',
    look:
      'Cache-aligned blocks given to epoch_free, epoch memory given to the pool, and two ' +
      'paths that free one object.',
    watch: watchFrees,
  },
  {
    id: 'EPOCH-005',
    asks: 'NULL may be passed to epoch_free and epoch_free_cache_aligned.',
    passing: 'A permission: the runtime takes NULL without a word.',
    look: 'Nothing: this cannot fail.',
    watch: () => ({}),
  },
  {
    id: 'EPOCH-006',
    asks: 'NULL from epoch_allocate_* is handled without fault or leak.',
    passing:
      'Allocations were made to fail one by one: no crash, no bad access, and nothing left ' +
      'behind by the calls in which they failed.',
    look: 'The error paths of preprocess_map_create, preprocess_map_update_element and attach.',
    watch: watchFailedAllocation,
  },
  {
    id: 'EPOCH-007',
    asks: 'Allocated memory is not taken to be zeroed, and never asked for with size 0.',
    passing: 'Runs in which fresh memory was full of garbage went as those with zeroed memory do.',
    look: 'Members of fresh structures that are read before they are set.',
    watch: watchFreshMemory,
  },
  {
    id: 'EPOCH-008',
    asks:
      'Memory that concurrent readers can reach through stored values stays valid until ' +
      'they are done, by whatever means.',
    passing:
      'Lookups that began before a delete or replacement were let go on after it, and read no reclaimed memory.',
    look:
      'The delete callback: is the object freed at once (pool free) rather than through ' +
      'epoch_free, rundown protection or a count?',
    applies: when(transforms, hasFind, hasValues),
    watch: watchReaders,
  },
  {
    id: 'EPOCH-009',
    asks: 'All epoch allocations are returned by the time the bindings of the provider are gone.',
    passing: 'No epoch memory was left after unload in any run.',
    look: 'postprocess_map_delete, the delete callback, and caches that nobody empties at unload.',
    watch: watchBalance,
  },
  {
    id: 'EPOCH-010',
    asks: 'The runtime makes invocations of the dispatch table epoch-protected.',
    passing: 'Every such call of all runs was made inside an epoch.',
    look: 'Destruction of maps: does the work item enter an epoch before it calls the provider?',
    watch: watchCallsProtected,
    readings: { 'as-shipped': except(watchCallsProtected, endsOutsideEpochs) },
  },
  {
    id: 'EPOCH-011',
    asks:
      'The runtime does not reuse or release memory passed to epoch_free until every epoch ' +
      'entered before has exited.',
    passing:
      'No block freed during a call was seen reclaimed before that call, or one that had begun earlier, returned.',
    look: "The runtime's epoch allocator: when is the freed list emptied?",
    watch: watchReclamation,
  },
  {
    id: 'EPOCH-012',
    asks:
      'An epoch is left at the IRQL at which it was entered, and nothing that needs the ' +
      'epoch to advance is waited for inside.',
    passing:
      'IRQLs of all epochs that calls entered agreed, and no deregistration was waited for inside one.',
    look: 'Locks taken inside an epoch and kept beyond it, and waits in the stop routine.',
    watch: watchIrqlOfEpoch,
  },
];
