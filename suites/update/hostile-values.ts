/**
 * Plans of values that nobody made for the provider: any bytes, handles that are closed or of
 * another process.
 */
import type { Operation, Profile, Scenario } from '../../harness/index.ts';
import { balance, close, find, oneUser, remove, update } from '../state/element-plans.ts';

const hexOf = (bytes: readonly number[]): string =>
  bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** A number in little-endian bytes, cut to the size. */
const number = (size: number, value: number): string =>
  hexOf(Array.from({ length: size }, (_, at) => Math.floor(value / 256 ** at) % 256));

const filled = (size: number, byte: number, last = byte): string =>
  hexOf(Array.from({ length: size }, (_, at) => (at === size - 1 ? last : byte)));

/**
 * Extremes of every width, signed and unsigned; small numbers; what looks like a handle and is none
 * (odd, closed, beyond the last one); letters.
 */
const anyBytes = (size: number): string[] => [
  ...new Set([
    ...[0x00, 0xff, 0x80, 0x7f, 0x41].map((byte) => filled(size, byte)),
    ...[filled(size, 0x00, 0x80), filled(size, 0xff, 0x7f), filled(size, 0xff, 0x80)],
    ...[1, 2, 3, 5, 7, 64, 255, 256, 1028, 4096, 65_535].map((value) => number(size, value)),
  ]),
];

const stored = (value: string): Operation[] => [
  { op: 'update', map: 0, key: 0, value },
  find(0),
  { op: 'update', map: 0, key: 0, value },
  { op: 'update', map: 0, key: 1, value },
  find(1),
  remove(0),
];

/**
 * Values by a user who may write anything: one after the other, then all of them at the end of the
 * map.
 */
const written = (profile: Profile) =>
  oneUser([
    update(2, 0),
    ...anyBytes(profile.accepted[0]?.value ?? 4).flatMap(stored),
    find(2),
    balance,
    close,
    balance,
  ]);

/** What one process may store, by another one; and what was right until its handle was closed. */
const strangers = () => ({
  actors: [
    {
      caller: 'user' as const,
      process: 1,
      operations: [
        { op: 'start' } as const,
        { op: 'create', map: 0 } as const,
        ...[update(0, 0), update(1, 1), update(2, 2), remove(2)],
      ],
    },
    {
      caller: 'user' as const,
      process: 2,
      operations: [update(3, 0), update(4, 2), update(0, 1), find(0), find(1), remove(4)],
    },
  ],
});

const stale = () =>
  oneUser([
    ...[update(0, 0), update(1, 1), find(0), remove(1)],
    { op: 'close_handles' },
    ...[update(2, 0), update(3, 1), update(0, 0), find(0), find(2), remove(0)],
    balance,
    close,
    balance,
  ]);

export const hostileValues: readonly Scenario[] = [
  {
    name: 'values of any bytes',
    probes: ['CRUD-UPD-012'],
    dialects: ['as-documented'],
    plan: written,
  },
  {
    name: 'values of another process and values that went stale',
    probes: ['CRUD-UPD-012'],
    dialects: ['as-documented'],
    plan: () => [strangers(), stale()],
  },
];
