/**
 * ENUM-003, a MUST for the registry.
 * Source: include/ebpf_structs.h:bpf_map_type;
 * libs/execution_context/ebpf_maps.c:_ebpf_map_type_is_valid (static_assert)
 */
import type { Requirement } from '../../harness/index.ts';
import { byRegistry } from './conditions.ts';

export const rule: Requirement = {
  id: 'ENUM-003',
  asks: 'Values are unique and dense, BPF_MAP_TYPE_MAX is last, and the name arrays match.',
  passing: '`mapcert registry HEADER` counts them.',
  look: 'The entry that was added last, and both name arrays.',
  untestable: byRegistry('checks values and name arrays'),
};
