/**
 * Changes of a runtime: what each provider of fixtures/upgrades relies on is found, and nothing
 * else is. Here only what matters to it is switched; docs/UPGRADES.md has the whole lattices.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { upgrade } from '../campaign/upgrade.ts';
import type { DialectName } from '../trace/plan.ts';
import type { ProviderModule } from '../provider/module.ts';
import { probe } from '../campaign/probe.ts';
import { switchesOf } from '../sim/dialect.ts';
import { RELEASES, releaseOf, switchesOfRelease } from '../sim/releases.ts';
import { SWITCH_NAMES, switchRow } from '../sim/switches.ts';
import { CHAPTERS, ownersOfLoss } from './chapters.ts';
import { moduleExecutor } from './in-process.fixture.ts';
import { contextOf } from './provider.ts';
import { upgradeRuns } from './upgrade.ts';

type Fixture = {
  default: ProviderModule;
  meta: { id: string; says: string; breaks: Record<'as-documented' | 'as-shipped', string[]> };
};

const folder = fileURLToPath(new URL('../../fixtures/upgrades', import.meta.url));
const files = readdirSync(folder).sort();
/** Switched beside what a provider relies on: such as few plans notice. */
const others = ['findElementShippedCodes', 'batchLookupsCarriedOut', 'maxEntriesIsHint'];
const bases = ['as-documented', 'as-shipped'] as const;

const fixtureOf = async (file: string): Promise<Fixture> =>
  (await import(path.join(folder, file))) as Fixture;

/** Sets that break a module, by base, among some switches. */
const setsOf = async (module: ProviderModule, switches: readonly string[], base: DialectName) => {
  const declared = { ...module.profile };
  const executor = moduleExecutor(module, declared);
  const probed = await probe(executor, declared, 'merged');
  const subject = contextOf(executor.facts, probed, 'merged', null);
  const requirements = CHAPTERS.flatMap((chapter) => chapter.requirements);
  const tried = { executor, chapters: CHAPTERS, requirements, subject, ownersOfLoss };
  const { breaking, bases: found } = await upgrade({
    ...{ tried, switches, runs: upgradeRuns(tried, 1) },
    bases: [{ dialect: base, values: switchesOf(base) }],
    progress: () => undefined,
  });
  const sets = breaking.map(({ changes }) =>
    changes
      .map((one) => one.switch)
      .sort()
      .join('+'),
  );
  return { sets: sets.sort(), broken: found.flatMap((one) => one.broken) };
};

describe('providers that rely on one reading', () => {
  test('there are ten, and five that rely on nothing', async () => {
    const metas = await Promise.all(files.map(async (file) => (await fixtureOf(file)).meta));
    const relying = metas.filter(({ breaks }) => Object.values(breaks).flat().length > 0);
    expect([relying.length, metas.length - relying.length]).toEqual([10, 5]);
    expect(new Set(metas.map(({ id }) => id)).size).toBe(15);
  });

  test.each(files)('%s is broken by exactly what it says', async (file) => {
    const { default: module, meta } = await fixtureOf(file);
    const named = Object.values(meta.breaks).flatMap((sets) =>
      sets.flatMap((set) => set.split('+')),
    );
    const switches = SWITCH_NAMES.filter((name) => named.includes(name) || others.includes(name));
    const base = bases[files.indexOf(file) % 2]!;
    expect(await setsOf(module, switches, base)).toEqual({ sets: meta.breaks[base], broken: [] });
  });
});

test('the page has every switch with both readings', () => {
  const page = readFileSync('docs/UPGRADES.md', 'utf8');
  const rows = SWITCH_NAMES.map((name) => {
    const { about, kind, off, on } = switchRow(name);
    return `| \`${name}\` | ${about.join(', ') || '–'} | ${kind} | ${off} | ${on} |`;
  });
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
});

describe('the releases', () => {
  test('say of every switch whether it holds, and where that was read', () => {
    for (const { switches, commit } of RELEASES) {
      expect(Object.keys(switches)).toEqual([...SWITCH_NAMES]);
      expect(Object.values(switches).filter(({ where }) => where === '')).toEqual([]);
      expect(commit).toMatch(/^[0-9a-f]{9}$/);
    }
  });

  test('agree with the shipped reading where they were read', () => {
    const main = releaseOf('main')!;
    const read = SWITCH_NAMES.filter((name) => main.switches[name].holds !== null);
    const shipped = switchesOf('as-shipped');
    expect(read.filter((name) => switchesOfRelease(main)[name] !== shipped[name])).toEqual([]);
    expect(SWITCH_NAMES.length - read.length).toBe(4);
  });
});
