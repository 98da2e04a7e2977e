/**
 * Plans for a runtime under test: what happens to elements, for every kind of provider, caller and
 * answer.
 */
import {
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_TYPE_SAMPLE_HASH_MAP,
  DRAFT_FIRST_EXTENSION_MAP_TYPE,
} from '../abi/map-types.ts';
import {
  sequential,
  type Actor,
  type Caller,
  type ObservedProvider,
  type Operation,
  type Plan,
} from '../trace/plan.ts';

type RuntimePlan = Plan & { suite: string };

const roomFor = 3;
const sizes = { key_size: 4, value_size: 4 } as const;
const find = 'postprocess_map_find_element';
const update = 'preprocess_map_update_element';
const programType = 'f1832a85-85d5-45b0-98a0-7069d63013b0';

/** Kinds of providers; each must be served in full. */
const kinds: readonly [string, Partial<ObservedProvider>][] = [
  ['plain', {}],
  ['plain, deprecated delete', { delete: 'preprocess' }],
  ['plain, old table', { delete: 'preprocess', table: { size: 72, total_size: 72 } }],
  [
    'plain, old table, with a function behind it',
    { delete: 'none', behind: true, table: { size: 72, total_size: 80 } },
  ],
  ['plain, without a find callback', { absent: [find] }],
  ['plain, without an update callback', { absent: [update] }],
  ['plain, deprecated delete alone', { delete: 'preprocess', absent: [find, update] }],
  ['plain, without delete callbacks', { delete: 'none' }],
  ['transforming', { transforms: true }],
  ['transforming to a larger size', { transforms: true, actual: 12 }],
  ['transforming, deprecated delete', { transforms: true, delete: 'preprocess', actual: 8 }],
];

/** Every operation on elements, with what becomes of it, and entries left at the end. */
const everything = (map: number, caller: Caller): Operation[] => [
  { op: 'find', map, key: 0, caller },
  { op: 'delete', map, key: 0, caller },
  { op: 'update', map, key: 0, value: 0, option: 'EBPF_EXIST', caller },
  { op: 'update', map, key: 0, value: 0, caller },
  { op: 'find', map, key: 0, caller },
  { op: 'find_element', map, key: 0 },
  { op: 'find_element', map, key: 7 },
  { op: 'update', map, key: 0, value: 1, option: 'EBPF_NOEXIST', caller },
  { op: 'find', map, key: 0, caller },
  { op: 'update', map, key: 0, value: 2, option: 'EBPF_EXIST', caller },
  { op: 'update', map, key: 0, value: 3, caller },
  { op: 'update', map, key: 1, value: 4, option: 'EBPF_NOEXIST', caller },
  { op: 'update', map, key: 2, value: 5, caller },
  { op: 'update', map, key: 3, value: 6, caller },
  { op: 'find', map, key: 3, caller },
  { op: 'update', map, key: 2, value: 7, option: 3, caller },
  { op: 'next_key', map, key: null },
  { op: 'next_key', map, key: 1 },
  { op: 'find', map, key: 1, delete: true, caller },
  { op: 'find', map, key: 1, delete: true, caller },
  { op: 'delete', map, key: 2, caller },
  { op: 'find', map, key: 2, caller },
  { op: 'update', map, key: 2, value: 8, caller },
  { op: 'map_context', map },
  { op: 'associate', map, program_type: programType },
];

