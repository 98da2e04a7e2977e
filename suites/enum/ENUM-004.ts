/**
 * ENUM-004, a SHOULD NOT for the registry.
 * Source: docs/CustomMaps.md#Map Type Registration (collision avoidance);
 * docs/eBpfExtensions.md#2.2
 */
import type { Requirement } from '../../harness/index.ts';
import { byRegistry } from './conditions.ts';

export const rule: Requirement = {
  id: 'ENUM-004',
  asks: 'No value is renumbered or used again.',
  passing: '`mapcert registry HEADER --base OLD` compares two versions.',
  look: 'The merge that moved an entry.',
  untestable: byRegistry('--base OLD compares two versions'),
};
