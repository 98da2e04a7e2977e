/** CRE for runtimes: what a provider and a caller may count on when a map is created. */
import type { Requirement } from '../../harness/index.ts';
import {
  watchArguments,
  watchCreateOnce,
  watchFailureReported,
  watchLargerValues,
  watchMaxEntries,
  watchMissingCallbacks,
  watchSizeChecked,
  watchUndoneCreate,
} from './monitors-runtime.ts';

export const runtimeRequirements: readonly Requirement[] = [
  {
    id: 'CRE-001',
    asks: 'preprocess_map_create is called exactly once per map, after attach, before any other callback of the map.',
    passing: 'The order of calls was so for every map.',
    look: 'The order of attach, preprocess_map_create and the first operation.',
    watch: watchCreateOnce,
  },
  {
    id: 'CRE-002',
    asks: 'map_type, key_size, value_size and max_entries are passed exactly as the caller declared them.',
    passing: 'Creations with sizes of every kind, zero and huge ones too, arrived unchanged.',
    look: 'Where the map definition is turned into arguments.',
    watch: watchArguments,
  },
  {
    id: 'CRE-014',
    asks: 'Creation fails when updates_original_value is true and a CRUD callback is missing.',
    passing: 'No map came to be with such a provider.',
    look: 'Where the dispatch table is checked against updates_original_value.',
    watch: watchMissingCallbacks,
  },
  {
    id: 'CRE-015',
    asks:
      'Creation fails when the provider reports an actual_value_size of zero, or one that ' +
      'differs without a transformation.',
    passing: 'No map came to be with such a size.',
    look: 'The checks after preprocess_map_create.',
    watch: watchSizeChecked,
  },
  {
    id: 'CRE-016',
    asks:
      'A creation that fails after preprocess_map_create succeeded calls postprocess_map_delete ' +
      'once for that context.',
    passing: 'Each such context was deleted exactly once.',
    look: 'The error path after preprocess_map_create.',
    watch: watchUndoneCreate,
  },
  {
    id: 'CRE-017',
    asks: 'A failing preprocess_map_create is reported to the caller.',
    passing: 'Each refused creation failed for the caller too, with whatever code.',
    look: 'The result of preprocess_map_create.',
    watch: watchFailureReported,
  },
  {
    id: 'CRE-018',
    asks: 'An actual_value_size larger than value_size works, and users go on seeing value_size.',
    passing: 'Such maps were created, and map info showed the declared size.',
    look: 'Which of the two sizes map info and the batch functions use.',
    watch: watchLargerValues,
  },
  {
    id: 'CRE-020',
    asks: 'max_entries is enforced by the base map: a provider does not have to count.',
    passing: 'A full map refused another key.',
    look: 'The base table’s bound.',
    watch: watchMaxEntries,
  },
];
