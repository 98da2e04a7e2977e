/**
 * CRUD-DEL-008, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#Delete Element, Deprecated
 */
import type { Condition, Requirement } from '../../harness/index.ts';
import { hasUpdate, hasValues, isPreprocess, when } from '../state/applies.ts';
import { watchLedger } from '../state/blame.ts';
import { evidence } from './conditions.ts';

const rejectsDeletes: Condition = {
  holds: ({ profile }) => profile.deleteMayReject,
  otherwise: [{ by: 'occasion', on: 'deleteMayReject', why: 'the provider rejected no delete' }],
};

export const rule: Requirement = {
  id: 'CRUD-DEL-008',
  asks: 'A rejected delete releases nothing.',
  passing: `After rejections lookups still worked and a later delete released the value once. ${evidence}`,
  look: 'preprocess_map_delete_element: is the decision made before anything is released?',
  applies: when(isPreprocess, hasUpdate, hasValues, rejectsDeletes),
  watch: watchLedger(['rejected-delete'], 'a rejected delete releases nothing'),
};
