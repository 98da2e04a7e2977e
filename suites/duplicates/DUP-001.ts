/**
 * DUP-001, a UNDEFINED for the runtime.
 * Source: docs/CustomMaps.md#Map Type Registration / Runtime Behavior; PR #4882 discussion
 */
import type { Requirement } from '../../harness/index.ts';

export const rule: Requirement = {
  id: 'DUP-001',
  asks: 'Nothing: what happens when two extensions register the same map type id is undefined.',
  passing:
    'Nothing is judged. Scenarios with two providers only look for what DUP-002 and DUP-003 ask.',
  look: 'Nothing.',
  untestable: 'the behaviour is undefined by the design document; any outcome is allowed',
};
