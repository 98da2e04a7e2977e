/**
 * Map type numbers that the project knows without a header: Windows, contract revision merged, and
 * Linux.
 */

/**
 * A type of the bundled registry. `native` types are implemented by eBPFCore itself and never by an
 * extension.
 */
export type KnownMapType = { readonly name: string; readonly id: number; readonly native: boolean };

const native = (name: string, id: number): KnownMapType => ({ name, id, native: true });
const custom = (name: string, id: number): KnownMapType => ({ name, id, native: false });

/**
 * The enum `bpf_map_type` of eBPF for Windows as of commit 0be2d1c3f, 2026-08-22
 * (include/ebpf_structs.h); which types are native is what its map metadata table implements
 * (libs/execution_context/ebpf_maps.c). A newer registration may exist upstream: a header given on
 * the command line is always read first.
 */
export const bundledMapTypes: readonly KnownMapType[] = [
  native('BPF_MAP_TYPE_UNSPEC', 0),
  native('BPF_MAP_TYPE_HASH', 1),
  native('BPF_MAP_TYPE_ARRAY', 2),
  native('BPF_MAP_TYPE_PROG_ARRAY', 3),
  native('BPF_MAP_TYPE_PERCPU_HASH', 4),
  native('BPF_MAP_TYPE_PERCPU_ARRAY', 5),
  native('BPF_MAP_TYPE_HASH_OF_MAPS', 6),
  native('BPF_MAP_TYPE_ARRAY_OF_MAPS', 7),
  native('BPF_MAP_TYPE_LRU_HASH', 8),
  native('BPF_MAP_TYPE_LPM_TRIE', 9),
  native('BPF_MAP_TYPE_QUEUE', 10),
  native('BPF_MAP_TYPE_LRU_PERCPU_HASH', 11),
  native('BPF_MAP_TYPE_STACK', 12),
  native('BPF_MAP_TYPE_RINGBUF', 13),
  native('BPF_MAP_TYPE_PERF_EVENT_ARRAY', 14),
  custom('BPF_MAP_TYPE_SAMPLE_HASH_MAP', 15),
  custom('BPF_MAP_TYPE_XSKMAP', 16),
];

/** BPF_MAP_TYPE_MAX of the bundled registry: the first id that nobody has taken in it. */
export const bundledMapTypeMax = 17;

/**
 * The numbers that Linux gives (include/uapi/linux/bpf.h), by position. Most differ from those of
 * Windows, and code that is ported brings them along (ENUM-005).
 */
const linuxOrder = [
  'UNSPEC',
  'HASH',
  'ARRAY',
  'PROG_ARRAY',
  'PERF_EVENT_ARRAY',
  'PERCPU_HASH',
  'PERCPU_ARRAY',
  'STACK_TRACE',
  'CGROUP_ARRAY',
  'LRU_HASH',
  'LRU_PERCPU_HASH',
  'LPM_TRIE',
  'ARRAY_OF_MAPS',
  'HASH_OF_MAPS',
  'DEVMAP',
  'SOCKMAP',
  'CPUMAP',
  'XSKMAP',
  'SOCKHASH',
  'CGROUP_STORAGE',
  'REUSEPORT_SOCKARRAY',
  'PERCPU_CGROUP_STORAGE',
  'QUEUE',
  'STACK',
  'SK_STORAGE',
  'DEVMAP_HASH',
  'STRUCT_OPS',
  'RINGBUF',
  'INODE_STORAGE',
  'TASK_STORAGE',
  'BLOOM_FILTER',
  'USER_RINGBUF',
  'CGRP_STORAGE',
  'ARENA',
] as const;

/** Linux' id of a map type, by the name without its prefix. */
export const linuxIds: ReadonlyMap<string, number> = new Map(
  linuxOrder.map((name, id) => [name, id]),
);

/** Linux' name for an id, without its prefix. */
export const linuxName = (id: number): string | undefined => linuxOrder[id];

/**
 * The first id that the withdrawn draft gives to extensions; the ids below it belong to the core
 * (ENUM-007).
 */
export const draftExtensionIdMin = 4096;

const nativeNames = new Set(bundledMapTypes.filter((type) => type.native).map((type) => type.name));
const customNames = new Set(
  bundledMapTypes.filter((type) => !type.native).map((type) => type.name),
);

/**
 * True for a type that eBPFCore implements. A header cannot tell, so a name that is not bundled
 * counts as an extension's.
 */
export const isNative = (name: string): boolean => nativeNames.has(name);

/** True for a type that the bundled registry lists as an extension's. */
export const isKnownCustom = (name: string): boolean => customNames.has(name);
