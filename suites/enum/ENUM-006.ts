/**
 * ENUM-006, a UNDEFINED for the registry.
 * Source: PR #4882 discussion
 */
import type { Requirement } from '../../harness/index.ts';

export const rule: Requirement = {
  id: 'ENUM-006',
  asks: 'Nothing: the draft’s split of the numbers is withdrawn.',
  passing: 'Nothing is judged; ids 15 and 16 are custom, 4096 is unregistered.',
  look: 'Nothing.',
  untestable:
    'withdrawn text, kept for traceability; `mapcert registry` names ids of the old ranges',
};
