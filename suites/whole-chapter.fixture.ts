/**
 * What every chapter's tests begin with: right providers pass it, its faults are found out, an
 * empty run exercises nothing.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Chapter, ProviderModule, SubjectContext } from '../harness/index.ts';
import type { Folds } from '../harness/campaign/campaign.ts';
import { bundledHeader } from '../harness/run/bundled-header.ts';
import { examineModule } from '../harness/run/in-process.fixture.ts';
import type { FaultMeta } from '../harness/selftest/fault-meta.ts';
import { CHAPTERS } from '../harness/run/chapters.ts';
import { isExpected, killsOf, sweptOf } from '../harness/selftest/selftest-faults.ts';
import { anySubject, judged, traceOf } from './chapter-proof.ts';

const generated = 2;
const folder = path.resolve(import.meta.dirname, '../fixtures/faults');
const green = ['pass', 'not-applicable', 'info'];

type Fault = { id: string; meta: FaultMeta; module: ProviderModule };

/**
 * The faults that name a rule of the chapter first. One that never comes back needs a host: the
 * selftest has it.
 */
const faultsOf = async (chapter: Chapter): Promise<Fault[]> => {
  const ids = new Set(chapter.requirements.map(({ id }) => id));
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const loaded = await Promise.all(
    names.sort().map(async (name) => {
      const file = pathToFileURL(path.join(folder, name)).href;
      return (await import(file)) as { meta: FaultMeta; default: ProviderModule };
    }),
  );
  return loaded
    .filter(
      ({ meta }) =>
        ids.has(meta.violates[0] ?? '') && meta.expects !== 'incomplete' && !('isolated' in meta),
    )
    .map(({ meta, default: module }) => ({ id: meta.id, meta, module }));
};

/**
 * What is held against a right provider: rules that are not green, and passes that rest on nothing.
 */
const heldAgainst = async (chapter: Chapter, module: ProviderModule): Promise<string[]> => {
  const seen = await examineModule(module, {
    chapters: [chapter],
    dialects: ['as-documented'],
    generated,
  });
  return seen.rows
    .filter((row) => row.suite === chapter.name)
    .filter(
      (row) =>
        !green.includes(row.verdict) ||
        row.selfCheck?.ok === false ||
        (row.verdict === 'pass' && row.exercised === 0),
    )
    .map(({ id, verdict, message, reason }) => `${id} ${verdict}: ${message ?? reason ?? ''}`);
};

/**
 * Whether the chapter's own plans, or else those of all chapters, find the fault out as the
 * selftest would.
 */
const isFound = async (chapter: Chapter, fault: Fault): Promise<boolean> =>
  (await isFoundBy([chapter], fault)) || (await isFoundBy([...CHAPTERS], fault));

const isFoundBy = async (chapters: Chapter[], { meta, module }: Fault): Promise<boolean> => {
  // Of several faults at once one may be another chapter's: all of them together are the
  // selftest's.
  const { all: _, ...one } = meta;
  const { config, revision = 'merged', dialect } = one;
  const isKilled = (folds: Folds, subject: SubjectContext): boolean =>
    isExpected(one, killsOf(one, folds, subject));
  const { folds, subject } = await examineModule(module, {
    chapters,
    dialects: dialect ? ['as-documented', dialect] : ['as-documented'],
    generated,
    revision,
    ...(config ? { config } : {}),
    enumHeader: meta.enumHeader === false ? null : bundledHeader(),
    extent: sweptOf(meta, 'in-process'),
    isOver: (seen) => (isKilled(seen, anySubject) ? 'killed' : null),
  });
  return isKilled(folds, subject);
};

/** Declares those tests. */
export const describeChapter = async (
  chapter: Chapter,
  right: readonly ProviderModule[],
): Promise<void> => {
  const faults = await faultsOf(chapter);
  describe('the chapter as a whole', () => {
    test('nothing is exercised in a run in which nothing happened', () => {
      expect(judged(chapter, traceOf())).toEqual([]);
    });

    test.each(right)('$name passes every rule that binds it', async (module) => {
      expect(await heldAgainst(chapter, module)).toEqual([]);
    });

    test.each(faults)('$id is found out by a rule that it names', async (fault) => {
      expect(await isFound(chapter, fault)).toBe(true);
    });
  });
};
