/**
 * Plans for a runtime under test that cross operations, callers and options: what a runtime does
 * right in one of them it may do wrong in another. Each operation finds the map as a user left it.
 */
import { sequential, type Caller, type ObservedProvider, type Operation } from '../trace/plan.ts';
import type { Plan } from '../trace/plan.ts';

type RuntimePlan = Plan & { suite: string };

const find = 'postprocess_map_find_element';
const update = 'preprocess_map_update_element';
/** Of the maps here; one insertion more than fills them. */
const roomFor = 4;
/** In which user operations run, so that a process that nobody entered is another. */
const process = 7;

/** Providers that differ in what each operation owes them. */
const providers: readonly [string, Partial<ObservedProvider>][] = [
  ['plain', {}],
  ['plain, deprecated delete', { delete: 'preprocess' }],
  ['plain, deprecated delete alone', { delete: 'preprocess', absent: [find, update] }],
  ['plain, without an update callback', { absent: [update] }],
  ['transforming', { transforms: true, actual: 12 }],
  ['transforming, deprecated delete', { transforms: true, delete: 'preprocess', actual: 8 }],
];

/** What one caller does with a map that holds keys 0 to 2, key by key and option by option. */
const crossed = (caller: Caller): Operation[] => [
  { op: 'find', map: 0, key: 0, caller },
  { op: 'find', map: 0, key: 9, caller },
  { op: 'update', map: 0, key: 0, value: 10, caller },
  { op: 'update', map: 0, key: 1, value: 11, option: 'EBPF_EXIST', caller },
  { op: 'update', map: 0, key: 9, value: 12, option: 'EBPF_EXIST', caller },
  { op: 'update', map: 0, key: 1, value: 13, option: 'EBPF_NOEXIST', caller },
  { op: 'update', map: 0, key: 3, value: 14, option: 'EBPF_NOEXIST', caller },
  { op: 'update', map: 0, key: 3, value: 15 },
  { op: 'update', map: 0, key: 4, value: 16, caller },
  { op: 'update', map: 0, key: 4, value: 17, option: 'EBPF_NOEXIST', caller },
  { op: 'update', map: 0, key: 0, value: 18, option: 7, caller },
  { op: 'delete', map: 0, key: 2, caller },
  { op: 'delete', map: 0, key: 9, caller },
  { op: 'find', map: 0, key: 2, caller },
  { op: 'find', map: 0, key: 1, delete: true, caller },
  { op: 'find', map: 0, key: 9, delete: true, caller },
  { op: 'find', map: 0, key: 1, caller },
];

const fill: Operation[] = [0, 1, 2].map((key) => ({ op: 'update', map: 0, key, value: key }));
/** What a user finds afterwards. */
const look: Operation[] = [0, 1, 2, 3, 4].map((key) => ({ op: 'find', map: 0, key }));

/**
 * From the begin, from keys that are there, from one that was deleted just before, from one that
 * never was.
 */
const enumerated: Operation[] = [
  { op: 'next_key', map: 0, key: null },
  ...[0, 1, 2].map((key): Operation => ({ op: 'next_key', map: 0, key })),
  { op: 'delete', map: 0, key: 1 },
  { op: 'next_key', map: 0, key: 1 },
  { op: 'find', map: 0, key: 0, delete: true },
  { op: 'next_key', map: 0, key: 0 },
  { op: 'next_key', map: 0, key: 9 },
  { op: 'next_key', map: 0, key: null },
  { op: 'delete', map: 0, key: 2 },
  { op: 'next_key', map: 0, key: 2 },
  { op: 'next_key', map: 0, key: null },
];

/**
 * Lengths that do not fit, one at a time, each followed by the same operation with lengths that do.
 */
const misfits: Operation[] = [
  ...[3, 8].flatMap((key_size): Operation[] => [
    { op: 'find', map: 0, key: 0, key_size },
    { op: 'find', map: 0, key: 0, key_size, delete: true },
    { op: 'update', map: 0, key: 0, value: 20, key_size },
    { op: 'delete', map: 0, key: 0, key_size },
  ]),
  { op: 'find', map: 0, key: 0, buffer: 2 },
  { op: 'find', map: 0, key: 0, buffer: 2, delete: true },
  { op: 'update', map: 0, key: 0, value: 21, value_size: 2 },
  { op: 'update', map: 0, key: 0, value: 22, value_size: 8 },
  { op: 'update', map: 0, key: 0, value: 23, value_size: 0 },
];

