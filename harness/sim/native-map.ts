/**
 * One map of a type that the runtime implements itself: what its operations answer. Providers are
 * never asked (DISC-007). Which checks apply to whom is ebpf_map_find_entry, ebpf_map_update_entry
 * and kin in eBPF for Windows, libs/execution_context/ebpf_maps.c.
 */
import { BPF_MAP_TYPES } from '../abi/map-types.ts';
import type { MapOption, Operation } from '../trace/plan.ts';
import { toHex } from '../trace/recorder.ts';
import type { BaseMap } from './base-map.ts';
import type { MapDefinition } from './bound-map.ts';
import type { Answer } from './custom-map.ts';
import { ArrayStorage, CircularStorage, HashStorage, LruStorage } from './native-storage.ts';
import { ObjectArrayStorage, type Key, type Storage } from './native-storage.ts';
import { nativeType, storedValueSize } from './native-types.ts';

/** Bytes that the references of an operation stand for, and who calls. */
export type Given = {
  key: Key;
  value: Uint8Array | null;
  /** Size of the caller's buffer. */
  size: number;
  program: boolean;
};

const invalid: Answer = { result: 'EBPF_INVALID_ARGUMENT' };
const unsupported: Answer = { result: 'EBPF_OPERATION_NOT_SUPPORTED' };
/** Keys that a listing names at most; an array has all its elements from the start. */
const KEYS_MAX = 0x1_0000;

/** One native map. */
export class NativeMap {
  readonly definition: MapDefinition;
  /** Address of the runtime's map object: NULL at map_context_offset. */
  readonly address: bigint;
  private readonly storage: Storage | null;
  private readonly perCpu: boolean;
  /** Programs that may be put into a map of programs: those of the first type that came. */
  private programType: string | null = null;

  constructor(definition: MapDefinition, address: bigint, nextVersion: () => number) {
    this.definition = definition;
    this.address = address;
    this.perCpu = nativeType(definition.map_type).perCpu ?? false;
    this.storage = storageFor(definition, nextVersion);
  }

  /** Carries out an element operation; `given` holds the bytes its references stand for. */
  perform(operation: Operation, given: Given): Answer {
    const { storage, definition } = this;
    switch (operation.op) {
      case 'map_context':
        return { result: 'EBPF_SUCCESS', out: null };
      case 'find_element':
        return invalid;
      case 'effective_value_size':
        return { result: 'OK', out: definition.value_size };
      case 'info':
        return { result: 'EBPF_SUCCESS', out: { ...definition } };
      case 'value_address':
        return isArray(definition) ? { result: 'EBPF_SUCCESS' } : invalid;
      case 'associate':
        return { result: this.associate(operation.program_type) };
      default:
        return storage ? this.performElement(storage, operation, given) : unsupported;
    }
  }

  private performElement(storage: Storage, operation: Operation, given: Given): Answer {
    switch (operation.op) {
      case 'find':
        return this.find(storage, operation, given);
      case 'update':
        return this.update(storage, given, operation.option ?? 'EBPF_ANY');
      case 'delete':
        return { result: storage.remove?.(given.key) ?? unsupported.result };
      case 'next_key': {
        const next = storage.next?.(given.key);
        if (!next) return unsupported;
        return next.key ? { result: next.result, out: toHex(next.key) } : next;
      }
      case 'iterate':
        return storage.next
          ? { result: 'EBPF_NO_MORE_KEYS', out: keysOf(storage).map(toHex) }
          : unsupported;
      case 'batch':
        return this.batch(storage, operation.delete ?? false);
      case 'push':
        return this.push(storage, given);
      case 'pop':
      case 'peek':
        return this.take(storage, given, operation.op === 'pop');
      case 'update_with_handle':
        return this.updateWithHandle(given.key);
      default:
        return unsupported;
    }
  }

  /** Only users' sizes are checked, and those of all processors' values together count. */
  private fits(given: Given, keySize?: number): boolean {
    const { key_size } = this.definition;
    if (given.program) return true;
    return (keySize ?? key_size) === key_size && given.size === storedValueSize(this.definition);
  }

  private find(
    storage: Storage,
    { delete: remove, key_size }: Extract<Operation, { op: 'find' }>,
    given: Given,
  ): Answer {
    if (!this.fits(given, key_size)) return invalid;
    // A map of programs is not read from a program.
    if (given.program && nativeType(this.definition.map_type).holds === 'programs') return invalid;
    const found = storage.find(given.key, { remove: remove ?? false, program: given.program });
    if (!found.value) return found;
    // A program gets a pointer to its own processor's value: the first one's here.
    const seen = given.program ? found.value.subarray(0, this.definition.value_size) : found.value;
    return { result: found.result, out: toHex(seen) };
  }

