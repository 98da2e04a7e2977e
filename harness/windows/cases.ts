/** What is certified on both systems, and how much of it: Wine starts a process ten times slower than Linux does. */
import { readFileSync } from 'node:fs';
import type { NativeFixture } from '../native/build.ts';

export type Case = {
  name: string;
  fixture: string;
  /** What mapcert is told beyond subject and report. */
  options: readonly string[];
};

const providerPrefix = 'providers/';
const stressBudget = '2s';

type Description = { violates?: string[] };

/** Every rule for right providers; for a fault the rules that it breaks, and the same of threads for one provider. */
export const casesOf = (fixtures: readonly NativeFixture[]): Case[] => {
  const plain = fixtures
    .filter(({ name }) => name.startsWith(providerPrefix) || name.startsWith('faults/'))
    .map(({ name, source }) => ({ name, fixture: name, options: optionsOf(name, source) }));
  const threads = { fixture: `${providerPrefix}object-map`, name: 'stress/object-map' };
  const stress = ['--stress', '--suite', 'concurrency', '--runs', '1', '--budget', stressBudget];
  return [...plain, { ...threads, options: stress }];
};

const optionsOf = (name: string, source: string): string[] => {
  if (name.startsWith(providerPrefix)) return ['--runs', '1'];
  const text = readFileSync(source.replace(/\.c$/, '.json'), 'utf8');
  const { violates = [] } = JSON.parse(text) as Description;
  return ['--runs', '2', ...(violates.length === 0 ? [] : ['--only', ...violates])];
};
