/** Pieces that the plans of creations are made of. */
import type { Conditions, Operation, Profile } from '../../harness/index.ts';

/** A plan of one user process, from start to stop. */
export const plan = (operations: Operation[], conditions: Conditions = {}) => ({
  conditions,
  actors: [
    {
      caller: 'user' as const,
      process: 1,
      operations: [{ op: 'start' as const }, ...operations, { op: 'stop' as const }],
    },
  ],
});

/** What no runtime does, or what a provider only should cope with. */
export const aside: Conditions = { probes_only: true };

/** A map that is created and closed. */
export const life = (
  map: number,
  create: Partial<Extract<Operation, { op: 'create' }>> = {},
): Operation[] => [
  { op: 'create', map, ...create },
  { op: 'close', map },
];

/** The sizes that every other plan uses. */
export const preferred = (profile: Profile): { key_size: number; value_size: number } => {
  const pair = profile.accepted[0];
  return { key_size: pair?.key ?? 4, value_size: pair?.value ?? 4 };
};

/**
 * The last ones are few, or negative, once doubled, multiplied by eight, made longer by a header or
 * signed.
 */
const oddSizes = [
  ...[1, 2, 3, 5, 7, 9, 16, 64, 4096],
  ...[0x2000_0001, 0x7fff_ffff, 0x8000_0001, 0xffff_fff0, 0xffff_ffff],
];

/**
 * Sizes with the low byte, or the low 16 bits, of the first declared one: a narrower variable
 * cannot tell them.
 */
const aliases = (profile: Profile, name: 'keySizes' | 'valueSizes'): number[] => {
  const [first] = profile[name];
  return first !== undefined && profile.source[name] === 'declared'
    ? [first + 0x100, first + 0x1_0000]
    : [];
};

/** Sizes that the profile does not accept. */
export const outside = (profile: Profile, name: 'keySizes' | 'valueSizes'): number[] =>
  [0, 4, 8, ...oddSizes, ...aliases(profile, name)].filter((size) => !profile[name].includes(size));
