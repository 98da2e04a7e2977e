/**
 * Plans of keys and values that are alike in part, and of memory that comes back at the same
 * addresses.
 */
import type { Operation, Profile, Scenario } from '../../harness/index.ts';
import {
  balance,
  close,
  find,
  oneUser,
  remove,
  update,
  type Made,
} from '../state/element-plans.ts';

const hexOf = (bytes: readonly number[]): string =>
  bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** A text of so many bytes, other bytes in some places. */
const text = (size: number, changes: Readonly<Record<number, number>> = {}): string =>
  hexOf(Array.from({ length: size }, (_, at) => changes[at] ?? 0x41 + (at % 26)));

/** A small number in little-endian bytes. */
export const number = (size: number, value: number): string =>
  hexOf(Array.from({ length: size }, (_, at) => (at === 0 ? value : 0)));

const filled = (size: number, byte: number): string =>
  hexOf(Array.from({ length: size }, () => byte));

/**
 * The places whose byte alone tells keys apart: what a comparison by word, half or prefix leaves
 * out.
 */
const places = (size: number): number[] =>
  [...new Set([0, 1, 3, 4, 7, 8, 15, 16, size >> 1, size - 1])].filter(
    (at) => at >= 0 && at < size,
  );

/**
 * Bytes that are alike but for one place; the same bytes in another order; texts that end early;
 * all zeros, all ones, and numbers of other signs.
 */
export const alike = (size: number): string[] => [
  ...new Set([
    text(size),
    ...places(size).map((at) => text(size, { [at]: 0x7e })),
    ...places(size).map((at) => text(size, { [at]: 0 })),
    ...places(size).map((at) => text(size, { [at]: 0xff })),
    ...(size > 1
      ? [text(size, { 0: 0x42, 1: 0x41 }), text(size, { 0: 0, 1: 0x7e }), text(size, { 0: 0x61 })]
      : []),
    ...[0x00, 0xff, 0x80, 0x7f].map((byte) => filled(size, byte)),
  ]),
];

/** Small numbers, and the same with a bit far above: what a narrower variable cannot tell apart. */
export const far = (size: number): string[] =>
  [8, 4].flatMap((small) => [
    number(size, small),
    ...[2, 3, 4, 7]
      .filter((at) => at < size)
      .map((place) =>
        hexOf(Array.from({ length: size }, (_, at) => (at === 0 ? small : at === place ? 1 : 0))),
      ),
  ]);

/** Whoever declares keys declares that others are refused. */
export const mayMakeKeys = ({ source, keysBelowMaxEntries }: Profile): boolean =>
  source['keys'] !== 'declared' && !keysBelowMaxEntries;

const at = (key: string, value: number): Operation[] => [
  { op: 'update', map: 0, key, value },
  { op: 'find', map: 0, key },
];
const lookedUp = (keys: readonly string[]): Operation[] =>
  keys.map((key): Operation => ({ op: 'find', map: 0, key }));

/** Entries of a map that has room for so many twice, or for as many as the profile allows. */
export const roomFor = ({ maxEntries: { min, max } }: Profile, count: number): number =>
  Math.min(Math.max(min, 2 * count), max);

/** All keys are held together, looked up, changed and taken away one after the other. */
const alikeKeys = (profile: Profile): Made[] => {
  if (!mayMakeKeys(profile)) return [];
  const sizes = profile.accepted.map(({ key }) => key);
  const asked = [...new Set([sizes[0] ?? 4, Math.max(...sizes)])];
  return asked.flatMap((key_size) => {
    const value_size = profile.accepted.find(({ key }) => key === key_size)?.value;
    if (value_size === undefined) return [];
    const all = [...new Set([...alike(key_size), ...far(key_size)])];
    const max_entries = roomFor(profile, all.length);
    const keys = all.slice(0, max_entries);
    const create: Operation = { op: 'create', map: 0, key_size, value_size, max_entries };
    const operations: Operation[] = [
      { op: 'start' },
      create,
      ...keys.flatMap((key, value) => at(key, value)),
      ...lookedUp(keys),
      ...keys.flatMap((key, index): Operation[] =>
        index % 3 === 0
          ? [{ op: 'delete', map: 0, key }]
          : [{ op: 'update', map: 0, key, value: keys.length + index }],
      ),
      ...lookedUp(keys),
      ...keys.flatMap((key, index) => (index % 3 === 0 ? at(key, 2 * keys.length + index) : [])),
      ...lookedUp(keys),
      // In the other order: which of two alike came last decides what a mistake shows.
      ...[...keys].reverse().map((key, index): Operation => ({
        ...{ op: 'update', map: 0, key },
        value: 3 * keys.length + index,
      })),
      ...lookedUp(keys),
      close,
      balance,
    ];
    return [{ actors: [{ caller: 'user', process: 1, operations }] }];
  });
};

