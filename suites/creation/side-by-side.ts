/** Plans of maps that live beside each other. */
import type { Operation, Profile, Scenario } from '../../harness/index.ts';
import { life, plan } from './creation-plans.ts';

/** An accepted pair whose sizes differ as much as possible from the first. */
const otherPair = (profile: Profile): { key_size: number; value_size: number } | null => {
  const [first, ...rest] = profile.accepted;
  const larger =
    rest.findLast((pair) => pair.value !== first!.value) ??
    rest.findLast((pair) => pair.key !== first!.key);
  return larger ? { key_size: larger.key, value_size: larger.value } : null;
};

/**
 * Two maps filled, read, changed and closed by turns; `second` gives the sizes of the other map.
 */
const neighbours = (
  second: Partial<Extract<Operation, { op: 'create' }>>,
  closes: readonly [number, number],
): Operation[] => {
  const [first, last] = closes;
  const reads: Operation[] = [0, 1].flatMap((key) => [
    { op: 'find', map: 0, key },
    { op: 'find', map: 1, key },
  ]);
  return [
    { op: 'create', map: 0 },
    { op: 'update', map: 0, key: 0, value: 0 },
    { op: 'update', map: 0, key: 1, value: 1 },
    { op: 'find', map: 0, key: 0 },
    { op: 'find', map: 0, key: 1 },
    { op: 'update', map: 0, key: 1, value: 2 },
    { op: 'delete', map: 0, key: 1 },
    { op: 'drain' },
    { op: 'create', map: 1, ...second },
    { op: 'find', map: 0, key: 0 },
    { op: 'update', map: 0, key: 1, value: 1 },
    { op: 'update', map: 0, key: 1, value: 3 },
    { op: 'update', map: 1, key: 0, value: 4 },
    { op: 'update', map: 1, key: 1, value: 5 },
    ...reads,
    { op: 'delete', map: 1, key: 1 },
    { op: 'update', map: 1, key: 1, value: 6 },
    ...reads,
    { op: 'balance' },
    { op: 'close', map: first },
    { op: 'balance' },
    { op: 'find', map: last, key: 0 },
    { op: 'update', map: last, key: 2, value: 7 },
    { op: 'find', map: last, key: 1 },
    { op: 'close', map: last },
    { op: 'balance' },
  ];
};

const crowd = (count: number): Operation[] => {
  const maps = Array.from({ length: count }, (_, map) => map);
  return [
    ...maps.map((map): Operation => ({ op: 'create', map })),
    ...maps.map((map): Operation => ({ op: 'update', map, key: 0, value: map })),
    ...maps.map((map): Operation => ({ op: 'find', map, key: 0 })),
    ...maps.slice(1).map((map): Operation => ({ op: 'close', map })),
    { op: 'find', map: 0, key: 0 },
    { op: 'close', map: 0 },
  ];
};

/** Two maps, or as many as the profile allows up to eight. */
export const sideBySide: readonly Scenario[] = [
  {
    name: 'two maps side by side',
    probes: ['CRE-012'],
    plan: (profile) => {
      if (profile.maxMaps !== null && profile.maxMaps < 2) return null;
      const other = otherPair(profile);
      return [
        plan([...life(5), ...neighbours({}, [0, 1])]),
        plan([...life(5), ...neighbours({}, [1, 0])]),
        ...(other ? [plan(neighbours(other, [0, 1])), plan(neighbours(other, [1, 0]))] : []),
      ];
    },
  },
  {
    name: 'many maps at once',
    probes: ['CRE-012'],
    plan: (profile) => {
      const count = Math.min(profile.maxMaps ?? 8, 8);
      return count < 2 ? null : plan([...life(30), ...crowd(count)]);
    },
  },
];
