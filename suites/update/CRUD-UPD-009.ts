/**
 * CRUD-UPD-009, a MUST for the provider.
 * Source: include/ebpf_extension.h:@note 1; issues #5054/#5069
 */
import type { Requirement } from '../../harness/index.ts';
import { watchLedger } from '../state/blame.ts';
import { evidence, updatesAndDeletes } from './conditions.ts';

export const rule: Requirement = {
  id: 'CRUD-UPD-009',
  asks: 'A delete callback with UPDATE and the new value undoes an update that the base map refused.',
  passing: `After rollbacks the books were as before and the entry in place was intact. ${evidence}`,
  look:
    'the delete callback with EBPF_MAP_OPERATION_UPDATE: is the value of the argument ' +
    'released, whatever the key?',
  applies: updatesAndDeletes,
  watch: watchLedger(['rollback'], 'a rollback releases the new value and nothing else'),
};
