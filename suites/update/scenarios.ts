/**
 * Plans that make the rules of update bite: replaces, rollbacks, refusals, duplicates, want of
 * memory.
 */
import type { Operation, Profile, Scenario } from '../../harness/index.ts';
import {
  balance,
  close,
  directly,
  find,
  oneUser,
  programs,
  remove,
  smallCapacity,
  update,
  withValues,
  type Made,
} from '../state/element-plans.ts';
import { combinations } from './combinations.ts';
import { hostileValues } from './hostile-values.ts';
import { manyEntries } from './many-entries.ts';

/** Allocations of which each is made to fail once, in a run of its own. */
const allocationsFailed = 8;
const garbage = 0xcc;

const inserts = (count: number): Operation[] =>
  Array.from({ length: count }, (_, key) => update(key, key));

/** A full map: one more key is refused, a held key is not. */
const fullMap = (profile: Profile): Made | null => {
  const entries = smallCapacity(profile);
  if (entries === null) return null;
  const begin: Operation[] = [{ op: 'start' }, { op: 'create', map: 0, max_entries: entries }];
  const middle = [
    ...inserts(entries),
    balance,
    update(entries, entries),
    balance,
    update(entries, entries + 1),
    balance,
  ];
  const rest = [find(0), update(0, entries), balance, find(0), find(1), close, balance];
  return { actors: [{ caller: 'user', process: 1, operations: [...begin, ...middle, ...rest] }] };
};

/** The same value written over zeros and over other bytes, by turns. */
const overGarbage = (profile: Profile): Made => {
  const direct = directly(profile);
  const life = (name: string, fill: number): Operation[] => [
    ...direct.update(name, 0, { fill }),
    ...direct.find(name, { fill: 0 }),
    ...direct.remove(name, { flags: 2 }),
    balance,
  ];
  return oneUser([
    ...life('a', 0),
    ...life('b', 0),
    ...life('c', garbage),
    ...life('d', garbage),
    ...life('e', 0x01),
  ]);
};

const invalidIn = (map: number, key: number, invalid: number): Operation => ({
  op: 'update',
  map,
  key,
  value: { invalid },
});

/** Values refused: those known to be invalid, and values cut short. */
const refusals = (profile: Profile): Made[] => {
  const direct = directly(profile);
  const short = Math.max((profile.accepted[0]?.value ?? 1) - 1, 0);
  const invalid = profile.invalidValues.map((_, index) => index).slice(0, 4);
  return [
    ...(invalid.length
      ? [
          oneUser([
            update(0, 0),
            balance,
            ...[0, 1].flatMap((key) =>
              invalid.flatMap((index): Operation[] => [
                invalidIn(0, key, index),
                balance,
                find(key),
              ]),
            ),
            {
              op: 'batch_update',
              map: 0,
              entries: [
                { key: 2, value: 1 },
                { key: 3, value: { invalid: 0 } },
                { key: 4, value: 2 },
              ],
            },
            balance,
            ...(profile.maxMaps === 1
              ? []
              : [
                  { op: 'create' as const, map: 1 },
                  ...invalid.map((index) => invalidIn(1, 0, index)),
                  { op: 'update' as const, map: 1, key: 0, value: 3 },
                  ...invalid.map((index) => invalidIn(1, 0, index)),
                  balance,
                ]),
          ]),
        ]
      : []),
    // A loss by a value cut short is SIZE-004's; what is refused leaves nothing behind all the
    // same.
    ...[short, 0].map((value_size) =>
      oneUser(
        [
          ...direct.update('a', 0, { value_size }),
          balance,
          ...direct.remove('a', { flags: 2 }),
          update(1, 1),
          find(1),
          balance,
        ],
        { conditions: { probes_only: true }, probes: ['SIZE-004', 'CRUD-UPD-008'] },
      ),
    ),
  ];
};

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

