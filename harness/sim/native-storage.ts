/**
 * What native maps keep their elements in. One class per kind of the shipped runtime; the answers
 * are those of its functions in libs/execution_context/ebpf_maps.c, named at each class. Sizes,
 * callers and flags are checked before (native-map.ts).
 */
import type { MapOption } from '../trace/plan.ts';
import { BaseMap, type Entry } from './base-map.ts';
import type { MapDefinition } from './bound-map.ts';
import { PROCESSORS } from './native-types.ts';

export type Key = Uint8Array | null;

/** How a lookup is done: taking the element out, and for a program. */
export type Access = { remove: boolean; program: boolean };

export type Found =
  { result: 'EBPF_SUCCESS'; value: Uint8Array } | { result: string; value?: undefined };

export type NextKey =
  { result: 'EBPF_SUCCESS'; key: Uint8Array } | { result: string; key?: undefined };

export type Storage = {
  find(key: Key, access: Access): Found;
  /** `value` null: a new element of zeroes. Maps of objects have no such function. */
  update?(key: Key, value: Uint8Array | null, option: MapOption): string;
  remove?(key: Key): string;
  next?(key: Key): NextKey;
};

const invalid = 'EBPF_INVALID_ARGUMENT';

/**
 * _find_hash_map_entry, _update_hash_map_entry and kin: no limit of entries, whatever max_entries
 * says.
 */
export class HashStorage implements Storage {
  protected readonly base: BaseMap;
  private readonly valueSize: number;

  constructor(valueSize: number, nextVersion: () => number, maxEntries = 0) {
    this.valueSize = valueSize;
    this.base = new BaseMap(maxEntries, nextVersion);
  }

  find(key: Key, { remove }: Access): Found {
    if (!key) return { result: invalid };
    const entry = this.base.find(key);
    if (!entry) return { result: 'EBPF_OBJECT_NOT_FOUND' };
    if (remove) this.forget(entry);
    return { result: 'EBPF_SUCCESS', value: entry.value };
  }

  update(key: Key, value: Uint8Array | null, option: MapOption): string {
    if (!key) return invalid;
    const commit = this.base.update(key, value ?? new Uint8Array(this.valueSize), option);
    return commit.done ? 'EBPF_SUCCESS' : commit.result;
  }

  remove(key: Key): string {
    if (!key) return invalid;
    const entry = this.base.find(key);
    if (!entry) return 'EBPF_KEY_NOT_FOUND';
    this.forget(entry);
    return 'EBPF_SUCCESS';
  }

  next(key: Key): NextKey {
    const next = this.base.next(key);
    if (next === 'no-such-key') return { result: 'EBPF_KEY_NOT_FOUND' };
    if (next === 'no-more-keys') return { result: 'EBPF_NO_MORE_KEYS' };
    return { result: 'EBPF_SUCCESS', key: next.key };
  }

  protected forget(entry: Entry): void {
    this.base.remove(entry);
  }
}

/** Generations and partitions of a least-recently-used map (EBPF_LRU_*). */
const GENERATIONS = 10;
const PARTITIONS_MAX = 8;

/**
 * A use of an element; the lists hold uses, so that a replaced element's is not its successor's.
 */
type Use = { hex: string };

/**
 * _find_lru_hash_map_entry, _initialize_lru_entry, _reap_oldest_map_entry: elements just made or
 * read by a program are hot; more hot ones than the limit turn all cold; a full map loses its
 * coldest. All callers run on one processor here, so one partition's lists are enough.
 */
export class LruStorage extends HashStorage {
  private hot: Use[] = [];
  private cold: Use[] = [];
  private readonly uses = new Map<string, Use>();
  private readonly hotMax: number;

  constructor({ max_entries }: MapDefinition, valueSize: number, nextVersion: () => number) {
    super(valueSize, nextVersion, max_entries);
    const partitions = Math.min(PROCESSORS, PARTITIONS_MAX);
    this.hotMax = Math.max(Math.floor(Math.floor(max_entries / partitions) / GENERATIONS), 1);
  }

  override find(key: Key, access: Access): Found {
    const found = super.find(key, access);
    const use = key && !access.remove && access.program ? this.useOf(key) : undefined;
    if (use && this.cold.includes(use)) {
      this.drop(use);
      this.heat(use);
    }
    return found;
  }

  /**
   * The element is made before the table is asked, so that even a refused update ages the others.
   */
  override update(key: Key, value: Uint8Array | null, option: MapOption): string {
    if (!key || (typeof option === 'number' && option > 2)) return invalid;
    for (;;) {
      const before = this.useOf(key);
      const use = { hex: hexOf(key) };
      this.heat(use);
      const result = super.update(key, value, option);
      if (result === 'EBPF_SUCCESS') {
        if (before) this.drop(before);
        this.uses.set(use.hex, use);
        return result;
      }
      this.drop(use);
      const oldest = this.cold[0];
      if (result !== 'EBPF_OUT_OF_SPACE' || !oldest) return result;
      this.forget(this.base.find(bytesOf(oldest.hex))!);
    }
  }

