/**
 * Which rules a loss belongs to when no monitor claims it. Of a provider: the home rule of the
 * entry point that it did not come back from, which says so itself (`owns`), and those of the rules
 * its plan provokes that speak of that entry point. Where the plan provoked it by arguments or
 * conditions of its own, the home rule is spared. Of a runtime: the rule that says what the
 * operation must come to.
 */
import { catalogueRow } from '../harness/abi/catalogue.ts';
import type { OwnersOfLoss } from '../harness/check/judge.ts';
import { ownersAmong } from '../harness/check/ownership.ts';
import { CHAPTERS } from './catalogue.ts';
import { isRuledOut } from './state/cause.ts';

const ownersFor = (subject: 'provider' | 'runtime'): ReturnType<typeof ownersAmong> =>
  ownersAmong(
    CHAPTERS.flatMap(({ requirements }) => requirements).filter(
      ({ id }) => catalogueRow(id).subject === subject,
    ),
  );
const callbackOwner = ownersFor('provider');
const operationOwner = ownersFor('runtime');

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

export const ownersOfLoss: OwnersOfLoss = (lost, trace) => {
  const home = callbackOwner(lost.callback, trace.subject);
  const provoked = trace.probes.filter((id) => isRelated(lost.callback, id));
  const { dialect: _dialect, revision: _revision, ...special } = trace.conditions;
  const isDirect = trace.call(lost.call)?.direct === true;
  const isOrdinary = !isDirect && Object.keys(special).length === 0;
  // What happens in the plainest run as well was provoked by nothing that the plan does.
  if (home && !isDirect && isRuledOut(lost, 'history')) return [home];
  if (provoked.length > 0 && !isOrdinary) return provoked;
  return [...new Set([...(home ? [home] : []), ...provoked])];
};

export const ownersOfRuntimeLoss: OwnersOfLoss = (lost, trace) => {
  const operation = trace.operation(lost.op)?.operation;
  const owner = operation && operationOwner(operation.op, trace.subject);
  return [owner ?? operationOwner('anything else', trace.subject)!];
};
