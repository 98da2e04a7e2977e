/**
 * IRQL-006, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Discovery and Creation; IRQL Restrictions (not listed)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { levelMembers } from '../state/blind-spots.ts';
import { calledAtPassive } from './callback-levels.ts';

const LIFETIME: readonly string[] = [
  'preprocess_map_create',
  'postprocess_map_delete',
  'preprocess_associate_program_type',
];

/** IRQL-006 (runtime): the callbacks of a map's life. */
const watchLifetimeLevel: Watch = calledAtPassive(
  'preprocess_map_create, postprocess_map_delete and preprocess_associate_program_type are called at PASSIVE_LEVEL',
  (event) => LIFETIME.includes(event.callback),
);

export const rule: Requirement = {
  id: 'IRQL-006',
  asks:
    'The runtime invokes preprocess_map_create, postprocess_map_delete and ' +
    'preprocess_associate_program_type at PASSIVE_LEVEL.',
  passing: 'The IRQL of every such call was read.',
  look: 'Where the runtime creates, destroys and associates.',
  watch: watchLifetimeLevel,
  blindSpots: { members: levelMembers },
};
