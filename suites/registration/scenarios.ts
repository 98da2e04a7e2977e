/** Plans about registering, attaching and never attaching. */
import { CLIENT_FUNCTIONS } from '../../harness/abi/callbacks.ts';
import { CUSTOM_MAP_TYPES } from '../../harness/abi/map-types.ts';
import {
  sequential,
  type Conditions,
  type Operation,
  type Profile,
  type Scenario,
} from '../../harness/index.ts';
import { isRestartTried } from '../unload/scenarios.ts';
import type { ClientVariant } from './clients.ts';
import { sameContexts } from './same-contexts.ts';

const plan = (operations: Operation[], conditions?: Conditions) => ({
  actors: sequential('', operations).actors,
  ...(conditions ? { conditions } : {}),
});

const many = 16;
/** Bare clients cost little: more than a byte counts. */
const clientsMany = 260;

/** As many as the provider declares to serve, at most so many. */
const fitting = (profile: Profile, most = many): number => Math.min(most, profile.maxMaps ?? most);

/** One map, used once in every way, and gone. */
export const life = (map: number, client?: ClientVariant): Operation[] => [
  { op: 'create', map, ...(client ? { client } : {}) },
  { op: 'update', map, key: 0, value: 0 },
  { op: 'find', map, key: 0 },
  { op: 'delete', map, key: 0 },
  { op: 'update', map, key: 1, value: 1 },
  { op: 'close', map },
  { op: 'drain' },
];

const visit = (binding: number, client?: ClientVariant): Operation[] => [
  { op: 'attach', binding, ...(client ? { client } : {}) },
  { op: 'detach', binding },
];

/** Client data that no runtime shows: a provider may refuse all of it. */
const badClients: ClientVariant[] = [
  { no_data: true },
  { data_version: 2 },
  { data_version: 0 },
  { data_size: 0 },
  { data_size: 24 },
  { table_version: 2 },
  { table_size: 0 },
  { truncate_after: 'no member' },
  ...CLIENT_FUNCTIONS.slice(0, -1).map((name) => ({ truncate_after: name })),
];

const aside = { probes_only: true } as const;

const counted = (count: number): number[] => atOnce(count).map((index) => index + 1);

