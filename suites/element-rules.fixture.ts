/** What the tests of the element chapters share: traces of bundled providers, bent by hand. */
import { judge } from '../harness/check/judge.ts';
import type { Chapter, ProviderModule, TraceEvent } from '../harness/index.ts';
import { moduleExecutor } from '../harness/run/in-process.fixture.ts';
import { dueRuns } from '../harness/campaign/plans.ts';
import { probe } from '../harness/campaign/probe.ts';

/** Changes one event of a trace for the worse; answers false for events that it leaves alone. */
export type Bend = (event: TraceEvent, index: number, trace: TraceEvent[]) => boolean | void;

/**
 * Ids of the rules that some run of the chapter's scenarios breaks once `bend` has changed its
 * first fitting event: what a runtime that misbehaves so would be told.
 */
export const brokenByBending = async (
  chapter: Chapter,
  module: ProviderModule,
  bend: Bend,
): Promise<string[]> => {
  const declared = module.profile ?? null;
  const executor = moduleExecutor(module, declared);
  const { profile, registrations } = await probe(executor, declared, 'merged');
  const runs = dueRuns([chapter], profile, { seed: 1, generated: 0, dialects: ['as-documented'] });
  const jobs = runs.map((run) => ({
    plan: run.plan,
    choices: run.choices,
    conditions: { dialect: run.dialect },
    profile,
  }));
  const broken = new Set<string>();
  for (const { trace } of await executor.run(jobs)) {
    const bent = structuredClone(trace);
    const at = bent.findIndex((event, index) => bend(event, index, bent) === true);
    if (at < 0) continue;
    const subject = {
      kind: 'in-process' as const,
      profile,
      registrations,
      revision: 'merged' as const,
      enumHeader: null,
    };
    for (const finding of judge(chapter.requirements, bent, subject, () => [])) {
      if (finding.violations.length) broken.add(finding.id);
    }
  }
  return [...broken].sort();
};