  protected override forget(entry: Entry): void {
    super.forget(entry);
    const use = this.uses.get(entry.hex);
    if (use) this.drop(use);
    this.uses.delete(entry.hex);
  }

  private useOf(key: Uint8Array): Use | undefined {
    return this.uses.get(hexOf(key));
  }

  private heat(use: Use): void {
    this.hot.push(use);
    if (this.hot.length <= this.hotMax) return;
    this.cold.push(...this.hot);
    this.hot = [];
  }

  private drop(use: Use): void {
    this.hot = this.hot.filter((one) => one !== use);
    this.cold = this.cold.filter((one) => one !== use);
  }
}

/** The first four bytes of a key, whatever its size: arrays ask for no size at creation. */
const indexOf = (key: Uint8Array): number => {
  const bytes = new Uint8Array(4);
  bytes.set(key.subarray(0, 4));
  return new DataView(bytes.buffer).getUint32(0, true);
};

/** _find_array_map_entry, _update_array_map_entry, _next_array_map_key_and_value. */
export class ArrayStorage implements Storage {
  protected readonly definition: MapDefinition;
  private readonly valueSize: number;
  /** Elements that are not all zeroes any more. */
  private readonly elements = new Map<number, Uint8Array>();

  constructor(definition: MapDefinition, valueSize: number) {
    this.definition = definition;
    this.valueSize = valueSize;
  }

  find(key: Key, { remove }: Access): Found {
    if (!key || remove) return { result: invalid };
    const index = indexOf(key);
    if (index >= this.definition.max_entries) return { result: 'EBPF_OBJECT_NOT_FOUND' };
    return { result: 'EBPF_SUCCESS', value: this.element(index) };
  }

  /** Every element exists from the start: EBPF_NOEXIST never fits, any other option does. */
  update(key: Key, value: Uint8Array | null, option: MapOption): string {
    if (!key || option === 'EBPF_NOEXIST' || option === 1) return invalid;
    const index = indexOf(key);
    if (index >= this.definition.max_entries) return invalid;
    this.element(index)
      .fill(0)
      .set((value ?? new Uint8Array()).subarray(0, this.valueSize));
    return 'EBPF_SUCCESS';
  }

  remove(key: Key): string {
    if (!key || indexOf(key) >= this.definition.max_entries) return invalid;
    this.elements.delete(indexOf(key));
    return 'EBPF_SUCCESS';
  }

  next(key: Key): NextKey {
    const index = key ? (indexOf(key) + 1) >>> 0 : 0;
    if (index >= this.definition.max_entries) return { result: 'EBPF_NO_MORE_KEYS' };
    const bytes = new Uint8Array(Math.max(4, this.definition.key_size));
    new DataView(bytes.buffer).setUint32(0, index, true);
    return { result: 'EBPF_SUCCESS', key: bytes.subarray(0, this.definition.key_size) };
  }

  private element(index: number): Uint8Array {
    let element = this.elements.get(index);
    if (!element) this.elements.set(index, (element = new Uint8Array(this.valueSize)));
    return element;
  }
}

/**
 * _find_object_array_map_entry and kin. No object can be put in here, so every element stays empty.
 */
export class ObjectArrayStorage implements Storage {
  private readonly array: ArrayStorage;

  constructor(definition: MapDefinition) {
    this.array = new ArrayStorage(definition, 8);
  }

  find(key: Key, access: Access): Found {
    const { result } = this.array.find(key, access);
    return { result: result === 'EBPF_SUCCESS' ? 'EBPF_OBJECT_NOT_FOUND' : result };
  }

  /** _delete_array_map_entry_with_reference: a lookup first, and its answer where it fails. */
  remove(key: Key): string {
    return this.array.find(key, { remove: false, program: false }).result;
  }

  next(key: Key): NextKey {
    return this.array.next(key);
  }
}

/**
 * _find_circular_map_entry, _update_circular_map_entry: no keys, and nothing to delete or to list.
 */
export class CircularStorage implements Storage {
  private readonly definition: MapDefinition;
  private readonly last: boolean;
  private readonly values: Uint8Array[] = [];

  /** @param last A stack: the value put in last is the first to come out. */
  constructor(definition: MapDefinition, last: boolean) {
    this.definition = definition;
    this.last = last;
  }

  find(_key: Key, { remove }: Access): Found {
    const at = this.last ? this.values.length - 1 : 0;
    const value = this.values[at];
    if (!value) return { result: 'EBPF_OBJECT_NOT_FOUND' };
    if (remove) this.values.splice(at, 1);
    return { result: 'EBPF_SUCCESS', value };
  }

  /** BPF_EXIST is a bit here: it lets a new value take the oldest one's place in a full map. */
  update(_key: Key, value: Uint8Array | null, option: MapOption): string {
    if (!value) return invalid;
    const isFull = this.values.length >= this.definition.max_entries;
    const replaces = option === 'EBPF_EXIST' || (typeof option === 'number' && (option & 2) !== 0);
    if (isFull && !replaces) return 'EBPF_OUT_OF_SPACE';
    if (isFull) this.values.shift();
    this.values.push(value.slice(0, this.definition.value_size));
    return 'EBPF_SUCCESS';
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
