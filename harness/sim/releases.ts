/**
 * Releases of eBPF for Windows as data: which switches hold in each, and where that was read. The
 * part of ebpf_maps.c about custom maps is the same text in all of them, which is why they agree.
 */
import { switchesOf } from './dialect.ts';
import { SWITCH_NAMES, type SwitchName } from './switches.ts';

/** What is known of a switch in a release. `null`: not found out. */
export type Known = { holds: boolean | null; where: string };

export type Release = {
  version: string;
  /** Commit of the tag (of main: the newest that was read), and its date. */
  commit: string;
  date: string;
  /** What is particular to it. */
  note: string;
  switches: Readonly<Record<SwitchName, Known>>;
};

const maps = 'libs/execution_context/ebpf_maps.c';
const table = 'libs/runtime/ebpf_hash_table.c';
const shared = 'libs/shared/shared_common.c';
const object = 'libs/runtime/ebpf_object.c';
const epoch = 'libs/runtime/ebpf_epoch.c';

/** Where each switch was read: the same functions in every release. `null`: not in this code. */
const READ_IN: Readonly<Record<SwitchName, string | null>> = {
  neitherDeleteRefused: `${shared}: _ebpf_validate_map_provider_dispatch_table`,
  crudCheckedAfterCreate: `${maps}: ebpf_custom_map_create`,
  postDeleteBeforeRemoval: `${maps}: ebpf_custom_map_create (pre_free_notification_supported)`,
  preDeleteAfterRemoval: `${maps}: ebpf_custom_map_create (pre_free_notification_supported)`,
  deleteUnderBucketLock: `${table}: _ebpf_hash_table_replace_bucket`,
  preprocessDeleteAtDispatch: `${table}: _ebpf_hash_table_replace_bucket`,
  cleanupUnderLock: `${maps}: _clean_up_custom_hash_map`,
  cleanupEntryStored: `${maps}: _clean_up_custom_hash_map`,
  cleanupOutsideEpoch: `${epoch}: _ebpf_epoch_work_item_callback`,
  cleanupForeignProcess: `${object}, ${epoch}: _ebpf_epoch_work_item_callback`,
  helperFindKeySizeZero: `${maps}: ebpf_custom_map_find_entry`,
  sizesUnchecked: `${maps}: ebpf_map_find_entry`,
  findElementShippedCodes: `${maps}: _ebpf_custom_map_find_element`,
  deleteAfterFailedCreate: `${maps}: ebpf_custom_map_create (Done)`,
  rollbackWithoutUpdateCallback: `${maps}: _ebpf_custom_map_update_hash_map_entry`,
  noRollbackForPreDelete: `${maps}: _invoke_delete_element_callback`,
  totalSizeJudged: `${shared}: ebpf_validate_map_provider_data`,
  batchLookupsCarriedOut: `${maps}: ebpf_map_get_next_key_and_value_batch`,
  nullKeyReachesUpdate: `${maps}: _ebpf_custom_map_update_hash_map_entry`,
  // What NmrDeregisterProvider answers is the registrar's to say, which is part of Windows.
  deregistrationBlocks: null,
  deregistrationPends: null,
  providerDetachFirst: null,
  tableSizedByMaxEntries: `${maps}: _ebpf_custom_map_create_hash_map`,
  maxEntriesIsHint: `${maps}: _ebpf_custom_map_create_hash_map (fixed size)`,
  preDeleteUnlocked: `${table}: _ebpf_hash_table_replace_bucket`,
  // It begins inside the registrar as well.
  attachDuringRegistration: null,
  callbacksUnderMapLock: `${maps}: _ebpf_custom_map_update_hash_map_entry`,
};

const notFoundOut: Known = { holds: null, where: 'not found out: the registrar is Windows' };
const observed = switchesOf('as-shipped');

const asShipped = Object.fromEntries(
  SWITCH_NAMES.map((name): [SwitchName, Known] => {
    const where = READ_IN[name];
    return [name, where === null ? notFoundOut : { holds: observed[name], where }];
  }),
) as Release['switches'];

/** The releases, the oldest first. */
export const RELEASES: readonly Release[] = [
  {
    version: '1.2.1',
    commit: '2ac2542c8',
    date: '2026-05-21',
    note:
      'its branch has #5186 and #5224 as 561b748a7, a cherry-pick of 2026-05-05: no release tag ' +
      'lies before 6061e0592 and 4eab69190',
    switches: asShipped,
  },
  {
    version: '1.3.0',
    commit: 'fe1ed176d',
    date: '2026-06-11',
    note: 'has 6061e0592 and 4eab69190 from main; sums in the hash table are checked for overflow',
    switches: asShipped,
  },
  {
    version: '1.4.0',
    commit: 'fc0e2f920',
    date: '2026-07-22',
    note: 'epochs pass over processors that cannot be scheduled; nothing of custom maps',
    switches: asShipped,
  },
  {
    version: '1.5.0',
    commit: 'fa32e02f9',
    date: '2026-08-18',
    note: 'total_size is judged in the new BTF-resolved functions, not in what providers register',
    switches: asShipped,
  },
  {
    version: 'main',
    commit: '0be2d1c3f',
    date: '2026-08-22',
    note: 'the commit that the contract was read at, and of the recordings',
    switches: asShipped,
  },
];

/** The release of a version; undefined where none has that name. */
export const releaseOf = (version: string): Release | undefined =>
  RELEASES.find((one) => one.version === version);

/** The switches of a release; what was not found out is off, as the document has it. */
export const switchesOfRelease = ({ switches }: Release): Record<SwitchName, boolean> =>
  Object.fromEntries(SWITCH_NAMES.map((name) => [name, switches[name].holds ?? false])) as Record<
    SwitchName,
    boolean
  >;
