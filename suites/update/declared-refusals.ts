/**
 * What a profile declares to be refused is tried: values of every kind in a map that users do not
 * fill.
 */
import type { Operation, Scenario } from '../../harness/index.ts';
import { declares } from '../state/declares.ts';
import { balance, find, oneUser, remove, update } from '../state/element-plans.ts';

/** Any bytes, all zeros, all ones and small numbers; the keys differ too. */
const valuesTried = (size: number): Operation[] =>
  ['01', '00', 'ff', '7f'].map((byte, key) => ({
    op: 'update',
    map: 0,
    key,
    value: byte.repeat(size),
  }));

export const declaredRefusals: readonly Scenario[] = [
  {
    name: 'updates that are declared to be refused',
    probes: ['CRUD-UPD-012'],
    dialects: ['as-documented'],
    plan: ({ userUpdate, accepted: [pair] }) =>
      userUpdate === null || !pair ? null : oneUser(valuesTried(pair.value)),
  },
  {
    name: 'values that are declared not to be stored twice',
    probes: ['CRUD-UPD-012'],
    dialects: ['as-documented'],
    plan: (profile) =>
      profile.duplicatesAllowed === false && declares({ profile }, 'duplicatesAllowed')
        ? oneUser([
            update(0, 0),
            update(1, 0),
            find(1),
            update(1, 1),
            update(1, 0),
            balance,
            ...(profile.maxMaps === 1
              ? []
              : [
                  { op: 'create' as const, map: 1 },
                  { op: 'update' as const, map: 1, key: 0, value: 0 },
                ]),
            remove(0),
            balance,
          ])
        : null,
  },
];
