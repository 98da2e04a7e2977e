/** Hand-written plans that make the lifecycle rules bite. */
import type { Operation, Scenario } from '../../harness/index.ts';

const life = (map: number, middle: Operation[] = []): Operation[] => [
  { op: 'create', map },
  ...middle,
  { op: 'close', map },
];

export const scenarios: readonly Scenario[] = [
  {
    name: 'a map lives and ends, four times',
    probes: ['LIFE-002'],
    plan: () => ({
      actors: [
        {
          caller: 'user',
          process: 1,
          operations: [
            { op: 'start' },
            ...[0, 1, 2, 3].flatMap((map) => [...life(map), { op: 'balance' } as Operation]),
            { op: 'stop' },
          ],
        },
      ],
    }),
  },
];
