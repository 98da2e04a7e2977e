/**
 * CRE-019, a UNDEFINED for the provider.
 * Source: docs/CustomMaps.md#Map Creation;
 * libs/execution_context/ebpf_maps.c:_ebpf_custom_map_create_hash_map (max) vs
 * _ebpf_custom_map_update_hash_map_entry
 */
import type { Requirement } from '../../harness/index.ts';

export const rule: Requirement = {
  id: 'CRE-019',
  asks: 'An actual_value_size smaller than value_size is undefined.',
  passing: 'Nothing: nobody can rely on either outcome.',
  look: 'Declare an actual_value_size of at least value_size.',
  untestable: 'the contract leaves an actual_value_size smaller than value_size undefined',
};
