/** CRUD-UPD: storing a value. */
import type { Condition, Requirement, SubjectContext } from '../../harness/index.ts';
import {
  createsMaps,
  hasDelete,
  hasUpdate,
  hasValues,
  storesAsGiven,
  transforms,
  when,
} from '../applies.ts';
import { watchLedger } from '../blame.ts';
import { declares } from '../declares.ts';
import { watchConstBuffers, watchOutBounds, watchReadBounds } from '../element-damage.ts';
import * as provider from './monitors.ts';
import * as runtime from './monitors-runtime.ts';
import { watchInvalidValues } from './monitors-values.ts';

const updates = when(hasUpdate, createsMaps, hasValues);
const updatesAndDeletes = when(hasUpdate, hasDelete, createsMaps, hasValues);

/** A refusal that a declaration promises, and that excuses obligations. */
const promisesRefusals = (subject: SubjectContext): boolean =>
  subject.profile.userUpdate !== null ||
  (subject.profile.duplicatesAllowed === false && declares(subject, 'duplicatesAllowed'));

const knowsInvalidValues: Condition = {
  holds: (subject) => promisesRefusals(subject) || subject.profile.invalidValues.length > 0,
  otherwise: [
    {
      by: 'occasion',
      on: 'invalidValues',
      why: 'no value is declared to be invalid, and none of those that were tried was refused',
    },
  ],
};

/** Where updates are declared to be refused, any value will do. */
const hasValuesOrNeedsNone: Condition = {
  holds: (subject) => subject.profile.userUpdate !== null || hasValues.holds(subject),
  otherwise: hasValues.otherwise,
};

const allowsDuplicates: Condition = {
  holds: ({ profile }) => profile.duplicatesAllowed !== false,
  otherwise: [
    {
      by: 'declared',
      on: 'duplicatesAllowed',
      why: 'the profile declares that a value cannot be stored twice (duplicatesAllowed)',
    },
    {
      by: 'probed',
      on: 'duplicatesAllowed',
      why: 'a value that was stored already was refused: if that is meant, declare duplicatesAllowed: false',
    },
  ],
};

const evidence =
  "By the provider's own counter where it has one, by blocks and references left at unload, by " +
  'double releases and by what lookups show.';

