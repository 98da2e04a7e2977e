/**
 * Map types that the runtime implements itself: what each is made of, and what creating one
 * answers. Facts from eBPF for Windows, libs/execution_context/ebpf_maps.c:
 * ebpf_map_metadata_tables, ebpf_map_create and the _create_*_map functions. Storage is
 * native-storage.ts.
 */
import { BPF_MAP_TYPES } from '../abi/map-types.ts';
import type { MapDefinition } from './bound-map.ts';

/** Members of the definition that native types look at and custom ones ignore. */
export type CreationExtras = { name_length?: number; inner_map?: boolean };

type NativeType = {
  storage: 'hash' | 'lru' | 'array' | 'objects' | 'circular' | 'none';
  /** A value for each processor; user callers see all of them at once. */
  perCpu?: true;
  /** Values are objects, put in by handle only. */
  holds?: 'programs' | 'maps';
};

/** By id, in the order of the enum. */
const TYPES: Readonly<Record<string, NativeType>> = {
  BPF_MAP_TYPE_HASH: { storage: 'hash' },
  BPF_MAP_TYPE_ARRAY: { storage: 'array' },
  BPF_MAP_TYPE_PROG_ARRAY: { storage: 'objects', holds: 'programs' },
  BPF_MAP_TYPE_PERCPU_HASH: { storage: 'hash', perCpu: true },
  BPF_MAP_TYPE_PERCPU_ARRAY: { storage: 'array', perCpu: true },
  BPF_MAP_TYPE_HASH_OF_MAPS: { storage: 'none', holds: 'maps' },
  BPF_MAP_TYPE_ARRAY_OF_MAPS: { storage: 'none', holds: 'maps' },
  BPF_MAP_TYPE_LRU_HASH: { storage: 'lru' },
  BPF_MAP_TYPE_QUEUE: { storage: 'circular' },
  BPF_MAP_TYPE_LRU_PERCPU_HASH: { storage: 'lru', perCpu: true },
  BPF_MAP_TYPE_STACK: { storage: 'circular' },
};

/** Facts of a native type; types that no recording could use (trie, ring buffers) store nothing. */
export const nativeType = (map_type: number): NativeType =>
  TYPES[BPF_MAP_TYPES[map_type] ?? ''] ?? { storage: 'none' };

/** Processors of the simulated machine; as on the recording one, more than one. */
export const PROCESSORS = 8;

const UNSPEC = 0;
const NAME_LENGTH_MAX = 63;
/** Size of the id that stands for an object in a map of objects. */
const ID_SIZE = 4;
/** Largest array, in bytes (EBPF_MAP_MAXIMUM_ALLOCATION). */
const ARRAY_BYTES_MAX = 2 ** 37;
/** Arrays and tables of more elements than this cannot be had in a simulated run. */
const ELEMENTS_MAX = 0x7fff_ffff;

/**
 * Bytes of one element as stored: for each processor one value, padded to eight (ebpf_map_create).
 */
export const storedValueSize = ({ map_type, value_size }: MapDefinition): number =>
  nativeType(map_type).perCpu ? PROCESSORS * 8 * Math.ceil(value_size / 8) : value_size;

/** What creating a native map (or type 0) answers. */
export const createNative = (definition: MapDefinition, extras: CreationExtras): string => {
  const { map_type, key_size, value_size, max_entries } = definition;
  const { storage, holds } = nativeType(map_type);
  if (key_size === 0 && storage !== 'circular') return 'EBPF_INVALID_ARGUMENT';
  if (value_size === 0 || max_entries === 0) return 'EBPF_INVALID_ARGUMENT';
  if (storedValueSize(definition) > 0xffff_ffff) return 'EBPF_ARITHMETIC_OVERFLOW';
  if ((extras.name_length ?? 0) > NAME_LENGTH_MAX) return 'EBPF_INVALID_ARGUMENT';
  if (map_type === UNSPEC) return 'EBPF_OPERATION_NOT_SUPPORTED';
  if (holds) {
    // Without a valid handle of an inner map; none exists in a simulated run
    // (_associate_inner_map).
    if (value_size !== ID_SIZE) return 'EBPF_INVALID_ARGUMENT';
    if (holds === 'maps') return 'EBPF_INVALID_FD';
  } else if (extras.inner_map) return 'EBPF_INVALID_ARGUMENT';
  if (storage === 'circular' && key_size !== 0) return 'EBPF_INVALID_ARGUMENT';
  const isArray = storage === 'array' || storage === 'objects';
  const bytes = max_entries * (holds ? 8 : storedValueSize(definition));
  if (isArray && bytes > ARRAY_BYTES_MAX) return 'EBPF_INVALID_ARGUMENT';
  return max_entries > ELEMENTS_MAX ? 'EBPF_NO_MEMORY' : 'EBPF_SUCCESS';
};
