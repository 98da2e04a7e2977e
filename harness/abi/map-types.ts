/**
 * * bpf_map_type of Windows: one dense enum for built-in and custom types
 * (docs/contract/LAYOUTS.md, ENUM-001, ENUM-003).
 */

/** Names in value order: the index is the id. */
export const BPF_MAP_TYPES = [
  'BPF_MAP_TYPE_UNSPEC',
  'BPF_MAP_TYPE_HASH',
  'BPF_MAP_TYPE_ARRAY',
  'BPF_MAP_TYPE_PROG_ARRAY',
  'BPF_MAP_TYPE_PERCPU_HASH',
  'BPF_MAP_TYPE_PERCPU_ARRAY',
  'BPF_MAP_TYPE_HASH_OF_MAPS',
  'BPF_MAP_TYPE_ARRAY_OF_MAPS',
  'BPF_MAP_TYPE_LRU_HASH',
  'BPF_MAP_TYPE_LPM_TRIE',
  'BPF_MAP_TYPE_QUEUE',
  'BPF_MAP_TYPE_LRU_PERCPU_HASH',
  'BPF_MAP_TYPE_STACK',
  'BPF_MAP_TYPE_RINGBUF',
  'BPF_MAP_TYPE_PERF_EVENT_ARRAY',
  'BPF_MAP_TYPE_SAMPLE_HASH_MAP',
  'BPF_MAP_TYPE_XSKMAP',
] as const;

export type MapTypeName = (typeof BPF_MAP_TYPES)[number];

/** One past the last id; an id at or above it is not registered (DISC rules). */
export const BPF_MAP_TYPE_MAX = BPF_MAP_TYPES.length;

/** The only base map type there is today (REG-006). */
export const BPF_MAP_TYPE_HASH = 1;
export const BPF_MAP_TYPE_ARRAY = 2;
export const BPF_MAP_TYPE_SAMPLE_HASH_MAP = 15;
export const BPF_MAP_TYPE_XSKMAP = 16;

/** Registered ids that extensions implement. */
export const CUSTOM_MAP_TYPES: readonly number[] = [
  BPF_MAP_TYPE_SAMPLE_HASH_MAP,
  BPF_MAP_TYPE_XSKMAP,
];

/** Registered ids that the runtime implements itself; UNSPEC is neither native nor custom. */
export const NATIVE_MAP_TYPES: readonly number[] = BPF_MAP_TYPES.map((_name, id) => id).filter(
  (id) => id !== 0 && !CUSTOM_MAP_TYPES.includes(id),
);

/** An id that no revision of the enum is near to; for "not registered". */
export const UNREGISTERED_MAP_TYPE = 0xfffc;

/**
 * First id of an extension in the draft revision, which split the number space (ENUM-006,
 * ENUM-007).
 */
export const DRAFT_FIRST_EXTENSION_MAP_TYPE = 4096;

/**
 * ids that Linux gives to types Windows numbers otherwise, or lacks; copying one breaks ENUM-005.
 */
export const LINUX_MAP_TYPES: Readonly<Record<string, number>> = {
  BPF_MAP_TYPE_PERF_EVENT_ARRAY: 4,
  BPF_MAP_TYPE_PERCPU_HASH: 5,
  BPF_MAP_TYPE_PERCPU_ARRAY: 6,
  BPF_MAP_TYPE_LRU_HASH: 9,
  BPF_MAP_TYPE_LRU_PERCPU_HASH: 10,
  BPF_MAP_TYPE_LPM_TRIE: 11,
  BPF_MAP_TYPE_ARRAY_OF_MAPS: 12,
  BPF_MAP_TYPE_HASH_OF_MAPS: 13,
  BPF_MAP_TYPE_CPUMAP: 16,
  BPF_MAP_TYPE_XSKMAP: 17,
  BPF_MAP_TYPE_QUEUE: 22,
  BPF_MAP_TYPE_STACK: 23,
  BPF_MAP_TYPE_RINGBUF: 27,
};

/** `BPF_MAP_TYPE_XSKMAP` for 16; `map type 4096` for an id outside the enum. */
export const mapTypeName = (id: number): string => BPF_MAP_TYPES[id] ?? `map type ${id}`;

/** The id of a C name, or undefined. */
export const mapTypeId = (name: string): number | undefined => {
  const id = (BPF_MAP_TYPES as readonly string[]).indexOf(name);
  return id < 0 ? undefined : id;
};

/**
 * What Linux calls the type with this id, where Windows means something else by the number or
 * nothing at all.
 */
export const linuxNameOf = (id: number): string | undefined =>
  Object.entries(LINUX_MAP_TYPES).find(([, linuxId]) => linuxId === id)?.[0];
