/**
 * REG-009, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#Provider Dispatch Function Signatures;
 * libs/shared/shared_common.c:_ebpf_validate_map_provider_dispatch_table
 */
import type { Requirement } from '../../harness/index.ts';
import { DELETE_MEMBERS, effectiveMembers } from '../discovery/structure.ts';
import { watchData } from './static.ts';

/** REG-009: members that header.size does not cover do not count. */
const watchBothDeletes = watchData((say, data, event) => {
  if (!data.base_provider_table) return;
  say.exercised();
  const members = effectiveMembers(data);
  if (!DELETE_MEMBERS.every((name) => members.has(name))) return;
  say.violated(
    event,
    'at most one of the two delete callbacks is set',
    'both delete callbacks are set',
  );
});

export const rule: Requirement = {
  id: 'REG-009',
  asks: 'preprocess_map_delete_element and postprocess_map_delete_element are not both set.',
  passing: 'The dispatch table was read at registration, as far as its header.size reaches.',
  look: 'The initialiser of the dispatch table: keep postprocess_map_delete_element.',
  watch: watchBothDeletes,
  strength: 'static',
};
