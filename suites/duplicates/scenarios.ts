/** Plans with a second provider, the harness's own, for the subject's map type. */
import { sequential, type Conditions, type Operation, type Scenario } from '../../harness/index.ts';

const plan = (operations: Operation[], conditions?: Conditions) => ({
  actors: sequential('', operations).actors,
  ...(conditions ? { conditions } : {}),
});

const other: Operation = { op: 'register_other', other: 0 };

export const scenarios: readonly Scenario[] = [
  {
    name: 'another provider was first and gets every map',
    probes: ['DUP-003'],
    plan: () => [
      plan([
        other,
        { op: 'start' },
        { op: 'create', map: 0 },
        { op: 'create', map: 1 },
        { op: 'close', map: 0 },
        { op: 'close', map: 1 },
        { op: 'drain' },
        { op: 'stop' },
      ]),
      plan([other, { op: 'start' }, { op: 'create', map: 0 }, { op: 'stop' }], {
        always_pending: true,
      }),
    ],
  },
  {
    name: 'another provider comes after the subject, and outlives it',
    probes: ['DUP-002'],
    plan: () =>
      plan([
        { op: 'start' },
        other,
        { op: 'create', map: 0 },
        { op: 'update', map: 0, key: 0, value: 0 },
        { op: 'find', map: 0, key: 0 },
        { op: 'close', map: 0 },
        { op: 'drain' },
        { op: 'stop' },
        { op: 'create', map: 1 },
        { op: 'close', map: 1 },
      ]),
  },
];
