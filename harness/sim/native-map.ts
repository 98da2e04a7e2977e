/**
 * Map types that the runtime implements itself, as far as recordings of custom maps meet them: what
 * creation answers, and plain hash and array storage. Providers are never asked (DISC-007).
 */
import { BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_HASH } from '../abi/map-types.ts';
import type { MapOption, Operation } from '../trace/plan.ts';
import { toHex } from '../trace/recorder.ts';
import { BaseMap } from './base-map.ts';
import type { MapDefinition } from './bound-map.ts';
import type { Answer } from './custom-map.ts';

/** Members of the definition that native types look at and custom ones ignore. */
export type CreationExtras = { name_length?: number; inner_map?: boolean };

const UNSPEC = 0;
const HASHES = new Set([BPF_MAP_TYPE_HASH, 4, 8, 11]);
const ARRAYS = new Set([BPF_MAP_TYPE_ARRAY, 5]);
const PROGRAM_ARRAY = 3;
const MAPS_OF_MAPS = new Set([6, 7]);
/** Queue and stack: they have no keys. */
const KEYLESS = new Set([10, 12]);
const NAME_LENGTH_MAX = 63;
const INDEX_SIZE = 4;

/** What creating a native map (or type 0) answers. */
export const createNative = (definition: MapDefinition, extras: CreationExtras): string => {
  const { map_type, key_size, value_size, max_entries } = definition;
  if ((extras.name_length ?? 0) > NAME_LENGTH_MAX) return 'EBPF_INVALID_ARGUMENT';
  if (KEYLESS.has(map_type)) {
    return key_size === 0 && value_size !== 0 && max_entries !== 0
      ? 'EBPF_SUCCESS'
      : 'EBPF_INVALID_ARGUMENT';
  }
  if (key_size === 0 || value_size === 0 || max_entries === 0) return 'EBPF_INVALID_ARGUMENT';
  if (map_type === UNSPEC) return 'EBPF_OPERATION_NOT_SUPPORTED';
  // Without a valid handle of an inner map; none exists in a simulated run.
  if (MAPS_OF_MAPS.has(map_type)) return 'EBPF_INVALID_FD';
  if (extras.inner_map) return 'EBPF_INVALID_ARGUMENT';
  const indexed = ARRAYS.has(map_type) || map_type === PROGRAM_ARRAY;
  return indexed && key_size !== INDEX_SIZE ? 'EBPF_INVALID_ARGUMENT' : 'EBPF_SUCCESS';
};

type Keyed = { key: Uint8Array | null };

/** One native map. Only hashes and arrays store; the others refuse. */
export class NativeMap {
  readonly definition: MapDefinition;
  /** Address of the runtime's map object: NULL at map_context_offset. */
  readonly address: bigint;
  private readonly base: BaseMap | null;

  constructor(definition: MapDefinition, address: bigint, nextVersion: () => number) {
    this.definition = definition;
    this.address = address;
    const stores = HASHES.has(definition.map_type) || ARRAYS.has(definition.map_type);
    this.base = stores ? new BaseMap(definition.max_entries, nextVersion) : null;
  }

  /** Carries out an element operation; `given` holds the bytes its references stand for. */
  perform(
    operation: Operation,
    given: Keyed & { value: Uint8Array | null; buffer: Uint8Array },
  ): Answer {
    const { base } = this;
    if (operation.op === 'map_context') return { result: 'EBPF_SUCCESS', out: null };
    if (operation.op === 'find_element') return { result: 'EBPF_INVALID_ARGUMENT' };
    if (operation.op === 'effective_value_size')
      return { result: 'OK', out: this.definition.value_size };
    if (!base) return { result: 'EBPF_OPERATION_NOT_SUPPORTED' };
    switch (operation.op) {
      case 'find':
        return this.find(base, given, operation.delete ?? false);
      case 'update':
        return this.update(base, given, operation.option ?? 'EBPF_ANY');
      case 'delete':
        return this.remove(base, given);
      case 'next_key':
        return nextKey(base, given.key);
      case 'iterate':
        return { result: 'EBPF_NO_MORE_KEYS', out: base.all().map((entry) => entry.hex) };
      case 'push':
      case 'pop':
      case 'peek':
        return { result: 'EBPF_INVALID_ARGUMENT' };
      default:
        return { result: 'EBPF_OPERATION_NOT_SUPPORTED' };
    }
  }

  /** An array has all its elements from the start, zeroed. */
  private fill(base: BaseMap, key: Uint8Array): void {
    const { map_type, max_entries, value_size } = this.definition;
    if (!ARRAYS.has(map_type) || base.find(key)) return;
    const index = new DataView(key.buffer, key.byteOffset, key.length).getUint32(0, true);
    if (index < max_entries) base.update(key, new Uint8Array(value_size), 'EBPF_ANY');
  }

  private find(
    base: BaseMap,
    { key, buffer }: Keyed & { buffer: Uint8Array },
    remove: boolean,
  ): Answer {
    if (!key) return { result: 'EBPF_INVALID_ARGUMENT' };
    this.fill(base, key);
    const entry = base.find(key);
    if (!entry) return { result: 'EBPF_OBJECT_NOT_FOUND' };
    buffer.set(entry.value.subarray(0, buffer.length));
    if (remove) base.remove(entry);
    return { result: 'EBPF_SUCCESS', out: toHex(buffer) };
  }

  private update(
    base: BaseMap,
    { key, value }: Keyed & { value: Uint8Array | null },
    option: MapOption,
  ): Answer {
    if (!key || !value) return { result: 'EBPF_INVALID_ARGUMENT' };
    this.fill(base, key);
    const commit = base.update(key, value.subarray(0, this.definition.value_size), option);
    return { result: commit.done ? 'EBPF_SUCCESS' : commit.result };
  }

  private remove(base: BaseMap, { key }: Keyed): Answer {
    if (!key) return { result: 'EBPF_INVALID_ARGUMENT' };
    const entry = base.find(key);
    if (!entry) return { result: 'EBPF_KEY_NOT_FOUND' };
    base.remove(entry);
    return { result: 'EBPF_SUCCESS' };
  }
}

/** The key after `key` in table order; NULL asks for the first. */
export const nextKey = (base: BaseMap, key: Uint8Array | null): Answer => {
  const next = base.next(key);
  if (next === 'no-such-key') return { result: 'EBPF_KEY_NOT_FOUND' };
  if (next === 'no-more-keys') return { result: 'EBPF_NO_MORE_KEYS' };
  return { result: 'EBPF_SUCCESS', out: next.hex };
};
