/**
 * ENUM-008, a MAY for the registry.
 * Source: PR #4882 discussion (draft)
 */
import type { Requirement } from '../../harness/index.ts';
import { byRegistry } from './conditions.ts';

export const rule: Requirement = {
  id: 'ENUM-008',
  asks: 'Draft revision: an extension may leave its id out of the enum.',
  passing: 'Nothing to break: `mapcert registry --revision draft` does not require the id.',
  look: 'Nothing.',
  untestable: byRegistry('--revision draft does not require the id'),
};
