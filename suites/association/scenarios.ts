/** Hand-written plans that make the association rules bite. */
import { guids, type Operation, type Profile, type Scenario } from '../../harness/index.ts';
import { isRestartTried } from '../unload/scenarios.ts';
import { unknownProgramType } from './conditions.ts';

const plan = (operations: Operation[]) => ({
  actors: [
    {
      caller: 'user' as const,
      process: 1,
      operations: [{ op: 'start' as const }, ...operations, { op: 'stop' as const }],
    },
  ],
});

const ask = (program_type: string, map = 0): Operation => ({ op: 'associate', map, program_type });

const platform: readonly string[] = Object.values(guids.PROGRAM_TYPES);

/** Program types that the provider takes, and at least one to ask about. */
const takes = (profile: Profile): readonly string[] => {
  const accept = profile.programTypes?.accept ?? [];
  return accept.length > 0 ? accept : platform.slice(0, 1);
};

const everybody = (profile: Profile): string[] => [
  ...new Set([
    unknownProgramType,
    ...platform,
    guids.EBPF_ATTACH_TYPE_SAMPLE,
    guids.EBPF_PROGRAM_TYPE_UNSPECIFIED,
    ...takes(profile),
    ...(profile.programTypes?.reject ?? []),
  ]),
];

/** The GUID with one bit changed in each of its sixteen bytes, lowest and highest bits by turns. */
const nearMisses = (guid: string): string[] => {
  const bytes = guids.guidToBytes(guid);
  return Array.from(bytes, (_, at) => {
    const changed = bytes.slice();
    changed[at]! ^= at % 2 ? 0x80 : 0x01;
    return guids.guidFromBytes(changed);
  });
};

/** Two GUIDs put together: fields of one with the rest of the other. */
const mixes = (types: readonly string[]): string[] =>
  types.flatMap((one) =>
    types.flatMap((other) => {
      const [front, back] = [one, other].map((guid) => guids.guidToBytes(guid));
      const mixed = [4, 8, 12].map((at) => [...front!.slice(0, at), ...back!.slice(at)]);
      return one === other ? [] : mixed.map((bytes) => guids.guidFromBytes(Uint8Array.from(bytes)));
    }),
  );

const associationsCount = 1000;

export const scenarios: readonly Scenario[] = [
  {
    name: 'every program type, twice, with the map empty, filled and emptied',
    probes: ['ASSOC-002', 'ASSOC-003', 'ASSOC-007'],
    plan: (profile) => {
      const all = everybody(profile).map((type) => ask(type));
      return plan([
        { op: 'create', map: 0 },
        ...all,
        { op: 'update', map: 0, key: 0, value: 0 },
        ...[...all].reverse(),
        { op: 'delete', map: 0, key: 0 },
        ...all,
        { op: 'close', map: 0 },
      ]);
    },
  },
  {
    name: 'program types before and after a restart',
    probes: ['ASSOC-002'],
    dialects: ['as-documented'],
    plan: (profile) =>
      isRestartTried(profile)
        ? {
            ...plan([
              { op: 'create', map: 0 },
              ...everybody(profile).map((type) => ask(type)),
              { op: 'close', map: 0 },
              { op: 'drain' },
              { op: 'stop' },
              { op: 'start' },
              { op: 'create', map: 1 },
              ...everybody(profile).map((type) => ask(type, 1)),
              { op: 'close', map: 1 },
              { op: 'drain' },
            ]),
            conditions: { fresh_load: true, probes_only: true },
          }
        : null,
  },
  {
    name: 'program types one bit away',
    probes: ['ASSOC-004'],
    dialects: ['as-documented'],
    plan: (profile) =>
      takes(profile)
        .filter((type) => guids.isGuid(type))
        .slice(0, 3)
        .map((type) =>
          plan([
            { op: 'create', map: 0 },
            ask(unknownProgramType),
            ask(type),
            ...nearMisses(type).map((other) => ask(other)),
            ...mixes(
              takes(profile)
                .filter((one) => guids.isGuid(one))
                .slice(0, 3),
            ).map((other) => ask(other)),
            { op: 'close', map: 0 },
          ]),
        ),
  },
  {
    name: 'a thousand associations',
    probes: ['ASSOC-006'],
    dialects: ['as-documented'],
    plan: (profile) => {
      const types = [...takes(profile).slice(0, 6), unknownProgramType];
      return plan([
        { op: 'create', map: 0 },
        ...Array.from({ length: associationsCount }, (_, at) => ask(types[at % types.length]!)),
        { op: 'close', map: 0 },
        { op: 'balance' },
      ]);
    },
  },
  {
    name: 'associations between updates',
    probes: ['ASSOC-008'],
    plan: (profile) => {
      const [first] = takes(profile) as [string];
      const reads: Operation[] = [0, 1].map((key) => ({ op: 'find', map: 0, key }));
      return plan([
        { op: 'create', map: 0 },
        { op: 'update', map: 0, key: 0, value: 0 },
        { op: 'update', map: 0, key: 1, value: 1 },
        ...reads,
        ask(first),
        ...reads,
        { op: 'update', map: 0, key: 0, value: 2 },
        ...reads,
        ask(unknownProgramType),
        ask(first),
        ...reads,
        { op: 'close', map: 0 },
        { op: 'balance' },
        { op: 'create', map: 1 },
        ask(first, 1),
        { op: 'close', map: 1 },
        { op: 'balance' },
      ]);
    },
  },
];
