/**
 * CONC-002, a MUST for the provider.
 * Source: docs/CustomMaps.md#Concurrency and IRQL (no per-key serialization)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { UPDATE, inCompany } from './company.ts';
import { DELETERS, placeOf } from './overlap.ts';
import { hearsOfChanges, phases } from './conditions.ts';

/** CONC-002: updates of one key that overlap, and deletes of what they displace in any order. */
const watchSameKey: Watch = inCompany(
  'each of several updates of one key stands for itself, and each delete releases the ' +
    'value it is handed, whatever came in between',
  (event, overlaps) =>
    overlaps
      .beside(event.call)
      .some((one) => one.kind === 'update' && one.place === placeOf(event)) &&
    (event.callback === UPDATE || DELETERS.includes(event.callback)),
  ({ place }, overlaps) =>
    overlaps.haveMet(place, 'update', 'update') || overlaps.haveMet(place, 'update', 'delete'),
);

export const rule: Requirement = {
  id: 'CONC-002',
  asks:
    'Two update callbacks for one key may overlap, and deletes of displaced values may ' +
    'come in any order relative to later updates.',
  passing: `${phases}, in every order for small plans; lookups and releases went by the value handed in.`,
  look:
    'State kept per key: a delete callback must go by the value it is handed, not by what ' +
    'it remembers of the key.',
  applies: hearsOfChanges,
  watch: watchSameKey,
  underThreads: { exercisedBy: 'same-key-updates', isOfThreads: true },
};
