/** One mutant: certified with what a certification does by itself, until a MUST is broken. */
import { CATALOGUE } from '../abi/catalogue.ts';
import { isMust } from '../abi/requirement.ts';
import { campaign, type Folds } from '../campaign/campaign.ts';
import { extentFor, lowMemorySweep } from '../campaign/low-memory-sweep.ts';
import { dueRuns } from '../campaign/plans.ts';
import { probe } from '../campaign/probe.ts';
import { messageOf } from '../conclude/conclude.ts';
import type { Verdict } from '../check/verdict.ts';
import { concludeOutcome } from '../conclude/outcome.ts';
import type { RequirementRecord } from '../conclude/record.ts';
import { EndedEarly } from '../errors/errors.ts';
import { createExecutor } from '../host/executor.ts';
import type { HostPool } from '../host/host-pool.ts';
import { bundledHeader } from '../run/bundled-header.ts';
import { CHAPTERS, ownersOfLoss } from '../run/chapters.ts';
import type { Fate } from '../run/options.ts';
import { contextOf, generatedDefault, providerRows } from '../run/provider.ts';

export type Tried = { fate: Fate; rules: string[]; message: string | null; runs: number };

const whole = { suites: null, only: null, level: null, shard: null };

/** MUST rules for providers that runs as documented have broken. */
const brokenIn = (folds: Folds): { id: string; message: string }[] => {
  const fold = folds.get('as-documented');
  if (!fold) return [];
  const musts = CATALOGUE.filter((row) => row.subject === 'provider' && isMust(row));
  return musts.flatMap(({ id }) => {
    const { witness } = fold.of(id);
    return witness && witness.violation.kind !== 'warned'
      ? [{ id, message: messageOf(witness) }]
      : [];
  });
};

const red: readonly Verdict[] = ['fail', 'crash', 'hang', 'harness-error'];
const open: readonly Verdict[] = ['vacuous', 'inconclusive'];

/**
 * What a whole certification came to: a SHOULD that binds this subject kills as well.
 * @param warns recommendations that the unchanged subject breaks
 */
export const fateOf = (
  rows: readonly RequirementRecord[],
  warns: readonly string[],
): Omit<Tried, 'runs'> => {
  const { exitCode, outcome } = concludeOutcome(rows, whole);
  const told = (verdicts: readonly Verdict[]): RequirementRecord[] =>
    rows.filter(({ id, verdict }) => verdicts.includes(verdict) && !warns.includes(id));
  const [fate, causes]: [Fate, RequirementRecord[]] =
    exitCode === 0
      ? [told(['warn']).length > 0 ? 'warned' : 'survived', told(['warn'])]
      : exitCode === 2
        ? ['open', told(open)]
        : ['killed', told(red)];
  const message = causes[0]?.message ?? causes[0]?.reason ?? (fate === 'survived' ? null : outcome);
  return { fate, rules: causes.map(({ id }) => id), message };
};

export type TryOptions = {
  seed: number;
  config: string | null;
  hosts: HostPool | null;
  /** Recommendations that the unchanged subject breaks. */
  warns: readonly string[];
};

/** What becomes of the subject in a file. */
export const tryMutant = async (file: string, options: TryOptions): Promise<Tried> => {
  try {
    return await examine(file, options);
  } catch (reason) {
    if (!(reason instanceof EndedEarly)) throw reason;
    return { fate: 'refused', rules: [], message: reason.message, runs: 0 };
  }
};

const examine = async (
  file: string,
  { seed, config, hosts, warns }: TryOptions,
): Promise<Tried> => {
  const executor = await createExecutor(
    { path: file, config, nmr: null },
    { inProcess: false, callbackTimeoutMs: null, hosts },
  );
  try {
    const probed = await probe(executor, executor.facts.declared, 'merged');
    if (probed.startError !== null && !probed.isRefused)
      return { fate: 'refused', rules: [], message: probed.startError, runs: 0 };
    const subject = contextOf(executor.facts, probed, 'merged', bundledHeader());
    const done = await campaign({
      ...{ executor, chapters: CHAPTERS, subject, ownersOfLoss },
      requirements: CHAPTERS.flatMap(({ requirements }) => requirements),
      runs: dueRuns(CHAPTERS, subject.profile, {
        ...{ seed, generated: generatedDefault, dialects: ['as-documented'] },
        others: subject.others ?? [],
      }),
      ...lowMemorySweep(CHAPTERS, extentFor(subject.kind, false)),
      isOver: (folds) => (brokenIn(folds).length > 0 ? 'killed' : null),
    });
    const { runs } = done.executed;
    const broken = brokenIn(done.folds);
    if (broken.length > 0) {
      const rules = broken.map(({ id }) => id);
      return { fate: 'killed', rules, message: broken[0]!.message, runs };
    }
    const rows = providerRows({ chapters: CHAPTERS, subject }, { ...done, endedBy: null }, {});
    return { ...fateOf(rows, warns), runs };
  } finally {
    await executor.close();
  }
};
