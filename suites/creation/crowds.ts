/**
 * Plans of maps with the fewest entries, of more maps than a table holds, and of maps in the
 * places of others.
 */
import type { Operation, Profile, Scenario } from '../../harness/index.ts';

const plan = (operations: Operation[]) => ({
  actors: [
    {
      caller: 'user' as const,
      process: 1,
      operations: [{ op: 'start' as const }, ...operations, { op: 'stop' as const }],
    },
  ],
});

const put = (map: number, key: number, value: number): Operation[] => [
  { op: 'update', map, key, value },
  { op: 'find', map, key },
];
const look = (map: number, key = 0): Operation => ({ op: 'find', map, key });

/** A map of so many entries, filled, asked for one more, emptied, and filled again for its end. */
const small = (map: number, max_entries: number): Operation[] => {
  const keys = Array.from({ length: max_entries }, (_, key) => key);
  return [
    { op: 'create', map, max_entries },
    ...keys.flatMap((key) => put(map, key, key)),
    ...put(map, 0, max_entries),
    ...put(map, max_entries, max_entries + 1),
    look(map),
    ...keys.map((key): Operation => ({ op: 'delete', map, key })),
    look(map),
    ...put(map, max_entries - 1, 0),
    { op: 'close', map },
    { op: 'balance' },
  ];
};

/** The fewest entries that the profile knows of, and the counts beside. */
const fewest = ({ maxEntries, source }: Profile): number[] => {
  const first = source['maxEntries'] === 'declared' ? maxEntries.min : 1;
  return [first, first + 1, first + 2].filter((count) => count <= 66 && count <= maxEntries.max);
};

/** Maps of the fewest entries beside each other: each has an entry of its own. */
const smallTwins = (profile: Profile, max_entries: number): Operation[] => {
  if (profile.maxMaps === 1) return [];
  const maps = [8, 9];
  return [
    ...maps.map((map): Operation => ({ op: 'create', map, max_entries })),
    ...maps.flatMap((map) => put(map, 0, map)),
    ...maps.map((map) => look(map)),
    { op: 'delete', map: 9, key: 0 },
    look(8),
    ...put(8, 0, 2),
    ...maps.map((map): Operation => ({ op: 'close', map })),
    { op: 'balance' },
  ];
};

/** More than a table of sixty-four, or of twice as many, holds. */
const mapsMany = 130;

const crowd = (profile: Profile): Operation[] => {
  const maps = Array.from({ length: Math.min(profile.maxMaps ?? mapsMany, mapsMany) }, (_, i) => i);
  const ends = [...new Set([0, 1, ...maps.slice(-8)])];
  return [
    ...maps.flatMap((map): Operation[] => [
      { op: 'create', map },
      { op: 'update', map, key: 0, value: map % 12 },
    ]),
    ...ends.flatMap((map) => [look(map), ...put(map, 1, (map + 3) % 12)]),
    ...maps.slice(0, maps.length >> 1).map((map): Operation => ({ op: 'close', map })),
    { op: 'drain' },
    ...maps.slice(-8).flatMap((map) => [look(map), look(map, 1)]),
    { op: 'balance' },
  ];
};

/**
 * The first, the middle and the last of three maps goes, and another comes while the others stay.
 */
const places = (): Operation[] => {
  const all = [0, 1, 2];
  const renewed = (gone: number, value: number): Operation[] => [
    { op: 'close', map: gone },
    { op: 'drain' },
    ...all.filter((map) => map !== gone).flatMap((map) => [look(map), ...put(map, 1, value)]),
    { op: 'create', map: gone },
    look(gone),
    ...put(gone, 0, value + 1),
    ...all.flatMap((map) => [look(map), look(map, 1)]),
  ];
  return [
    ...all.flatMap((map): Operation[] => [{ op: 'create', map }, ...put(map, 0, map)]),
    ...renewed(0, 4),
    ...renewed(1, 6),
    ...renewed(2, 8),
    ...renewed(0, 3),
    ...[1, 0, 2].flatMap((map): Operation[] => [{ op: 'close', map }, { op: 'balance' }]),
  ];
};

export const crowds: readonly Scenario[] = [
  {
    name: 'maps of the fewest entries',
    probes: ['CRE-006', 'CRE-007'],
    dialects: ['as-documented'],
    plan: (profile) =>
      fewest(profile).length === 0
        ? null
        : plan([
            ...fewest(profile).flatMap((count, map) => small(map, count)),
            ...smallTwins(profile, fewest(profile)[0]!),
          ]),
  },
  {
    name: 'a hundred and thirty maps at once',
    probes: ['CRE-012', 'REG-015'],
    dialects: ['as-documented'],
    plan: (profile) => (profile.maxMaps === 1 ? null : plan(crowd(profile))),
  },
  {
    name: 'maps in the places of others',
    probes: ['CRE-012'],
    dialects: ['as-documented'],
    plan: (profile) => (profile.maxMaps !== null && profile.maxMaps < 3 ? null : plan(places())),
  },
];
