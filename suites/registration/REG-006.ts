/**
 * REG-006, a MUST for the provider.
 * Source: docs/CustomMaps.md#Custom Maps Design (intro);
 * libs/execution_context/ebpf_maps.c:_supported_base_map_types
 */
import { BPF_MAP_TYPE_HASH, mapTypeName } from '../../harness/abi/map-types.ts';
import type { Requirement } from '../../harness/index.ts';
import { watchData } from './static.ts';

/** REG-006. */
const watchBaseMapType = watchData((say, { base_map_type }, event) => {
  say.exercised();
  if (base_map_type === BPF_MAP_TYPE_HASH) return;
  say.violated(
    event,
    'base_map_type is BPF_MAP_TYPE_HASH, the only base there is',
    base_map_type === null
      ? 'it cannot be read'
      : `it is ${mapTypeName(base_map_type)} (${base_map_type})`,
  );
});

export const rule: Requirement = {
  id: 'REG-006',
  asks: 'base_map_type is BPF_MAP_TYPE_HASH (1).',
  passing: 'The field was read at registration.',
  look: 'base_map_type in the provider data: the type of the base map, not the type that is registered.',
  watch: watchBaseMapType,
  strength: 'static',
};
