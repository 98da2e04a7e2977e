/**
 * DISC-007, a MUST NOT for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_map_create (metadata table first)
 */
import { NATIVE_MAP_TYPES, mapTypeName } from '../../harness/abi/map-types.ts';
import type { Requirement, Watch } from '../../harness/index.ts';
import { watchCreations } from './creation.ts';

/** DISC-007: built-in types are no provider's business. */
const watchNativeTypes: Watch = (say, trace) =>
  watchCreations(trace, {
    ended: (creation) => {
      if (!NATIVE_MAP_TYPES.includes(creation.map_type)) return;
      if (!creation.offers.some((offer) => offer.map_type === creation.map_type)) return;
      say.exercised();
      const [asked] = creation.attaches;
      if (!asked) return;
      say.violated(
        asked,
        `no map provider is asked for ${mapTypeName(creation.map_type)}, which the runtime implements itself`,
        `${asked.registration} was asked to attach`,
      );
    },
  });

export const rule: Requirement = {
  id: 'DISC-007',
  asks: 'Natively implemented map types are made without asking map providers.',
  passing:
    'A provider registered for a native id saw no attach when maps of that type were created.',
  look: 'The order of checks in map creation: native types first.',
  watch: watchNativeTypes,
};
