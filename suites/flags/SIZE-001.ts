/**
 * SIZE-001, a MUST for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:_ebpf_custom_map_update_hash_map_entry,
 * _custom_hash_map_notification
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { DELETES, UPDATES } from '../state/element-call.ts';
import { eachFlowCall } from './element-flags.ts';
import { anyCallback } from './conditions.ts';

/** SIZE-001: update and delete get the declared key size. */
const watchKeySize: Watch = eachFlowCall([...UPDATES, ...DELETES], (call, _flags, say, trace) => {
  const due = trace.map(call.map)?.key_size;
  if (due === undefined) return;
  say.exercised();
  if (call.key_size !== due)
    say.violated(call, `key_size is the declared ${due}`, `${call.callback} got ${call.key_size}`);
});

export const rule: Requirement = {
  id: 'SIZE-001',
  asks: 'Update and delete callbacks get the declared key size.',
  passing: 'They did.',
  look: "the runtime's update and delete: which size is passed on?",
  applies: anyCallback(['update', 'delete']),
  watch: watchKeySize,
};