export const requirements: readonly Requirement[] = [
  {
    id: 'CRUD-UPD-001',
    asks:
      'preprocess_map_update_element is called before the base map is written, for inserts ' +
      "and replaces alike, with the caller's value.",
    passing: "Every successful update called it once, first, with the caller's bytes.",
    look: "the runtime's update: is the provider asked before anything is stored?",
    applies: updates,
    watch: runtime.watchAnnouncement,
  },
  {
    id: 'CRUD-UPD-002',
    asks:
      'With updates_original_value, out_value has actual_value_size bytes and exactly what ' +
      'the provider wrote is stored.',
    passing:
      'Every later find and delete got bytes that an update callback for that key had written.',
    look: "the runtime's update: size of the out buffer, and what is handed to the base map.",
    applies: when(transforms, hasUpdate, createsMaps, hasValues),
    watch: runtime.watchStoredForm,
  },
  {
    id: 'CRUD-UPD-003',
    asks: 'A successful update writes every byte of the stored representation that matters later.',
    passing:
      'Values updated into buffers of zeros and of other bytes were looked up and released alike.',
    look: 'preprocess_map_update_element: which bytes of out_value does it leave as they were?',
    applies: when(transforms, hasUpdate, createsMaps, hasValues),
    watch: provider.watchCompleteValue,
  },
  {
    id: 'CRUD-UPD-004',
    asks: 'update writes nothing outside out_value and its out_value_size bytes.',
    passing: 'The bytes around out_value were intact after every update.',
    look: 'preprocess_map_update_element: is more copied than actual_value_size says?',
    applies: updates,
    watch: watchOutBounds('update'),
  },
  {
    id: 'CRUD-UPD-005',
    asks: 'Without updates_original_value, out_value is NULL with size 0 and is not followed.',
    passing: 'Updates with out_value NULL came back.',
    look: 'preprocess_map_update_element: is out_value used without a check for NULL?',
    applies: when(storesAsGiven, hasUpdate, createsMaps, hasValues),
    watch: provider.watchNullOut,
  },
  {
    id: 'CRUD-UPD-006',
    asks: 'update changes neither in_value nor key and keeps no pointer to in_value, out_value or key.',
    passing:
      'Both were unchanged after each update, and buffers of finished calls were neither ' +
      'written nor read again.',
    look: 'preprocess_map_update_element: is in_value, which is const, converted in place or remembered?',
    applies: updates,
    watch: watchConstBuffers('update', 'key, in_value and out_value'),
  },
  {
    id: 'CRUD-UPD-007',
    asks: 'update reads no more than in_value_size bytes of in_value.',
    passing: 'Updates with values that end at the declared value size came back unharmed.',
    look: 'preprocess_map_update_element: is a structure of actual_value_size read from in_value?',
    applies: updates,
    watch: watchReadBounds('update', 'in_value'),
  },
  {
    id: 'CRUD-UPD-008',
    asks: 'An update that fails holds nothing: no delete callback will follow it.',
    passing:
      `Refused updates (invalid values, failed allocations, short values) left nothing ` +
      `behind. ${evidence}`,
    look: 'preprocess_map_update_element: are the allocations and references of its error paths undone?',
    applies: updates,
    watch: provider.watchRefusedUpdate,
  },
  {
    id: 'CRUD-UPD-009',
    asks: 'A delete callback with UPDATE and the new value undoes an update that the base map refused.',
    passing: `After rollbacks the books were as before and the entry in place was intact. ${evidence}`,
    look:
      'the delete callback with EBPF_MAP_OPERATION_UPDATE: is the value of the argument ' +
      'released, whatever the key?',
    applies: updatesAndDeletes,
    watch: watchLedger(['rollback'], 'a rollback releases the new value and nothing else'),
  },
  {
    id: 'CRUD-UPD-010',
    asks: 'On a replace exactly the displaced value is released, by the delete callback with UPDATE.',
    passing: `After replaces the old value was released once and the new one was intact. ${evidence}`,
    look:
      'the delete callback with EBPF_MAP_OPERATION_UPDATE, and whether the update callback ' +
      'releases old values itself.',
    applies: updatesAndDeletes,
    watch: watchLedger(
      ['replace'],
      'a replace releases the displaced value once and leaves the new one intact',
    ),
  },
  {
    id: 'CRUD-UPD-011',
    asks: 'The provider does not assume that an update inserts, or replaces, or has a certain option.',
    passing:
      `NOEXIST on an existing key left the old entry usable and held once; values were ` +
      `accepted for held keys as for new ones. ${evidence}`,
    look: 'preprocess_map_update_element: does it keep a table of keys and decide by it?',
    applies: updates,
    watch: provider.watchNoGuess,
  },
  {
    id: 'CRUD-UPD-012',
    asks: 'Values that the provider cannot accept are refused with a failure code.',
    passing:
      'Every invalid value that is known was refused; so was every value, or one that is held, where the profile ' +
      'declares that (userUpdate, duplicatesAllowed).',
    look: 'preprocess_map_update_element: is the value (a handle, an index) checked before it is stored?',
    applies: when(hasUpdate, createsMaps, hasValuesOrNeedsNone, knowsInvalidValues),
    isMustFor: promisesRefusals,
    watch: watchInvalidValues,
  },
  {
    id: 'CRUD-UPD-013',
    asks:
      'The same value may stand under several keys and be stored again: n accepted updates ' +
      'are balanced by n releases.',
    passing:
      `With a value under two keys, and stored again over itself, the resource stayed ` +
      `valid until its last release. ${evidence}`,
    look: 'reference counting: does a replace by the same value acquire before it releases?',
    applies: [...updatesAndDeletes, allowsDuplicates],
    watch: watchLedger(
      ['duplicate'],
      'a value stored n times is released n times and stays valid in between',
    ),
  },
  {
    id: 'CRUD-UPD-014',
    asks: "The provider's failure code reaches the caller and the base map stays as it was.",
    passing: 'Every refused update answered the code of the provider and changed nothing.',
    look: "the runtime's update after a failed callback.",
    applies: updates,
    watch: runtime.watchRefusal,
  },
  {
    id: 'CRUD-UPD-015',
    asks:
      'If the base map refuses after a successful update callback, one delete callback ' +
      'follows with UPDATE and the would-be value.',
    passing:
      'Updates refused for existing and missing keys, for want of space and for a bad option ' +
      'were rolled back once.',
    look: "the runtime's update: the path on which the base map refuses.",
    applies: updatesAndDeletes,
    watch: runtime.watchRollback,
  },
  {
    id: 'CRUD-UPD-016',
    asks:
      'A successful replace calls the delete callback once for the displaced value, with ' +
      'UPDATE, after the bucket lock is released.',
    passing: 'Every replace did so, every insert called none.',
    look: "the runtime's update: what happens with the displaced value.",
    applies: when(hasDelete, createsMaps, hasValues),
    watch: runtime.watchDisplacement,
  },
  {
    id: 'CRUD-UPD-017',
    asks: 'For user callers the update callback never runs under a spin lock.',
    passing: "Every update callback of a user's update ran at PASSIVE_LEVEL.",
    look: "the runtime's update: is the provider called before the bucket lock is taken?",
    applies: updates,
    watch: runtime.watchUpdateIrql,
  },
  {
    id: 'CRUD-UPD-018',
    asks: 'A batch update is its updates one by one, in order, up to the first that fails.',
    passing:
      'Batches called the update callback for each element in turn and stopped at the first refusal.',
    look: "the runtime's batch update.",
    applies: updates,
    watch: runtime.watchBatch,
  },
  {
    id: 'CRUD-UPD-019',
    asks:
      'Operations that hash maps do not have (update with handle, push, pop, peek, value ' +
      'address) are refused without calling the provider.',
    passing: 'All of them were refused, no element callback ran.',
    look: "the runtime's dispatch of operations for custom maps.",
    applies: when(createsMaps),
    watch: runtime.watchForeignOperations,
  },
  {
    id: 'CRUD-UPD-020',
    asks: 'The provider does not rely on the alignment of key and in_value.',
    passing: 'Updates, lookups and deletes with buffers at odd addresses came back.',
    look: 'the callbacks: is a buffer cast to a pointer to a wider type, where a copy is due?',
    applies: updates,
    watch: provider.watchMisaligned,
  },
  {
    id: 'CRUD-UPD-021',
    asks: 'Updates fail with EBPF_NO_MEMORY, EBPF_INVALID_ARGUMENT or EBPF_OPERATION_NOT_SUPPORTED.',
    passing: 'Every refusal that could be provoked had one of these codes.',
    look: 'preprocess_map_update_element: is an NTSTATUS returned, or a code of its own?',
    applies: updates,
    watch: provider.watchRefusalCodes,
  },
  {
    id: 'CRUD-UPD-022',
    asks: 'An update that fails for want of memory says EBPF_NO_MEMORY, so that callers can back off.',
    passing: 'Updates in which an allocation failed answered EBPF_NO_MEMORY or succeeded.',
    look: 'preprocess_map_update_element: which code do the paths for failed allocations return?',
    applies: updates,
    watch: provider.watchExhaustion,
  },
];
