/**
 * Plans with more entries, and more changes of one entry, than a narrow count or a fixed table can
 * hold.
 */
import type { Operation, Profile, Scenario } from '../../harness/index.ts';
import {
  balance,
  close,
  find,
  programs,
  remove,
  update,
  type Made,
} from '../state/element-plans.ts';

/** Live entries at which tables are full and counts come round: looked at while the map grows. */
const edges = [10, 16, 32, 64, 100, 101, 128, 255, 256, 257, 512, 1000, 1024, 1025];
const entriesMax = 1030;

/**
 * One map with room for many: where so many are refused, the next creation in the same slot asks
 * for fewer. None where keys of one byte would come round.
 */
const roomy = (profile: Profile): Operation[] =>
  (profile.accepted[0]?.key === 1 ? [] : [1100, 520, 300, 130])
    .map((count) => Math.max(count, profile.maxEntries.min))
    .filter(
      (count) => profile.source['maxEntries'] !== 'declared' || count <= profile.maxEntries.max,
    )
    .map((max_entries) => ({ op: 'create', map: 0, max_entries }));

const user = (operations: Operation[]): Made => ({
  actors: [{ caller: 'user', process: 1, operations: [{ op: 'start' }, ...operations] }],
});

const atEdge = (count: number): Operation[] =>
  edges.includes(count)
    ? [
        ...[0, count >> 1, count - 2, count - 1].map((key) => find(key)),
        update(count - 1, entriesMax + count),
        find(count - 1),
        find(0),
      ]
    : [];

/** The first and the last entries, those at edges, and some of all others. */
const isLookedAt = (key: number): boolean =>
  key < 30 ||
  key >= entriesMax - 30 ||
  key % 6 === 0 ||
  edges.some((edge) => Math.abs(edge - key) <= 2);

/** A map that grows beyond every edge, shrinks, and grows again. */
const growing = (profile: Profile): Made | null => {
  const rooms = roomy(profile);
  if (rooms.length === 0) return null;
  const all = Array.from({ length: entriesMax }, (_, key) => key);
  const gone = all.filter((key) => key % 8 === 1);
  return user([
    ...rooms,
    ...all.flatMap((key) => [update(key, key), ...atEdge(key + 1)]),
    ...all.filter(isLookedAt).map((key) => find(key)),
    balance,
    ...gone.flatMap((key) => [remove(key), ...(key % 32 === 1 ? [find(key + 1)] : [])]),
    ...gone
      .slice(0, 40)
      .flatMap((key) => [update(key, 3 * entriesMax + key), find(key), find(key - 1)]),
    close,
    balance,
  ]);
};

const twinsMax = 300;

/** One value under more keys than eight bits count, given back one by one. */
const twins = (profile: Profile): Made | null => {
  const rooms = roomy(profile);
  if (profile.duplicatesAllowed !== true || rooms.length === 0) return null;
  const keys = Array.from({ length: twinsMax }, (_, key) => key);
  const last = twinsMax - 1;
  return user([
    ...rooms,
    ...keys.flatMap((key) => [update(key, 0), ...(edges.includes(key + 1) ? [find(key)] : [])]),
    ...keys.slice(0, last).flatMap((key) => [remove(key), ...(key % 8 === 0 ? [find(last)] : [])]),
    update(0, 0),
    find(0),
    close,
    balance,
  ]);
};

const changesMany = 260;
/** Values that are given to the changing entry by turns. */
const valuesChanged = 12;

/** What the entry was given often, twice more when nothing is left to be released. */
const takenAgain: Operation[] = [0, 1].flatMap((): Operation[] => [
  update(0, valuesChanged - 1),
  balance,
  update(0, 0),
  find(0),
]);

/** One entry replaced, then taken away and made anew, more often than eight bits count. */
const renewed = (profile: Profile): Made => {
  const times = Array.from({ length: changesMany }, (_, time) => time);
  const changed = (time: number): Operation[] => [update(0, time % valuesChanged), find(0)];
  return user([
    { op: 'create', map: 0 },
    update(1, valuesChanged),
    ...times.flatMap(changed),
    ...takenAgain,
    find(1),
    ...times.flatMap((time) => [remove(0), ...changed(time)]),
    ...takenAgain,
    ...programs(profile, [...times.map((time) => update(2, time % valuesChanged)), find(2)]),
    find(2),
    find(1),
    close,
    balance,
  ]);
};

/** What an entry can suffer among many is a matter of these. */
const judgedBy = ['update', 'lookup', 'deletion'];

/** Plans with many entries, for the chapter of updates. */
export const manyEntries: readonly Scenario[] = [
  {
    name: 'a map grows beyond every edge',
    probes: [],
    dialects: ['as-documented'],
    judgedBy,
    plan: growing,
  },
  {
    name: 'one value under three hundred keys',
    probes: [],
    dialects: ['as-documented'],
    judgedBy,
    plan: twins,
  },
  {
    name: 'one entry changes more often than a byte counts',
    probes: [],
    dialects: ['as-documented'],
    judgedBy,
    plan: renewed,
  },
];
