/**
 * Makes runs of a certificate again, on a subject at hand: each must show what it showed then. What
 * has no runs, a recording or a header, is judged again as a whole.
 */
import { digestOfTrace, type RanRun } from '../conclude/ran-run.ts';
import type { RunRecord } from '../conclude/record.ts';
import { certify } from './certify.ts';
import type { ReplayOptions } from './options.ts';
import { withTrial } from './replay.ts';

export type ChallengeOptions = {
  record: RunRecord;
  runs: readonly RanRun[];
  subject: string | null;
} & Pick<ReplayOptions, 'config' | 'timeoutMs' | 'nmr' | 'asan' | 'enumHeader' | 'inProcess'>;

/** How many runs were made, and the first that showed something else. */
export type ChallengeResult = {
  made: number;
  sha256: string;
  differs: string | null;
};

/** Carries it out. Throws as replay does where the subject cannot be opened. */
export const challenge = async (options: ChallengeOptions): Promise<ChallengeResult> => {
  const { record, runs, subject, ...opened } = options;
  if (record.subject.kind === 'recorded') return judgedAgain(record, subject);
  const { kind, name, sha256 } = record.subject;
  const stored = { kind, name, sha256, file: null };
  const replay = {
    ...{ schema: 'custom-map-conformance/replay@1' as const, subject: stored, requirement: '' },
    ...{ revision: record.suite.revision, seed: record.seed },
    ...{ plan: { name: '', actors: [] }, choices: [] },
  };
  const given = { ...opened, subject, replay, folder: process.cwd() };
  return withTrial(given, async (trial, { facts }) => {
    let made = 0;
    for (const { plan, choices, trace } of runs) {
      const result = await trial.run({ plan, choices: [...choices] });
      made += 1;
      if (digestOfTrace(result.trace) !== trace)
        return { made, sha256: facts.sha256, differs: plan.name };
    }
    return { made, sha256: facts.sha256, differs: null };
  });
};

const judgedAgain = async (
  { requirements, seed, suite, selection }: RunRecord,
  subject: string | null,
): Promise<ChallengeResult> => {
  const again = await certify({
    ...{ subject, seed, revision: suite.revision, config: null, runs: null, budgetMs: null },
    ...{ suites: selection.suites, only: null, level: null, timeoutMs: null, jobs: 1, shard: null },
    ...{ dialects: ['as-documented'], lowMemory: false, stress: false, waivers: null, nmr: null },
    ...{ inProcess: false, enumHeader: null, out: null, progress: () => undefined },
  });
  const other = requirements.find(({ id, verdict, exercised }) => {
    const row = again.requirements.find((one) => one.id === id);
    const isSame = verdict === 'waived' || row?.verdict === verdict;
    return !isSame || row?.exercised !== exercised;
  });
  return { made: again.executed.runs, sha256: again.subject.sha256, differs: other?.id ?? null };
};