/** Maps, so that one that was let through does not hide the next. */
const eachAlone = (map_type: number, operations: readonly Operation[]): Operation[] =>
  operations.flatMap((operation, index): Operation[] => {
    const map = index + 1;
    const own = { ...operation, map } as Operation;
    return [
      { op: 'create', map, map_type, ...sizes, max_entries: roomFor },
      { op: 'update', map, key: 0, value: 0 },
      own,
      { op: 'find', map, key: 0 },
      { op: 'close', map },
    ];
  });

/** A batch that the base map refuses in the middle: what it announced is rolled back. */
const batches: Operation[] = [
  {
    op: 'batch_update',
    map: 0,
    option: 'EBPF_NOEXIST',
    entries: [3, 1, 4].map((key) => ({ key, value: 30 + key })),
  },
  { op: 'batch_update', map: 0, entries: [0, 3].map((key) => ({ key, value: 40 + key })) },
];

const sizes = { key_size: 4, value_size: 4 } as const;

/** What each refusal of a provider comes to in each operation, and for programs as for users. */
const refusing: readonly [string, Partial<ObservedProvider>, (caller: Caller) => Operation[]][] = [
  [
    'updates',
    { update: ['EBPF_SUCCESS', 'EBPF_SUCCESS', 'EBPF_SUCCESS', 'EBPF_STALE_ID'] },
    (caller) => [
      { op: 'update', map: 0, key: 0, value: 5, caller },
      { op: 'update', map: 0, key: 1, value: 6, option: 'EBPF_EXIST', caller },
      { op: 'update', map: 0, key: 3, value: 7, option: 'EBPF_NOEXIST', caller },
    ],
  ],
  [
    'lookups',
    { find: ['EBPF_TIMEOUT'] },
    (caller) => [
      { op: 'find', map: 0, key: 0, caller },
      { op: 'find', map: 0, key: 1, delete: true, caller },
    ],
  ],
  [
    'deletes',
    { delete: 'preprocess', pre_delete: ['EBPF_BLOCKED_BY_POLICY'] },
    (caller) => [
      { op: 'delete', map: 0, key: 0, caller },
      { op: 'find', map: 0, key: 1, delete: true, caller },
      { op: 'update', map: 0, key: 2, value: 8, caller },
    ],
  ],
];

const callers: readonly Caller[] = ['user', 'program'];

/** Every crossing, for a type that is custom in the revision. */
export const runtimeOperationPlans = (map_type: number): RuntimePlan[] => {
  const plan = (
    suite: string,
    name: string,
    as: Partial<ObservedProvider>,
    operations: readonly Operation[],
  ): RuntimePlan => {
    const before: Operation[] = [
      { op: 'register', provider: 0, as: { map_type, ...as } },
      { op: 'create', map: 0, map_type, ...sizes, max_entries: roomFor },
      ...fill,
    ];
    const made = sequential(name, [...before, ...operations]);
    return {
      ...made,
      actors: made.actors.map((actor) => ({ ...actor, process })),
      suite,
      probes: [],
    };
  };
  return [
    ...providers.flatMap(([kind, as]) =>
      callers.map((caller) =>
        plan('helpers', `a full map's operations of a ${caller}: ${kind}`, as, [
          ...crossed(caller),
          ...look,
        ]),
      ),
    ),
    ...refusing.flatMap(([what, as, operations]) =>
      callers.map((caller) =>
        plan('lookup', `${what} that the provider refuses, of a ${caller}`, as, [
          ...operations(caller),
          { op: 'next_key', map: 0, key: null },
        ]),
      ),
    ),
    plan('lookup', 'an enumeration across deleted keys', {}, enumerated),
    plan('flags', 'every operation with lengths that do not fit', {}, eachAlone(map_type, misfits)),
    plan(
      'flags',
      'every operation with lengths that do not fit, transforming',
      { transforms: true, actual: 8 },
      eachAlone(map_type, misfits),
    ),
    plan('update', 'batches that the base map refuses', {}, [...batches, ...look]),
  ];
};
