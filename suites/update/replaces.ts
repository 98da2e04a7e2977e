/** Plans of values that come, take each other's place and go. */
import type { Operation, Scenario } from '../../harness/index.ts';
import {
  balance,
  close,
  find,
  oneUser,
  programs,
  remove,
  update,
  type Made,
} from '../state/element-plans.ts';

const changesMany = 100;

/** Far more values than are ever held together, each way in which a value goes. */
const manyValues = (): Made => {
  const each = (change: (index: number) => Operation[]): Operation[] =>
    Array.from({ length: changesMany }, (_, index) => change(index % 6)).flat();
  return oneUser([
    update(0, 6),
    ...each((value) => [update(0, value)]),
    balance,
    ...each((value) => [update(0, value, { option: 'EBPF_NOEXIST' })]),
    balance,
    ...each((value) => [update(1, value), remove(1)]),
    balance,
    find(0),
    close,
    balance,
  ]);
};

/** A value for a key that holds another, for a key that holds none, and for the first without. */
const heldAndNew = (key: number, other: number, [first, second]: [number, number]): Operation[] => [
  update(key, first),
  update(key, second),
  update(other, second),
  remove(other),
  remove(key),
  update(key, second),
];

/** Inserts and replaces, few at a time and by the hundred. */
export const replaces: readonly Scenario[] = [
  {
    name: 'hundreds of values come and go',
    probes: [],
    dialects: ['as-documented'],
    plan: manyValues,
  },
  {
    name: 'inserts and replaces',
    probes: [],
    plan: (profile) =>
      oneUser([
        update(0, 0),
        find(0),
        balance,
        update(0, 1),
        balance,
        find(0),
        update(0, 2, { option: 'EBPF_EXIST' }),
        balance,
        find(0),
        update(1, 3, { option: 'EBPF_NOEXIST' }),
        find(1),
        balance,
        update(1, 4),
        balance,
        ...programs(profile, [update(0, 5), update(2, 6), update(2, 7), find(2), remove(2)]),
        balance,
        close,
        balance,
      ]),
  },
  {
    name: 'a value for a held key and then for a new one',
    probes: [],
    plan: (profile) =>
      oneUser([
        ...heldAndNew(0, 1, [0, 1]),
        ...heldAndNew(2, 3, [2, 3]),
        ...programs(profile, heldAndNew(4, 5, [4, 5])),
        balance,
        close,
        balance,
      ]),
  },
];
