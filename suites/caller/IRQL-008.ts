/**
 * IRQL-008, a MAY for the provider.
 * Source: docs/CustomMaps.md#IRQL Restrictions note
 */
import { PASSIVE_LEVEL, type Requirement, type Watch } from '../../harness/index.ts';
import { transforms, when } from '../state/applies.ts';

/** IRQL-008: permission to need PASSIVE_LEVEL in update; the harness keeps to it. */
const watchPassiveUpdate: Watch = (say) => ({
  'callback-entered': (event) => {
    if (event.callback === 'preprocess_map_update_element' && event.irql === PASSIVE_LEVEL)
      say.exercised();
  },
});

export const rule: Requirement = {
  id: 'IRQL-008',
  asks: 'With updates_original_value true, update may rely on PASSIVE_LEVEL.',
  passing: 'A permission; the harness called update at PASSIVE only.',
  look: 'Nothing: this cannot fail.',
  applies: when(transforms),
  watch: watchPassiveUpdate,
};
