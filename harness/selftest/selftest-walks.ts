/**
 * The embedded right provider, taken through the orders of its actors' phases up to each plan's own
 * bound: what the kill matrix cannot afford for every fault.
 */
import type { SelftestResult } from '../conclude/kill-matrix.ts';
import { createExecutor } from '../host/executor.ts';
import type { HostPool } from '../host/host-pool.ts';
import { campaign } from '../campaign/campaign.ts';
import { messageOf } from '../conclude/conclude.ts';
import { CHAPTERS, ownersOfLoss } from '../run/chapters.ts';
import { dueRuns } from '../campaign/plans.ts';
import { probe } from '../campaign/probe.ts';
import { embeddedSubject } from '../run/subject-path.ts';

/**
 * Walks every plan that asks for it; what is held against the provider meanwhile is a false alarm.
 */
export const walkRight = async (
  seed: number,
  hosts: HostPool,
): Promise<NonNullable<SelftestResult['walks']>> => {
  const executor = await createExecutor(
    { path: embeddedSubject(), config: null, nmr: null },
    { inProcess: false, callbackTimeoutMs: null, hosts },
  );
  try {
    const { profile, registrations } = await probe(executor, executor.facts.declared, 'merged');
    const { kind } = executor.facts;
    const due = dueRuns(CHAPTERS, profile, {
      seed,
      generated: 0,
      dialects: ['as-documented'],
      deep: true,
    });
    const { walks, folds } = await campaign({
      executor,
      chapters: CHAPTERS,
      ownersOfLoss,
      requirements: CHAPTERS.flatMap((chapter) => chapter.requirements),
      subject: { kind, profile, registrations, revision: 'merged', enumHeader: null },
      runs: due.filter((run) => run.exhaustive),
    });
    const fold = folds.get('as-documented');
    const falseAlarms = (fold?.broken() ?? []).map(
      (id) => `${id}: ${messageOf(fold!.of(id).witness!)}`,
    );
    return { plans: walks, falseAlarms };
  } finally {
    await executor.close();
  }
};
