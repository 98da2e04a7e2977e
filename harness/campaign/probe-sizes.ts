/** Which key and value sizes preprocess_map_create accepts: likely pairs first, then a sweep. */
import type { Profile } from '../provider/profile.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import type { Operation } from '../trace/plan.ts';

export type SizePair = { key: number; value: number };

const likely: SizePair[] = [
  { key: 4, value: 4 },
  { key: 4, value: 8 },
  { key: 8, value: 8 },
  { key: 8, value: 4 },
  { key: 4, value: 16 },
  { key: 16, value: 16 },
  { key: 4, value: 1 },
  { key: 1, value: 1 },
];
const sweptKeys = [1, 2, 3, 5, 6, 7, 12, 16, 32, 64];
const sweptValues = [1, 2, 3, 5, 6, 7, 12, 16, 24, 32, 64, 128];
const pairsMax = 64;

const product = (keys: readonly number[], values: readonly number[]): SizePair[] =>
  keys.flatMap((key) => values.map((value) => ({ key, value })));

/**
 * Entries of the maps that a probe asks for, where none are declared; others when that is refused
 * with every size.
 */
export const usualMaxEntries = 8;
const otherMaxEntries = [16, 64, 1024, 4, 2, 1];

/**
 * A group of pairs to ask for, in a run of its own; with other `maxEntries`, when nothing was
 * accepted so far.
 */
export type SizeQuestion = { pairs: SizePair[]; maxEntries: number | null };

/** The groups in the order to be asked. */
export const probePlans = (profile: Profile): SizeQuestion[] => {
  const groups = pairsOf(profile);
  const others = profile.source['maxEntries'] === 'declared' ? [] : otherMaxEntries;
  return [
    ...groups.map((pairs) => ({ pairs, maxEntries: null })),
    ...others.flatMap((maxEntries) => groups.map((pairs) => ({ pairs, maxEntries }))),
  ];
};

const pairsOf = (profile: Profile): SizePair[][] => {
  const { keySizes, valueSizes } = profile;
  const declared = keySizes.length > 0 || valueSizes.length > 0;
  if (declared) {
    const pairs = product(
      keySizes.length ? keySizes : [...new Set([4, 8, ...sweptKeys])],
      valueSizes.length ? valueSizes : [...new Set([4, 8, ...sweptValues])],
    );
    return [pairs.slice(0, pairsMax)];
  }
  const known = new Set(likely.map((pair) => `${pair.key}:${pair.value}`));
  const rest = [
    ...product(sweptKeys, [4, 8]),
    ...product([4, 8], sweptValues),
    ...product(sweptKeys, sweptValues),
  ]
    .filter(
      (pair, index, all) =>
        all.findIndex((one) => one.key === pair.key && one.value === pair.value) === index,
    )
    .filter((pair) => !known.has(`${pair.key}:${pair.value}`));
  return [likely, rest];
};

/** Creates and closes a map for each pair. */
export const sweepSizes = (
  pairs: readonly SizePair[],
  profile: Profile,
  maxEntries: number | null = null,
): Operation[] => [
  ...pairs.flatMap((pair, map): Operation[] => [
    {
      op: 'create',
      map,
      key_size: pair.key,
      value_size: pair.value,
      max_entries:
        maxEntries ??
        Math.min(Math.max(usualMaxEntries, profile.maxEntries.min), profile.maxEntries.max),
    },
    { op: 'close', map },
  ]),
  { op: 'stop' },
];

/** The pairs for which a map came to be, in the order asked. */
export const acceptedPairs = (trace: readonly TraceEvent[]): Profile['accepted'] =>
  trace
    .filter((event): event is EventOf<'map-created'> => event.kind === 'map-created')
    .map((event) => ({
      key: event.key_size,
      value: event.value_size,
      actual: event.actual_value_size,
    }));