/** Two values at most are made for each key: those who only take handles refuse most of them. */
const alikeValues = (profile: Profile): Made | null => {
  const size = profile.accepted[0]?.value;
  const keySize = profile.accepted[0]?.key;
  if (size === undefined || keySize === undefined || keySize < 2) return null;
  const all = [...alike(size), ...far(size)];
  const max_entries = roomFor(profile, 2 * all.length);
  const values = all.slice(0, max_entries);
  const held: Operation[] = values.flatMap((value, key): Operation[] => [
    { op: 'update', map: 0, key, value },
    find(key),
  ]);
  // A key and its value are the same bytes.
  const own: Operation[] =
    size === keySize && mayMakeKeys(profile)
      ? values.slice(0, 6).flatMap((key): Operation[] => [
          { op: 'update', map: 0, key, value: key },
          { op: 'find', map: 0, key },
        ])
      : [];
  const operations: Operation[] = [
    { op: 'start' },
    { op: 'create', map: 0, max_entries },
    ...held,
    ...values.map((_, key) => find(key)),
    ...values.flatMap((_, key) =>
      key % 2 ? [remove(key), find(key - 1), find(values.length - 1 - key)] : [],
    ),
    ...own,
    ...values.map((_, key) => find(key)),
    balance,
    close,
    balance,
  ];
  return { actors: [{ caller: 'user', process: 1, operations }] };
};

const again: Operation[] = [
  ...[update(0, 0), find(0), remove(0), { op: 'drain' as const }],
  ...[update(0, 1), find(0), update(1, 2), find(1), update(0, 3), find(0), find(1)],
  ...[remove(1), { op: 'drain' as const }, update(2, 4), update(1, 5), find(2), find(1), find(0)],
  ...[update(0, 6, { option: 'EBPF_NOEXIST' }), update(3, 7), find(3), find(0)],
];

/** Objects, maps and bindings that take each other's places in memory. */
const reused = (profile: Profile): Made => {
  const alone = profile.maxMaps === 1;
  const next = (map: number, value: number): Operation[] => [
    { op: 'create', map },
    ...[0, 1].map((key): Operation => ({ op: 'find', map, key })),
    { op: 'update', map, key: 0, value },
    { op: 'find', map, key: 0 },
  ];
  return oneUser(
    [
      ...again,
      ...(alone ? [] : [...next(1, 8), { op: 'close' as const, map: 1 }, { op: 'drain' as const }]),
      ...(alone ? [] : [...next(2, 9), find(0)]),
      close,
      { op: 'drain' },
      ...next(3, 10),
      { op: 'delete', map: 3, key: 0 },
      balance,
    ],
    { conditions: { reused_memory: true } },
  );
};

/** What keys, values and addresses are taken for is a matter of these. */
const judgedBy = ['update', 'lookup', 'deletion', 'creation'];

export const alikePlans: readonly Scenario[] = [
  {
    name: 'keys that are alike',
    probes: ['CRUD-FIND-002'],
    dialects: ['as-documented'],
    judgedBy,
    plan: alikeKeys,
  },
  {
    name: 'values that are alike',
    probes: ['CRUD-FIND-002'],
    dialects: ['as-documented'],
    judgedBy,
    plan: alikeValues,
  },
  {
    name: 'memory comes back at the same addresses',
    probes: ['CRUD-FIND-002'],
    dialects: ['as-documented'],
    plan: reused,
  },
];
