/** Plans that show providers client structures of other sizes and versions, and take them away. */
import { CLIENT_FUNCTIONS } from '../../harness/abi/callbacks.ts';
import { PROGRAM_TYPES } from '../../harness/abi/guid.ts';
import { sequential, type Conditions, type Operation, type Scenario } from '../../harness/index.ts';
import type { ClientVariant } from '../registration/clients.ts';
import { life } from '../registration/scenarios.ts';

const plan = (operations: Operation[], conditions?: Conditions) => ({
  actors: sequential('', operations).actors,
  ...(conditions ? { conditions } : {}),
});

const visits = (...clients: ClientVariant[]): Operation[] =>
  clients.flatMap((client, binding): Operation[] => [
    { op: 'attach', binding, client },
    { op: 'detach', binding },
  ]);

/** The table cut after each member, the first time before all of them. */
const cuts = ['no member', ...CLIENT_FUNCTIONS.slice(0, -1)];

const documented = ['as-documented'] as const;
const aside = { probes_only: true } as const;

export const scenarios: readonly Scenario[] = [
  {
    name: 'a map lives and ends against a version-1 runtime',
    probes: ['ABI-016'],
    plan: () => plan([{ op: 'start' }, ...life(0), { op: 'stop' }]),
  },
  {
    name: 'every callback answers',
    probes: ['ABI-015'],
    plan: () =>
      plan([
        { op: 'start' },
        { op: 'create', map: 0 },
        { op: 'associate', map: 0, program_type: PROGRAM_TYPES.EBPF_PROGRAM_TYPE_XDP },
        { op: 'update', map: 0, key: 0, value: 0 },
        { op: 'find', map: 0, key: 0 },
        { op: 'delete', map: 0, key: 0 },
        { op: 'close', map: 0 },
        { op: 'stop' },
      ]),
  },
  {
    name: 'client tables that lack members',
    probes: ['ABI-006'],
    dialects: documented,
    plan: () =>
      cuts.map((truncate_after) =>
        plan([{ op: 'start' }, ...life(0, { truncate_after }), { op: 'stop' }], aside),
      ),
  },
  {
    name: 'client structures with appended members',
    probes: ['ABI-005', 'ABI-007'],
    dialects: documented,
    plan: () => [
      plan(
        [{ op: 'start' }, ...visits({ data_size: 48 }, { table_size: 88 }), { op: 'stop' }],
        aside,
      ),
      plan([{ op: 'start' }, ...life(0), { op: 'stop' }], { appended: 8, ...aside }),
    ],
  },
  {
    name: 'client structures with room behind their members',
    probes: ['ABI-005'],
    dialects: documented,
    plan: () =>
      [8, 1024].map((padding) =>
        plan([{ op: 'start' }, ...life(0, { padding }), ...visits({ padding }), { op: 'stop' }], {
          probes_only: true,
        }),
      ),
  },
  {
    name: 'client structures of version 2',
    probes: ['ABI-008'],
    dialects: documented,
    plan: () =>
      [{ data_version: 2 }, { table_version: 2 }, { data_version: 2, table_version: 2 }].map(
        (client) => plan([{ op: 'start' }, ...visits(client), { op: 'stop' }], aside),
      ),
  },
  {
    name: 'deferred work runs after the cleanup of the binding',
    probes: ['ABI-009'],
    plan: () => [
      plan([
        { op: 'start' },
        ...life(0),
        ...life(1),
        { op: 'balance' },
        { op: 'stop' },
        { op: 'drain' },
      ]),
      plan([{ op: 'start' }, ...visits({}, {}), { op: 'drain' }, { op: 'stop' }, { op: 'drain' }]),
    ],
  },
];
