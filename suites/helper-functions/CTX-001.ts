/**
 * CTX-001, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Client Data
 */
import type { Requirement, Watch } from '../../harness/index.ts';

/** CTX-001 (runtime): every client names the same offset. */
const watchOneOffset: Watch = (say) => {
  let first: number | null = null;
  return {
    'callback-entered': (event) => {
      const offset = event.client?.map_context_offset;
      if (event.callback !== 'ProviderAttachClient' || offset === undefined || !event.client?.data)
        return;
      say.exercised();
      first ??= offset;
      if (offset === first) return;
      say.violated(
        event,
        'all clients of a runtime name one map_context_offset',
        `${event.binding} was told ${offset}, an earlier one ${first}`,
      );
    },
  };
};

export const rule: Requirement = {
  id: 'CTX-001',
  asks: 'A runtime uses one map_context_offset for all bindings, map types and instances.',
  passing: 'All attaches of a run named the same offset.',
  look: 'Where the runtime fills map_context_offset in.',
  watch: watchOneOffset,
  blindSpots: { transcripts: 'map_context_offset was not recorded at attach' },
};
