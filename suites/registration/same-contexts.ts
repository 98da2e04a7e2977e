/** Clients that have one ClientBindingContext beside clients that have one each. */
import type { Operation, Profile } from '../../harness/index.ts';
import type { ClientVariant } from './clients.ts';

const same: ClientVariant = { context: 'same' };

/** Two maps at once, of which the first goes and the second is used on. */
const sideBySide = ([one, other]: [number, number], client?: ClientVariant): Operation[] => [
  ...[one, other].flatMap((map): Operation[] => [
    { op: 'create', map, ...(client ? { client } : {}) },
    { op: 'update', map, key: 0, value: 0 },
  ]),
  { op: 'close', map: one },
  { op: 'drain' },
  { op: 'find', map: other, key: 0 },
  { op: 'update', map: other, key: 0, value: 1 },
  { op: 'close', map: other },
  { op: 'drain' },
];

/**
 * Two clients with contexts of their own, then two with one context: each gets a binding that ends
 * by itself, with maps and without.
 * @param life what is done between the ends of bare ones
 */
export const sameContexts = ({ maxMaps }: Profile, life: readonly Operation[]): Operation[] => [
  { op: 'start' },
  { op: 'attach', binding: 0 },
  { op: 'attach', binding: 1 },
  { op: 'detach', binding: 0 },
  { op: 'detach', binding: 1 },
  { op: 'attach', binding: 2, client: same },
  { op: 'attach', binding: 3, client: same },
  { op: 'detach', binding: 2 },
  ...life,
  { op: 'detach', binding: 3 },
  ...(maxMaps === 1 ? [] : [...sideBySide([1, 2]), ...sideBySide([3, 4], same)]),
  { op: 'stop' },
];
