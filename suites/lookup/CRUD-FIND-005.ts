/**
 * CRUD-FIND-005, a MUST NOT for the provider.
 * Source: include/ebpf_extension.h:ebpf_postprocess_map_find_element_t (const)
 */
import type { Requirement } from '../../harness/index.ts';
import { watchConstBuffers } from '../state/element-damage.ts';
import { hasFindAndValues } from './conditions.ts';

export const rule: Requirement = {
  id: 'CRUD-FIND-005',
  asks: 'find changes neither key nor in_value and keeps no pointer to them.',
  passing:
    'Both were unchanged after each lookup, and buffers of finished calls were neither ' +
    'written nor read again.',
  look: 'postprocess_map_find_element: is in_value, which is const, written or remembered?',
  applies: hasFindAndValues,
  watch: watchConstBuffers('find', 'key and in_value'),
  underThreads: {
    exercisedBy: 'find-bytes',
    brokenBy: { 'value-changed-by-find': 'a lookup leaves the stored value as it is' },
  },
};
