/**
 * Values that a provider accepted, how they end, and what does not add up. The ledger is
 * value-ledger.ts.
 */

/** What an act of the provider was; an act can be several. */
export type Tag =
  | 'accepted'
  | 'failed-update'
  | 'replace'
  | 'rollback'
  | 'rollback-on-existing'
  | 'delete'
  | 'rejected-delete'
  | 'find'
  | 'duplicate'
  | 'filled'
  | 'flag-set'
  | 'unknown-flag'
  | 'by-key';

/** How a value that was accepted ended. */
export type Fate = 'held' | 'failed' | 'rolled-back' | 'displaced' | 'deleted' | 'unsure';

/**
 * Whether a value was to be released before its map ended: what it leaves is a matter of that
 * release.
 */
export const isGoneBefore = (fate: Fate | undefined): boolean =>
  fate === 'rolled-back' || fate === 'displaced' || fate === 'failed';

export type HeldValue = {
  call: number;
  op: number;
  map: string;
  key: string | null;
  given: string;
  stored: string;
  fate: Fate;
  /** Another value with the same bytes was held when it came. */
  duplicate: boolean;
  /** out_value was filled with another byte than zero before the update. */
  filled: boolean;
  /** Flags of the delete callback that ended it; null before. */
  ending: number | null;
  /** A delete of it was rejected. */
  rejected: boolean;
};

/** Something that does not add up. */
export type Suspicion = { tags: ReadonlySet<Tag>; seq: number; call: number; saw: string };
