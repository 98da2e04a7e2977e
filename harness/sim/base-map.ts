/** The hash base map: entries by key bytes, max_entries, ANY/NOEXIST/EXIST. Calls no provider. */
import type { EbpfResult } from '../abi/result.ts';
import type { MapOption } from '../trace/plan.ts';
import { toHex } from '../trace/recorder.ts';

/**
 * A stored entry. `version` is unique over the run, so that two values of one key can be told
 * apart.
 */
export type Entry = { key: Uint8Array; hex: string; value: Uint8Array; version: number };

export type Commit =
  { done: true; displaced: Entry | null; entry: Entry } | { done: false; result: EbpfResult };

export class BaseMap {
  readonly maxEntries: number;
  private readonly entries = new Map<string, Entry>();
  private readonly nextVersion: () => number;
  private readonly isBounded: () => boolean;

  /**
   * @param maxEntries 0 means unbounded, as shipped (C-37).
   * @param isBounded asked when the map is full: whether that refuses an insert
   */
  constructor(maxEntries: number, nextVersion: () => number, isBounded = (): boolean => true) {
    this.maxEntries = maxEntries;
    this.nextVersion = nextVersion;
    this.isBounded = isBounded;
  }

  get size(): number {
    return this.entries.size;
  }

  find(key: Uint8Array): Entry | undefined {
    return this.entries.get(toHex(key));
  }

  /** Stores a copy of `value`, or says why not (results as observed: 8, 19, 29, 6). */
  update(key: Uint8Array, value: Uint8Array, option: MapOption): Commit {
    if (typeof option === 'number' && (option < 0 || option > 2)) {
      return { done: false, result: 'EBPF_INVALID_ARGUMENT' };
    }
    const hex = toHex(key);
    const displaced = this.entries.get(hex) ?? null;
    if (displaced && (option === 'EBPF_NOEXIST' || option === 1)) {
      return { done: false, result: 'EBPF_OBJECT_ALREADY_EXISTS' };
    }
    if (!displaced && (option === 'EBPF_EXIST' || option === 2)) {
      return { done: false, result: 'EBPF_KEY_NOT_FOUND' };
    }
    const isFull = this.maxEntries !== 0 && this.entries.size >= this.maxEntries;
    if (!displaced && isFull && this.isBounded()) {
      return { done: false, result: 'EBPF_OUT_OF_SPACE' };
    }
    const entry = { key: key.slice(), hex, value: value.slice(), version: this.nextVersion() };
    this.entries.set(hex, entry);
    return { done: true, displaced, entry };
  }

  /** Removes this very entry; false when it is not stored any more. */
  remove(entry: Entry): boolean {
    if (this.entries.get(entry.hex) !== entry) return false;
    return this.entries.delete(entry.hex);
  }

  first(): Entry | undefined {
    return this.entries.values().next().value;
  }

  /**
   * The key after `key` in table order; null = from the start. Undefined: no such key or no more.
   */
  next(key: Uint8Array | null): Entry | 'no-such-key' | 'no-more-keys' {
    const all = [...this.entries.values()];
    if (key === null) return all[0] ?? 'no-more-keys';
    const at = all.findIndex((entry) => entry.hex === toHex(key));
    return at < 0 ? 'no-such-key' : (all[at + 1] ?? 'no-more-keys');
  }

  all(): Entry[] {
    return [...this.entries.values()];
  }
}
