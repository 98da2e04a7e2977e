/**
 * Every caller × operation × option once, with two values held beside it that are looked at after
 * each: what is wrong in one combination only shows there and nowhere else.
 */
import type { Operation, Profile, Scenario } from '../../harness/index.ts';
import {
  balance,
  close,
  find,
  oneUser,
  programs,
  remove,
  smallCapacity,
  update,
  type Made,
} from '../state/element-plans.ts';

const NOEXIST = { option: 'EBPF_NOEXIST' } as const;
const EXIST = { option: 'EBPF_EXIST' } as const;
/** Not a member of ebpf_map_option_t: the base map refuses it. */
const UNKNOWN = { option: 7 } as const;

/** The keys held beside what is done, and those that it is done to. */
const [beside, alsoBeside, key, missing] = [0, 1, 2, 3];
const look: Operation[] = [find(beside), find(alsoBeside), balance];
const lookAndDelete = find(key, { delete: true });

type Way = (operations: Operation[]) => Operation[];
const users: Way = (operations) => operations;

/** What one caller can do to a key, each change followed by looks at it and at the others. */
const changes: readonly Operation[][] = [
  [update(key, 2), find(key)],
  [update(key, 3), find(key)],
  [update(key, 4, EXIST), find(key)],
  [update(key, 5, NOEXIST), find(key)],
  [update(key, 5, UNKNOWN), find(key)],
  [update(missing, 5, EXIST), find(missing)],
  [update(missing, 5, UNKNOWN)],
  [remove(missing)],
  [lookAndDelete, find(key)],
  [lookAndDelete],
  [update(key, 2, NOEXIST), find(key)],
  [remove(key), find(key)],
];

/** Each change by one caller; a user looks at what it changed, and at what it did not. */
const eachChange = (way: Way): Operation[] =>
  changes.flatMap((change) => {
    const made = way(change);
    return made.length === 0 ? [] : [...made, find(key), ...look];
  });

/** Entries for the end of a map: fresh, replaced, and replaced where something else was refused. */
const ending = (way: Way): Operation[] => [
  ...way([
    update(key, 2),
    update(missing, 3),
    update(missing, 4, EXIST),
    update(4, 5),
    update(4, 6, NOEXIST),
  ]),
  close,
  balance,
];

/** One caller makes, another replaces, the first takes away. */
const crossed = (one: Way, other: Way): Operation[] => [
  ...one([update(key, 2)]),
  ...other([update(key, 3), find(key)]),
  ...one([find(key)]),
  ...look,
  ...one([remove(key)]),
  ...look,
  ...one([update(key, 4)]),
  ...other([update(key, 5, NOEXIST), lookAndDelete]),
  ...look,
];

/** The same on a later map: those before it hold a value each, and are looked at in the end. */
const onMap = (slot: number, operations: Operation[]): Made => {
  const before = Array.from({ length: slot }, (_, map) => map);
  const inSlot = operations.map((one) =>
    'map' in one ? ({ ...one, map: slot } as Operation) : one,
  );
  return oneUser([
    ...before.flatMap((map): Operation[] => [
      ...(map === 0 ? [] : [{ op: 'create' as const, map }]),
      update(beside, 6 + map, { map }),
    ]),
    { op: 'create', map: slot },
    ...inSlot,
    ...before.map((map) => find(beside, { map })),
  ]);
};

/** The caller that made the map, another process, and programs where they may; on later maps. */
const everyCombination = (profile: Profile): Made[] => {
  const byPrograms: Way = (operations) => programs(profile, operations);
  const held = [update(beside, 0), update(alsoBeside, 1)];
  const begin: Operation[] = [{ op: 'start' }, { op: 'create', map: 0 }, ...held];
  const stranger = [...eachChange(users), ...ending(users)];
  const byUsers = [...held, ...eachChange(users), ...ending(users)];
  const mixed = [
    ...held,
    ...eachChange(byPrograms),
    ...crossed(users, byPrograms),
    ...crossed(byPrograms, users),
    ...ending(byPrograms),
  ];
  const usual = profile.updatesOriginalValue ? byUsers : mixed;
  const later = [1, 2].filter((slot) => slot < (profile.maxMaps ?? 3));
  return [
    oneUser(byUsers),
    {
      actors: [
        { caller: 'user', process: 1, operations: begin },
        { caller: 'user', process: 2, operations: stranger },
      ],
    },
    ...(profile.updatesOriginalValue ? [] : [oneUser(mixed)]),
    ...later.map((slot) => onMap(slot, usual)),
  ];
};

/** A full map: each caller's inserts are refused, its replaces are not. */
const full = (profile: Profile): Made | null => {
  const max_entries = smallCapacity(profile);
  if (max_entries === null) return null;
  const byPrograms: Way = (operations) => programs(profile, operations);
  const more = max_entries;
  const each: readonly Operation[][] = [
    [update(more, more)],
    [update(more, more, NOEXIST)],
    [update(0, more + 1)],
    [update(0, more + 2, EXIST)],
    [update(0, more, NOEXIST)],
    [update(more, more, EXIST)],
    [find(0, { delete: true }), update(more, more), update(0, 0), remove(more), update(0, 0)],
  ];
  const tried = [users, byPrograms].flatMap((way) =>
    each.flatMap((change) => {
      const made = way(change);
      return made.length === 0 ? [] : [...made, find(0), find(1), balance];
    }),
  );
  const operations: Operation[] = [
    { op: 'start' },
    { op: 'create', map: 0, max_entries },
    ...Array.from({ length: max_entries }, (_, index) => update(index, index)),
    ...tried,
    close,
    balance,
  ];
  return { actors: [{ caller: 'user', process: 1, operations }] };
};

/** Plans of all combinations, for the chapter of updates. */
export const combinations: readonly Scenario[] = [
  {
    name: 'every caller, operation and option',
    probes: [],
    dialects: ['as-documented'],
    plan: everyCombination,
  },
  {
    name: 'every caller and option on a full map',
    probes: [],
    dialects: ['as-documented'],
    plan: full,
  },
];
