/** What is known of the sizes in a creation: declared, seen by the probe, or nothing. */
import type { CallbackEntered, SubjectContext } from '../../harness/index.ts';

/**
 * `supported`: in the accepted sets. `unsupported`: outside a declared set. `refused`: the probe
 * saw it refused with every partner it tried. `absurd`: far beyond what the probe saw accepted.
 * `unknown`: nothing to hold the provider to.
 */
export type Standing = 'supported' | 'unsupported' | 'refused' | 'absurd' | 'unknown';

/** Sizes that every probe tries for keys and for values alike. */
export const swept = [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 32, 64];
const absurdFrom = 0x1000_0000;
/** More entries than this are many: no variable of 16 bits holds the count. */
export const fewEntriesMax = 0xffff;
/** The largest size that the probe tries: a provider that refused it has a bound below it. */
const largest = { keySizes: 64, valueSizes: 128 } as const;

const fewPairs = 4;

export type SetName = 'keySizes' | 'valueSizes';

export const isDeclared = ({ profile }: SubjectContext, name: SetName): boolean =>
  profile.source[name] === 'declared' && profile[name].length > 0;

const standingOfSize = (subject: SubjectContext, name: SetName, size: number): Standing => {
  const set = subject.profile[name];
  if (set.includes(size)) return 'supported';
  if (isDeclared(subject, name)) return 'unsupported';
  if (set.length === 0) return 'unknown';
  if (swept.includes(size)) return 'refused';
  // A few accepted pairs may be all that a probe cut short by losses could see.
  const isBounded = subject.profile.accepted.length >= fewPairs && Math.max(...set) < largest[name];
  if (size >= absurdFrom && isBounded) return 'absurd';
  return 'unknown';
};

const order: readonly Standing[] = ['unsupported', 'absurd', 'refused', 'unknown', 'supported'];

/**
 * Standing of a creation's sizes; only creations of the type that the profile is about are known.
 */
export const standingOf = (subject: SubjectContext, call: CallbackEntered): Standing => {
  if (call.map_type !== subject.profile.mapType) return 'unknown';
  const both = [
    standingOfSize(subject, 'keySizes', call.create_key_size ?? 0),
    standingOfSize(subject, 'valueSizes', call.create_value_size ?? 0),
  ];
  return order.find((standing) => both.includes(standing)) ?? 'unknown';
};

/** `key_size 4, value_size 0, max_entries 8`. */
export const argumentsOf = (call: CallbackEntered): string =>
  `key_size ${call.create_key_size}, value_size ${call.create_value_size}, max_entries ${call.max_entries}`;

/** Whether any of the three sizes is zero (CRE-007). */
export const hasZero = (call: CallbackEntered): boolean =>
  call.create_key_size === 0 || call.create_value_size === 0 || call.max_entries === 0;
