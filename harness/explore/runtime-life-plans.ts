/**
 * Plans for a runtime under test: providers that come and go in many configurations, and the lives
 * of maps between them.
 */
import {
  BPF_MAP_TYPE_SAMPLE_HASH_MAP,
  BPF_MAP_TYPE_XSKMAP,
  DRAFT_FIRST_EXTENSION_MAP_TYPE,
  NATIVE_MAP_TYPES,
  UNREGISTERED_MAP_TYPE,
} from '../abi/map-types.ts';
import { sequential, type ObservedProvider, type Operation, type Plan } from '../trace/plan.ts';

/** Chapter, name and operations of one plan. */
type Draft = { suite: string; name: string; operations: Operation[] };

const register = (
  provider: number,
  as: Partial<ObservedProvider>,
  map_type: number,
): Operation => ({
  op: 'register',
  provider,
  as: { map_type, ...as },
});

const use = (map: number): Operation[] => [
  { op: 'update', map, key: 0, value: 0 },
  { op: 'update', map, key: 1, value: 1 },
  { op: 'update', map, key: 1, value: 2 },
  { op: 'find', map, key: 0 },
  { op: 'delete', map, key: 0 },
  { op: 'associate', map, program_type: 'f1832a85-85d5-45b0-98a0-7069d63013b0' },
];

const life = (map: number, map_type: number): Operation[] => [
  { op: 'create', map, map_type },
  ...use(map),
  { op: 'close', map },
];

/** Defects of structure, each alone (REG-019, ABI-013). */
const defects: [string, Partial<ObservedProvider>][] = [
  ['no provider data', { data: null }],
  ['no properties', { properties: null }],
  ['no dispatch table', { table: null }],
  ['data of version 2', { data: { version: 2 } }],
  ['data of version 0', { data: { version: 0 } }],
  ['data of size 56', { data: { size: 56, total_size: 56 } }],
  ['data of size 0', { data: { size: 0 } }],
  ['properties of size 32', { properties: { size: 32 } }],
  ['properties of version 2', { properties: { version: 2 } }],
  ['table of version 2', { table: { version: 2 } }],
  ['table of size 88', { table: { size: 88, total_size: 88 } }],
  ['table of size 76', { table: { size: 76 } }],
  ['table of size 64', { table: { size: 64 } }],
  ['no create', { absent: ['preprocess_map_create'] }],
  ['no map delete', { absent: ['postprocess_map_delete'] }],
  ['no association', { absent: ['preprocess_associate_program_type'] }],
  ['both deletes', { delete: 'both' }],
];

/** Configurations that are right, each of which must work in full. */
const rightOnes: [string, Partial<ObservedProvider>][] = [
  ['plain', {}],
  ['transforming', { transforms: true }],
  ['deprecated delete', { delete: 'preprocess' }],
  ['old table', { delete: 'preprocess', table: { size: 72, total_size: 72 }, behind: true }],
  [
    'old table of a transforming provider',
    { transforms: true, delete: 'preprocess', table: { size: 72, total_size: 80 }, behind: true },
  ],
  [
    'no element callbacks',
    { delete: 'none', absent: ['postprocess_map_find_element', 'preprocess_map_update_element'] },
  ],
];

/** More entries than a table for as many of them has buckets that are used. */
const crowd = 64;
const crowdedEnds: [string, Partial<ObservedProvider>][] = [
  ['postprocess', {}],
  ['preprocess', { delete: 'preprocess', transforms: true }],
];

