/**
 * The maps of a generated plan: what a slot is created with, and the keys and values that its
 * operations may name. A slot keeps its sizes for the whole plan, so that whatever operations are
 * left out, keys and values fit.
 */
import type { Profile } from '../provider/profile.ts';
import type { KeyRef, Operation, ValueRef } from '../trace/plan.ts';

/** What is drawn of one slot. */
export type MapDraw = {
  /** Which pair of accepted sizes: 0 is the usual one. */
  pair: number;
  /** Entries asked for; null: as usual. */
  entries: number | null;
  keys: 'few' | 'alike' | 'many';
  values: 'few' | 'equal' | 'many' | 'any';
  /** Bytes that alike keys and any values are made of. */
  bytes: readonly number[];
};

export type DrawnMap = {
  create: Extract<Operation, { op: 'create' }>;
  keys: readonly KeyRef[];
  values: readonly ValueRef[];
};

/** Keys and values that are most often named: so few that operations meet. */
const keysFew = 4;
const valuesFew = 6;
/** More than eight bits count. */
export const keysMany = 257;
const valuesMany = 200;

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

const hexOf = (bytes: readonly number[]): string =>
  bytes.map((byte) => (byte & 0xff).toString(16).padStart(2, '0')).join('');

/** So many bytes: those drawn, over and over. */
const repeated = (bytes: readonly number[], size: number): number[] =>
  range(size).map((at) => bytes[at % bytes.length] ?? 0);

const changed = (bytes: readonly number[], place: number): number[] =>
  bytes.map((byte, at) => (at === place ? byte ^ 0x81 : byte));

/** Bytes that differ at the head, in the middle or at the tail only, and extremes of all widths. */
const alike = (bytes: readonly number[], size: number): string[] => {
  const base = repeated(bytes, size);
  const extremes = [0x00, 0xff, 0x7f, 0x80].map((byte) => range(size).map(() => byte));
  const places = [0, size >> 1, size - 1, Math.min(4, size - 1)];
  return [
    ...new Set([base, ...places.map((place) => changed(base, place)), ...extremes].map(hexOf)),
  ];
};

/** Whoever declares keys declares that others are refused. */
const mayMakeKeys = ({ source, keysBelowMaxEntries }: Profile): boolean =>
  source['keys'] !== 'declared' && !keysBelowMaxEntries;

const keysOf = (profile: Profile, draw: MapDraw, size: number, entries: number): KeyRef[] => {
  if (draw.keys === 'alike' && mayMakeKeys(profile)) return alike(draw.bytes, size);
  const most = Math.min(draw.keys === 'many' ? keysMany : keysFew, 256 ** Math.min(size, 3));
  return range(profile.keysBelowMaxEntries ? Math.min(most, entries) : most);
};

/**
 * Bytes that nobody made for a user are for who takes any: elsewhere they are a matter of values
 * that are to be refused, which plans of their own try.
 */
const takesAny = ({ values, source, invalidValues }: Profile): boolean =>
  values === 'generated' && source['values'] !== 'declared' && invalidValues.length === 0;

const valuesOf = (profile: Profile, draw: MapDraw, size: number): ValueRef[] => {
  switch (draw.values === 'any' && !takesAny(profile) ? 'few' : draw.values) {
    case 'equal':
      return [0, 0, 0, 1];
    case 'many':
      return range(valuesMany);
    case 'any':
      return [...range(2), ...alike(draw.bytes, size)];
    default:
      return range(valuesFew);
  }
};

/** Entries of a map within what the profile knows to be accepted; null: as usual. */
const entriesOf = ({ maxEntries, source }: Profile, asked: number | null): number | null => {
  if (asked === null) return null;
  const max = source['maxEntries'] === 'declared' ? maxEntries.max : Infinity;
  return Math.min(Math.max(asked, maxEntries.min), max);
};

/** The map of a slot as it is drawn. */
export const drawnMap = (profile: Profile, map: number, draw: MapDraw): DrawnMap => {
  const usual = profile.accepted[0] ?? { key: 4, value: 4 };
  const pair = profile.accepted[draw.pair % Math.max(profile.accepted.length, 1)] ?? usual;
  const entries = entriesOf(profile, draw.entries);
  const { min, max } = profile.maxEntries;
  const isUsual = pair.key === usual.key && pair.value === usual.value;
  return {
    create: {
      ...{ op: 'create', map },
      ...(isUsual ? {} : { key_size: pair.key, value_size: pair.value }),
      ...(entries === null ? {} : { max_entries: entries }),
    },
    keys: keysOf(profile, draw, pair.key, entries ?? Math.min(Math.max(keysFew, min), max)),
    values: valuesOf(profile, draw, pair.value),
  };
};
