/**
 * REG-018, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#Map Discovery and Creation
 */
import type { Requirement } from '../../harness/index.ts';
import { watchUnattached } from './unattached.ts';

/** REG-018. */
const watchNeverAttached = watchUnattached(
  () => true,
  'a provider that no client ever attached to is stopped cleanly and promptly',
);

export const rule: Requirement = {
  id: 'REG-018',
  asks: 'A provider does not count on a client attaching soon, or at all.',
  passing:
    'Registered, never attached, stopped: deregistration completed and memory ' +
    'balanced, with the answer STATUS_PENDING too.',
  look: 'The stop routine: does it wait for, or free, something that only an attach brings about?',
  watch: watchNeverAttached,
};