const drafts = (own: number, other: number): Draft[] => [
  ...defects.map(([what, as]): Draft => ({
    suite: 'registration',
    name: `the only provider has ${what}`,
    operations: [register(0, as, own), ...life(0, own), register(1, {}, own), ...life(1, own)],
  })),
  ...rightOnes.map(([what, as]): Draft => ({
    suite: what.startsWith('old table') ? 'abi' : 'lifecycle',
    name: `maps of a provider: ${what}`,
    operations: [
      register(0, as, own),
      ...life(0, own),
      { op: 'create', map: 1, map_type: own },
      ...use(1),
      ...life(2, own),
      { op: 'close', map: 1 },
    ],
  })),
  {
    suite: 'registration',
    name: 'others stand before the right provider',
    operations: [
      register(0, {}, other),
      register(1, { base_map_type: 2 }, own),
      register(2, {}, UNREGISTERED_MAP_TYPE),
      register(3, {}, own),
      ...life(0, own),
      ...life(1, other),
    ],
  },
  {
    suite: 'discovery',
    name: 'nobody is there',
    operations: [
      { op: 'create', map: 0, map_type: own },
      register(0, {}, other),
      { op: 'create', map: 1, map_type: own },
      ...life(2, other),
    ],
  },
  {
    suite: 'discovery',
    name: 'the provider comes after a failed creation, goes, and comes again',
    operations: [
      { op: 'create', map: 0, map_type: own },
      register(0, {}, own),
      ...life(1, own),
      { op: 'deregister', provider: 0 },
      { op: 'create', map: 2, map_type: own },
      register(1, {}, own),
      ...life(3, own),
    ],
  },
  {
    suite: 'discovery',
    name: 'a provider for an id outside the enum',
    operations: [
      register(0, {}, UNREGISTERED_MAP_TYPE),
      register(1, {}, own),
      { op: 'create', map: 0, map_type: UNREGISTERED_MAP_TYPE },
      ...life(1, own),
    ],
  },
  {
    suite: 'discovery',
    name: 'providers that claim native types',
    operations: [
      ...NATIVE_MAP_TYPES.slice(0, 2).map((id, index) => register(index, {}, id)),
      ...NATIVE_MAP_TYPES.slice(0, 2).flatMap((id, map): Operation[] => [
        { op: 'create', map, map_type: id },
        { op: 'close', map },
      ]),
    ],
  },
  {
    suite: 'discovery',
    name: 'the provider refuses to create',
    operations: [
      register(0, { create: ['EBPF_INVALID_ARGUMENT', 'EBPF_NO_MEMORY', 'EBPF_SUCCESS'] }, own),
      { op: 'create', map: 0, map_type: own },
      { op: 'create', map: 1, map_type: own },
      ...life(2, own),
    ],
  },
  {
    suite: 'discovery',
    name: 'the provider refuses to attach, then accepts',
    operations: [
      register(0, { attach: ['STATUS_NOINTERFACE', 'STATUS_SUCCESS'] }, own),
      { op: 'create', map: 0, map_type: own },
      ...life(1, own),
    ],
  },
  {
    suite: 'discovery',
    name: 'a second provider registers while maps live',
    operations: [
      register(0, {}, own),
      { op: 'create', map: 0, map_type: own },
      { op: 'update', map: 0, key: 0, value: 0 },
      register(1, {}, own),
      ...use(0),
      { op: 'create', map: 1, map_type: own },
      ...use(1),
      { op: 'close', map: 0 },
      { op: 'close', map: 1 },
    ],
  },
  {
    suite: 'duplicates',
    name: 'two providers for one type',
    operations: [register(0, {}, own), register(1, {}, own), ...life(0, own), ...life(1, own)],
  },
  {
    suite: 'duplicates',
    name: 'two providers for one type, and the first refuses',
    operations: [
      register(0, { attach: ['STATUS_NOINTERFACE'] }, own),
      register(1, {}, own),
      ...life(0, own),
    ],
  },
  {
    suite: 'lifecycle',
    name: 'a map with several references',
    operations: [
      register(0, {}, own),
      { op: 'create', map: 0, map_type: own },
      ...use(0),
      { op: 'hold', map: 0 },
      { op: 'close', map: 0 },
      { op: 'update', map: 0, key: 2, value: 3 },
      { op: 'find', map: 0, key: 2 },
      { op: 'close', map: 0 },
    ],
  },
  ...crowdedEnds.map(([what, as]): Draft => ({
    suite: 'lifecycle',
    name: `a map ends of which many entries share a bucket, ${what} delete`,
    operations: [
      register(0, as, own),
      { op: 'create', map: 0, map_type: own, max_entries: crowd },
      ...Array.from({ length: crowd }, (_, key): Operation => {
        return { op: 'update', map: 0, key, value: key };
      }),
      { op: 'close', map: 0 },
    ],
  })),
  {
    suite: 'unload',
    name: 'the provider deregisters while maps live',
    operations: [
      register(0, {}, own),
      { op: 'create', map: 0, map_type: own },
      { op: 'create', map: 1, map_type: own },
      { op: 'update', map: 0, key: 0, value: 0 },
      { op: 'deregister', provider: 0 },
      { op: 'update', map: 0, key: 1, value: 1 },
      { op: 'find', map: 0, key: 0 },
      { op: 'create', map: 2, map_type: own },
      { op: 'close', map: 0 },
      { op: 'close', map: 1 },
      { op: 'await_deregistration', provider: 0 },
      { op: 'create', map: 3, map_type: own },
      register(1, {}, own),
      ...life(4, own),
    ],
  },
];

const unusedLowId = 4000;

const draftRevision: Draft[] = [
  {
    suite: 'enum',
    name: 'ids of the draft',
    operations: [
      register(0, {}, DRAFT_FIRST_EXTENSION_MAP_TYPE),
      register(1, {}, unusedLowId),
      ...life(0, DRAFT_FIRST_EXTENSION_MAP_TYPE),
      { op: 'create', map: 1, map_type: unusedLowId },
    ],
  },
];

/** Every plan about lives, for the ids that count as custom in this revision. */
export const runtimeLifePlans = (revision: 'merged' | 'draft'): (Plan & { suite: string })[] => {
  const [own, other] =
    revision === 'draft'
      ? [DRAFT_FIRST_EXTENSION_MAP_TYPE, DRAFT_FIRST_EXTENSION_MAP_TYPE + 1]
      : [BPF_MAP_TYPE_SAMPLE_HASH_MAP, BPF_MAP_TYPE_XSKMAP];
  const all = [...drafts(own, other), ...(revision === 'draft' ? draftRevision : [])];
  return all.map(({ suite, name, operations }) => ({
    ...sequential(name, operations),
    suite,
    probes: [],
  }));
};
