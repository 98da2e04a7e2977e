/**
 * ENUM-007, a MUST for the provider.
 * Source: PR #4882 discussion (draft)
 */
import { DRAFT_FIRST_EXTENSION_MAP_TYPE, mapTypeName } from '../../harness/abi/map-types.ts';
import type { Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { mapTypeOf } from './map-type-names.ts';
import { isDraft } from './conditions.ts';

/** ENUM-007. */
const watchDraftRange: Watch = (say) => ({
  registered: (event) => {
    const id = mapTypeOf(event);
    if (id === null) return;
    say.exercised();
    if (id >= DRAFT_FIRST_EXTENSION_MAP_TYPE) return;
    say.violated(
      event,
      `the map type of an extension is ${DRAFT_FIRST_EXTENSION_MAP_TYPE} or above`,
      `${event.registration} registers ${mapTypeName(id)} (${id})`,
    );
  },
});

export const rule: Requirement = {
  id: 'ENUM-007',
  asks: 'Draft revision: the id of an extension is 4096 or above.',
  passing: 'map_type was read from every registration.',
  look: 'map_type in the provider data.',
  applies: when(isDraft),
  watch: watchDraftRange,
  strength: 'static',
};
