/**
 * CRUD-FIND-003, a MUST NOT for the provider.
 * Source: include/ebpf_extension.h:ebpf_postprocess_map_find_element_t
 */
import type { Requirement } from '../../harness/index.ts';
import { watchOutBounds } from '../state/element-damage.ts';
import { hasFindAndValues } from './conditions.ts';

export const rule: Requirement = {
  id: 'CRUD-FIND-003',
  asks: 'find writes nothing outside out_value and its out_value_size bytes.',
  passing: 'The bytes around out_value were intact after every lookup.',
  look:
    'postprocess_map_find_element: is the length of the copy out_value_size, not the size ' +
    'of the stored representation?',
  applies: hasFindAndValues,
  watch: watchOutBounds('find'),
  underThreads: {
    exercisedBy: 'find-out',
    brokenBy: { 'find-wrote-beside': 'a callback writes out_value and nothing beside it' },
  },
};
