/**
 * REG-010, a MUST for the provider.
 * Source: docs/CustomMaps.md#Provider Dispatch Function Signatures
 */
import type { Requirement } from '../../harness/index.ts';
import { byData, when } from '../state/applies.ts';
import { DELETE_MEMBERS, effectiveMembers, missingCrud } from '../discovery/structure.ts';
import { maps } from './conditions.ts';
import { watchData } from './static.ts';

const transforms = byData(
  (subject) =>
    maps(subject).some(({ data }) => data?.base_properties?.updates_original_value === true),
  'updates_original_value is false',
);

/** REG-010. */
const watchTransforming = watchData((say, data, event) => {
  if (!data.base_properties?.updates_original_value || !data.base_provider_table) return;
  say.exercised();
  const missing = missingCrud(data);
  const both = DELETE_MEMBERS.every((name) => effectiveMembers(data).has(name));
  if (missing.length === 0 && !both) return;
  const ignored =
    data.base_provider_table.members.includes('postprocess_map_delete_element') &&
    !effectiveMembers(data).has('postprocess_map_delete_element');
  say.violated(
    event,
    'a provider whose updates_original_value is true has find, update and exactly one delete callback',
    both
      ? 'both delete callbacks are set'
      : `it lacks ${missing.join(', ')}` +
          (ignored
            ? ' (postprocess_map_delete_element is set, but header.size does not reach it)'
            : ''),
  );
});

export const rule: Requirement = {
  id: 'REG-010',
  asks: 'A provider whose updates_original_value is true sets find, update and exactly one delete callback.',
  passing:
    'Properties and dispatch table were read at registration, the table as far as its header.size reaches.',
  look: 'The dispatch table, and its header.size: a callback beyond it does not count.',
  applies: when(transforms),
  watch: watchTransforming,
  strength: 'static',
};
