/** Plans about ids. What a registration says needs no plan of its own beyond a start and a map. */
import { UNREGISTERED_MAP_TYPE } from '../../harness/abi/map-types.ts';
import { sequential, type Operation, type Scenario } from '../../harness/index.ts';

const unusedLowId = 4000;

const operations: Operation[] = [
  { op: 'start' },
  { op: 'register_other', other: 0, map_type: unusedLowId },
  { op: 'register_other', other: 1, map_type: UNREGISTERED_MAP_TYPE },
  { op: 'create', map: 0 },
  { op: 'create', map: 1, map_type: unusedLowId },
  { op: 'close', map: 0 },
  { op: 'drain' },
  { op: 'stop' },
];

export const scenarios: readonly Scenario[] = [
  {
    name: 'registered ids and an unused one',
    probes: ['ENUM-002'],
    plan: () => ({ actors: sequential('', operations).actors }),
  },
];
