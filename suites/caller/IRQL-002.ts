/**
 * IRQL-002, a MUST for the provider.
 * Source: docs/CustomMaps.md#IRQL Restrictions note
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { byData, storesAsGiven, when } from '../state/applies.ts';
import { kernelServices } from '../state/blind-spots.ts';
import { ELEMENT, safeAtDispatch } from './callback-levels.ts';

/** IRQL-002: what programs can reach runs at DISPATCH. */
const watchElementCallbacks: Watch = safeAtDispatch(
  'find, update and delete callbacks of a map that stores what it is given are safe at DISPATCH_LEVEL',
  (call) => ELEMENT.includes(call.callback),
);

const hasElementCallbacks = byData(
  ({ profile }) => profile.hasFind || profile.hasUpdate || profile.deleteStyle !== 'none',
  'there are no element callbacks',
);

export const rule: Requirement = {
  id: 'IRQL-002',
  asks:
    'With updates_original_value false, find, update and delete callbacks are safe at ' +
    'DISPATCH_LEVEL: programs call them there.',
  passing:
    'They were called at DISPATCH and came back, without a wait, a pageable routine or a ' +
    'lower IRQL. Only calls that the harness offers can be seen.',
  look: 'Mutexes, waits, handle look-ups and pageable code in the element callbacks.',
  applies: when(storesAsGiven, hasElementCallbacks),
  watch: watchElementCallbacks,
  blindSpots: { ownServices: kernelServices },
};
