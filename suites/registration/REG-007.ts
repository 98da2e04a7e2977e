/**
 * REG-007, a MUST for the provider.
 * Source: libs/shared/shared_common.c:ebpf_validate_map_provider_data
 */
import type { Requirement } from '../../harness/index.ts';
import { watchData } from './static.ts';

/** REG-007. */
const watchPointers = watchData((say, data, event) => {
  say.exercised();
  const missing = (['base_properties', 'base_provider_table'] as const).filter(
    (name) => !data[name],
  );
  if (missing.length === 0) return;
  say.violated(
    event,
    'base_properties and base_provider_table are not NULL',
    `${missing.join(' and ')} is NULL`,
  );
});

export const rule: Requirement = {
  id: 'REG-007',
  asks: 'base_properties and base_provider_table are not NULL.',
  passing: 'Both pointers were read at registration.',
  look: 'The initialiser of the provider data.',
  watch: watchPointers,
  strength: 'static',
};
