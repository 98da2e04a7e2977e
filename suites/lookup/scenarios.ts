/** Plans that make the rules of lookup bite. */
import type { Operation, Scenario } from '../../harness/index.ts';
import {
  anyValue,
  balance,
  directly,
  find,
  oneUser,
  programs,
  remove,
  update,
  withValues,
} from '../element-plans.ts';

const lookupsMany = 100;

const plans: readonly Scenario[] = [
  {
    name: 'values are stored, looked up twice and removed',
    probes: [],
    plan: (profile) =>
      oneUser([
        find(0),
        update(0, 0),
        find(0),
        find(0),
        update(1, 1),
        find(1),
        find(1),
        find(0),
        ...programs(profile, [find(0), find(1), find(5)]),
        { op: 'next_key', map: 0, key: null },
        { op: 'next_key', map: 0, key: 0 },
        { op: 'iterate', map: 0 },
        { op: 'batch', map: 0 },
        remove(0),
        find(0),
        remove(0),
        find(1),
        balance,
      ]),
  },
  {
    name: 'a hundred lookups change nothing',
    probes: [],
    plan: (profile) =>
      oneUser([
        update(0, 0),
        balance,
        ...Array.from({ length: lookupsMany }, (): Operation => find(0)),
        balance,
        remove(0),
        balance,
        ...programs(profile, [update(1, 1), find(1), find(1), remove(1)]),
        balance,
      ]),
  },
  {
    name: 'lookup-and-delete',
    probes: [],
    plan: (profile) =>
      oneUser([
        update(0, 0),
        update(1, 1),
        find(0, { delete: true }),
        find(0),
        find(0, { delete: true }),
        find(1),
        find(1, { delete: true }),
        find(1),
        ...programs(profile, [update(2, 2), find(2, { delete: true }), find(2)]),
        balance,
      ]),
  },
  {
    name: 'find without a key',
    probes: ['CRUD-FIND-010'],
    plan: (profile) => {
      const direct = directly(profile);
      const probes = [{ key: null }, { key: 0, key_size: 0 }] as const;
      return profile.hasFind
        ? probes.map((probe) =>
            oneUser([
              ...direct.update('a', 0),
              ...direct.find('a'),
              ...direct.find('a', probe),
              ...anyValue(profile, 'find', probe),
              ...direct.find('a'),
              ...direct.remove('a', { flags: 2 }),
              balance,
            ]),
          )
        : null;
    },
    dialects: ['as-documented'],
  },
];

export const scenarios: readonly Scenario[] = plans.map(withValues);