const plans: readonly Scenario[] = [
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
    plan: () =>
      oneUser([
        update(0, 0),
        update(0, 1),
        update(1, 1),
        update(0, 2),
        update(2, 2),
        balance,
        close,
        balance,
      ]),
  },
  {
    name: 'updates that the base map refuses',
    probes: [],
    plan: (profile) =>
      oneUser([
        update(0, 0),
        find(0),
        balance,
        update(1, 2, { option: 'EBPF_EXIST' }),
        balance,
        find(1),
        update(0, 1, { option: 'EBPF_NOEXIST' }),
        balance,
        find(0),
        update(0, 3, { option: 7 }),
        balance,
        find(0),
        update(0, 1, { option: 'EBPF_NOEXIST' }),
        balance,
        ...programs(profile, [
          update(0, 4, { option: 'EBPF_NOEXIST' }),
          update(3, 4, { option: 'EBPF_EXIST' }),
        ]),
        balance,
        find(0),
        remove(0),
        find(0),
        balance,
        close,
        balance,
      ]),
  },
  { name: 'a full map', probes: [], plan: fullMap },
  {
    name: 'updates over zeros and over other bytes',
    probes: [],
    plan: (profile) => (profile.updatesOriginalValue ? overGarbage(profile) : null),
    dialects: ['as-documented'],
  },
  { name: 'updates that the provider refuses', probes: [], plan: refusals },
  {
    name: 'one value under several keys',
    probes: [],
    plan: (profile) =>
      profile.duplicatesAllowed !== false
        ? oneUser([
            // The same with distinct values first: what fails there has nothing to do with
            // duplicates.
            ...[
              update(2, 1),
              update(2, 2),
              update(2, 3, { option: 'EBPF_NOEXIST' }),
              remove(2),
            ].flatMap((one) => [one, balance]),
            update(0, 0),
            update(1, 0),
            balance,
            find(1),
            remove(0),
            balance,
            find(1),
            update(0, 0),
            balance,
            update(0, 0),
            balance,
            find(0),
            update(1, 0, { option: 'EBPF_NOEXIST' }),
            balance,
            find(1),
            remove(1),
            find(0),
            remove(0),
            balance,
            close,
            balance,
          ])
        : null,
  },
  {
    name: 'allocations fail one after the other',
    probes: [],
    plan: () =>
      Array.from({ length: allocationsFailed }, (_, index) =>
        oneUser(
          [
            update(0, 0),
            balance,
            find(0),
            update(1, 1),
            balance,
            update(0, 2),
            balance,
            find(0),
            // What failed is asked for again.
            update(1, 1),
            update(0, 2),
            find(1),
            close,
            balance,
          ],
          {
            conditions: { fail_allocation: index + 1 },
          },
        ),
      ),
    dialects: ['as-documented'],
  },
  {
    name: 'batches',
    probes: [],
    plan: () =>
      oneUser([
        {
          op: 'batch_update',
          map: 0,
          entries: [
            { key: 0, value: 0 },
            { key: 1, value: 1 },
            { key: 2, value: 2 },
          ],
        },
        balance,
        {
          op: 'batch_update',
          map: 0,
          entries: [
            { key: 3, value: 3 },
            { key: 0, value: 4 },
            { key: 4, value: 5 },
          ],
          option: 'EBPF_NOEXIST',
        },
        balance,
        find(4),
        close,
        balance,
      ]),
  },
  {
    name: 'operations that hash maps do not have',
    probes: [],
    plan: () =>
      oneUser([
        update(0, 0),
        { op: 'update_with_handle', map: 0 },
        { op: 'push', map: 0, value: 1 },
        { op: 'peek', map: 0 },
        { op: 'pop', map: 0 },
        { op: 'value_address', map: 0 },
        find(0),
      ]),
  },
  {
    name: 'keys and values at odd addresses',
    probes: ['CRUD-UPD-020'],
    plan: (profile) => {
      const direct = directly(profile);
      const odd = { misaligned: true };
      const rest = { conditions: { probes_only: true } } as const;
      return [
        oneUser(
          [
            update(0, 0),
            find(0),
            remove(0),
            ...direct.update('a', 0, odd),
            ...direct.find('a'),
            ...direct.remove('a', { flags: 2 }),
            balance,
          ],
          rest,
        ),
        oneUser(
          [
            ...direct.update('a', 0),
            ...direct.find('a'),
            ...direct.find('a', odd),
            ...direct.remove('a', { flags: 2 }),
            balance,
          ],
          rest,
        ),
        oneUser(
          [
            update(0, 0),
            find(0),
            remove(0),
            ...direct.update('a', 0),
            ...direct.remove('a', { flags: 2, ...odd }),
            balance,
          ],
          rest,
        ),
      ];
    },
    dialects: ['as-documented'],
  },
];

export const scenarios: readonly Scenario[] = [
  ...plans,
  ...combinations,
  ...hostileValues,
  ...manyEntries,
].map(withValues);
