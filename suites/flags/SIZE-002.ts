/**
 * SIZE-002, a SHOULD for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_find_entry;
 * ebpf_core.c:_ebpf_core_map_find_element
 */
import { type Requirement, type Watch, except } from '../../harness/index.ts';
import { createsMaps, hasFind, hasValues, when } from '../state/applies.ts';
import { FIND } from '../state/element-call.ts';
import { forwardsTheKeySize } from '../state/shipped-reading.ts';
import { eachFlowCall } from './element-flags.ts';

/** SIZE-002: find gets it too. */
const watchFindKeySize: Watch = eachFlowCall(FIND, (call, _flags, say, trace) => {
  const due = trace.map(call.map)?.key_size;
  if (due === undefined) return;
  say.exercised();
  if (call.key_size !== due)
    say.violated(call, `find gets the declared key size ${due}`, `it got ${call.key_size}`);
});

export const rule: Requirement = {
  id: 'SIZE-002',
  asks: 'Find gets the declared key size too.',
  passing: 'It did.',
  look: "the runtime's lookup: is the caller's number forwarded?",
  applies: when(hasFind, createsMaps, hasValues),
  watch: watchFindKeySize,
  readings: { 'as-shipped': except(watchFindKeySize, forwardsTheKeySize) },
};
