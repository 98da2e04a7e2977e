/** Plans that make discovery fail and succeed. */
import { CUSTOM_MAP_TYPES, UNREGISTERED_MAP_TYPE } from '../../harness/abi/map-types.ts';
import { sequential, type Operation, type Profile, type Scenario } from '../../harness/index.ts';

const plan = (operations: Operation[]) => ({ actors: sequential('', operations).actors });

/** A registered custom type that is not the subject's. */
const otherCustom = (profile: Profile): number =>
  CUSTOM_MAP_TYPES.find((id) => id !== profile.mapType) ?? 15;

const use = (map: number): Operation[] => [
  { op: 'update', map, key: 0, value: 0 },
  { op: 'find', map, key: 0 },
];

export const scenarios: readonly Scenario[] = [
  {
    name: 'the provider comes after the first creation and leaves before the last',
    probes: ['DISC-001', 'DISC-002', 'DISC-005'],
    plan: (profile) =>
      plan([
        { op: 'create', map: 0 },
        { op: 'start' },
        { op: 'create', map: 1 },
        { op: 'create', map: 2, map_type: otherCustom(profile) },
        { op: 'close', map: 1 },
        { op: 'drain' },
        { op: 'stop' },
        { op: 'create', map: 3 },
      ]),
  },
  {
    name: 'an id outside the enum, with a provider for it',
    probes: ['DISC-003'],
    plan: () =>
      plan([
        { op: 'start' },
        { op: 'register_other', other: 0, map_type: UNREGISTERED_MAP_TYPE },
        { op: 'create', map: 0, map_type: UNREGISTERED_MAP_TYPE },
        { op: 'create', map: 1 },
      ]),
  },
  {
    name: 'native types, with a provider that claims one',
    probes: ['DISC-007'],
    plan: () =>
      plan([
        { op: 'start' },
        { op: 'register_other', other: 0, map_type: 1 },
        { op: 'create', map: 0, map_type: 1 },
        { op: 'create', map: 1, map_type: 2, key_size: 4 },
        { op: 'close', map: 0 },
      ]),
  },
  {
    name: 'two maps are made, each with a binding of its own',
    probes: ['DISC-004'],
    plan: (profile) =>
      profile.maxMaps === 1
        ? null
        : plan([
            { op: 'start' },
            { op: 'create', map: 0 },
            { op: 'create', map: 1 },
            ...use(0),
            { op: 'close', map: 0 },
            { op: 'close', map: 1 },
          ]),
  },
  {
    name: 'creations that the provider or the runtime refuses',
    probes: ['DISC-008'],
    plan: () =>
      plan([
        { op: 'start' },
        { op: 'create', map: 0, key_size: 0 },
        { op: 'create', map: 1, max_entries: 0x8000_0000 },
        { op: 'create', map: 2 },
        { op: 'close', map: 2 },
        { op: 'drain' },
      ]),
  },
  {
    name: 'a second provider registers while a map lives',
    probes: ['DISC-009'],
    plan: () =>
      plan([
        { op: 'start' },
        { op: 'create', map: 0 },
        { op: 'register_other', other: 0 },
        ...use(0),
        { op: 'close', map: 0 },
        { op: 'drain' },
        { op: 'deregister_other', other: 0 },
      ]),
  },
];