const refusals: readonly [string, Partial<ObservedProvider>, Operation[]][] = [
  [
    'updates are refused',
    { update: ['EBPF_INVALID_STATE', 'EBPF_SUCCESS', 'EBPF_STALE_ID', 'EBPF_SUCCESS'] },
    [
      { op: 'update', map: 0, key: 0, value: 0 },
      { op: 'find', map: 0, key: 0 },
      { op: 'update', map: 0, key: 0, value: 1 },
      { op: 'update', map: 0, key: 0, value: 2 },
      { op: 'find', map: 0, key: 0 },
      { op: 'update', map: 0, key: 1, value: 3 },
    ],
  ],
  [
    'lookups are refused',
    { find: ['EBPF_TIMEOUT', 'EBPF_CANCELED', 'EBPF_STALE_ID', 'EBPF_SUCCESS'] },
    [
      { op: 'update', map: 0, key: 0, value: 0 },
      { op: 'find', map: 0, key: 0 },
      { op: 'find', map: 0, key: 0, delete: true },
      { op: 'find', map: 0, key: 0, delete: true },
      { op: 'find', map: 0, key: 0 },
      { op: 'find', map: 0, key: 0, delete: true },
      { op: 'find', map: 0, key: 0 },
    ],
  ],
  [
    'deletes are refused',
    {
      delete: 'preprocess',
      pre_delete: ['EBPF_OPERATION_NOT_SUPPORTED', 'EBPF_BLOCKED_BY_POLICY', 'EBPF_SUCCESS'],
    },
    [
      { op: 'update', map: 0, key: 0, value: 0 },
      { op: 'delete', map: 0, key: 0 },
      { op: 'find', map: 0, key: 0 },
      { op: 'find', map: 0, key: 0, delete: true },
      { op: 'find', map: 0, key: 0 },
      { op: 'delete', map: 0, key: 0 },
      { op: 'find', map: 0, key: 0 },
    ],
  ],
  [
    'deletes fail where they must not',
    { delete: 'preprocess', pre_delete_always: ['EBPF_BLOCKED_BY_POLICY'] },
    [
      { op: 'update', map: 0, key: 0, value: 0 },
      { op: 'update', map: 0, key: 0, value: 1 },
      { op: 'update', map: 0, key: 0, value: 2, option: 'EBPF_NOEXIST' },
      { op: 'update', map: 0, key: 1, value: 3 },
      { op: 'update', map: 0, key: 2, value: 4 },
    ],
  ],
  [
    'program types are refused',
    { associate: ['EBPF_OPERATION_NOT_SUPPORTED', 'EBPF_ACCESS_DENIED', 'EBPF_SUCCESS'] },
    [
      { op: 'associate', map: 0, program_type: programType },
      { op: 'associate', map: 0, program_type: programType },
      { op: 'associate', map: 0, program_type: programType },
    ],
  ],
];

/** Values that put_out says of the stored size, for providers that may not, or may. */
const storedSizes: readonly [string, Partial<ObservedProvider>][] = [
  ['a stored size of 0', { actual: 0 }],
  ['a stored size of 0, transforming', { actual: 0, transforms: true }],
  ['a larger stored size, plain', { actual: 8 }],
  ['a smaller stored size, plain', { actual: 2 }],
  ['no find callback, transforming', { transforms: true, absent: [find] }],
  ['no update callback, transforming', { transforms: true, absent: [update] }],
  ['no delete callback, transforming', { transforms: true, delete: 'none' }],
];

const make = (map_type: number, map = 0): Operation => ({
  op: 'create',
  map,
  map_type,
  ...sizes,
  max_entries: roomFor,
});

/** Racing actors: the values of all of them differ, and the keys are few. */
const racing = (actors: number, turns: number): Actor[] =>
  Array.from({ length: actors }, (_, actor): Actor => ({
    caller: 'user',
    process: 1,
    operations: Array.from({ length: turns }, (_unused, turn): Operation => {
      const key = (turn * 7 + actor * 3) % 2;
      const kind = (turn * 5 + actor) % 6;
      if (kind < 3) return { op: 'update', map: 0, key, value: numbered(actor, turn) };
      return kind < 5 ? { op: 'delete', map: 0, key } : { op: 'find', map: 0, key, delete: true };
    }),
  }));

const numbered = (actor: number, turn: number): string =>
  [turn & 0xff, turn >> 8, 0, actor + 1].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const racesOf = (map_type: number): RuntimePlan[] =>
  (['postprocess', 'preprocess'] as const).map((style) => {
    const [first, ...others] = racing(4, 150);
    const setUp: Operation[] = [
      { op: 'register', provider: 0, as: { map_type, delete: style, silent: true } },
      make(map_type),
    ];
    const actors = [{ ...first!, operations: [...setUp, ...first!.operations] }, ...others];
    return {
      name: `four threads on two keys, ${style} delete`,
      suite: 'concurrency',
      probes: [],
      actors,
    };
  });

const plan = (suite: string, name: string, operations: Operation[]): RuntimePlan => ({
  ...sequential(name, operations),
  suite,
  probes: [],
});

const register = (map_type: number, as: Partial<ObservedProvider>): Operation => ({
  op: 'register',
  provider: 0,
  as: { map_type, ...as },
});

