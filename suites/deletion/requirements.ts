/** CRUD-DEL: letting go of a value. */
import { except, type Condition, type Requirement } from '../../harness/index.ts';
import {
  createsMaps,
  hasDelete,
  hasNoUpdate,
  hasUpdate,
  hasValues,
  isPostprocess,
  isPreprocess,
  storesAsGiven,
  when,
} from '../applies.ts';
import { watchLedger } from '../blame.ts';
import { declares } from '../declares.ts';
import { watchConstBuffers, watchReadBounds } from '../element-damage.ts';
import * as provider from './monitors.ts';
import { deletesUnderTheLock, rejectsInVain } from '../shipped-reading.ts';
import * as runtime from './monitors-runtime.ts';

const deletes = when(hasDelete, createsMaps, hasValues);
const preprocess = when(isPreprocess, createsMaps, hasValues);
const updatesAndDeletes = when(hasUpdate, hasDelete, createsMaps, hasValues);

const rejectsDeletes: Condition = {
  holds: ({ profile }) => profile.deleteMayReject,
  otherwise: [{ by: 'occasion', on: 'deleteMayReject', why: 'the provider rejected no delete' }],
};

/** One that refuses every explicit delete releases nothing for any: that only a declaration excuses. */
const grantsDeletes: Condition = {
  holds: (subject) => !subject.profile.deleteMayReject || declares(subject, 'deleteMayReject'),
  otherwise: [
    {
      by: 'probed',
      on: 'deleteMayReject',
      why: 'every explicit delete was refused: if that is meant, declare deleteMayReject: true',
    },
  ],
};

const evidence =
  "By the provider's own counter where it has one, by blocks and references left at unload, by " +
  'double releases and by what lookups show.';

