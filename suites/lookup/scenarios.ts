/** Plans that make the rules of lookup bite. */
import type { Operation, Profile, Scenario } from '../../harness/index.ts';
import {
  anyValue,
  balance,
  close,
  directly,
  find,
  oneUser,
  otherSizes,
  programs,
  remove,
  sized,
  update,
  withValues,
  type Sizes,
} from '../state/element-plans.ts';
import { alikePlans } from './alike.ts';
import { isRestartTried } from '../unload/scenarios.ts';

const lookupsMany = 100;

/** The usual sizes and others, either made first. */
const pairsOfSizes = (profile: Profile): [Sizes, Sizes][] => {
  const usual = profile.accepted[0];
  return otherSizes(profile).flatMap((other): [Sizes, Sizes][] =>
    usual
      ? [
          [usual, other],
          [other, usual],
        ]
      : [],
  );
};

/** A map beside a later one of other sizes. */
const beside = (profile: Profile, [first, { key: key_size, value: value_size }]: [Sizes, Sizes]) =>
  sized(first, [
    update(0, 0),
    { op: 'create', map: 1, key_size, value_size },
    update(0, 1, { map: 1 }),
    find(0),
    find(0, { map: 1 }),
    update(1, 2),
    update(1, 3, { map: 1 }),
    ...programs(profile, [update(2, 4), update(2, 5, { map: 1 })]),
    find(1),
    find(1, { map: 1 }),
    remove(0),
    remove(0, { map: 1 }),
    close,
    find(1, { map: 1 }),
    update(1, 4, { map: 1 }),
    { op: 'close', map: 1 },
    balance,
  ]);

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
    name: 'maps of other sizes',
    probes: [],
    dialects: ['as-documented'],
    plan: (profile) =>
      otherSizes(profile).map((sizes) =>
        sized(sizes, [
          update(0, 0),
          find(0),
          find(0),
          update(1, 1),
          update(0, 2),
          find(0),
          find(0),
          update(0, 3, { option: 'EBPF_NOEXIST' }),
          find(0),
          find(1),
          ...programs(profile, [update(2, 4), find(2), update(2, 5), find(2), remove(2)]),
          find(1, { delete: true }),
          update(1, 4),
          remove(0),
          balance,
          close,
          balance,
        ]),
      ),
  },
  {
    name: 'two maps of different sizes beside each other',
    probes: [],
    dialects: ['as-documented'],
    plan: (profile) =>
      profile.maxMaps === 1 ? null : pairsOfSizes(profile).map((pair) => beside(profile, pair)),
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
    name: 'equal values under several keys and in two maps',
    probes: [],
    dialects: ['as-documented'],
    plan: (profile) =>
      profile.duplicatesAllowed === false
        ? null
        : oneUser([
            ...[0, 1, 2, 3].flatMap((key) => [update(key, 0), find(key)]),
            update(2, 1),
            update(2, 0),
            find(2),
            ...(profile.maxMaps === 1
              ? []
              : [
                  { op: 'create' as const, map: 1 },
                  update(0, 0, { map: 1 }),
                  update(1, 0, { map: 1 }),
                  find(0, { map: 1 }),
                  find(1, { map: 1 }),
                ]),
            find(3),
            balance,
          ]),
  },
  {
    name: 'equal values before and after a restart',
    probes: ['CRUD-FIND-002'],
    dialects: ['as-documented'],
    plan: (profile) =>
      isRestartTried(profile)
        ? oneUser(
            [
              ...[update(0, 0), find(0), update(1, 1), find(1), close],
              ...[{ op: 'drain' } as const, { op: 'stop' } as const, { op: 'start' } as const],
              { op: 'create', map: 1 },
              update(0, 0, { map: 1 }),
              find(0, { map: 1 }),
              update(1, 1, { map: 1 }),
              find(1, { map: 1 }),
              { op: 'close', map: 1 },
              balance,
            ],
            { conditions: { fresh_load: true, probes_only: true } },
          )
        : null,
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
            oneUser(
              [
                ...direct.update('a', 0),
                ...direct.find('a'),
                ...direct.find('a', probe),
                ...anyValue(profile, 'find', probe),
                ...direct.find('a'),
                ...direct.remove('a', { flags: 2 }),
                balance,
              ],
              { conditions: { probes_only: true } },
            ),
          )
        : null;
    },
    dialects: ['as-documented'],
  },
];

export const scenarios: readonly Scenario[] = [...plans, ...alikePlans].map(withValues);
