/** Hand-written plans that make the creation rules bite. */
import type { Conditions, Operation, Profile, Scenario } from '../../harness/index.ts';
import { crowds } from './crowds.ts';
import { largeMaps } from './large-maps.ts';
import { fillings, neighbouringSizes, type Sizes } from './neighbouring-sizes.ts';

const plan = (operations: Operation[], conditions: Conditions = {}) => ({
  conditions,
  actors: [
    {
      caller: 'user' as const,
      process: 1,
      operations: [{ op: 'start' as const }, ...operations, { op: 'stop' as const }],
    },
  ],
});

/** What no runtime does, or what a provider only should cope with. */
const aside: Conditions = { probes_only: true };

const life = (
  map: number,
  create: Partial<Extract<Operation, { op: 'create' }>> = {},
): Operation[] => [
  { op: 'create', map, ...create },
  { op: 'close', map },
];

/**
 * The last ones are few, or negative, once doubled, multiplied by eight, made longer by a header or
 * signed.
 */
const oddSizes = [
  ...[1, 2, 3, 5, 7, 9, 16, 64, 4096],
  ...[0x2000_0001, 0x7fff_ffff, 0x8000_0001, 0xffff_fff0, 0xffff_ffff],
];
/** Allocations of a creation that are made to fail one after the other. */
const failingAllocations = [1, 2, 3, 4];

/**
 * Sizes with the low byte, or the low 16 bits, of the first declared one: a narrower variable
 * cannot tell them.
 */
const aliases = (profile: Profile, name: 'keySizes' | 'valueSizes'): number[] => {
  const [first] = profile[name];
  return first !== undefined && profile.source[name] === 'declared'
    ? [first + 0x100, first + 0x1_0000]
    : [];
};

const outside = (profile: Profile, name: 'keySizes' | 'valueSizes'): number[] =>
  [0, 4, 8, ...oddSizes, ...aliases(profile, name)].filter((size) => !profile[name].includes(size));

/**
 * Of these a direct create is sure to be refused by a right provider, so no second map comes to
 * be on its binding.
 */
const refused = (profile: Profile, name: 'keySizes' | 'valueSizes'): number[] =>
  profile.source[name] === 'declared' || !profile[name].includes(3)
    ? outside(profile, name).filter((size) => size > 0)
    : [];

const preferred = (profile: Profile): { key_size: number; value_size: number } => {
  const pair = profile.accepted[0];
  return { key_size: pair?.key ?? 4, value_size: pair?.value ?? 4 };
};

/** Every accepted pair once, at most `max` of them. */
const acceptedLives = (profile: Profile, max: number): Operation[] =>
  profile.accepted
    .slice(0, max)
    .flatMap(({ key, value }, index) => life(index, { key_size: key, value_size: value }));

/** Sizes that a rounding or padding provider would give away, accepted or not. */
const plainSizes = (profile: Profile): Operation[] =>
  [1, 4, 8, 12].flatMap((value_size, index) => [
    ...life(60 + index, { ...preferred(profile), value_size }),
    ...life(70 + index, { key_size: 8, value_size }),
  ]);

/** An accepted pair whose sizes differ as much as possible from the first. */
const otherPair = (profile: Profile): { key_size: number; value_size: number } | null => {
  const [first, ...rest] = profile.accepted;
  const larger =
    rest.findLast((pair) => pair.value !== first!.value) ??
    rest.findLast((pair) => pair.key !== first!.key);
  return larger ? { key_size: larger.key, value_size: larger.value } : null;
};

/**
 * Two maps filled, read, changed and closed by turns; `second` gives the sizes of the other map.
 */
const neighbours = (
  second: Partial<Extract<Operation, { op: 'create' }>>,
  closes: readonly [number, number],
): Operation[] => {
  const [first, last] = closes;
  const reads: Operation[] = [0, 1].flatMap((key) => [
    { op: 'find', map: 0, key },
    { op: 'find', map: 1, key },
  ]);
  return [
    { op: 'create', map: 0 },
    { op: 'update', map: 0, key: 0, value: 0 },
    { op: 'update', map: 0, key: 1, value: 1 },
    { op: 'find', map: 0, key: 0 },
    { op: 'find', map: 0, key: 1 },
    { op: 'update', map: 0, key: 1, value: 2 },
    { op: 'delete', map: 0, key: 1 },
    { op: 'drain' },
    { op: 'create', map: 1, ...second },
    { op: 'find', map: 0, key: 0 },
    { op: 'update', map: 0, key: 1, value: 1 },
    { op: 'update', map: 0, key: 1, value: 3 },
    { op: 'update', map: 1, key: 0, value: 4 },
    { op: 'update', map: 1, key: 1, value: 5 },
    ...reads,
    { op: 'delete', map: 1, key: 1 },
    { op: 'update', map: 1, key: 1, value: 6 },
    ...reads,
    { op: 'balance' },
    { op: 'close', map: first },
    { op: 'balance' },
    { op: 'find', map: last, key: 0 },
    { op: 'update', map: last, key: 2, value: 7 },
    { op: 'find', map: last, key: 1 },
    { op: 'close', map: last },
    { op: 'balance' },
  ];
};

