/**
 * CRUD-FIND-015, a SHOULD for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:_ebpf_custom_map_find_hash_map_entry;
 * libs/runtime/ebpf_hash_table.c:_ebpf_hash_table_replace_bucket
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { createsMaps, when } from '../state/applies.ts';
import { eachKeyOperation, isPlainLookup, isRefusedToPrograms } from '../state/base-contents.ts';

/** CRUD-FIND-015: the codes for a missing key. */
const watchMissingCodes: Watch = eachKeyOperation((done, event, say, trace) => {
  const { operation, before, overlapped } = done;
  if (overlapped || before.presence !== 'absent' || isRefusedToPrograms(done, trace)) return;
  const due =
    operation.op === 'find' && isPlainLookup(operation)
      ? 'EBPF_OBJECT_NOT_FOUND'
      : operation.op === 'delete'
        ? 'EBPF_KEY_NOT_FOUND'
        : null;
  if (due === null) return;
  say.exercised();
  if (event.result !== due) {
    say.violated(
      event,
      `${operation.op === 'find' ? 'a lookup' : 'a delete'} of a missing key answers ${due}`,
      `it answered ${event.result}`,
    );
  }
});

export const rule: Requirement = {
  id: 'CRUD-FIND-015',
  asks: 'A missing key is EBPF_OBJECT_NOT_FOUND to a lookup and EBPF_KEY_NOT_FOUND to a delete.',
  passing: 'Lookups and deletes of missing keys answered these codes.',
  look: "the runtime's result codes for missing keys.",
  applies: when(createsMaps),
  watch: watchMissingCodes,
};
