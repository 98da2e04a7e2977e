/**
 * CTX-002, a MUST for the runtime.
 * Source: docs/CustomMaps.md#eBPF Helper Functions;
 * libs/execution_context/ebpf_maps.c:ebpf_core_map_t.custom_map_context
 */
import type { Requirement, Watch } from '../../harness/index.ts';

/** CTX-002 (runtime): the slot holds the provider's context, and NULL in native maps. */
const watchSlot: Watch = (say, trace) => ({
  'operation-ended': (event) => {
    if (event.operation.op !== 'map_context' || event.skipped || event.result !== 'EBPF_SUCCESS')
      return;
    say.exercised();
    const known = trace.map(event.map);
    const there = (event.out ?? null) as string | null;
    const expected = known?.context ?? null;
    if (there === expected) return;
    say.violated(
      event,
      known
        ? 'the map_context of the provider stands in the map object at map_context_offset'
        : 'a native map has NULL at map_context_offset',
      `${there ?? 'NULL'} for ${event.map}, whose context is ${expected ?? 'NULL'}`,
    );
  },
});

export const rule: Requirement = {
  id: 'CTX-002',
  asks:
    "A runtime keeps the provider's map_context pointer at map_context_offset in custom " +
    'maps, and NULL there in native ones.',
  passing: 'The slot of custom and native maps was read and compared.',
  look: 'The layout of the map object of the runtime, and the allocation of native maps.',
  watch: watchSlot,
  owns: ['map_context'],
};
