/**
 * CRUD-UPD-010, a MUST for the provider.
 * Source: include/ebpf_extension.h:@note 2; docs/CustomMaps.md#Concurrency and IRQL
 */
import type { Requirement } from '../../harness/index.ts';
import { watchLedger } from '../state/blame.ts';
import { evidence, updatesAndDeletes } from './conditions.ts';

export const rule: Requirement = {
  id: 'CRUD-UPD-010',
  asks: 'On a replace exactly the displaced value is released, by the delete callback with UPDATE.',
  passing: `After replaces the old value was released once and the new one was intact. ${evidence}`,
  look:
    'the delete callback with EBPF_MAP_OPERATION_UPDATE, and whether the update callback ' +
    'releases old values itself.',
  applies: updatesAndDeletes,
  watch: watchLedger(
    ['replace'],
    'a replace releases the displaced value once and leaves the new one intact',
  ),
};
