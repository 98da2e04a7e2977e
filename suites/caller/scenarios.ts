/** Hand-written plans that make the rules of IRQL and process bite. */
import {
  DISPATCH_LEVEL,
  sequential,
  type Caller,
  type Operation,
  type Profile,
  type Scenario,
} from '../../harness/index.ts';

const update = (key: number, value: number, caller: Caller = 'user'): Operation => ({
  op: 'update',
  map: 0,
  key,
  value,
  caller,
});
const find = (key: number, caller: Caller = 'user', removes = false): Operation => ({
  op: 'find',
  map: 0,
  key,
  caller,
  ...(removes ? { delete: true } : {}),
});
const remove = (key: number, caller: Caller = 'user'): Operation => ({
  op: 'delete',
  map: 0,
  key,
  caller,
});

/** Three maps with entries inside, where so many can be had, and their ends one after the other. */
const endedElsewhere = ({ maxMaps }: Profile): Operation[] => {
  const maps = [0, 1, 2].slice(0, maxMaps ?? 3);
  return [
    { op: 'start' },
    ...maps.flatMap((map): Operation[] => [
      { op: 'create', map },
      ...[0, 1, 2].map((key): Operation => ({ op: 'update', map, key, value: key })),
      { op: 'update', map, key: 2, value: 3 },
      { op: 'delete', map, key: 1 },
    ]),
    ...maps.map((map): Operation => ({ op: 'close', map })),
    { op: 'drain' },
    { op: 'balance' },
    { op: 'stop' },
  ];
};

const canStore = (profile: Profile): boolean =>
  profile.accepted.length > 0 && profile.values !== 'none';

/**
 * Every element callback, by one kind of caller: insert, replace, look up, delete, refused insert.
 */
const round = (caller: Caller): Operation[] => [
  update(0, 0, caller),
  update(0, 1, caller),
  find(0, caller),
  { op: 'update', map: 0, key: 0, value: 2, option: 'EBPF_NOEXIST', caller },
  update(1, 3, caller),
  find(1, caller, true),
  remove(0, caller),
];

export const scenarios: readonly Scenario[] = [
  {
    name: 'users and programs call one after the other',
    probes: ['IRQL-002'],
    plan: (profile) =>
      canStore(profile)
        ? sequential('', [
            { op: 'start' },
            { op: 'create', map: 0 },
            ...round('user'),
            // Something for a clean-up at PASSIVE_LEVEL, and the same again for programs.
            ...(profile.updatesOriginalValue
              ? []
              : [...round('program'), ...round('user'), update(2, 4, 'program')]),
            update(3, 5),
            { op: 'close', map: 0 },
            { op: 'stop' },
          ])
        : null,
  },
  {
    name: 'users delete what they inserted',
    probes: ['IRQL-003', 'IRQL-004'],
    plan: (profile) =>
      canStore(profile) && profile.deleteStyle !== 'none'
        ? sequential('', [
            { op: 'start' },
            { op: 'create', map: 0 },
            update(0, 0),
            update(0, 1),
            remove(0),
            update(1, 2),
            find(1, 'user', true),
            update(2, 3),
            { op: 'close', map: 0 },
            { op: 'stop' },
          ])
        : null,
  },
  {
    name: 'maps come, meet programs and go',
    probes: ['IRQL-007'],
    plan: (profile) => {
      if (profile.accepted.length === 0) return null;
      const program_type = profile.programTypes?.accept[0];
      return sequential('', [
        { op: 'start' },
        { op: 'create', map: 0 },
        ...(program_type ? [{ op: 'associate', map: 0, program_type } as const] : []),
        { op: 'close', map: 0 },
        { op: 'create', map: 0 },
        { op: 'stop' },
      ]);
    },
  },
  {
    name: 'clients go at DISPATCH_LEVEL',
    probes: ['IRQL-009'],
    dialects: ['as-documented'],
    plan: (profile) =>
      sequential(
        '',
        [
          { op: 'start' },
          { op: 'attach', binding: 0 },
          { op: 'detach', binding: 0 },
          { op: 'drain' },
          { op: 'create', map: 0 },
          ...(canStore(profile) ? [update(0, 0), find(0)] : []),
          { op: 'close', map: 0 },
          { op: 'drain' },
          { op: 'attach', binding: 1 },
          { op: 'stop' },
        ],
        { conditions: { detach_irql: DISPATCH_LEVEL, probes_only: true } },
      ),
  },
  {
    name: 'a map is cleaned up where no process is',
    probes: ['PROC-003'],
    dialects: ['as-documented'],
    plan: (profile) =>
      canStore(profile) && profile.deleteStyle !== 'none'
        ? sequential('', endedElsewhere(profile), {
            conditions: { foreign_cleanup: 'nobody', probes_only: true },
          })
        : null,
  },
  {
    name: 'a map is cleaned up in another process',
    probes: ['PROC-002'],
    dialects: ['as-documented'],
    plan: (profile) =>
      canStore(profile) && profile.deleteStyle !== 'none'
        ? sequential('', endedElsewhere(profile), {
            conditions: { foreign_cleanup: true, probes_only: true },
          })
        : null,
  },
  {
    name: 'a map is cleaned up by a worker of the shipped runtime',
    probes: ['PROC-002'],
    dialects: ['as-shipped'],
    plan: (profile) =>
      canStore(profile) && profile.deleteStyle !== 'none'
        ? sequential('', [
            { op: 'start' },
            { op: 'create', map: 0 },
            update(0, 0),
            update(1, 1),
            remove(1),
            { op: 'close', map: 0 },
            { op: 'drain' },
            { op: 'stop' },
          ])
        : null,
  },
  {
    name: 'another process deletes',
    probes: ['PROC-003'],
    dialects: ['as-documented'],
    plan: (profile) =>
      canStore(profile)
        ? {
            // With no choices the first actor comes to its end before the second begins.
            actors: [
              {
                caller: 'user',
                process: 1,
                operations: [
                  { op: 'start' },
                  { op: 'create', map: 0 },
                  update(0, 0),
                  // The same values first, in the process that brought them: a provider may refuse
                  // to delete some.
                  ...[1, 2].flatMap((one) => [update(one, one), find(one), remove(one)]),
                  update(1, 1),
                  update(2, 2),
                  remove(0),
                ],
              },
              {
                caller: 'user',
                process: 2,
                operations: [find(1), remove(1), find(2, 'user', true)],
              },
            ],
          }
        : null,
  },
];
