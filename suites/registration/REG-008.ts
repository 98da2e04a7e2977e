/**
 * REG-008, a MUST for the provider.
 * Source: docs/CustomMaps.md#Provider Dispatch Function Signatures;
 * include/ebpf_extension.h:_ebpf_map_provider_dispatch_table
 */
import type { Requirement } from '../../harness/index.ts';
import { MANDATORY_MEMBERS, effectiveMembers } from '../discovery/structure.ts';
import { watchData } from './static.ts';

/** REG-008. */
const watchMandatory = watchData((say, data, event) => {
  if (!data.base_provider_table) return;
  say.exercised();
  const members = effectiveMembers(data);
  const missing = MANDATORY_MEMBERS.filter((name) => !members.has(name));
  if (missing.length === 0) return;
  say.violated(
    event,
    `${MANDATORY_MEMBERS.join(', ')} are not NULL`,
    `${missing.join(' and ')} is NULL`,
  );
});

export const rule: Requirement = {
  id: 'REG-008',
  asks: 'preprocess_map_create, postprocess_map_delete and preprocess_associate_program_type are set.',
  passing: 'The dispatch table was read at registration.',
  look:
    'The initialiser of the dispatch table; a provider that welcomes every program still ' +
    'needs the association callback.',
  watch: watchMandatory,
  strength: 'static',
};
