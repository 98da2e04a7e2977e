/**
 * CRUD-DEL-010, a MUST NOT for the provider.
 * Source: include/ebpf_extension.h:const parameters
 */
import type { Requirement } from '../../harness/index.ts';
import { watchConstBuffers } from '../state/element-damage.ts';
import { deletes } from './conditions.ts';

export const rule: Requirement = {
  id: 'CRUD-DEL-010',
  asks: 'Delete neither changes nor frees the value buffer or the key, and keeps no pointer to them.',
  passing:
    'Both were unchanged after each delete, and buffers of finished calls were neither ' +
    'written nor read again.',
  look: 'the delete callback: is the buffer freed or scrubbed instead of what it refers to?',
  applies: deletes,
  watch: watchConstBuffers('delete', 'value and key'),
  underThreads: {
    exercisedBy: 'delete-bytes',
    brokenBy: { 'value-changed-by-delete': 'a delete callback leaves the value as it is' },
  },
};
