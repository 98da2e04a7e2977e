/**
 * CRUD-UPD-006, a MUST NOT for the provider.
 * Source: include/ebpf_extension.h:ebpf_preprocess_map_update_element_t
 */
import type { Requirement } from '../../harness/index.ts';
import { watchConstBuffers } from '../state/element-damage.ts';
import { updates } from './conditions.ts';

export const rule: Requirement = {
  id: 'CRUD-UPD-006',
  asks: 'update changes neither in_value nor key and keeps no pointer to in_value, out_value or key.',
  passing:
    'Both were unchanged after each update, and buffers of finished calls were neither ' +
    'written nor read again.',
  look: 'preprocess_map_update_element: is in_value, which is const, converted in place or remembered?',
  applies: updates,
  watch: watchConstBuffers('update', 'key, in_value and out_value'),
};
