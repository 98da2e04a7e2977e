/**
 * CRUD-DEL-009, a MUST for the provider.
 * Source: include/ebpf_extension.h:notes; docs/CustomMaps.md#Concurrency and IRQL; xdp
 * ebpfcpumap.c comment
 */
import type { Requirement } from '../../harness/index.ts';
import { createsMaps, hasDelete, hasUpdate, hasValues, when } from '../state/applies.ts';
import { watchLedger } from '../state/blame.ts';
import { evidence } from './conditions.ts';

const updatesAndDeletes = when(hasUpdate, hasDelete, createsMaps, hasValues);

export const rule: Requirement = {
  id: 'CRUD-DEL-009',
  asks:
    'What to release is told by the value, not by the key: old, new and rolled-back ' +
    'values of one key arrive interleaved.',
  passing:
    `With two values of one key under way the right one was released each time, and ` +
    `lookups followed the value handed over. ${evidence}`,
  look: 'is there a table by key? Everything a callback needs is in the value argument.',
  applies: updatesAndDeletes,
  watch: watchLedger(
    ['by-key'],
    'callbacks act on the value they are handed, not on what they remember of the key',
    ['rollback', 'replace', 'delete'],
  ),
};
