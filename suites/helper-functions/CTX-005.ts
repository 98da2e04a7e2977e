/**
 * CTX-005, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#eBPF Helper Functions
 */
import type { Requirement, Watch } from '../../harness/index.ts';

/** CTX-005: the map object is the runtime's. */
const watchMapWrites: Watch = (say) => {
  const expected = 'a provider only reads the map object of the runtime';
  const writers = new Set<number>();
  return {
    'map-created': () => say.exercised(),
    misuse: (event) => {
      if (event.misuse !== 'write-to-map') return;
      writers.add(event.call);
      say.violated(event, expected, event.detail);
    },
    lost: (event) => {
      if (writers.has(event.call)) say.lost(event, expected);
    },
  };
};

export const rule: Requirement = {
  id: 'CTX-005',
  asks: "A provider does not write through the MAP_CONTEXT address: the map object is the runtime's.",
  passing: 'The map object is read-only in every run, and no write to it was seen.',
  look: 'Assignments through the pointer that MAP_CONTEXT takes apart.',
  watch: watchMapWrites,
  aside: watchMapWrites,
};
