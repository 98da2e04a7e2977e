/**
 * CONC-001, a MUST for the provider.
 * Source: docs/CustomMaps.md#Concurrency and IRQL
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { inCompany } from './company.ts';
import type { Call, Overlaps } from './overlap.ts';
import { phases } from './conditions.ts';

const hasCompany = (call: Call | undefined, overlaps: Overlaps): boolean =>
  call !== undefined && overlaps.beside(call.call).length > 0;

/** CONC-001: several callbacks under way, on one map or on many. */
const watchConcurrency: Watch = inCompany(
  'callbacks are right while other operations, on the same map and on others, are under way',
  (event, overlaps) => hasCompany(event, overlaps),
  () => true,
);

export const rule: Requirement = {
  id: 'CONC-001',
  asks: 'All callbacks are safe when they are invoked concurrently, on the same map and across maps.',
  passing:
    `${phases}; nothing was lost, misused, mixed up or left over. ` +
    'Races within one callback need real threads (--stress).',
  look:
    'State that lives longer than one callback: counters, caches, lists. Who else writes ' +
    'it between two of your callbacks?',
  watch: watchConcurrency,
  // A stop is UNLOAD-001's.
  underThreads: { owns: (place) => place !== 'cmc_provider_stop' },
};
