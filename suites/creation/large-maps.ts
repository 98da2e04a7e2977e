/** Entry counts and sizes at which a narrower variable, a product or a sum comes out wrong. */
import type { Operation, Profile, Scenario } from '../../harness/index.ts';
import type { Sizes } from '../state/element-plans.ts';

const wordMax = 2 ** 32;

/**
 * Sizes that a table may give an entry: powers of two, common structures, and what the map is made
 * of.
 */
const entrySizes = ({ key, value, actual }: Profile['accepted'][number]): number[] => [
  ...[2, 4, 8, 12, 16, 20, 24, 32, 40, 48, 64],
  ...[key, value, actual, key + value, key + actual],
  ...[8, 16].flatMap((header) => [key + value + header, key + actual + header]),
];

/**
 * Counts beside which a count of 16 or 24 bits, a signed one, and one rounded up to a power of two
 * go wrong.
 */
const edges = [
  0x1_0001,
  0x100_0001,
  ...[28, 29].flatMap((bits) => [2 ** bits - 1, 2 ** bits]),
  0x7fff_ffff,
  0x8000_0000,
  0x8000_0001,
  0xffff_ffff,
];

const distinct = (counts: readonly number[]): number[] =>
  [...new Set(counts)].sort((one, other) => one - other);

/** Counts with which the bytes of all entries come out as few in 32 bits. */
const wrapping = (sizes: readonly number[]): number[] =>
  sizes.filter((size) => size > 1).map((size) => Math.floor(wordMax / size) + 1);

const isAllowed = (profile: Profile, count: number): boolean =>
  profile.source['maxEntries'] !== 'declared' || count <= profile.maxEntries.max;

/** Keys at the end of a table that is indexed by them, as far as the keys of a map reach. */
const farKeys = (profile: Profile, sizes: Sizes, count: number): number[] =>
  profile.source['keys'] === 'declared' && !profile.keysBelowMaxEntries
    ? []
    : distinct([0x1_0001, count >>> 1, count - 1]).filter(
        (key) => key > 2 && key < count && key < 256 ** Math.min(sizes.key, 6),
      );

/** A map, what is put into it and how it changes; ends with entries for the clean-up. */
const served = (map: number, sizes: Sizes, count: number | null, far: number[]): Operation[] => [
  {
    op: 'create',
    map,
    key_size: sizes.key,
    value_size: sizes.value,
    ...(count === null ? {} : { max_entries: count }),
  },
  ...[0, 1].map((key, value): Operation => ({ op: 'update', map, key, value })),
  ...[0, 1].map((key): Operation => ({ op: 'find', map, key })),
  { op: 'update', map, key: 1, value: 5 },
  { op: 'find', map, key: 1 },
  { op: 'delete', map, key: 0 },
  // Last, so that no map holds more values than the one of few entries before.
  ...far.map((key, at): Operation => ({ op: 'update', map, key, value: at + 2 })),
  ...[...far, 1].map((key): Operation => ({ op: 'find', map, key })),
  { op: 'close', map },
  { op: 'drain' },
];

const few = (map: number, sizes: Sizes): Operation[] => served(map, sizes, null, []);

/** Maps of all these counts, one after the other, between two of the usual count. */
const ofCounts = (profile: Profile, sizes: Sizes, counts: readonly number[]): Operation[] => {
  const slot = 100 * sizes.key;
  return [
    ...few(slot, sizes),
    ...counts
      .filter((count) => isAllowed(profile, count))
      .flatMap((count, at) => served(slot + 1 + at, sizes, count, farKeys(profile, sizes, count))),
    ...few(slot + 99, sizes),
  ];
};

/**
 * Plans, as operations, of maps for very many entries: the preferred sizes, the largest, and keys
 * of a page.
 */
const manyEntries = (profile: Profile): Operation[][] => {
  const [first, ...others] = profile.accepted;
  if (!first || profile.values === 'none' || !isAllowed(profile, edges[0]!)) return [];
  const largest = others.toSorted((a, b) => b.key + b.value - a.key - a.value).at(0);
  const page = { key: 4096, value: first.value };
  const wraps = (sizes: Sizes, actual: number): Operation[] =>
    ofCounts(profile, sizes, distinct(wrapping([sizes.key, sizes.value, sizes.key + actual])));
  return [
    ofCounts(profile, first, distinct([...edges, ...wrapping(entrySizes(first))])),
    [...(largest ? wraps(largest, largest.actual) : []), ...wraps(page, first.actual)],
  ];
};

/** Sizes around the ends of a byte and a page, odd ones among them. */
const largeSizes = [127, 128, 255, 256, 257, 260, 511, 512, 4096];

/** Keys of zeros but for one byte at the end, or in the middle, where key 0 has none. */
const longKeys = (size: number): string[] =>
  [size - 1, size >> 1].map((at) =>
    Array.from({ length: size }, (_, byte) => (byte === at ? '01' : '00')).join(''),
  );

const used = (profile: Profile, map: number, { key, value }: Sizes): Operation[] => {
  const update = (at: number | string, index: number): Operation => ({
    op: 'update',
    map,
    key: at,
    value: index,
  });
  const find = (at: number | string): Operation => ({ op: 'find', map, key: at });
  const [last, middle] = profile.source['keys'] === 'declared' ? [2, 3] : longKeys(key);
  return [
    { op: 'create', map, key_size: key, value_size: value },
    ...[update(0, 0), find(0), update(1, 1), find(1), update(0, 2), find(0), find(1)],
    ...[update(last!, 3), update(middle!, 4), find(0), find(last!), find(middle!)],
    { op: 'delete', map, key: last! },
    ...[find(0), find(middle!), update(last!, 5), find(last!)],
    { op: 'close', map },
    { op: 'drain' },
  ];
};

/**
 * A plan of maps with large keys and values, whether the probe asked for such or not: what is
 * accepted is used.
 */
const largeKeysAndValues = (profile: Profile): Operation[] => {
  const [first] = profile.accepted;
  if (!first || profile.values === 'none') return [];
  const all: Sizes[] = [
    ...largeSizes.flatMap((size) => [
      { key: size, value: first.value },
      { key: first.key, value: size },
    ]),
    { key: 257, value: 257 },
  ];
  return [
    ...used(profile, 0, first),
    ...all.flatMap((sizes, at) => used(profile, at + 1, sizes)),
    // Again, as only what the first sizes go on serving is asked of the others.
    ...used(profile, 99, first),
  ];
};

const planOf = (operations: Operation[]) => ({
  actors: [
    {
      caller: 'user' as const,
      process: 1,
      operations: [{ op: 'start' as const }, ...operations, { op: 'stop' as const }],
    },
  ],
});

/** Plans of maps that are large in one way or the other. */
export const largeMaps: readonly Scenario[] = [
  {
    name: 'maps for very many entries are used',
    probes: ['CRE-006'],
    dialects: ['as-documented'],
    plan: (profile) => manyEntries(profile).map(planOf),
  },
  {
    name: 'large keys and values are used where they are accepted',
    probes: ['CRE-006'],
    dialects: ['as-documented'],
    plan: (profile) => {
      const operations = largeKeysAndValues(profile);
      return operations.length > 0 ? planOf(operations) : null;
    },
  },
];
