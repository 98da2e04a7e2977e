/** LIFE for providers: how a map ends, and that nothing of it stays. */
import type { Condition, Requirement } from '../../harness/index.ts';
import { when } from '../applies.ts';
import { watchCycles } from './monitors-cycles.ts';
import { watchThreeEnds } from './monitors-ends.ts';
import {
  watchBindingKept,
  watchForeignEnd,
  watchFreedMemory,
  watchMapDelete,
  watchNullContext,
} from './monitors.ts';
import { runtimeRequirements } from './requirements-runtime.ts';

const returnsNull: Condition = {
  holds: ({ profile }) => profile.nullContext === true,
  otherwise: [
    { by: 'occasion', on: 'nullContext', why: 'the provider returned no NULL map context' },
  ],
};

const providerRequirements: readonly Requirement[] = [
  {
    id: 'LIFE-002',
    asks:
      'postprocess_map_delete frees the map context and everything that hangs off it, at once ' +
      'or through the epoch.',
    passing:
      'Every block allocated in the creation of a map is freed when the map is gone and all ' +
      'deferred work has run, over repeated lives of maps and at unload.',
    look: 'postprocess_map_delete: is every allocation of preprocess_map_create freed on this path?',
    watch: watchMapDelete,
  },
  {
    id: 'LIFE-003',
    asks:
      'Memory of a map is not touched after the provider freed it, nor the client table after ' +
      'the binding’s cleanup.',
    passing:
      'Freed memory was poisoned and deferred work was run to its end; nothing touched it. Only ' +
      'accesses while the harness watches are seen.',
    look:
      'Timers, work items and lists that still hold the context: are they cancelled or drained ' +
      'before it is freed?',
    watch: watchFreedMemory,
  },
  {
    id: 'LIFE-004',
    asks:
      'A map ends well when it never held an entry, when all were deleted, and when entries ' +
      'remain, which come first with MAP_CLEANUP.',
    passing: 'All three ways were gone through; nothing was released twice and nothing was left.',
    look:
      'postprocess_map_delete: does it expect an empty map, or release what the delete callback ' +
      'has released already?',
    watch: watchThreeEnds,
  },
  {
    id: 'LIFE-005',
    asks: 'postprocess_map_delete does not free or invalidate the binding context: detach and cleanup follow.',
    passing: 'Detach and cleanup after each map’s end found the binding’s memory intact.',
    look: 'postprocess_map_delete: what it frees must have been allocated by preprocess_map_create.',
    watch: watchBindingKept,
  },
  {
    id: 'LIFE-006',
    asks:
      'A map may be destroyed in another process or thread than the one that created it, later ' +
      'than its handle is closed.',
    passing: 'Maps destroyed under another process mark ended without harm and left nothing.',
    look: 'postprocess_map_delete: does it ask for the current process?',
    watch: watchForeignEnd,
  },
  {
    id: 'LIFE-009',
    asks: 'Maps can be created and deleted over and over without stale state or growth.',
    passing:
      'A hundred lives of maps left memory and counters as after the first, and each creation ' +
      'succeeded like the first.',
    look: 'Pools, lists and id counters that only ever grow.',
    watch: watchCycles,
  },
  {
    id: 'LIFE-011',
    asks: 'A provider that returned a NULL map context copes with NULL in postprocess_map_delete.',
    passing: 'postprocess_map_delete came back from every NULL it was given.',
    look: 'postprocess_map_delete: check the context before following it.',
    applies: when(returnsNull),
    watch: watchNullContext,
  },
];

export const requirements: readonly Requirement[] = [
  ...providerRequirements,
  ...runtimeRequirements,
];
