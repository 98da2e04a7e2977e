/** Hand-written plans that make the lifecycle and pinning rules bite. */
import type { Conditions, Operation, Profile, Scenario } from '../../harness/index.ts';

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

const life = (map: number, middle: Operation[] = []): Operation[] => [
  { op: 'create', map },
  ...middle,
  { op: 'close', map },
];

const keys = [0, 1, 2];
const fill = (map: number, from = 0): Operation[] =>
  keys.map((key): Operation => ({ op: 'update', map, key, value: from + key }));
const empty = (map: number): Operation[] =>
  keys.map((key): Operation => ({ op: 'delete', map, key }));

/** A map that was never filled, one that was emptied, one that ends with its entries. */
const threeEnds: Operation[] = [
  ...life(0),
  { op: 'balance' },
  ...life(1, [...fill(1), ...empty(1)]),
  { op: 'balance' },
  ...life(2, [
    ...fill(2),
    { op: 'update', map: 2, key: 0, value: 4 },
    { op: 'find', map: 2, key: 1 },
  ]),
  { op: 'balance' },
  ...life(3, [...fill(3), { op: 'delete', map: 3, key: 1 }]),
  { op: 'balance' },
];

/** A map that other references keep after its first handle is closed. */
const pinned: Operation[] = [
  { op: 'create', map: 0 },
  { op: 'update', map: 0, key: 0, value: 0 },
  { op: 'hold', map: 0 },
  { op: 'close', map: 0 },
  { op: 'drain' },
  { op: 'find', map: 0, key: 0 },
  { op: 'update', map: 0, key: 1, value: 1 },
  { op: 'hold', map: 0 },
  { op: 'close', map: 0 },
  { op: 'delete', map: 0, key: 0 },
  { op: 'close', map: 0 },
  { op: 'balance' },
];

const cyclesCount = 100;
/** More maps than eight bits count. */
const bareCyclesCount = 160;

const cycle = (map: number): Operation[] =>
  life(map, [{ op: 'update', map, key: 0, value: map % 4 }]);

const several = (profile: Profile): number => Math.min(profile.maxMaps ?? 3, 3);

/** Several maps of which the first to come is the first, or the last, to go. */
const overlapping = (count: number): Operation[] => {
  const maps = Array.from({ length: count }, (_, map) => map);
  return [
    ...maps.map((map): Operation => ({ op: 'create', map })),
    ...maps.flatMap((map) => fill(map, map * 3)),
    ...maps.map((map): Operation => ({ op: 'close', map })),
    { op: 'balance' },
    ...maps.map((map): Operation => ({ op: 'create', map })),
    ...maps.flatMap((map) => fill(map, map * 3)),
    ...[...maps].reverse().map((map): Operation => ({ op: 'close', map })),
    { op: 'balance' },
  ];
};

export const scenarios: readonly Scenario[] = [
  {
    name: 'a binding without a map, and one whose map came and went',
    probes: ['LIFE-005'],
    plan: () =>
      plan([
        { op: 'attach', binding: 0 },
        { op: 'detach', binding: 0 },
        ...life(0, fill(0)),
        { op: 'balance' },
      ]),
  },
  {
    name: 'a map lives and ends, four times',
    probes: ['LIFE-002'],
    plan: () => plan([0, 1, 2, 3].flatMap((map): Operation[] => [...life(map), { op: 'balance' }])),
  },
  { name: 'three ways a map ends', probes: ['LIFE-004'], plan: () => plan(threeEnds) },
  {
    name: 'maps whose lives overlap',
    probes: ['LIFE-005', 'LIFE-002'],
    plan: (profile) => plan(overlapping(several(profile))),
  },
  {
    name: 'deferred work after the end of a map',
    probes: ['LIFE-003'],
    plan: () => plan([...life(0, fill(0)), { op: 'drain' }, ...life(1, fill(1)), { op: 'drain' }]),
  },
  {
    name: 'a map is destroyed in another process',
    probes: ['LIFE-006'],
    dialects: ['as-documented'],
    plan: () =>
      plan([...life(0), ...life(1, fill(1)), { op: 'balance' }], {
        foreign_cleanup: true,
        probes_only: true,
      }),
  },
  {
    name: 'hundreds of maps come and go',
    probes: ['LIFE-009'],
    dialects: ['as-documented'],
    plan: () =>
      plan([
        ...Array.from({ length: cyclesCount }, (_, map) => cycle(map)).flat(),
        { op: 'balance' },
        ...Array.from({ length: bareCyclesCount }, (_, at) => life(cyclesCount + at)).flat(),
        ...cycle(cyclesCount + bareCyclesCount),
        { op: 'balance' },
        // The first goes by while the last map delete waits, where it does.
        { op: 'balance' },
      ]),
  },
  { name: 'a map is pinned', probes: ['LIFE-002', 'LIFE-004'], plan: () => plan(pinned) },
];
