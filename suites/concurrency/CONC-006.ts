/**
 * CONC-006, a MUST for the provider.
 * Source: docs/CustomMaps.md#Concurrency and IRQL; Memory Management and RCU Semantics
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { hasFind, hasValues, when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import { inCompany, isLockLoss } from './company.ts';

const FIND = 'postprocess_map_find_element';

const besideChanges: Watch = inCompany(
  'a lookup beside an update or delete of its key gives the value it was handed, or fails',
  (event, overlaps) =>
    event.callback === FIND &&
    overlaps.onSameTarget(event.call).some((one) => one.kind === 'update' || one.kind === 'delete'),
  ({ place, call }, overlaps) =>
    call?.callback === FIND &&
    (overlaps.haveMet(place, 'find', 'update') || overlaps.haveMet(place, 'find', 'delete')),
);

/** CONC-006: a lookup beside changes of its key, or beside itself. */
const watchLookup: Watch = (say, trace) =>
  inOrder(besideChanges(say, trace), {
    lost: (event) => {
      if (event.callback === FIND && isLockLoss(event))
        say.lost(
          event,
          'a lookup waits for nothing that another callback, or the lookup itself, holds',
        );
    },
  });

export const rule: Requirement = {
  id: 'CONC-006',
  asks:
    'find may run concurrently with update and delete of its key; the value it is handed ' +
    'may be displaced meanwhile.',
  passing:
    'Lookups were stopped before their callback, their key changed, and let go on, in every order for small plans.',
  look: 'What find reads besides the value it is handed.',
  applies: when(hasFind, hasValues),
  watch: watchLookup,
  underThreads: {
    exercisedBy: 'find-during-change',
    brokenBy: {
      'value-changed': 'a stored value stays as it was stored',
      'lookup-torn':
        'a lookup answers the value that it was handed, whole, whatever happens to the key meanwhile',
    },
    isOfThreads: true,
  },
};
