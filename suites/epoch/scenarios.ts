/** Hand-written plans that make the epoch rules bite. */
import {
  sequential,
  type Conditions,
  type Operation,
  type Profile,
  type Scenario,
} from '../../harness/index.ts';
import type { Sizes } from '../state/element-plans.ts';

const canStore = (profile: Profile): boolean =>
  profile.accepted.length > 0 && profile.values !== 'none';

const update = (map: number, key: number, value: number): Operation => ({
  op: 'update',
  map,
  key,
  value,
});
const remove = (map: number, key: number): Operation => ({ op: 'delete', map, key });
const find = (map: number, key: number): Operation => ({ op: 'find', map, key });

/** Insert, replace, look up, delete, and leave something for the clean-up. */
const elements = (map: number): Operation[] => [
  update(map, 0, 0),
  update(map, 1, 1),
  update(map, 0, 2),
  find(map, 0),
  remove(map, 1),
  update(map, 1, 3),
  find(map, 1),
];

const slots = (profile: Profile): number[] => (profile.maxMaps === 1 ? [0] : [0, 1]);

/** Everything a provider does with memory, in one life of the module. */
const wholeLife = (profile: Profile): Operation[] => [
  { op: 'start' },
  ...slots(profile).flatMap((map): Operation[] => [
    { op: 'create', map },
    ...(canStore(profile) ? elements(map) : []),
  ]),
  { op: 'drain' },
  { op: 'close', map: 0 },
  { op: 'create', map: 2 },
  ...(canStore(profile) ? elements(2) : []),
  { op: 'drain' },
  { op: 'stop' },
];

/**
 * Allocations that are made to fail in a default run: more than a simple provider makes in the plan
 * below.
 */
const failuresMax = 10;

const failing = (profile: Profile) => {
  if (profile.accepted.length === 0) return null;
  const map = 0;
  const operations: Operation[] = [
    { op: 'start' },
    { op: 'create', map },
    ...(canStore(profile) ? elements(map) : []),
    // Again, with memory to be had: it works afterwards.
    { op: 'create', map: profile.maxMaps === 1 ? map : 1 },
    ...(canStore(profile)
      ? [update(map, 2, 4), find(map, 2), update(map, 0, 5), find(map, 0)]
      : []),
    { op: 'close', map },
    { op: 'create', map: 2 },
    ...(canStore(profile) ? [update(2, 0, 1), find(2, 0)] : []),
    { op: 'stop' },
  ];
  const { actors } = sequential('', operations);
  return Array.from({ length: failuresMax }, (_, index) => ({
    actors,
    conditions: { fail_allocation: index + 1 } satisfies Conditions,
  }));
};

/** A lookup beside operations that take its value away; every order of their phases is tried. */
const reader = (
  profile: Profile,
  changes: Operation[],
  sizes?: Sizes,
  others: readonly number[] = [],
) => {
  if (!canStore(profile) || !profile.hasFind) return null;
  const setup: Operation[] = [
    { op: 'start' },
    ...(profile.maxMaps === 1 ? [] : others.map((map) => ({ op: 'create' as const, map }))),
    {
      op: 'create',
      map: 0,
      ...(sizes ? { key_size: sizes.key, value_size: sizes.value } : {}),
    },
    update(0, 0, 0),
    update(0, 1, 1),
  ];
  return {
    actors: [
      { caller: 'user' as const, process: 1, operations: [...setup, ...changes] },
      { caller: 'user' as const, process: 1, operations: [find(0, 0)] },
    ],
  };
};

/**
 * What was deleted is let go later, on an occasion that has nothing to do with the reader: another
 * map begins or ends, a program comes.
 */
const occasions = (profile: Profile): Operation[][] => {
  const [program_type] = profile.programTypes?.accept ?? [];
  return [
    ...(profile.maxMaps === 1 ? [] : [[{ op: 'create' as const, map: 1 }]]),
    ...(profile.maxMaps === 1 ? [] : [[{ op: 'close' as const, map: 2 }]]),
    ...(program_type === undefined ? [] : [[{ op: 'associate' as const, map: 0, program_type }]]),
  ];
};

/** The largest values that are accepted, where they are not the usual ones. */
const largest = (profile: Profile): Sizes | null => {
  const [usual, ...others] = profile.accepted;
  const [first] = [...others].sort((a, b) => b.value - a.value);
  return usual && first && first.value > usual.value ? first : null;
};

const readerScenario = (name: string, changes: Operation[]): Scenario => ({
  name,
  probes: ['EPOCH-008'],
  dialects: ['as-documented'],
  exhaustive: { schedulesMax: 200, setup: 4 },
  plan: (profile) => reader(profile, changes),
});

export const scenarios: readonly Scenario[] = [
  {
    name: 'memory over a whole life of the module',
    probes: [],
    plan: (profile) => (profile.accepted.length === 0 ? null : sequential('', wholeLife(profile))),
  },
  {
    name: 'one allocation fails',
    probes: ['EPOCH-006'],
    dialects: ['as-documented'],
    plan: failing,
  },
  {
    name: 'fresh memory holds garbage',
    probes: ['EPOCH-007'],
    dialects: ['as-documented'],
    plan: (profile) =>
      profile.accepted.length === 0
        ? null
        : sequential('', wholeLife(profile), {
            conditions: { garbage: true, probes_only: true },
          }),
  },
  readerScenario('a lookup while its value is deleted', [remove(0, 0)]),
  {
    ...readerScenario('a lookup while its value is deleted, large values', []),
    plan: (profile) => {
      const sizes = largest(profile);
      return sizes && reader(profile, [remove(0, 0)], sizes);
    },
  },
  {
    ...readerScenario('a lookup while its value is deleted, and then something else happens', []),
    plan: (profile) =>
      occasions(profile).flatMap(
        (occasion) => reader(profile, [remove(0, 0), ...occasion], undefined, [2]) ?? [],
      ),
  },
  readerScenario('a lookup while its value is replaced', [update(0, 0, 2)]),
  readerScenario('a lookup while its value is replaced and the new one deleted', [
    update(0, 0, 2),
    remove(0, 0),
  ]),
];