const beyondElements = (own: number): RuntimePlan[] => [
  plan('lookup', 'lengths that do not fit the map', [
    register(own, {}),
    make(own),
    { op: 'update', map: 0, key: 0, value: 0 },
    { op: 'find', map: 0, key: 0, key_size: 3 },
    { op: 'find', map: 0, key: 0, key_size: 8 },
    { op: 'find', map: 0, key: 0, buffer: 2 },
    { op: 'find', map: 0, key: 0, key_size: 4, buffer: 4 },
  ]),
  plan('update', 'a batch, and one that is refused in the middle', [
    register(own, {
      update: [
        'EBPF_SUCCESS',
        'EBPF_SUCCESS',
        'EBPF_SUCCESS',
        'EBPF_INVALID_STATE',
        'EBPF_SUCCESS',
      ],
    }),
    make(own),
    {
      op: 'batch_update',
      map: 0,
      entries: [
        { key: 0, value: 0 },
        { key: 1, value: 1 },
      ],
    },
    {
      op: 'batch_update',
      map: 0,
      entries: [
        { key: 0, value: 2 },
        { key: 1, value: 3 },
        { key: 2, value: 4 },
      ],
    },
    { op: 'find', map: 0, key: 2 },
  ]),
  plan('update', 'operations that hash maps do not have', [
    register(own, {}),
    make(own),
    { op: 'push', map: 0, value: 0 },
    { op: 'peek', map: 0 },
    { op: 'pop', map: 0 },
    { op: 'update_with_handle', map: 0 },
  ]),
  plan('creation', 'the base map cannot be had', [
    register(own, {}),
    { op: 'create', map: 0, map_type: own, ...sizes, max_entries: 0xffff_ffff },
    make(own, 1),
  ]),
  plan('creation', 'sizes and bounds as declared', [
    register(own, { transforms: true, actual: 24 }),
    { op: 'create', map: 0, map_type: own, key_size: 6, value_size: 10, max_entries: 2 },
    { op: 'info', map: 0 },
    { op: 'update', map: 0, key: 0, value: 0 },
    { op: 'update', map: 0, key: 1, value: 1 },
    { op: 'update', map: 0, key: 2, value: 2 },
    { op: 'find', map: 0, key: 1 },
  ]),
  plan('helpers', 'contexts of custom and native maps', [
    register(own, {}),
    make(own),
    { op: 'create', map: 1, map_type: BPF_MAP_TYPE_HASH, ...sizes, max_entries: roomFor },
    { op: 'create', map: 2, map_type: BPF_MAP_TYPE_ARRAY, ...sizes, max_entries: roomFor },
    make(own, 3),
    ...[0, 1, 2, 3].map((map): Operation => ({ op: 'map_context', map })),
    { op: 'find_element', map: 1, key: 0 },
  ]),
  plan('discovery', 'a program that declares a map, without a provider and with one', [
    { op: 'create', map: 0, map_type: own, ...sizes, max_entries: roomFor, program: programType },
    register(own, {}),
    { op: 'create', map: 1, map_type: own, ...sizes, max_entries: roomFor, program: programType },
    { op: 'update', map: 1, key: 0, value: 0 },
  ]),
  plan('lifecycle', 'a map that is only pinned', [
    register(own, {}),
    make(own),
    { op: 'update', map: 0, key: 0, value: 0 },
    { op: 'hold', map: 0, pin: true },
    { op: 'close', map: 0 },
    { op: 'find', map: 0, key: 0 },
    { op: 'update', map: 0, key: 1, value: 1 },
    { op: 'close', map: 0, pin: true },
  ]),
  {
    ...plan('caller', 'callbacks in the process of the caller', []),
    actors: [
      {
        caller: 'user',
        process: 7,
        operations: [register(own, {}), make(own), ...everything(0, 'user')],
      },
    ],
  },
];

/** Every plan about elements, for the id that counts as custom in this revision. */
export const runtimeElementPlans = (revision: 'merged' | 'draft'): RuntimePlan[] => {
  const own = revision === 'draft' ? DRAFT_FIRST_EXTENSION_MAP_TYPE : BPF_MAP_TYPE_SAMPLE_HASH_MAP;
  return [
    ...kinds.flatMap(([kind, as]) =>
      (['user', 'program'] as const).map((caller) =>
        plan('update', `elements of a provider: ${kind}, for ${caller}s`, [
          register(own, as),
          make(own),
          ...everything(0, caller),
          { op: 'close', map: 0 },
        ]),
      ),
    ),
    ...refusals.flatMap(([what, as, operations]) =>
      [as, { ...as, transforms: true }].map((one) =>
        plan('update', `${what}${'transforms' in one ? ', transforming' : ''}`, [
          register(own, one),
          make(own),
          ...operations,
        ]),
      ),
    ),
    ...storedSizes.map(([what, as]) =>
      plan('creation', `creation with ${what}`, [register(own, as), make(own)]),
    ),
    ...beyondElements(own),
    ...racesOf(own),
  ];
};
