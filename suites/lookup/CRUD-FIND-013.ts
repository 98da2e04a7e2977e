/**
 * CRUD-FIND-013, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Provider Dispatch Function Signatures
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { byData, createsMaps, storesAsGiven, when } from '../state/applies.ts';
import { eachKeyOperation, isPlainLookup } from '../state/base-contents.ts';

/** CRUD-FIND-013: without a find callback the stored bytes are the answer. */
const watchStoredBytes: Watch = eachKeyOperation((done, event, say) => {
  const { given, presence } = done.before;
  if (done.operation.op !== 'find' || done.overlapped || presence !== 'present' || given === null)
    return;
  if (!isPlainLookup(done.operation) || event.result !== 'EBPF_SUCCESS') return;
  say.exercised();
  if (event.out !== given) {
    say.violated(
      event,
      'a lookup without a find callback returns the bytes that were stored',
      'other bytes came back',
    );
  }
});

const hasNoFind = byData(
  ({ profile }) => !profile.hasFind,
  'the provider supplies a find callback',
);

export const rule: Requirement = {
  id: 'CRUD-FIND-013',
  asks: 'Without a find callback a lookup returns the stored bytes.',
  passing: 'Lookups gave back the bytes of the last successful update.',
  look: "the runtime's lookup without a find callback.",
  applies: when(hasNoFind, storesAsGiven, createsMaps),
  watch: watchStoredBytes,
};
