/** One mutant: certified with what a certification does by itself, until a MUST is broken. */
import { CATALOGUE } from '../abi/catalogue.ts';
import { isMust } from '../abi/requirement.ts';
import { campaign, type Folds } from '../campaign/campaign.ts';
import { extentFor, lowMemorySweep } from '../campaign/low-memory-sweep.ts';
import { dueRuns } from '../campaign/plans.ts';
import { probe } from '../campaign/probe.ts';
import { messageOf } from '../conclude/conclude.ts';
import { concludeOutcome } from '../conclude/outcome.ts';
import { EndedEarly } from '../errors/errors.ts';
import { createExecutor } from '../host/executor.ts';
import type { HostPool } from '../host/host-pool.ts';
import { bundledHeader } from '../run/bundled-header.ts';
import { CHAPTERS, ownersOfLoss } from '../run/chapters.ts';
import type { Fate } from '../run/options.ts';
import { contextOf, generatedDefault, providerRows } from '../run/provider.ts';

export type Tried = { fate: Fate; rules: string[]; message: string | null; runs: number };

const whole = { suites: null, only: null, level: null, shard: null };

/** MUST rules that runs as documented have broken. */
const brokenIn = (folds: Folds): { id: string; message: string }[] => {
  const fold = folds.get('as-documented');
  if (!fold) return [];
  return CATALOGUE.filter(isMust).flatMap(({ id }) => {
    const { witness } = fold.of(id);
    return witness && witness.violation.kind !== 'warned'
      ? [{ id, message: messageOf(witness) }]
      : [];
  });
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
    const { exitCode, outcome } = concludeOutcome(rows, whole);
    const isOpen = exitCode !== 0;
    const told = rows.filter(({ id, verdict }) =>
      isOpen
        ? verdict === 'vacuous' || verdict === 'inconclusive'
        : verdict === 'warn' && !warns.includes(id),
    );
    const rules = told.map(({ id }) => id);
    if (isOpen) return { fate: 'open', rules, message: outcome, runs };
    const warned = told[0]?.message ?? null;
    return { fate: warned === null ? 'survived' : 'warned', rules, message: warned, runs };
  } finally {
    await executor.close();
  }
};
