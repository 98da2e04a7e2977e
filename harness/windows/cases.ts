/**
 * What is certified on both systems, and how much of it: Wine starts a process ten times slower
 * than Linux does.
 */
import type { NativeFixture } from '../native/build.ts';
import { headMeta } from '../native/head-meta.ts';

export type Case = {
  name: string;
  fixture: string;
  /** What mapcert is told beyond subject and report. */
  options: readonly string[];
  /** Exit codes that show that the case was run: what Linux must answer. */
  codes: readonly number[];
  /** A declaration that the fixture comes with; null when it has none. */
  profile: object | null;
};

const providerPrefix = 'providers/';
const rightCodes = [0];

/** Time for the orders of phases; the threads have their own ten seconds. */
const stressOptions = ['--stress', '--budget', '60s'];

type Description = {
  violates?: string[];
  stress?: boolean;
  lowMemory?: boolean;
  expects?: string;
  profile?: object;
  config?: object;
};

/**
 * Every rule for right providers; for a fault the rules that it breaks, and the same of threads for
 * one provider.
 */
export const casesOf = (fixtures: readonly NativeFixture[]): Case[] => {
  const plain = fixtures
    .filter(({ name }) => name.startsWith(providerPrefix) || name.startsWith('faults/'))
    .map(({ name, source }) => caseOf(name, source));
  const threads = { fixture: `${providerPrefix}object-map`, name: 'stress/object-map' };
  const options = ['--suite', 'concurrency', '--runs', '1', ...stressOptions];
  return [...plain, { ...threads, options, codes: rightCodes, profile: null }];
};

const caseOf = (name: string, source: string): Case => {
  const { violates = [], stress = false, lowMemory = false, ...declared } = descriptionOf(source);
  const profile = declared.profile ?? declared.config ?? null;
  if (name.startsWith(providerPrefix))
    return { name, fixture: name, options: ['--runs', '1'], codes: rightCodes, profile };
  return {
    name,
    fixture: name,
    options: [
      ...(stress ? ['--runs', '1', ...stressOptions] : ['--runs', '2']),
      ...(lowMemory ? ['--low-memory'] : []),
      ...(violates.length === 0 ? [] : ['--only', ...violates]),
    ],
    codes: codesFor(declared.expects),
    profile,
  };
};

/** Incomplete: nothing else was asked, so that nothing is judged. */
const codesFor = (expects: string | undefined): readonly number[] =>
  expects === 'warn' ? rightCodes : expects === 'incomplete' ? [2, 6] : [1, 5];

/** What a source says of itself; a fixture that needs no words says nothing. */
const descriptionOf = (source: string): Description =>
  JSON.parse(headMeta(source) ?? '{}') as Description;
