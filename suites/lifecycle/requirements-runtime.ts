/** LIFE and PIN for runtimes: what a provider may count on while its maps live and end. */
import type { Requirement } from '../../harness/index.ts';
import {
  watchContexts,
  watchOneDelete,
  watchPinnedMap,
  watchPinning,
  watchReferences,
  watchRelease,
} from './monitors-runtime.ts';

export const runtimeRequirements: readonly Requirement[] = [
  {
    id: 'LIFE-001',
    asks:
      'postprocess_map_delete is called once per map, after one delete per remaining entry and ' +
      'after everything else.',
    passing: 'The calls of every map ended so.',
    look: 'The order of clean-up, and operations that are still under way when a map ends.',
    watch: watchOneDelete,
  },
  {
    id: 'LIFE-007',
    asks: 'A map and its binding live as long as any handle, pin or program refers to the map.',
    passing: 'No map was destroyed before its last reference was dropped.',
    look: 'Reference counts of maps.',
    watch: watchReferences,
  },
  {
    id: 'LIFE-008',
    asks: 'Every callback of a map gets the same binding context and map context, unchanged.',
    passing: 'Every callback got those that attach and create had returned.',
    look: 'Where contexts are stored per map.',
    watch: watchContexts,
  },
  {
    id: 'LIFE-010',
    asks: 'After postprocess_map_delete the binding is released: one detach and one cleanup.',
    passing: 'Each map’s binding saw both once, after the map.',
    look: 'The release of the NMR client after the end of a map.',
    watch: watchRelease,
  },
  {
    id: 'PIN-001',
    asks: 'Pinning is the runtime’s own affair: the provider is not called.',
    passing: 'No callback was made while references were taken or dropped before the last.',
    look: 'Pin and unpin of custom maps.',
    watch: watchPinning,
  },
  {
    id: 'PIN-002',
    asks:
      'A pinned map stays usable, with its provider bound, when all handles are closed, and ' +
      'ends after unpin and last close.',
    passing: 'Maps kept by a reference alone worked, and ended with it.',
    look: 'Reference counts of pins.',
    watch: watchPinnedMap,
  },
];
