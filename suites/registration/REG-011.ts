/**
 * REG-011, a MAY for the provider.
 * Source: docs/CustomMaps.md#Provider Dispatch Function Signatures;
 * end_to_end.cpp:_test_custom_maps_user_apis(object_map=false, register_crud_apis=false)
 */
import type { Requirement } from '../../harness/index.ts';
import { byData, when } from '../state/applies.ts';
import { maps } from './conditions.ts';
import { watchData } from './static.ts';

const storesAsGiven = byData(
  (subject) =>
    maps(subject).some(({ data }) => data?.base_properties?.updates_original_value === false),
  'updates_original_value is true',
);

/**
 * REG-011: a permission. Absent callbacks of a provider that stores values as they are break
 * nothing.
 */
const watchOptionalCrud = watchData((say, data) => {
  if (data.base_properties && !data.base_properties.updates_original_value) say.exercised();
});

export const rule: Requirement = {
  id: 'REG-011',
  asks: 'A provider whose updates_original_value is false may leave out any callback for elements.',
  passing:
    'Nothing to break: no rule of this suite holds an absent callback against such a provider.',
  look: 'Nothing.',
  applies: when(storesAsGiven),
  watch: watchOptionalCrud,
  strength: 'static',
};
