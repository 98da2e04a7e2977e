/**
 * CRUD-UPD-004, a MUST NOT for the provider.
 * Source: include/ebpf_extension.h:_Out_writes_opt_
 */
import type { Requirement } from '../../harness/index.ts';
import { watchOutBounds } from '../state/element-damage.ts';
import { updates } from './conditions.ts';

export const rule: Requirement = {
  id: 'CRUD-UPD-004',
  asks: 'update writes nothing outside out_value and its out_value_size bytes.',
  passing: 'The bytes around out_value were intact after every update.',
  look: 'preprocess_map_update_element: is more copied than actual_value_size says?',
  applies: updates,
  watch: watchOutBounds('update'),
  underThreads: {
    exercisedBy: 'update-out',
    brokenBy: { 'update-wrote-beside': 'a callback writes out_value and nothing beside it' },
  },
};