const crowd = (count: number): Operation[] => {
  const maps = Array.from({ length: count }, (_, map) => map);
  return [
    ...maps.map((map): Operation => ({ op: 'create', map })),
    ...maps.map((map): Operation => ({ op: 'update', map, key: 0, value: map })),
    ...maps.map((map): Operation => ({ op: 'find', map, key: 0 })),
    ...maps.slice(1).map((map): Operation => ({ op: 'close', map })),
    { op: 'find', map: 0, key: 0 },
    { op: 'close', map: 0 },
  ];
};

/** A map of these sizes filled with four values. */
const filled = (profile: Profile, map: number, sizes: Sizes): Operation[] => [
  { op: 'create', map, key_size: sizes.key, value_size: sizes.value },
  ...fillings(profile, sizes).flatMap((value, key): Operation[] => [
    { op: 'update', map, key, value },
    { op: 'find', map, key },
    { op: 'delete', map, key },
  ]),
  { op: 'close', map },
  { op: 'drain' },
];

export const scenarios: readonly Scenario[] = [
  {
    name: 'accepted sizes are used',
    probes: ['CRE-006'],
    dialects: ['as-documented'],
    plan: (profile) => {
      const sizes = neighbouringSizes(profile);
      if (!sizes) return null;
      const again = sizes.filter(({ value }) => value === sizes[0]?.value);
      return plan([...sizes, ...again].flatMap((pair, map) => filled(profile, map, pair)));
    },
  },
  ...largeMaps,
  ...crowds,
  {
    name: 'every accepted size',
    probes: ['CRE-003', 'CRE-004'],
    plan: (profile) =>
      plan([
        ...life(90),
        ...acceptedLives(profile, 12),
        ...plainSizes(profile),
        { op: 'create', map: 92 },
        { op: 'info', map: 92 },
      ]),
  },
  {
    name: 'key sizes that are not accepted',
    probes: ['CRE-006'],
    plan: (profile) =>
      plan([
        ...outside(profile, 'keySizes').flatMap((key_size, map) =>
          life(map, { ...preferred(profile), key_size }),
        ),
        { op: 'balance' },
        ...life(80),
      ]),
  },
  {
    name: 'value sizes that are not accepted',
    probes: ['CRE-006'],
    plan: (profile) =>
      plan([
        ...outside(profile, 'valueSizes').flatMap((value_size, map) =>
          life(map, { ...preferred(profile), value_size }),
        ),
        { op: 'balance' },
        ...life(80),
      ]),
  },
  {
    name: 'sizes that are not accepted, asked directly',
    probes: ['CRE-006', 'CRE-009'],
    dialects: ['as-documented'],
    plan: (profile) =>
      plan(
        [
          { op: 'create', map: 0 },
          ...refused(profile, 'keySizes').map((create_key_size): Operation => ({
            op: 'call',
            map: 0,
            callback: 'preprocess_map_create',
            create_key_size,
          })),
          ...refused(profile, 'valueSizes').map((create_value_size): Operation => ({
            op: 'call',
            map: 0,
            callback: 'preprocess_map_create',
            create_value_size,
          })),
          { op: 'balance' },
        ],
        aside,
      ),
  },
  ...(['key_size', 'value_size', 'max_entries'] as const).map((name): Scenario => ({
    name: `${name} zero`,
    probes: ['CRE-007'],
    plan: (profile) =>
      plan(
        [
          ...life(0, { ...preferred(profile), [name]: 0 }),
          ...profile.accepted
            .slice(1, 8)
            .flatMap(({ key, value }, index) =>
              life(2 + index, { key_size: key, value_size: value, [name]: 0 }),
            ),
          ...life(1),
        ],
        name === 'max_entries' ? aside : {},
      ),
  })),
  {
    name: 'map types of others',
    probes: ['CRE-008'],
    plan: (profile) =>
      plan(
        [
          { op: 'create', map: 0 },
          ...[0, 1, profile.mapType + 1, 0xfffc].map((map_type): Operation => ({
            op: 'call',
            map: 0,
            callback: 'preprocess_map_create',
            map_type,
          })),
        ],
        aside,
      ),
  },
  {
    name: 'an allocation fails during creation',
    probes: ['CRE-009', 'CRE-010', 'CRE-011'],
    plan: (profile) =>
      failingAllocations.map((fail_allocation) =>
        plan(
          [...life(0, preferred(profile)), ...life(1), ...life(2), { op: 'balance' }],
          // As shipped (C-18): what a failed create left in *map_context is handed to
          // postprocess_map_delete.
          { fail_allocation, switches: { deleteAfterFailedCreate: true } },
        ),
      ),
  },
  {
    name: 'an allocation fails while other maps live',
    probes: ['CRE-010', 'EPOCH-006'],
    dialects: ['as-documented'],
    plan: (profile) => {
      const count = Math.min((profile.maxMaps ?? 5) - 1, 4);
      if (count < 1) return null;
      const maps = Array.from({ length: count }, (_, map) => map);
      const entries = (map: number): Operation[] => [
        { op: 'update', map, key: 0, value: map },
        { op: 'find', map, key: 0 },
      ];
      return plan([
        ...life(90),
        ...maps.flatMap((map): Operation[] => [{ op: 'create', map }, ...entries(map)]),
        ...failingAllocations.flatMap((fail_allocation, at): Operation[] => [
          ...life(10 + at, { fail_allocation }),
          { op: 'balance' },
        ]),
        ...maps.flatMap((map): Operation[] => [...entries(map), { op: 'close', map }]),
        { op: 'balance' },
        ...life(91),
      ]);
    },
  },
  {
    name: 'what a refused creation leaves is deleted',
    probes: ['CRE-009'],
    plan: (profile) =>
      plan(
        [
          ...outside(profile, 'keySizes').flatMap((key_size, map) =>
            life(map, { ...preferred(profile), key_size }),
          ),
          ...outside(profile, 'valueSizes').flatMap((value_size, map) =>
            life(20 + map, { ...preferred(profile), value_size }),
          ),
          ...(['key_size', 'value_size'] as const).flatMap((name, map) =>
            life(40 + map, { ...preferred(profile), [name]: 0 }),
          ),
          ...life(43, { ...preferred(profile), max_entries: 0xffff_ffff }),
          ...life(50),
        ],
        { switches: { deleteAfterFailedCreate: true } },
      ),
  },
  {
    name: 'one refused creation after another',
    probes: ['CRE-010'],
    plan: () =>
      plan([
        ...Array.from({ length: 6 }, (_, map) =>
          life(map, { key_size: 0xffff_ffff, value_size: 0xffff_ffff }),
        ).flat(),
        { op: 'balance' },
        ...life(20),
      ]),
  },
  {
    name: 'creations of no entries, one after another',
    probes: ['CRE-007', 'CRE-009', 'CRE-010'],
    plan: (profile) => [
      plan(
        [
          ...Array.from({ length: 6 }, (_, map) =>
            life(10 + map, { ...preferred(profile), value_size: 3, max_entries: 0 }),
          ).flat(),
          { op: 'balance' },
          ...life(20),
        ],
        aside,
      ),
      plan([...life(0, { ...preferred(profile), max_entries: 0 }), ...life(1)], {
        ...aside,
        switches: { deleteAfterFailedCreate: true },
      }),
    ],
  },
  {
    name: 'two maps side by side',
    probes: ['CRE-012'],
    plan: (profile) => {
      if (profile.maxMaps !== null && profile.maxMaps < 2) return null;
      const other = otherPair(profile);
      return [
        plan([...life(5), ...neighbours({}, [0, 1])]),
        plan([...life(5), ...neighbours({}, [1, 0])]),
        ...(other ? [plan(neighbours(other, [0, 1])), plan(neighbours(other, [1, 0]))] : []),
      ];
    },
  },
  {
    name: 'many maps at once',
    probes: ['CRE-012'],
    plan: (profile) => {
      const count = Math.min(profile.maxMaps ?? 8, 8);
      return count < 2 ? null : plan([...life(30), ...crowd(count)]);
    },
  },
  {
    name: 'a table fills up',
    probes: ['CRE-020'],
    plan: (profile) => {
      const max_entries = Math.min(Math.max(profile.maxEntries.min, 2), profile.maxEntries.max);
      if (max_entries > 16) return null;
      return plan([
        { op: 'create', map: 0, ...preferred(profile), max_entries },
        ...Array.from({ length: max_entries + 1 }, (_, key): Operation => ({
          op: 'update',
          map: 0,
          key,
          value: key,
        })),
        { op: 'info', map: 0 },
        { op: 'close', map: 0 },
      ]);
    },
  },
];
