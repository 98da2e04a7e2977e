/**
 * HELP-003, a MUST for the provider.
 * Source: docs/CustomMaps.md#eBPF Helper Functions; docs/eBpfExtensions.md#2.9
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { watchOwnMap } from './own-map.ts';
import { hasHelpers } from './conditions.ts';

/** HELP-003: the map argument leads to the provider's context through map_context_offset. */
const watchMapArgument: Watch = watchOwnMap(
  'a helper takes its map argument for the map object of the runtime and finds the ' +
    'context of its map at map_context_offset in it',
  (trace) => trace.conditions.map_context_offset === undefined,
  () => 'violated',
);

export const rule: Requirement = {
  id: 'HELP-003',
  asks:
    'A helper takes its map argument for the map object of the runtime and reads the ' +
    'pointer to its own map context at map_context_offset in it.',
  passing:
    'Helpers called with a live map that holds the key got through, or at least not into ' +
    'the refusal that native maps get, without a bad access.',
  look:
    'The first lines of the helper: MAP_CONTEXT(map, offset) is the pointer stored at map ' +
    '+ offset, not that place itself and not the map.',
  applies: when(hasHelpers),
  watch: watchMapArgument,
  owns: ['invokeHelper'],
};