  private update(storage: Storage, given: Given, option: MapOption): Answer {
    const { key, value, program } = given;
    // Maps without keys take none, not even one of no use to them.
    if (this.definition.key_size === 0 && key && key.length > 0) return invalid;
    if (!this.fits(given) || !value) return invalid;
    if (!storage.update) return unsupported;
    if (program && this.perCpu) return this.updatePerCpu(storage, key, value, option);
    return { result: storage.update(key, value.subarray(0, this.definition.value_size), option) };
  }

  /**
   * _update_entry_per_cpu: a program's update of an element that exists writes into it, whatever
   * the option asks; a new element is made of zeroes first.
   */
  private updatePerCpu(storage: Storage, key: Key, value: Uint8Array, option: MapOption): Answer {
    const access = { remove: false, program: false };
    let element = storage.find(key, access).value;
    if (!element) {
      const result = storage.update!(key, null, option);
      if (result !== 'EBPF_SUCCESS') return { result };
      element = storage.find(key, access).value;
    }
    element?.set(value.subarray(0, this.definition.value_size));
    return { result: element ? 'EBPF_SUCCESS' : 'EBPF_NO_MEMORY' };
  }

  /** An update without a key; only queues and stacks have a use for one. */
  private push(storage: Storage, given: Given): Answer {
    if (!this.fits(given)) return invalid;
    if (!storage.update) return unsupported;
    return { result: storage.update(null, given.value, 'EBPF_ANY') };
  }

  private take(storage: Storage, given: Given, remove: boolean): Answer {
    if (!this.fits(given)) return invalid;
    const found = storage.find(null, { remove, program: given.program });
    return found.value ? { result: found.result, out: toHex(found.value) } : found;
  }

  /** ebpf_map_get_next_key_and_value_batch into a buffer that is large enough for everything. */
  private batch(storage: Storage, remove: boolean): Answer {
    if (!storage.next || !storage.remove) return unsupported;
    const keys = keysOf(storage);
    if (remove) for (const key of keys) storage.remove(key);
    return { result: keys.length > 0 ? 'EBPF_SUCCESS' : 'EBPF_NO_MORE_KEYS' };
  }

  /** No handle of a simulated run stands for an object. */
  private updateWithHandle(key: Key): Answer {
    if (!nativeType(this.definition.map_type).holds) return unsupported;
    const index = key ? new DataView(key.buffer, key.byteOffset, 4).getUint32(0, true) : 0;
    return index < this.definition.max_entries ? { result: 'EBPF_INVALID_FD' } : invalid;
  }

  /** _associate_program_with_prog_array_map; the other types take every program. */
  private associate(programType: string): string {
    if (nativeType(this.definition.map_type).holds !== 'programs') return 'EBPF_SUCCESS';
    this.programType ??= programType;
    return this.programType === programType ? 'EBPF_SUCCESS' : 'EBPF_INVALID_FD';
  }
}

const isArray = ({ map_type }: MapDefinition): boolean =>
  BPF_MAP_TYPES[map_type] === 'BPF_MAP_TYPE_ARRAY';

const storageFor = (definition: MapDefinition, nextVersion: () => number): Storage | null => {
  const size = storedValueSize(definition);
  switch (nativeType(definition.map_type).storage) {
    case 'hash':
      return new HashStorage(size, nextVersion);
    case 'lru':
      return new LruStorage(definition, size, nextVersion);
    case 'array':
      return new ArrayStorage(definition, size);
    case 'objects':
      return new ObjectArrayStorage(definition);
    case 'circular':
      return new CircularStorage(
        definition,
        BPF_MAP_TYPES[definition.map_type] === 'BPF_MAP_TYPE_STACK',
      );
    case 'none':
      return null;
  }
};

const keysOf = (storage: Storage): Uint8Array[] => {
  const keys: Uint8Array[] = [];
  for (let key: Key = null; keys.length < KEYS_MAX;) {
    key = storage.next?.(key).key ?? null;
    if (!key) break;
    keys.push(key);
  }
  return keys;
};

/** The key after `key` in table order; NULL asks for the first. */
export const nextKey = (base: BaseMap, key: Uint8Array | null): Answer => {
  const next = base.next(key);
  if (next === 'no-such-key') return { result: 'EBPF_KEY_NOT_FOUND' };
  if (next === 'no-more-keys') return { result: 'EBPF_NO_MORE_KEYS' };
  return { result: 'EBPF_SUCCESS', out: next.hex };
};
