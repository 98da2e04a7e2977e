/**
 * DUP-004, a MUST for the registry.
 * Source: docs/CustomMaps.md#Map Type Registration; PR #4882 discussion
 */
import type { Requirement } from '../../harness/index.ts';

export const rule: Requirement = {
  id: 'DUP-004',
  asks: 'That ids are unique is settled by code review of the enum.',
  passing: 'Nothing at run time: `mapcert registry` checks a header for repeated ids.',
  look: 'The pull request that adds a map type.',
  untestable:
    'a review process, not a behaviour; `mapcert registry HEADER` finds repeated ids in a header',
};
