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
  remove,
  update,
  withValues,
  type Made,
} from '../state/element-plans.ts';
import { baseRefusals } from './base-refusals.ts';
import { combinations } from './combinations.ts';
import { hostileValues } from './hostile-values.ts';
import { manyEntries } from './many-entries.ts';
import { providerRefusals } from './provider-refusals.ts';
import { replaces } from './replaces.ts';

/** Allocations of which each is made to fail once, in a run of its own. */
const allocationsFailed = 12;
const garbage = 0xcc;

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

/** Updates of a map, and once more what may have failed for want of memory. */
const withoutMemory = (map: number): Operation[] => [
  update(0, 0, { map }),
  balance,
  find(0, { map }),
  update(1, 1, { map }),
  balance,
  update(0, 2, { map }),
  balance,
  find(0, { map }),
  update(1, 1, { map }),
  update(0, 2, { map }),
  find(1, { map }),
];

const plans: readonly Scenario[] = [
  ...replaces,
  ...baseRefusals,
  {
    name: 'updates over zeros and over other bytes',
    probes: [],
    plan: (profile) => (profile.updatesOriginalValue ? overGarbage(profile) : null),
    dialects: ['as-documented'],
  },
  ...providerRefusals,
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
    plan: (profile) =>
      Array.from({ length: allocationsFailed }, (_, index) =>
        oneUser(
          [
            ...withoutMemory(0),
            ...(profile.maxMaps === 1
              ? []
              : [{ op: 'create' as const, map: 1 }, ...withoutMemory(1)]),
            ...(profile.maxMaps === 1 ? [] : [{ op: 'close' as const, map: 1 }]),
            close,
            balance,
          ],
          { conditions: { fail_allocation: index + 1 } },
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

/** The plans of the chapter; their order decides over seeds. */
export const scenarios: readonly Scenario[] = [
  ...plans,
  ...combinations,
  ...hostileValues,
  ...manyEntries,
].map(withValues);
