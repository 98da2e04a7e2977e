/** Creations for which nobody is registered. */
import {
  CUSTOM_MAP_TYPES,
  DRAFT_FIRST_EXTENSION_MAP_TYPE,
  NATIVE_MAP_TYPES,
} from '../../harness/abi/map-types.ts';
import type { SubjectContext } from '../../harness/index.ts';
import type { Creation } from './creation.ts';

export const SUCCESS = 'EBPF_SUCCESS';

export const isRegisteredCustom = (
  map_type: number,
  { enumHeader, revision }: SubjectContext,
): boolean => {
  if (map_type === 0 || NATIVE_MAP_TYPES.includes(map_type)) return false;
  if (revision === 'draft') return map_type >= DRAFT_FIRST_EXTENSION_MAP_TYPE;
  const given = Object.values(enumHeader?.ids ?? {});
  return CUSTOM_MAP_TYPES.includes(map_type) || given.includes(map_type);
};

/** No live provider is for this type at all, well formed or not. */
export const nobodyFor = (creation: Creation): boolean =>
  !creation.unsettled &&
  creation.offers.every((offer) => !offer.changed && offer.map_type !== creation.map_type);
