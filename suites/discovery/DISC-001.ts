/**
 * DISC-001, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Type Registration / Runtime Behavior; PR #4882 discussion
 */
import { mapTypeName } from '../../harness/abi/map-types.ts';
import type { Requirement, Watch } from '../../harness/index.ts';
import { watchCreations } from './creation.ts';
import { SUCCESS, isRegisteredCustom, nobodyFor } from './missing-providers.ts';

/** DISC-001: without a provider a custom map cannot be made. */
const watchMissingProvider: Watch = (say, trace) =>
  watchCreations(trace, {
    ended: (creation) => {
      if (!nobodyFor(creation)) return;
      if (!isRegisteredCustom(creation.map_type, trace.subject)) return;
      say.exercised();
      if (creation.result !== SUCCESS) return;
      say.violated(
        creation,
        `creation of a ${mapTypeName(creation.map_type)} map fails while no provider for it is registered`,
        'it succeeded',
      );
    },
  });

export const rule: Requirement = {
  id: 'DISC-001',
  asks: 'A map of a registered custom type cannot be created while no provider for that type is registered.',
  passing:
    'Creations before any provider registered, after it left, and of another custom type all failed.',
  look: 'The type check of map creation: a custom type must not fall through to a built-in implementation.',
  watch: watchMissingProvider,
};
