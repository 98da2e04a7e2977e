/**
 * REG-012, a SHOULD for the provider.
 * Source: docs/CustomMaps.md#Delete Element, Deprecated;
 * include/ebpf_extension.h:ebpf_preprocess_map_delete_element_t
 */
import type { Requirement } from '../../harness/index.ts';
import { byData, when } from '../state/applies.ts';
import { DELETE_MEMBERS, effectiveMembers } from '../discovery/structure.ts';
import { maps } from './conditions.ts';
import { watchData } from './static.ts';

const hasDelete = byData(
  (subject) =>
    maps(subject).some(({ data }) =>
      DELETE_MEMBERS.some((name) => effectiveMembers(data).has(name)),
    ),
  'the provider supplies no delete callback',
);

/** REG-012. */
const watchDeprecatedDelete = watchData((say, data, event) => {
  const members = effectiveMembers(data);
  if (!DELETE_MEMBERS.some((name) => members.has(name))) return;
  say.exercised();
  if (!members.has('preprocess_map_delete_element')) return;
  say.violated(
    event,
    'the delete callback is postprocess_map_delete_element',
    'the deprecated preprocess_map_delete_element is set',
  );
});

export const rule: Requirement = {
  id: 'REG-012',
  asks: 'The delete callback is postprocess_map_delete_element; preprocess_map_delete_element is deprecated.',
  passing: 'The dispatch table was read at registration.',
  look: 'Move what the deprecated callback does into postprocess_map_delete_element.',
  applies: when(hasDelete),
  watch: watchDeprecatedDelete,
  strength: 'static',
};
