/**
 * CRUD-DEL-011, a MUST NOT for the provider.
 * Source: include/ebpf_extension.h:_In_reads_
 */
import type { Requirement } from '../../harness/index.ts';
import { watchReadBounds } from '../state/element-damage.ts';
import { deletes } from './conditions.ts';

export const rule: Requirement = {
  id: 'CRUD-DEL-011',
  asks: 'Delete reads no more than value_size bytes of value and key_size bytes of key.',
  passing: 'Deletes with buffers that end at the stated sizes came back unharmed.',
  look: 'the delete callback: is a larger structure read from value?',
  applies: deletes,
  watch: watchReadBounds('delete', 'value and key'),
};
