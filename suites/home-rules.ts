/**
 * Which rule a loss belongs to when no monitor claims it and its plan provokes nothing in
 * particular: by the entry point that the subject did not come back from.
 */
import type { HomeRules } from '../harness/check/judge.ts';
import type { EventOf } from '../harness/index.ts';

type Home = (lost: EventOf<'lost'>, transforms: boolean) => string;

const byCallback: Readonly<Record<string, Home>> = {
  start: () => 'REG-001',
  // A stop that hangs for want of a client is claimed by UNLOAD-002 itself.
  stop: () => 'UNLOAD-001',
  ProviderAttachClient: () => 'REG-013',
  ProviderDetachClient: () => 'UNLOAD-005',
  ProviderCleanupBindingContext: () => 'UNLOAD-006',
  preprocess_map_create: () => 'CRE-003',
  postprocess_map_delete: () => 'LIFE-002',
  preprocess_associate_program_type: () => 'ASSOC-002',
  postprocess_map_find_element: (_, transforms) =>
    transforms ? 'CRUD-FIND-002' : 'CRUD-FIND-004',
  preprocess_map_update_element: (_, transforms) => (transforms ? 'CRUD-UPD-003' : 'CRUD-UPD-005'),
  preprocess_map_delete_element: () => 'CRUD-DEL-007',
  postprocess_map_delete_element: () => 'CRUD-DEL-007',
  invokeHelper: () => 'HELP-003',
  'deferred work': () => 'LIFE-003',
};

export const homeRules: HomeRules = (lost, trace) => {
  const home = byCallback[lost.callback];
  return home ? [home(lost, trace.subject.profile.updatesOriginalValue)] : [];
};
