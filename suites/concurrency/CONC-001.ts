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
  underThreads: {
    exercisedBy: 'overlap',
    brokenBy: {
      'lookup-answered-otherwise':
        'a lookup of an entry that stays in the map answers as it does without other threads',
      'dereferenced-no-object': 'what is dereferenced is a referenced object',
      'dereferenced-too-often': 'an object is dereferenced as often as it was referenced',
      'references-left': 'every object is dereferenced as often as it was referenced',
      'blocking-at-dispatch': 'nothing pageable or blocking is called at DISPATCH_LEVEL',
      'lock-circle': "callbacks do not wait for one another's locks in a circle",
      'lock-of-another': 'a spin lock is released by the thread that has it',
      'program-type-answered-otherwise': 'a program type is judged as it is without other threads',
      'freed-memory-written': 'memory that was freed is not written any more',
      'block-overrun': 'nothing is written outside a block',
      'foreign-memory-freed': 'only memory that was allocated here is freed',
      'freed-twice': 'memory is freed once',
      'blocks-left':
        'nothing is left of what callbacks allocated, once every map is gone and the provider stopped',
      'count-off': 'the provider holds something for each stored value and for nothing else',
      'callback-stuck': 'every callback returns, whatever the other threads do',
    },
    isOfThreads: true,
    owns: (place) => place !== 'cmc_provider_stop',
  },
};
