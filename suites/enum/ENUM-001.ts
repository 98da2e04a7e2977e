/**
 * ENUM-001, a MUST for the registry.
 * Source: docs/CustomMaps.md#Map Type Registration
 */
import type { Requirement } from '../../harness/index.ts';
import { byRegistry } from './conditions.ts';

export const rule: Requirement = {
  id: 'ENUM-001',
  asks: 'Custom map types are entries of the one enum of map types.',
  passing: '`mapcert registry HEADER` finds every map type in bpf_map_type and nowhere else.',
  look: 'Macros and other enums that give a map type its number.',
  untestable: byRegistry('finds types numbered outside bpf_map_type'),
};
