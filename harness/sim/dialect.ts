/**
 * * Where the design document and the shipped code differ (docs/contract/CONTRADICTIONS.md), one
 * independent switch each. A dialect is a named set; the space between two dialects can be searched
 * switch by switch.
 */
import type { Conditions, DialectName } from '../trace/plan.ts';

/** Every switch with its source; true is the shipped behaviour. */
export const SWITCHES = {
  /**
   * C-05, C-06: an update callback, not the delete style, decides that explicit deletes are
   * notified before removal.
   */
  updateCallbackDecidesDeleteOrder: 'C-05',
  /** C-05: the delete callback of an explicit delete runs under the bucket lock at DISPATCH. */
  deleteUnderBucketLock: 'C-05',
  /** C-24: the deprecated delete of a transforming map runs at DISPATCH for user callers too. */
  preprocessDeleteAtDispatch: 'C-24',
  /** C-07: clean-up deletes run under the map's spin lock, the entry still stored. */
  cleanupUnderLock: 'C-07',
  /** C-08: destruction runs outside any epoch. */
  cleanupOutsideEpoch: 'C-08',
  /** C-09: destruction runs in a worker, not in the closing process. */
  cleanupForeignProcess: 'C-09',
  /** C-10: find from a BPF program gets key_size 0. */
  helperFindKeySizeZero: 'C-10',
  /** C-11: lengths given by the caller are not checked. */
  sizesUnchecked: 'C-11',
  /** C-12: find_element_function answers OBJECT_NOT_FOUND and INVALID_ARGUMENT. */
  findElementShippedCodes: 'C-12',
  /** C-18: a failed create that set *map_context is followed by postprocess_map_delete. */
  deleteAfterFailedCreate: 'C-18',
  /** C-19: a failed base write is rolled back even without an update callback. */
  rollbackWithoutUpdateCallback: 'C-19',
  /** C-03: missing CRUD callbacks are found out only after preprocess_map_create. */
  crudCheckedAfterCreate: 'C-03',
  /**
   * C-37: the base table is allocated for max_entries at once, and NO_MEMORY for counts that are
   * too large.
   */
  tableSizedByMaxEntries: 'C-37',
  /** C-16: actual_value_size starts uninitialised (else 0). */
  actualValueSizeUninitialised: 'C-16',
  /** B.8, UNLOAD-006: ProviderDetachClient comes before the client's own detach is complete. */
  providerDetachFirst: 'B.8',
} as const;

export type SwitchName = keyof typeof SWITCHES;
export type Dialect = Readonly<Record<SwitchName, boolean>>;

const all = (value: boolean): Record<SwitchName, boolean> =>
  Object.fromEntries(Object.keys(SWITCHES).map((name) => [name, value])) as Record<
    SwitchName,
    boolean
  >;

/** The named dialects. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  'as-documented': all(false),
  'as-shipped': { ...all(true), providerDetachFirst: false },
  'detach-first': { ...all(false), providerDetachFirst: true },
};

/** The switches of a run: its dialect with single switches on top. Throws on an unknown switch. */
export const dialectOf = (conditions: Conditions): Dialect => {
  const base = DIALECTS[conditions.dialect ?? 'as-documented'];
  for (const name of Object.keys(conditions.switches ?? {})) {
    if (!(name in SWITCHES)) throw new RangeError(`no dialect switch is named ${name}`);
  }
  return { ...base, ...conditions.switches } as Dialect;
};
