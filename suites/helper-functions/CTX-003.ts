/**
 * CTX-003, a MAY for the provider.
 * Source: docs/CustomMaps.md#Client Data
 */
import type { Requirement, Watch } from '../../harness/index.ts';

/** CTX-003: permission to keep the offset; seen when a second client told it. */
const watchCachedOffset: Watch = (say) => {
  let attached = 0;
  return {
    'callback-returned': (event) => {
      if (event.callback !== 'ProviderAttachClient' || event.result !== 'STATUS_SUCCESS') return;
      if ((attached += 1) > 1) say.exercised();
    },
  };
};

export const rule: Requirement = {
  id: 'CTX-003',
  asks: 'A provider may keep the offset in a global: it is the same for all clients.',
  passing: 'A permission; runs with several clients kept the offset constant.',
  look: 'Nothing: this cannot fail.',
  watch: watchCachedOffset,
};
