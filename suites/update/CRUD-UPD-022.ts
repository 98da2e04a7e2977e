/**
 * CRUD-UPD-022, a SHOULD for the provider.
 * Source: xdp ebpfcpumap.c comment; include/ebpf_extension.h:
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { eachRefusal } from './refusals.ts';
import { updates } from './conditions.ts';

/** CRUD-UPD-022: no memory is called so. */
const watchExhaustion: Watch = eachRefusal((event, say, starved) => {
  if (!starved) return;
  say.exercised();
  if (event.result !== 'EBPF_NO_MEMORY') {
    say.violated(
      event,
      'an update for which an allocation failed answers EBPF_NO_MEMORY',
      `it answered ${event.result}`,
    );
  }
});

export const rule: Requirement = {
  id: 'CRUD-UPD-022',
  asks: 'An update that fails for want of memory says EBPF_NO_MEMORY, so that callers can back off.',
  passing: 'Updates in which an allocation failed answered EBPF_NO_MEMORY or succeeded.',
  look: 'preprocess_map_update_element: which code do the paths for failed allocations return?',
  applies: updates,
  watch: watchExhaustion,
};
