/** Hand-written plans that make the unload rules bite. */
import type { Conditions, Operation, Profile, Scenario } from '../../harness/index.ts';

const plan = (operations: Operation[], conditions: Conditions = {}) => ({
  conditions,
  actors: [
    { caller: 'user' as const, process: 1, operations: [{ op: 'start' as const }, ...operations] },
  ],
});

const stop: Operation = { op: 'stop' };

const programType = (profile: Profile): string =>
  profile.programTypes?.accept[0] ?? 'f1832a85-85d5-45b0-98a0-7069d63013b0';

const use = (profile: Profile, map: number): Operation[] => [
  { op: 'update', map, key: 0, value: 0 },
  { op: 'find', map, key: 0 },
  { op: 'update', map, key: 0, value: 0 },
  { op: 'update', map, key: 1, value: 1 },
  { op: 'associate', map, program_type: programType(profile) },
  { op: 'find', map, key: 0 },
  { op: 'delete', map, key: 1 },
];

/**
 * One process goes on with its maps while another unloads the provider. The choices let the first
 * fill its maps, then the second begin; when that one waits the first is the only one that can
 * move.
 */
const unloadUnderUse = (profile: Profile, maps: number, conditions: Conditions = {}) => {
  const slots = Array.from({ length: maps }, (_, map) => map);
  const before: Operation[] = [
    { op: 'start' },
    { op: 'create', map: 8 },
    ...use(profile, 8),
    { op: 'close', map: 8 },
    { op: 'drain' },
    ...slots.flatMap((map): Operation[] => [{ op: 'create', map }, ...use(profile, map)]),
  ];
  const after: Operation[] = [
    ...slots.flatMap((map): Operation[] => [{ op: 'find', map, key: 0 }, ...use(profile, map)]),
    { op: 'create', map: 9 },
    ...slots.map((map): Operation => ({ op: 'close', map })),
  ];
  return { before, after, conditions };
};

/**
 * Both halves as one actor each: the second actor's stop comes when the first has done its part.
 */
const interleaved = ({ before, after, conditions }: ReturnType<typeof unloadUnderUse>) => ({
  conditions,
  actors: [
    { caller: 'user' as const, process: 1, operations: [...before, stop] },
    { caller: 'user' as const, process: 1, operations: after },
  ],
});

const bindingsCount = 260;

/**
 * Only a declaration takes the second start from the provider: where the probe saw it fail, that is
 * what to report.
 */
export const isRestartTried = ({ restartable, source }: Profile): boolean =>
  restartable === true || (restartable === false && source['restartable'] === 'probed');

const oneLife = (profile: Profile, map: number): Operation[] => [
  { op: 'create', map },
  ...use(profile, map),
  { op: 'close', map },
  { op: 'drain' },
];

/** Two maps at once, where that can be had, filled, looked at, emptied and ended. */
const fullLife = (profile: Profile, map: number): Operation[] => {
  const maps = profile.maxMaps === 1 ? [map] : [map, map + 1];
  return [
    ...maps.map((one): Operation => ({ op: 'create', map: one })),
    ...maps.flatMap((one) => use(profile, one)),
    ...maps.flatMap((one): Operation[] => [
      { op: 'update', map: one, key: 2, value: 2 },
      { op: 'find', map: one, key: 2 },
      { op: 'find', map: one, key: 0, delete: true },
      { op: 'close', map: one },
    ]),
    { op: 'drain' },
    { op: 'balance' },
  ];
};

/** Three starts of one load: what a second or a third one leaves out shows in no other run. */
const restarted = (profile: Profile): Operation[] => [
  ...fullLife(profile, 0),
  stop,
  { op: 'start' },
  ...fullLife(profile, 2),
  stop,
  { op: 'start' },
  ...fullLife(profile, 4),
  stop,
];

/**
 * A load of its own for the starts that are counted. Who was seen to start again is judged by all
 * rules after it; of others nothing is asked but that.
 */
const ofOneLoad = ({ restartable }: Profile): Conditions => ({
  fresh_load: true,
  ...(restartable === true ? {} : { probes_only: true }),
});