export const requirements: readonly Requirement[] = [
  {
    id: 'CRUD-DEL-001',
    asks:
      'An explicit delete of a key that is there calls the delete callback once, with the ' +
      'stored bytes and flags 0 (HELPER from a program).',
    passing: 'Every successful delete did.',
    look: "the runtime's delete: arguments and number of notifications.",
    applies: deletes,
    watch: runtime.watchExplicitDelete,
  },
  {
    id: 'CRUD-DEL-002',
    asks: 'No delete callback is called for a key that is not there.',
    passing: 'Deletes of missing keys failed without a callback.',
    look: "the runtime's delete of missing keys.",
    applies: when(createsMaps),
    watch: runtime.watchAbsentKey,
  },
  {
    id: 'CRUD-DEL-003',
    asks: 'postprocess_map_delete_element comes after the entry was removed and the bucket lock released.',
    passing:
      'It ran without locks, at PASSIVE_LEVEL for users, and the key was not found from inside it.',
    look:
      "the runtime's delete: is the notification sent after the bucket is unlocked, " +
      'whatever other callbacks there are?',
    applies: [isPostprocess, ...deletes],
    watch: runtime.watchAfterRemoval,
    readings: { 'as-shipped': except(runtime.watchAfterRemoval, deletesUnderTheLock) },
  },
  {
    id: 'CRUD-DEL-004',
    asks:
      'preprocess_map_delete_element comes before removal; if it fails the entry stays and ' +
      'its code is the answer.',
    passing: 'Rejected deletes answered the code of the provider and the entry was still found.',
    look: "the runtime's delete with the deprecated callback: is its result used?",
    applies: preprocess,
    watch: runtime.watchRejection,
    readings: { 'as-shipped': except(runtime.watchRejection, rejectsInVain) },
  },
  {
    id: 'CRUD-DEL-005',
    asks: 'A preprocess delete that fails with UPDATE or MAP_CLEANUP does not fail the operation.',
    passing: 'Operations went on after such failures.',
    look: "the runtime's replace, rollback and clean-up: is the result of the delete callback ignored?",
    applies: preprocess,
    watch: runtime.watchIgnoredFailure,
  },
  {
    id: 'CRUD-DEL-006',
    asks: 'preprocess_map_delete_element does not fail when UPDATE or MAP_CLEANUP is set.',
    passing: 'It answered EBPF_SUCCESS on every replace, rollback and clean-up.',
    look: 'preprocess_map_delete_element: is the check that may reject skipped for UPDATE and MAP_CLEANUP?',
    applies: preprocess,
    watch: provider.watchNoRefusal,
  },
  {
    id: 'CRUD-DEL-007',
    asks:
      'The delete callback releases the resource of its value argument in every combination ' +
      'of flags that can reach it.',
    passing:
      `Values deleted with 0, UPDATE, MAP_CLEANUP and, where programs may use the map, ` +
      `HELPER and HELPER|UPDATE were released. ${evidence}`,
    look: 'the delete callback: which flags lead past the release?',
    applies: [...deletes, grantsDeletes],
    watch: provider.watchRelease,
  },
  {
    id: 'CRUD-DEL-008',
    asks: 'A rejected delete releases nothing.',
    passing: `After rejections lookups still worked and a later delete released the value once. ${evidence}`,
    look: 'preprocess_map_delete_element: is the decision made before anything is released?',
    applies: when(isPreprocess, hasUpdate, hasValues, rejectsDeletes),
    watch: watchLedger(['rejected-delete'], 'a rejected delete releases nothing'),
  },
  {
    id: 'CRUD-DEL-009',
    asks:
      'What to release is told by the value, not by the key: old, new and rolled-back ' +
      'values of one key arrive interleaved.',
    passing:
      `With two values of one key under way the right one was released each time, and ` +
      `lookups followed the value handed over. ${evidence}`,
    look: 'is there a table by key? Everything a callback needs is in the value argument.',
    applies: updatesAndDeletes,
    watch: watchLedger(
      ['by-key'],
      'callbacks act on the value they are handed, not on what they remember of the key',
      ['rollback', 'replace', 'delete'],
    ),
  },
  {
    id: 'CRUD-DEL-010',
    asks: 'Delete neither changes nor frees the value buffer or the key, and keeps no pointer to them.',
    passing:
      'Both were unchanged after each delete, and buffers of finished calls were neither ' +
      'written nor read again.',
    look: 'the delete callback: is the buffer freed or scrubbed instead of what it refers to?',
    applies: deletes,
    watch: watchConstBuffers('delete', 'value and key'),
  },
  {
    id: 'CRUD-DEL-011',
    asks: 'Delete reads no more than value_size bytes of value and key_size bytes of key.',
    passing: 'Deletes with buffers that end at the stated sizes came back unharmed.',
    look: 'the delete callback: is a larger structure read from value?',
    applies: deletes,
    watch: watchReadBounds('delete', 'value and key'),
  },
  {
    id: 'CRUD-DEL-012',
    asks: 'Delete copes with key NULL.',
    passing: 'Direct calls with key NULL and a real value came back.',
    look: 'the delete callback: is key followed without a check?',
    applies: deletes,
    watch: provider.watchNullKey,
  },
  {
    id: 'CRUD-DEL-013',
    asks:
      'A provider with a delete but no update callback tolerates a delete with UPDATE for a ' +
      'value it never heard of.',
    passing: 'Such calls came back and the counter, if there is one, did not fall below zero.',
    look: 'the delete callback: does it expect every value to have been announced?',
    applies: when(hasNoUpdate, storesAsGiven, hasDelete, createsMaps),
    watch: provider.watchUnannounced,
  },
  {
    id: 'CRUD-DEL-014',
    asks:
      'Map destruction calls the delete callback once per remaining entry with flags ' +
      'exactly MAP_CLEANUP.',
    passing: 'Closing maps with known contents did.',
    look: "the runtime's clean-up of a map.",
    applies: deletes,
    watch: runtime.watchCleanup,
  },
  {
    id: 'CRUD-DEL-015',
    asks:
      'preprocess_map_delete_element answers EBPF_SUCCESS, EBPF_KEY_NOT_FOUND or ' +
      'EBPF_OPERATION_NOT_SUPPORTED.',
    passing: 'It answered nothing else.',
    look: 'preprocess_map_delete_element: which codes does it return?',
    applies: preprocess,
    watch: provider.watchDeleteCodes,
  },
  {
    id: 'CRUD-DEL-016',
    asks:
      'preprocess_map_delete_element does not wait or block: it may run under a spin lock ' +
      'of the runtime.',
    passing:
      'No wait and no routine for lower IRQLs was seen in it at DISPATCH_LEVEL; only interposed ' +
      'routines are seen.',
    look: 'preprocess_map_delete_element: mutexes, waits, pageable code and data.',
    applies: when(isPreprocess, storesAsGiven, createsMaps, hasValues),
    watch: provider.watchNoWait,
  },
  {
    id: 'CRUD-DEL-017',
    asks: 'An unexpected value_size does no harm.',
    passing: 'Direct calls with value_size 0 came back without harm.',
    look: 'the delete callback: is value_size checked before the value is read?',
    applies: deletes,
    watch: provider.watchOddValueSize,
  },
];
