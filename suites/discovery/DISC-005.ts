/**
 * DISC-005, a MUST NOT for the runtime.
 * Source: docs/CustomMaps.md#Map Discovery and Creation (on-demand)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { type Creation, isEligible, watchCreations } from './creation.ts';
import { SUCCESS, nobodyFor } from './missing-providers.ts';

const eligible = (creation: Creation) =>
  creation.offers.filter((offer) => isEligible(offer, creation.map_type));

/** DISC-005: a provider that came after a failed creation is found by the next one. */
const watchNoNegativeCache: Watch = (say, trace) => {
  const failedAt = new Map<number, number>();
  return watchCreations(trace, {
    ended: (creation) => {
      const { map_type } = creation;
      const since = failedAt.get(map_type);
      const [first] = eligible(creation);
      if (nobodyFor(creation) && creation.result !== SUCCESS) failedAt.set(map_type, creation.seq);
      if (since === undefined || !first || creation.unsettled || first.since < since) return;
      say.exercised();
      const asked = first.own || creation.attaches.length > 0 || creation.bound !== null;
      if (creation.result === SUCCESS || asked) return;
      say.violated(
        creation,
        'a creation after the provider has registered finds it, although an earlier one did not',
        `the creation was answered with ${creation.result} and ${first.registration} was not asked to attach`,
      );
    },
  });
};

export const rule: Requirement = {
  id: 'DISC-005',
  asks: 'A failed discovery is not remembered: once a provider has registered, the next creation finds it.',
  passing:
    'A creation failed without a provider, the provider registered, and the next creation asked it to attach.',
  look: 'Any cache of map types or providers that is filled by a failed creation.',
  watch: watchNoNegativeCache,
};
