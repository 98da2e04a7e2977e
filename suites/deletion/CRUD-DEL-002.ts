/**
 * CRUD-DEL-002, a MUST NOT for the runtime.
 * Source: libs/runtime/ebpf_hash_table.c:_ebpf_hash_table_replace_bucket
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { createsMaps, when } from '../state/applies.ts';
import { callsTo, eachKeyOperation } from '../state/base-contents.ts';
import { DELETES } from '../state/element-call.ts';
import { removes } from './deletions.ts';

/** CRUD-DEL-002: nothing is called for a key that is not there. */
const watchAbsentKey: Watch = eachKeyOperation((done, event, say, trace) => {
  if (!removes(done) || done.overlapped || done.before.presence !== 'absent') return;
  say.exercised();
  const called = callsTo(done, trace, DELETES)[0];
  if (called)
    say.violated(
      called,
      'no delete callback is called for a key that is not there',
      `${called.callback} was called`,
    );
  else if (event.result === 'EBPF_SUCCESS')
    say.violated(event, 'deleting a missing key fails', 'it answered EBPF_SUCCESS');
});

export const rule: Requirement = {
  id: 'CRUD-DEL-002',
  asks: 'No delete callback is called for a key that is not there.',
  passing: 'Deletes of missing keys failed without a callback.',
  look: "the runtime's delete of missing keys.",
  applies: when(createsMaps),
  watch: watchAbsentKey,
};