const atOnce = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export const scenarios: readonly Scenario[] = [
  {
    name: 'registered, never attached, stopped',
    probes: ['REG-018'],
    plan: () => [
      plan([{ op: 'start' }, { op: 'balance' }, { op: 'stop' }]),
      plan([{ op: 'start' }, { op: 'stop' }], { always_pending: true }),
    ],
  },
  {
    name: 'structures stay as they are over several maps',
    probes: ['REG-003', 'REG-002'],
    plan: () => plan([{ op: 'start' }, ...life(0), ...visit(0), ...life(1), { op: 'stop' }]),
  },
  {
    name: 'one bare client after another',
    probes: ['REG-013'],
    plan: () =>
      plan([
        { op: 'start' },
        ...visit(0),
        ...visit(1),
        { op: 'balance' },
        ...visit(2),
        { op: 'balance' },
        { op: 'stop' },
      ]),
  },
  {
    name: 'an attach with and without ClientDispatch',
    probes: ['REG-014'],
    plan: () =>
      plan(
        [
          { op: 'start' },
          ...visit(0, { dispatch: 'table' }),
          ...visit(1, { dispatch: 'table' }),
          ...visit(2),
          { op: 'stop' },
        ],
        aside,
      ),
  },
  {
    name: 'a map of a client with ClientDispatch, then of one without',
    probes: ['REG-014'],
    plan: () =>
      plan(
        [
          { op: 'start' },
          ...[0, 1].flatMap((map) => life(map, { dispatch: 'table' })),
          ...life(2),
          { op: 'stop' },
        ],
        aside,
      ),
  },
  {
    name: 'many bare clients at once',
    probes: ['REG-015'],
    plan: (profile) => {
      const slots = atOnce(fitting(profile, clientsMany));
      if (slots.length < 2) return null;
      return plan([
        { op: 'start' },
        ...visit(99),
        ...slots.map((binding): Operation => ({ op: 'attach', binding })),
        ...slots
          .filter((slot) => slot % 2)
          .map((binding): Operation => ({ op: 'detach', binding })),
        ...slots
          .filter((slot) => slot % 2 === 0)
          .map((binding): Operation => ({ op: 'detach', binding })),
        { op: 'stop' },
      ]);
    },
  },
  {
    name: 'sixteen maps at once',
    probes: ['REG-015'],
    plan: (profile) => {
      const slots = atOnce(fitting(profile));
      if (slots.length < 2) return null;
      const use = (map: number): Operation[] => [
        { op: 'update', map, key: 0, value: map },
        { op: 'find', map, key: 0 },
      ];
      return plan([
        { op: 'start' },
        ...life(99),
        ...slots.map((map): Operation => ({ op: 'create', map })),
        ...[0, 1, slots.length - 1].flatMap(use),
        ...slots.filter((slot) => slot % 2).map((map): Operation => ({ op: 'close', map })),
        { op: 'drain' },
        { op: 'find', map: 0, key: 0 },
        { op: 'delete', map: 0, key: 0 },
        { op: 'stop' },
      ]);
    },
  },
  {
    name: 'module ids and contexts of clients',
    probes: ['REG-016'],
    plan: (profile) => [
      plan(
        [
          { op: 'start' },
          ...visit(0),
          ...visit(1, { module_id: 'same' }),
          ...visit(2),
          ...visit(3),
          { op: 'stop' },
        ],
        aside,
      ),
      plan(
        [
          { op: 'start' },
          ...[0, 3, 6].flatMap((binding) => [
            ...visit(binding),
            ...visit(binding + 1, { module_id: 'time-based' }),
            ...visit(binding + 2, { module_id: 'unversioned' }),
          ]),
          { op: 'stop' },
        ],
        aside,
      ),
      plan(
        [
          { op: 'start' },
          ...visit(0, { context: 'readable' }),
          ...visit(1, { context: 'readable' }),
          ...visit(2),
          { op: 'stop' },
        ],
        aside,
      ),
      ...(profile.maxMaps === null || profile.maxMaps > 2
        ? [plan(sameContexts(profile, life(0)), aside)]
        : []),
    ],
  },
  {
    name: 'attaches that may be refused leave nothing behind',
    // A loss is a matter of what was shown: too short, or of another version. Of such clients
    // REG-017 asks only that a refusal leaves nothing behind.
    // A client that is as it should be is taken all the same, before and after.
    probes: ['ABI-006', 'ABI-008', 'REG-017', 'REG-013'],
    plan: () =>
      badClients.map((client) =>
        plan(
          [
            { op: 'start' },
            ...[0, 1, 2].flatMap((binding) => visit(binding, client)),
            ...visit(3),
            { op: 'balance' },
            { op: 'stop' },
          ],
          aside,
        ),
      ),
  },
  {
    name: 'an attach without memory leaves nothing behind',
    probes: ['REG-017'],
    plan: () =>
      plan([{ op: 'start' }, ...visit(0), ...visit(1), { op: 'stop' }], { fail_allocation: 1 }),
  },
  {
    name: 'a client waits for the provider',
    probes: ['REG-013'],
    plan: (profile) => {
      const program_type = profile.programTypes?.accept[0];
      return [
        plan([{ op: 'start' }, ...visit(0), { op: 'stop' }], { early_client: 'bare' }),
        plan(
          [
            { op: 'start' },
            { op: 'update', map: 0, key: 0, value: 0 },
            { op: 'find', map: 0, key: 0 },
            ...(program_type ? [{ op: 'associate', map: 0, program_type } as const] : []),
            { op: 'delete', map: 0, key: 0 },
            { op: 'update', map: 0, key: 1, value: 1 },
            { op: 'close', map: 0 },
            { op: 'drain' },
            ...life(1),
            { op: 'stop' },
          ],
          { early_client: 'map' },
        ),
      ];
    },
  },
  {
    name: 'a registration is refused',
    probes: ['REG-021', 'UNLOAD-001', 'UNLOAD-009'],
    dialects: ['as-documented'],
    plan: (profile) => [
      ...[1, 2, 3].map((fail_registration) =>
        plan(
          [
            { op: 'start' },
            { op: 'balance' },
            ...(isRestartTried(profile) ? [{ op: 'start' } as const, ...life(0)] : []),
            { op: 'stop' },
          ],
          { fail_registration, ...aside },
        ),
      ),
      plan([{ op: 'start' }, { op: 'balance' }, { op: 'stop' }], {
        fail_registration: 2,
        always_pending: true,
        ...aside,
      }),
    ],
  },
  {
    name: 'start is refused what it asks for',
    probes: ['REG-022', 'UNLOAD-009'],
    dialects: ['as-documented'],
    plan: (profile) => {
      const again: Operation[] = isRestartTried(profile) ? [{ op: 'start' }] : [];
      // What began without it is used; what failed begins again where it can, and then lacks
      // nothing.
      const operations: Operation[] = [
        { op: 'start' },
        { op: 'balance' },
        ...again,
        ...life(0),
        { op: 'stop' },
      ];
      return [
        ...counted(8).map((k) => plan(operations, { fail_start_allocation: k, ...aside })),
        ...counted(3).map((k) => plan(operations, { fail_start_reference: k, ...aside })),
      ];
    },
  },
  {
    name: 'providers of another type stand before the right one',
    probes: ['REG-020'],
    plan: (profile) =>
      plan([
        {
          op: 'register_other',
          other: 0,
          map_type: CUSTOM_MAP_TYPES.find((id) => id !== profile.mapType) ?? 15,
        },
        { op: 'start' },
        { op: 'create', map: 0 },
        { op: 'close', map: 0 },
        { op: 'drain' },
        {
          op: 'create',
          map: 1,
          map_type: CUSTOM_MAP_TYPES.find((id) => id !== profile.mapType) ?? 15,
        },
        { op: 'stop' },
      ]),
  },
];
