/** CRUD-FIND: looking a value up. */
import type { Requirement } from '../../harness/index.ts';
import {
  answersLookups,
  byData,
  createsMaps,
  hasFind,
  hasValues,
  isRelationKnown,
  storesAsGiven,
  transforms,
  when,
} from '../applies.ts';
import { watchConstBuffers, watchOutBounds, watchReadBounds } from '../element-damage.ts';
import * as provider from './monitors.ts';
import * as runtime from './monitors-runtime.ts';

const hasFindAndValues = when(hasFind, createsMaps, hasValues);
const hasNoFind = byData(
  ({ profile }) => !profile.hasFind,
  'the provider supplies a find callback',
);

export const requirements: readonly Requirement[] = [
  {
    id: 'CRUD-FIND-001',
    asks: 'postprocess_map_find_element is called only after the base map found the key.',
    passing:
      'Lookups of keys that were never stored or were deleted failed, and no find callback ran in them.',
    look: "the runtime's lookup: is the base map asked before the provider?",
    applies: hasFindAndValues,
    watch: runtime.watchMissingKey,
  },
  {
    id: 'CRUD-FIND-002',
    asks: 'A successful find fills all of out_value with the form of the value that users know.',
    passing:
      'Lookups with differently filled buffers gave the same bytes, those that the value ' +
      'relation asks for where it is known, and no stored representation with an address in it.',
    look:
      'postprocess_map_find_element: is every byte of out_value written, from the object ' +
      'and not from the stored representation?',
    applies: when(transforms, hasFind, createsMaps, hasValues, answersLookups, isRelationKnown),
    watch: provider.watchPublicForm,
  },
  {
    id: 'CRUD-FIND-003',
    asks: 'find writes nothing outside out_value and its out_value_size bytes.',
    passing: 'The bytes around out_value were intact after every lookup.',
    look:
      'postprocess_map_find_element: is the length of the copy out_value_size, not the size ' +
      'of the stored representation?',
    applies: hasFindAndValues,
    watch: watchOutBounds('find'),
  },
  {
    id: 'CRUD-FIND-004',
    asks: 'Without updates_original_value, out_value is NULL with size 0 and is not followed.',
    passing: 'Lookups with out_value NULL came back.',
    look: 'postprocess_map_find_element: is out_value used without a check for NULL?',
    applies: when(storesAsGiven, hasFind, createsMaps, hasValues),
    watch: provider.watchNullOut,
  },
  {
    id: 'CRUD-FIND-005',
    asks: 'find changes neither key nor in_value and keeps no pointer to them.',
    passing:
      'Both were unchanged after each lookup, and buffers of finished calls were neither ' +
      'written nor read again.',
    look: 'postprocess_map_find_element: is in_value, which is const, written or remembered?',
    applies: hasFindAndValues,
    watch: watchConstBuffers('find', 'key and in_value'),
  },
  {
    id: 'CRUD-FIND-006',
    asks: 'find reads no more than in_value_size bytes of in_value and key_size bytes of key.',
    passing: 'Lookups with buffers that end at the stated sizes came back unharmed.',
    look: 'postprocess_map_find_element: is a structure larger than in_value read from it?',
    applies: hasFindAndValues,
    watch: watchReadBounds('find', 'key and in_value'),
  },
  {
    id: 'CRUD-FIND-007',
    asks: 'Lookups do not show users kernel pointers or other internals.',
    passing:
      'No value shown to users held the address of memory or of an object of the provider; ' +
      'other internals nobody can recognise from outside.',
    look: 'postprocess_map_find_element: does it copy the stored representation instead of what users gave?',
    applies: when(transforms, hasFind, createsMaps, hasValues, answersLookups),
    watch: provider.watchExposure,
  },
  {
    id: 'CRUD-FIND-008',
    asks: 'A provider may refuse lookups by users.',
    passing:
      'A permission; where the profile declares the refusal (userLookup), every lookup got the declared result.',
    look: 'postprocess_map_find_element, and userLookup of the profile: they disagree.',
    isMustFor: provider.isLookupDeclaredRefused,
    applies: hasFindAndValues,
    watch: provider.watchRefusal,
  },
  {
    id: 'CRUD-FIND-009',
    asks:
      'Lookups have no side effects on ownership: any number of them leaves the stored ' +
      'resource as it was.',
    passing:
      'After many lookups the answers were the same, a delete released the value once, and ' +
      'counter, memory and references were as without lookups.',
    look: 'postprocess_map_find_element: is a reference taken or dropped, or the object freed?',
    applies: hasFindAndValues,
    watch: provider.watchSideEffects,
  },
  {
    id: 'CRUD-FIND-010',
    asks: 'find copes with key NULL and with key_size 0.',
    passing: 'Direct calls with (NULL, 0) and with (key, 0) came back.',
    look: 'postprocess_map_find_element: is key followed without a check?',
    applies: hasFindAndValues,
    watch: provider.watchNullKey,
  },
  {
    id: 'CRUD-FIND-011',
    asks: "The provider's failure code from find reaches the caller, and no value does.",
    passing: 'Every lookup that the provider failed answered its code.',
    look: "the runtime's lookup: is the result of postprocess_map_find_element returned unchanged?",
    applies: hasFindAndValues,
    watch: runtime.watchFailureCode,
  },
  {
    id: 'CRUD-FIND-012',
    asks: 'Lookup-and-delete calls find, then, only if that succeeded, removes and calls delete once.',
    passing:
      'Lookup-and-delete called find and delete in this order, once each, and nothing more when find failed.',
    look: "the runtime's lookup-and-delete: order of the callbacks, and what happens when find fails.",
    applies: when(createsMaps, hasValues),
    watch: runtime.watchKeptAfterFailedLookup,
  },
  {
    id: 'CRUD-FIND-013',
    asks: 'Without a find callback a lookup returns the stored bytes.',
    passing: 'Lookups gave back the bytes of the last successful update.',
    look: "the runtime's lookup without a find callback.",
    applies: when(hasNoFind, storesAsGiven, createsMaps),
    watch: runtime.watchStoredBytes,
  },
  {
    id: 'CRUD-FIND-014',
    asks: 'The provider has no part in enumerating keys.',
    passing: 'No callback ran while keys were enumerated.',
    look: "the runtime's get_next_key.",
    applies: when(createsMaps),
    watch: runtime.watchEnumeration,
  },
  {
    id: 'CRUD-FIND-015',
    asks: 'A missing key is EBPF_OBJECT_NOT_FOUND to a lookup and EBPF_KEY_NOT_FOUND to a delete.',
    passing: 'Lookups and deletes of missing keys answered these codes.',
    look: "the runtime's result codes for missing keys.",
    applies: when(createsMaps),
    watch: runtime.watchMissingCodes,
  },
  {
    id: 'CRUD-FIND-016',
    asks: 'Batch lookup and lookup-and-delete in batches may be refused for custom maps.',
    passing: 'Nothing can be broken; batch lookups are counted.',
    look: 'nothing to look at: this is a permission.',
    applies: when(createsMaps),
    watch: runtime.watchBatchLookup,
  },
];
