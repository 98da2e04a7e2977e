/** Plans that ask for maps by size and type: accepted ones, others, and none at all. */
import type { Operation, Profile, Scenario } from '../../harness/index.ts';
import { aside, life, outside, plan, preferred } from './creation-plans.ts';
import { fillings, neighbouringSizes, type Sizes } from './neighbouring-sizes.ts';

/**
 * Of these a direct create is sure to be refused by a right provider, so no second map comes to
 * be on its binding.
 */
const refused = (profile: Profile, name: 'keySizes' | 'valueSizes'): number[] =>
  profile.source[name] === 'declared' || !profile[name].includes(3)
    ? outside(profile, name).filter((size) => size > 0)
    : [];

/** Every accepted pair once, at most `max` of them. */
const acceptedLives = (profile: Profile, max: number): Operation[] =>
  profile.accepted
    .slice(0, max)
    .flatMap(({ key, value }, index) => life(index, { key_size: key, value_size: value }));

/** Pairs in which every accepted key size and every accepted value size comes up once. */
const eachSize = ({ accepted }: Profile, max: number): Profile['accepted'] => {
  const seen = new Set<string>();
  const isNew = (name: string): boolean => !seen.has(name) && Boolean(seen.add(name));
  return accepted
    .filter(({ key, value }) => [isNew(`key ${key}`), isNew(`value ${value}`)].includes(true))
    .slice(0, max);
};

/** Entries of every kind of end, in a map of these sizes. */
const entryLives = (map: number, { key, value }: Profile['accepted'][number]): Operation[] => [
  { op: 'create', map, key_size: key, value_size: value },
  { op: 'update', map, key: 0, value: 0 },
  { op: 'find', map, key: 0 },
  { op: 'update', map, key: 0, value: 1 },
  { op: 'find', map, key: 0 },
  { op: 'delete', map, key: 0 },
  { op: 'update', map, key: 1, value: 1 },
  { op: 'close', map },
];

/** Sizes that a rounding or padding provider would give away, accepted or not. */
const plainSizes = (profile: Profile): Operation[] =>
  [1, 4, 8, 12, 0xffff, 0x1_0000, 0x1_0004].flatMap((value_size, index) => [
    ...life(60 + index, { ...preferred(profile), value_size }),
    ...life(70 + index, { key_size: 8, value_size }),
  ]);

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

/** Maps of accepted sizes are filled. */
export const acceptedSizes: readonly Scenario[] = [
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
  {
    name: 'entries live and go in every accepted size',
    probes: ['CRUD-UPD-010', 'CRUD-FIND-002'],
    dialects: ['as-documented'],
    plan: (profile) => {
      const sizes = eachSize(profile, 24);
      if (sizes.length < 2 || profile.values === 'none') return null;
      return plan([...sizes.flatMap((pair, map) => entryLives(map, pair)), { op: 'balance' }]);
    },
  },
];

/** Types that nobody registered, and those equal to it in a byte or a word. */
const otherTypes = (own: number): number[] => [
  ...[0, 1, own + 1, 0xfffc],
  ...[0x100, 0x1_0000, 0x8000_0000].map((far) => own + far),
];

/** All kinds of sizes and types are asked for. */
export const askedSizes: readonly Scenario[] = [
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
          ...otherTypes(profile.mapType).map((map_type): Operation => ({
            op: 'call',
            map: 0,
            callback: 'preprocess_map_create',
            map_type,
          })),
        ],
        aside,
      ),
  },
];
