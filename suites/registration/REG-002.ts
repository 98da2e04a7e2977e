/**
 * REG-002, a MUST for the provider.
 * Source: docs/CustomMaps.md#NMR Interface for Extensions; docs/eBpfExtensions.md#1.3.3
 */
import { mapTypeName } from '../../harness/abi/map-types.ts';
import type { Requirement, Watch } from '../../harness/index.ts';

/** REG-002: each map type has one registration, and keeps it. */
const watchOneType: Watch = (say) => {
  const live = new Map<string, number>();
  return {
    registered: (event) => {
      const map_type = event.facts.data?.map_type ?? null;
      if (event.inert || event.status !== 'STATUS_SUCCESS' || map_type === null) return;
      say.exercised();
      const twin = [...live].find(([, type]) => type === map_type);
      if (twin) {
        say.violated(
          event,
          'each map type that the module implements has one registration',
          `${event.registration} repeats ${mapTypeName(map_type)}, which ${twin[0]} already carries`,
        );
      }
      live.set(event.registration, map_type);
    },
    'registration-changed': (event) => {
      if (!event.paths.includes('data.map_type')) return;
      say.violated(
        event,
        'a registration carries exactly one map_type, as long as it lives',
        `map_type of ${event.registration} was another one at its ${event.when}`,
      );
    },
    deregistered: ({ registration }) => void live.delete(registration),
    deregister: ({ registration }) => void live.delete(registration ?? ''),
  };
};

export const rule: Requirement = {
  id: 'REG-002',
  asks:
    'Every map type that the module implements has one registration of its own, which ' +
    'carries exactly that map_type.',
  passing: 'No two live registrations carried the same map_type, and none changed its map_type.',
  look: 'The loop that registers providers, and any code that writes map_type after registration.',
  watch: watchOneType,
};
