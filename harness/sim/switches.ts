/**
 * Where runtimes may differ without a provider's consent, one independent switch each: what
 * document and shipped code say differently (docs/contract/CONTRADICTIONS.md), changes that are
 * pending upstream, and what an earlier runtime did. Off is the document's reading throughout.
 */
import type { DialectName } from '../trace/plan.ts';

/** One switch. Sources are of microsoft/ebpf-for-windows; `#n` is an issue or pull request. */
export type SwitchRow = {
  /** Contradictions that it settles. */
  about: readonly string[];
  /** `divergence`: shipped code differs; `pending`: a change to come; `past`: what once was. */
  kind: 'divergence' | 'pending' | 'past';
  sources: readonly string[];
  /** What holds while it is off, and while it is on; each completes "the runtime …". */
  off: string;
  on: string;
  /** Dialects in which it is on. */
  onIn: readonly DialectName[];
  /** What a run needs for a provider to notice it. */
  noticed: string;
};

const maps = 'libs/execution_context/ebpf_maps.c';
const shipped: readonly DialectName[] = ['as-shipped'];
const none: readonly DialectName[] = [];

/** Every switch, in the order of the contradictions, then of what is pending and past. */
export const SWITCHES = {
  neitherDeleteRefused: {
    about: ['C-02'],
    kind: 'divergence',
    sources: ['include/ebpf_extension.h (table comment)', 'docs/CustomMaps.md Provider Dispatch'],
    off: 'binds to a provider that has neither delete callback',
    on: 'refuses a provider that has neither delete callback',
    onIn: none,
    noticed: 'a map is created of a provider without delete callbacks',
  },
  crudCheckedAfterCreate: {
    about: ['C-03'],
    kind: 'divergence',
    sources: [`${maps}: ebpf_custom_map_create`],
    off: 'looks for missing CRUD callbacks before preprocess_map_create',
    on: 'finds missing CRUD callbacks after preprocess_map_create only',
    onIn: shipped,
    noticed: 'a map is created of a transforming provider that lacks a CRUD callback',
  },
  postDeleteBeforeRemoval: {
    about: ['C-05'],
    kind: 'divergence',
    sources: [`${maps}: pre_free_notification_supported`, '#5221', '#5224'],
    off: 'calls postprocess_map_delete_element after the entry was removed and unlocked',
    on: 'calls postprocess_map_delete_element before removal, where there is an update callback',
    onIn: shipped,
    noticed: 'an explicit delete, postprocess delete and update callback set',
  },
  preDeleteAfterRemoval: {
    about: ['C-06'],
    kind: 'divergence',
    sources: [`${maps}: pre_free_notification_supported`, 'libs/runtime/ebpf_hash_table.c'],
    off: 'calls preprocess_map_delete_element before removal',
    on: 'calls preprocess_map_delete_element after removal, where there is no update callback',
    onIn: shipped,
    noticed: 'an explicit delete, preprocess delete set, no update callback',
  },
  deleteUnderBucketLock: {
    about: ['C-05'],
    kind: 'divergence',
    sources: [`${maps}: _custom_hash_map_notification`, '#5147', '#5221'],
    off: 'calls a delete callback that comes before removal at the level of its caller',
    on: 'calls a delete callback that comes before removal at DISPATCH_LEVEL',
    onIn: shipped,
    noticed: 'an explicit delete by a user, notified before removal',
  },
  preprocessDeleteAtDispatch: {
    about: ['C-24'],
    kind: 'divergence',
    sources: ['docs/CustomMaps.md IRQL table and bullet list'],
    off: 'calls the deprecated delete of a transforming map at PASSIVE_LEVEL for users',
    on: 'calls the deprecated delete of a transforming map at DISPATCH_LEVEL for users too',
    onIn: shipped,
    noticed: 'an explicit delete by a user of a transforming map with preprocess delete',
  },
  cleanupUnderLock: {
    about: ['C-07'],
    kind: 'divergence',
    sources: [`${maps}: _clean_up_custom_hash_map`],
    off: "calls clean-up deletes at PASSIVE_LEVEL, without the map's lock",
    on: "calls clean-up deletes under the map's spin lock, at DISPATCH_LEVEL",
    onIn: shipped,
    noticed: 'a map that has entries ends',
  },
  cleanupEntryStored: {
    about: ['C-07'],
    kind: 'divergence',
    sources: [`${maps}: _clean_up_custom_hash_map`],
    off: 'removes an entry before its clean-up delete',
    on: 'still stores an entry in its clean-up delete',
    onIn: shipped,
    noticed: 'a map that has entries ends, and the provider looks its key up',
  },
  cleanupOutsideEpoch: {
    about: ['C-08'],
    kind: 'divergence',
    sources: ['libs/runtime/ebpf_object.c', maps, '#4906'],
    off: 'destroys maps inside an epoch',
    on: 'destroys maps outside any epoch',
    onIn: shipped,
    noticed: 'a map ends',
  },
  cleanupForeignProcess: {
    about: ['C-09'],
    kind: 'divergence',
    sources: ['libs/runtime/ebpf_object.c', '#5057', '#5059'],
    off: 'destroys maps in the process of their creator',
    on: 'destroys maps in a worker, in no process of a user',
    onIn: shipped,
    noticed: 'a map ends',
  },
  helperFindKeySizeZero: {
    about: ['C-10'],
    kind: 'divergence',
    sources: [`${maps}: ebpf_custom_map_find_entry`],
    off: 'passes the declared key size to find',
    on: 'passes key_size 0 to find for BPF programs',
    onIn: shipped,
    noticed: 'a lookup by a program, find callback set',
  },
  sizesUnchecked: {
    about: ['C-11'],
    kind: 'divergence',
    sources: [`${maps}: ebpf_map_find_entry and others`],
    off: 'refuses lengths that are not those of the map',
    on: 'carries out lookups with lengths that are not those of the map',
    onIn: shipped,
    noticed: 'a lookup by a user with another length',
  },
  findElementShippedCodes: {
    about: ['C-12'],
    kind: 'divergence',
    sources: ['include/ebpf_extension.h', `${maps}: _ebpf_custom_map_find_element`],
    off: 'answers find_element_function with KEY_NOT_FOUND and INVALID_OBJECT',
    on: 'answers find_element_function with OBJECT_NOT_FOUND and INVALID_ARGUMENT',
    onIn: shipped,
    noticed: 'the provider calls find_element_function in vain',
  },
  deleteAfterFailedCreate: {
    about: ['C-18'],
    kind: 'divergence',
    sources: [`${maps}: ebpf_custom_map_create (Done)`],
    off: 'forgets a map whose preprocess_map_create failed',
    on: 'calls postprocess_map_delete where a failing create had set *map_context',
    onIn: shipped,
    noticed: 'preprocess_map_create fails and has set *map_context',
  },
  rollbackWithoutUpdateCallback: {
    about: ['C-19'],
    kind: 'divergence',
    sources: [`${maps}: _ebpf_custom_map_update_hash_map_entry`, '#5054', '#5069'],
    off: 'rolls back only what an update callback has accepted',
    on: 'sends the rollback delete where there is no update callback as well',
    onIn: shipped,
    noticed: 'the base map refuses an update, delete callback set, no update callback',
  },
  noRollbackForPreDelete: {
    about: ['C-20'],
    kind: 'divergence',
    sources: ['include/ebpf_extension.h @note of the update callback'],
    off: 'rolls back through whichever delete callback there is',
    on: 'rolls back through postprocess_map_delete_element only',
    onIn: none,
    noticed: 'the base map refuses an update, preprocess delete set',
  },
  totalSizeJudged: {
    about: ['C-21'],
    kind: 'pending',
    sources: ['docs/eBpfExtensions.md 2.2', 'libs/shared/shared_common.c'],
    off: 'does not look at total_size of what a provider registers',
    on: 'refuses structures whose total_size is not their size with padding',
    onIn: none,
    noticed: 'a map is created of a provider with an odd total_size',
  },
  batchLookupsCarriedOut: {
    about: ['C-22'],
    kind: 'divergence',
    sources: [
      'docs/CustomMaps.md User-mode APIs',
      `${maps}: ebpf_map_get_next_key_and_value_batch`,
    ],
    off: 'refuses batches of lookups',
    on: 'carries batches of lookups out, with a find for each entry',
    onIn: none,
    noticed: 'a batch of lookups by a user',
  },
  nullKeyReachesUpdate: {
    about: ['C-25'],
    kind: 'divergence',
    sources: ['include/ebpf_extension.h', `${maps}: ebpf_map_push_entry`],
    off: 'refuses a push before any callback',
    on: "hands a program's push to the update callback with a NULL key, and rolls it back",
    onIn: none,
    noticed: 'a push by a program, update callback set, values stored as given',
  },
  deregistrationBlocks: {
    about: ['C-28'],
    kind: 'divergence',
    sources: [`${maps}: _ebpf_custom_map_client_detach_provider`, 'usersim src/nmr_impl.cpp'],
    off: 'lets NmrDeregisterProvider answer STATUS_PENDING while maps live',
    on: 'keeps NmrDeregisterProvider from returning while maps live',
    onIn: none,
    noticed: 'the provider deregisters while a client is bound',
  },
  deregistrationPends: {
    about: ['C-28'],
    kind: 'divergence',
    sources: ['Windows: NmrDeregisterProvider', 'usersim src/nmr_impl.cpp'],
    off: 'ends a deregistration at once where nothing is bound',
    on: 'answers STATUS_PENDING where nothing is bound as well',
    onIn: none,
    noticed: 'the provider deregisters while nothing is bound',
  },
  providerDetachFirst: {
    about: ['C-29', 'C-30'],
    kind: 'divergence',
    sources: ['Windows: Network Module Registrar', 'docs/CustomMaps.md Map Lifecycle'],
    off: 'detaches a provider when the map is gone',
    on: 'detaches a provider when it deregisters, before its maps are gone',
    onIn: ['detach-first'],
    noticed: 'the provider deregisters while a client is bound',
  },
  tableSizedByMaxEntries: {
    about: ['C-37'],
    kind: 'divergence',
    sources: [`${maps}: _ebpf_custom_map_create_hash_map`],
    off: 'makes tables grow with their entries',
    on: 'allocates tables for max_entries at once, and fails for counts that are too large',
    onIn: shipped,
    noticed: 'a map of 2^31 entries or more is created',
  },
  maxEntriesIsHint: {
    about: ['C-37'],
    kind: 'pending',
    sources: ['#3348', '#5520', '#5543'],
    off: 'stores max_entries entries and no more',
    on: 'takes max_entries for a hint and stores any number of entries',
    onIn: none,
    noticed: 'an insert into a full map',
  },
  preDeleteUnlocked: {
    about: ['C-05', 'C-24'],
    kind: 'pending',
    sources: ['#5186', '#5221'],
    off: 'calls preprocess_map_delete_element under the bucket lock',
    on: 'calls preprocess_map_delete_element after removal and unlocked, its answer unused',
    onIn: none,
    noticed: 'an explicit delete, preprocess delete set',
  },
  attachDuringRegistration: {
    about: [],
    kind: 'pending',
    sources: [`${maps}: ebpf_custom_map_create (NmrRegisterClient)`],
    off: 'attaches no client before NmrRegisterProvider has returned',
    on: 'attaches a client inside NmrRegisterProvider and detaches it there',
    onIn: none,
    noticed: 'the provider registers',
  },
  callbacksUnderMapLock: {
    about: ['C-34'],
    kind: 'past',
    sources: ['#5182', '#5186 (6061e0592)'],
    off: "calls update and delete callbacks outside the map's lock",
    on: "calls update and delete callbacks under the map's lock, at DISPATCH_LEVEL",
    onIn: none,
    noticed: 'an update or delete by a user',
  },
} as const satisfies Readonly<Record<string, SwitchRow>>;

export type SwitchName = keyof typeof SWITCHES;

/** All names, in the order of the table. */
export const SWITCH_NAMES = Object.keys(SWITCHES) as SwitchName[];

/** One row; the table's own type is narrower. */
export const switchRow = (name: SwitchName): SwitchRow => SWITCHES[name];
