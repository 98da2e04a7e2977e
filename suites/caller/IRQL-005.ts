/**
 * IRQL-005, a MUST for the runtime.
 * Source: docs/CustomMaps.md#IRQL Restrictions table
 */
import { type Requirement, type Watch, except } from '../../harness/index.ts';
import { hasDelete, hasValues, when } from '../state/applies.ts';
import { levelMembers } from '../state/blind-spots.ts';
import { cleansUpUnderTheLock } from '../state/shipped-reading.ts';
import { POST, PRE, calledAtPassive, isCleanup } from './callback-levels.ts';

/** IRQL-005 (runtime): deletes of the clean-up. */
const watchCleanupLevel: Watch = calledAtPassive(
  'delete callbacks of the map clean-up are called at PASSIVE_LEVEL',
  (event) => (event.callback === PRE || event.callback === POST) && isCleanup(event),
);

export const rule: Requirement = {
  id: 'IRQL-005',
  asks: 'The runtime invokes delete callbacks during map cleanup at PASSIVE_LEVEL.',
  passing: 'The IRQL of every such call was read.',
  look: 'The lock that the runtime holds while it empties the map.',
  applies: when(hasDelete, hasValues),
  watch: watchCleanupLevel,
  readings: { 'as-shipped': except(watchCleanupLevel, cleansUpUnderTheLock) },
  blindSpots: { members: levelMembers },
};
