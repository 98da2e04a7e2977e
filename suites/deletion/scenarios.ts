/**
 * Plans that make the rules of delete bite: every flag, rejections, interleaved values, odd
 * arguments.
 */
import {
  type DirectCall,
  type Operation,
  type Profile,
  type Scenario,
  EBPF_MAP_OPERATION_HELPER as HELPER,
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
} from '../../harness/index.ts';
import {
  anyValue,
  balance,
  close,
  directly,
  find,
  oneUser,
  programs,
  remove,
  update,
  withValues,
  type Made,
} from '../state/element-plans.ts';

/** Flags that reach a delete callback. */
const flagsOf = (profile: Profile): number[] =>
  profile.updatesOriginalValue
    ? [0, UPDATE, CLEANUP]
    : [0, UPDATE, CLEANUP, HELPER, HELPER | UPDATE];

/** Flags with which a value goes for certain. */
const surely = (profile: Profile): number => (profile.deleteMayReject ? CLEANUP : 0);

/** A value accepted, a probe of the delete callback with it, and the value released after all. */
const probed = (profile: Profile, probe: Partial<DirectCall>): Operation[] => {
  const direct = directly(profile);
  return [
    update(1, 1),
    remove(1),
    ...direct.update('a', 0),
    ...direct.remove('a', { flags: UPDATE, ...probe }),
    // Without an update callback UPDATE is a probe of its own (CRUD-DEL-013).
    ...anyValue(profile, 'delete', { ...probe, flags: (probe.flags ?? 0) & ~UPDATE }),
    balance,
    update(0, 1),
    find(0),
    remove(0),
    balance,
  ];
};

const entriesMany = 40;

/** A map that ends with many entries inside, each of which is looked up once. */
const manyEntries = (profile: Profile): Made => {
  const { min, max } = profile.maxEntries;
  const max_entries = Math.max(Math.min(entriesMany, max), min);
  const keys = Array.from({ length: Math.min(entriesMany, max_entries) }, (_, key) => key);
  const operations: Operation[] = [
    { op: 'start' },
    { op: 'create', map: 0, max_entries },
    ...keys.map((key) => update(key, key)),
    ...keys.map((key) => find(key)),
    balance,
    close,
    balance,
  ];
  return { actors: [{ caller: 'user', process: 1, operations }] };
};

const plans: readonly Scenario[] = [
  {
    name: 'explicit deletes',
    probes: [],
    plan: (profile) =>
      oneUser([
        remove(0),
        update(0, 0),
        update(1, 1),
        balance,
        remove(0),
        balance,
        find(0),
        find(1),
        remove(0),
        update(0, 2),
        remove(0),
        remove(1),
        balance,
        ...programs(profile, [update(2, 3), remove(2), find(2), remove(2), update(3, 4)]),
        remove(3),
        balance,
        close,
        balance,
      ]),
  },
  {
    name: 'maps end with entries inside',
    probes: [],
    plan: (profile) =>
      oneUser([
        update(0, 0),
        update(1, 1),
        balance,
        close,
        balance,
        { op: 'create', map: 0 },
        update(0, 2),
        update(0, 3),
        ...programs(profile, [update(1, 4)]),
        { op: 'hold', map: 0 },
        close,
        find(0),
        balance,
        close,
        balance,
      ]),
  },
  {
    name: 'a map ends with many entries inside',
    probes: [],
    dialects: ['as-documented'],
    plan: manyEntries,
  },
  {
    name: 'every combination of flags',
    probes: [],
    plan: (profile) => {
      const direct = directly(profile);
      return oneUser([
        ...flagsOf(profile).flatMap((flags, index) => [
          ...direct.update(`a${index}`, index),
          ...direct.update(`b${index}`, index + 8),
          balance,
          ...direct.remove(`a${index}`, { flags }),
          balance,
          ...direct.find(`b${index}`),
          ...direct.remove(`b${index}`, { flags }),
          balance,
        ]),
        ...programs(profile, [update(0, 0), update(0, 1), remove(0)]),
        update(1, 2),
        ...programs(profile, [update(1, 3)]),
        balance,
        close,
        balance,
      ]);
    },
  },
  {
    name: 'deletes that are rejected',
    probes: [],
    plan: (profile) =>
      profile.deleteStyle === 'preprocess'
        ? oneUser([
            update(0, 0),
            find(0),
            balance,
            remove(0),
            balance,
            find(0),
            remove(0),
            find(0, { delete: true }),
            balance,
            find(0),
            ...programs(profile, [remove(0), find(0)]),
            update(0, 1),
            balance,
            find(0),
            remove(0),
            balance,
            close,
            balance,
          ])
        : null,
  },
  {
    name: 'two values of one key under way',
    probes: [],
    plan: (profile) => {
      const direct = directly(profile);
      const last = { flags: surely(profile) };
      return oneUser([
        ...direct.update('a', 0, { key: 0 }),
        ...direct.find('a', { key: 0 }),
        ...direct.update('b', 1, { key: 0 }),
        balance,
        ...direct.remove('b', { key: 0, flags: UPDATE }),
        balance,
        ...direct.find('a', { key: 0 }),
        ...direct.update('c', 2, { key: 0 }),
        ...direct.find('c', { key: 0 }),
        ...direct.remove('a', { key: 0, flags: UPDATE }),
        balance,
        ...direct.find('c', { key: 0 }),
        ...direct.remove('c', { key: 0, ...last }),
        balance,
      ]);
    },
  },
  {
    name: 'delete without a key',
    probes: ['CRUD-DEL-012'],
    plan: (profile) =>
      flagsOf(profile).map((flags) =>
        oneUser(probed(profile, { key: null, flags }), { conditions: { probes_only: true } }),
      ),
    dialects: ['as-documented'],
  },
  {
    name: 'delete with an unexpected value size',
    probes: ['CRUD-DEL-017'],
    plan: (profile) => {
      const direct = directly(profile);
      const probe = { flags: UPDATE, value_size: 0 };
      const operations: Operation[] = [
        update(1, 1),
        remove(1),
        ...direct.update('a', 0),
        ...direct.remove('a', probe),
        ...anyValue(profile, 'delete', { ...probe, flags: 0 }),
        // Nobody can tell from no bytes what to release, so it is still to be released.
        ...direct.remove('a', { flags: UPDATE }),
        update(0, 1),
        find(0),
      ];
      return oneUser(operations, { conditions: { probes_only: true } });
    },
    dialects: ['as-documented'],
  },
  {
    name: 'a delete that no update announced',
    probes: ['CRUD-DEL-013'],
    plan: (profile) =>
      profile.hasUpdate
        ? null
        : oneUser(
            [
              ...anyValue(profile, 'delete', { flags: UPDATE }),
              balance,
              update(0, 1),
              update(0, 2),
              remove(0),
              balance,
            ],
            { conditions: { probes_only: true } },
          ),
  },
];

export const scenarios: readonly Scenario[] = plans.map(withValues);
