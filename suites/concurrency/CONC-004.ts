/**
 * CONC-004, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#Concurrency and IRQL
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { UPDATE, inCompany } from './company.ts';
import { DELETERS, placeOf } from './overlap.ts';
import { hearsOfChanges, phases } from './conditions.ts';

/**
 * CONC-004: nothing "current" is kept from an update callback to the delete callback of the same
 * operation.
 */
const watchCurrentOperation: Watch = inCompany(
  'update and delete callbacks of different keys, maps and threads may come in any ' +
    'order: none relies on the last one before it',
  (event, overlaps) =>
    (event.callback === UPDATE || DELETERS.includes(event.callback)) &&
    overlaps.beside(event.call).some((one) => one.place !== null && one.place !== placeOf(event)),
  ({ place, call, lost }, overlaps) =>
    overlaps.wasCrossed(place) ||
    (lost !== null && call !== undefined && overlaps.beside(call.call).some((one) => one.between)),
);

export const rule: Requirement = {
  id: 'CONC-004',
  asks: 'No per-thread or global "current operation" links an update callback to a later delete callback.',
  passing: `${phases} on two keys and on two maps; no callback took another operation for its own.`,
  look: 'Globals that the update callback sets and the delete callback reads.',
  applies: hearsOfChanges,
  watch: watchCurrentOperation,
};
