/** Hand-written plans that make the creation rules bite. */
import type { Operation, Scenario } from '../../harness/index.ts';
import { plan, preferred } from './creation-plans.ts';
import { crowds } from './crowds.ts';
import { failedCreations } from './failed-creations.ts';
import { largeMaps } from './large-maps.ts';
import { acceptedSizes, askedSizes } from './map-sizes.ts';
import { sideBySide } from './side-by-side.ts';

/** The plans of the chapter; their order decides over seeds. */
export const scenarios: readonly Scenario[] = [
  ...acceptedSizes,
  ...largeMaps,
  ...crowds,
  ...askedSizes,
  ...failedCreations,
  ...sideBySide,
  {
    name: 'a table fills up',
    probes: ['CRE-020'],
    plan: (profile) => {
      const max_entries = Math.min(Math.max(profile.maxEntries.min, 2), profile.maxEntries.max);
      if (max_entries > 16) return null;
      return plan([
        { op: 'create', map: 0, ...preferred(profile), max_entries },
        ...Array.from({ length: max_entries + 1 }, (_, key): Operation => ({
          op: 'update',
          map: 0,
          key,
          value: key,
        })),
        { op: 'info', map: 0 },
        { op: 'close', map: 0 },
      ]);
    },
  },
];
