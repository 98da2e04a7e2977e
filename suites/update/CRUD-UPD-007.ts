/**
 * CRUD-UPD-007, a MUST NOT for the provider.
 * Source: include/ebpf_extension.h:_In_reads_(in_value_size)
 */
import type { Requirement } from '../../harness/index.ts';
import { watchReadBounds } from '../state/element-damage.ts';
import { updates } from './conditions.ts';

export const rule: Requirement = {
  id: 'CRUD-UPD-007',
  asks: 'update reads no more than in_value_size bytes of in_value.',
  passing: 'Updates with values that end at the declared value size came back unharmed.',
  look: 'preprocess_map_update_element: is a structure of actual_value_size read from in_value?',
  applies: updates,
  watch: watchReadBounds('update', 'in_value'),
};
