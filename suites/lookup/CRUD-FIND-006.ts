/**
 * CRUD-FIND-006, a MUST NOT for the provider.
 * Source: include/ebpf_extension.h:_In_reads_
 */
import type { Requirement } from '../../harness/index.ts';
import { watchReadBounds } from '../state/element-damage.ts';
import { hasFindAndValues } from './conditions.ts';

export const rule: Requirement = {
  id: 'CRUD-FIND-006',
  asks: 'find reads no more than in_value_size bytes of in_value and key_size bytes of key.',
  passing: 'Lookups with buffers that end at the stated sizes came back unharmed.',
  look: 'postprocess_map_find_element: is a structure larger than in_value read from it?',
  applies: hasFindAndValues,
  watch: watchReadBounds('find', 'key and in_value'),
};