/**
 * Stops that have to wait: for a map in use, then for a client; and more starts than a second one.
 */
const busyRestarts = (profile: Profile): Operation[] => [
  { op: 'create', map: 0 },
  ...use(profile, 0),
  stop,
  { op: 'start' },
  ...oneLife(profile, 1),
  { op: 'attach', binding: 0 },
  stop,
  { op: 'start' },
  stop,
  { op: 'start' },
  ...oneLife(profile, 2),
  stop,
];

export const scenarios: readonly Scenario[] = [
  {
    name: 'stopped before any client came',
    probes: ['UNLOAD-002'],
    plan: () => [plan([stop]), plan([stop], { always_pending: true })],
  },
  {
    name: 'stopped after its clients have gone',
    probes: ['UNLOAD-002', 'UNLOAD-001'],
    plan: (profile) => {
      const operations: Operation[] = [
        { op: 'create', map: 0 },
        ...use(profile, 0),
        { op: 'close', map: 0 },
        { op: 'drain' },
        { op: 'attach', binding: 0 },
        { op: 'detach', binding: 0 },
        { op: 'drain' },
        stop,
      ];
      return [plan(operations), plan(operations, { always_pending: true })];
    },
  },
  {
    name: 'stopped while maps live and are used',
    probes: ['UNLOAD-003', 'UNLOAD-001'],
    plan: (profile) => [
      interleaved(unloadUnderUse(profile, Math.min(profile.maxMaps ?? 2, 2))),
      interleaved(unloadUnderUse(profile, 1, { always_pending: true })),
    ],
  },
  {
    name: 'stopped while maps live and nobody closes them',
    probes: ['UNLOAD-003', 'UNLOAD-001'],
    plan: (profile) =>
      plan([
        { op: 'create', map: 1 },
        ...use(profile, 1),
        { op: 'close', map: 1 },
        { op: 'drain' },
        { op: 'create', map: 0 },
        ...use(profile, 0),
        stop,
      ]),
  },
  {
    name: 'a bare client comes and goes',
    probes: ['UNLOAD-005', 'UNLOAD-006'],
    plan: () =>
      plan([
        { op: 'attach', binding: 0 },
        { op: 'attach', binding: 1 },
        { op: 'detach', binding: 0 },
        { op: 'create', map: 0 },
        { op: 'update', map: 0, key: 0, value: 0 },
        { op: 'detach', binding: 1 },
        { op: 'find', map: 0, key: 0 },
        { op: 'close', map: 0 },
        { op: 'drain' },
        { op: 'balance' },
        stop,
      ]),
  },
  {
    name: 'more clients come and go than a byte counts',
    probes: ['UNLOAD-007'],
    dialects: ['as-documented'],
    plan: () =>
      plan([
        ...Array.from({ length: bindingsCount }, (_, binding): Operation[] => [
          { op: 'attach', binding },
          { op: 'detach', binding },
        ]).flat(),
        { op: 'balance' },
        stop,
      ]),
  },
  {
    name: 'stopped and started again',
    probes: ['UNLOAD-009'],
    plan: (profile) =>
      isRestartTried(profile)
        ? [
            plan(restarted(profile), ofOneLoad(profile)),
            plan(busyRestarts(profile), ofOneLoad(profile)),
          ]
        : null,
  },
  {
    name: 'the registrar answers a stop with errors',
    probes: ['UNLOAD-011'],
    dialects: ['as-documented'],
    plan: (profile) => {
      const used: Operation[] = [
        { op: 'create', map: 0 },
        ...use(profile, 0),
        { op: 'close', map: 0 },
        { op: 'drain' },
        stop,
      ];
      const aside = { fresh_load: true, probes_only: true } as const;
      return [
        plan(used, { fail_deregistration: 1, ...aside }),
        plan([stop], { fail_deregistration: 2, always_pending: true, ...aside }),
        plan(used, { fail_wait: 1, always_pending: true, ...aside }),
      ];
    },
  },
];
