/**
 * Which rules a loss belongs to when no monitor claims it: the home rule of the entry point that
 * the subject did not come back from, and those of the rules its plan provokes that speak of that
 * entry point. Where the plan provoked it by arguments or conditions of its own, the home rule is
 * spared.
 */
import { catalogueRow } from '../harness/abi/catalogue.ts';
import type { HomeRules } from '../harness/check/judge.ts';
import type { EventOf } from '../harness/index.ts';
import { isRuledOut } from './state/cause.ts';

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
  postprocess_map_find_element: (_, transforms) => (transforms ? 'CRUD-FIND-002' : 'CRUD-FIND-004'),
  preprocess_map_update_element: (_, transforms) => (transforms ? 'CRUD-UPD-003' : 'CRUD-UPD-005'),
  preprocess_map_delete_element: () => 'CRUD-DEL-007',
  postprocess_map_delete_element: () => 'CRUD-DEL-007',
  invokeHelper: () => 'HELP-003',
  'deferred work': () => 'LIFE-003',
};

/** Areas of rules that speak of an entry point; the areas of any callback come on top. */
const areasOf: Readonly<Record<string, readonly string[]>> = {
  start: ['REG', 'UNLOAD'],
  stop: ['REG', 'UNLOAD', 'DUP'],
  ProviderAttachClient: ['REG', 'ABI', 'DUP'],
  ProviderDetachClient: ['UNLOAD', 'REG', 'LIFE', 'DUP'],
  ProviderCleanupBindingContext: ['UNLOAD', 'REG', 'LIFE', 'DUP'],
  preprocess_map_create: ['CRE', 'LIFE'],
  postprocess_map_delete: ['LIFE', 'CRE', 'UNLOAD'],
  preprocess_associate_program_type: ['ASSOC'],
  postprocess_map_find_element: ['CRUD-FIND'],
  preprocess_map_update_element: ['CRUD-UPD'],
  preprocess_map_delete_element: ['CRUD-DEL', 'CRUD-UPD', 'LIFE', 'UNLOAD'],
  postprocess_map_delete_element: ['CRUD-DEL', 'CRUD-UPD', 'LIFE', 'UNLOAD'],
  invokeHelper: ['HELP', 'CTX'],
  'deferred work': ['LIFE', 'ABI', 'UNLOAD'],
};
const anyCallback = ['EPOCH', 'CONC', 'IRQL', 'PROC', 'FLAG', 'SIZE'];

const isRelated = (callback: string, id: string): boolean => {
  const row = catalogueRow(id);
  if (!row || row.subject !== 'provider') return false;
  return (areasOf[callback] ?? []).includes(row.area) || anyCallback.includes(row.area);
};

export const homeRules: HomeRules = (lost, trace) => {
  const home = byCallback[lost.callback]?.(lost, trace.subject.profile.updatesOriginalValue);
  const provoked = trace.probes.filter((id) => isRelated(lost.callback, id));
  const { dialect: _dialect, revision: _revision, ...special } = trace.conditions;
  const isDirect = trace.call(lost.call)?.direct === true;
  const isOrdinary = !isDirect && Object.keys(special).length === 0;
  // What happens in the plainest run as well was provoked by nothing that the plan does.
  if (home && !isDirect && isRuledOut(lost, 'history')) return [home];
  if (provoked.length > 0 && !isOrdinary) return provoked;
  return [...new Set([...(home ? [home] : []), ...provoked])];
};
