/**
 * DUP-003, a MUST for the provider.
 * Source: docs/CustomMaps.md#Map Type Registration
 */
import type { Requirement } from '../../harness/index.ts';
import { watchUnattached } from '../registration/unattached.ts';

/** DUP-003. */
const watchOtherChosen = watchUnattached(
  ({ others }) => others > 0,
  'a provider that is never attached because another one was chosen is stopped cleanly',
);

export const rule: Requirement = {
  id: 'DUP-003',
  asks: 'A provider bears it that another one is chosen and it is never attached.',
  passing:
    'With another provider serving the maps, the module was registered and stopped, and memory balanced.',
  look: 'The stop routine, and anything that counts on having been attached.',
  watch: watchOtherChosen,
};
