/** One wrong subject: run until a rule that it names is broken in the way it says. */
import type { SelftestResult } from '../conclude/kill-matrix.ts';
import { CATALOGUE } from '../abi/catalogue.ts';
import { isMust } from '../abi/requirement.ts';
import type { SubjectContext } from '../check/subject.ts';
import { EndedEarly } from '../errors/errors.ts';
import { stopwatch } from '../host/clock.ts';
import { isAside, type DialectName } from '../trace/plan.ts';
import { campaign, type Folds } from '../campaign/campaign.ts';
import { messageOf } from '../conclude/conclude.ts';
import type { Extent } from '../explore/low-memory.ts';
import type { FaultMeta } from './fault-meta.ts';
import { Fold, type RuleFold, type Witness } from '../conclude/fold.ts';
import { CHAPTERS, ownersOfLoss } from '../run/chapters.ts';
import type { SelftestOptions } from '../run/options.ts';
import { concludeOutcome } from '../conclude/outcome.ts';
import { dueRuns, type DueRun } from '../campaign/plans.ts';
import { extentFor, lowMemorySweep } from '../campaign/low-memory-sweep.ts';
import type { ReplayFile } from '../conclude/record.ts';
import { replayOf } from '../run/replay-line.ts';
import { decodeReplay, encodeReplay } from '../run/replay-token.ts';
import { repeat } from '../run/replay.ts';
import { besidesOf, isToStandAlone, rowsOf } from './selftest-besides.ts';
import { sourceOf, withFixture, type Fixture, type Loaded } from './selftest-fixtures.ts';
import { operationsIn, shrinkWitness } from '../campaign/shrinking.ts';
import { providerTrial, type Trial } from '../campaign/trial.ts';
import type { Chapter } from '../conclude/chapter.ts';

const dialects: DialectName[] = ['as-documented', 'as-shipped', 'detach-first'];
const generated = 6;
/** Orders of phases tried per plan: a fault may show in few of them. */
const schedulesMax = 200;
/** Short batches: a fault stops at its kill. */
const batchRuns = 8;
/** Real threads: this many runs with seeds that follow one another, ten seconds in all. */
const stressRunsMax = 10;
const stressRunMs = 1_000;
const stressThreads = 4;

/** Chapters of the violated rules first: most faults are killed within their own chapter. */
const chaptersFirst = (ids: readonly string[]): Chapter[] => {
  const own = (chapter: Chapter): boolean =>
    chapter.requirements.some((rule) => ids.includes(rule.id));
  return [...CHAPTERS.filter(own), ...CHAPTERS.filter((chapter) => !own(chapter))];
};

/**
 * What provokes a rule that the fault names comes first, whatever stands aside in a certification.
 */
const provokedFirst = (runs: readonly DueRun[], ids: readonly string[]): DueRun[] => {
  const isAimed = ({ plan, dialect }: DueRun): boolean =>
    dialect === 'as-documented' &&
    isAside(plan) &&
    (plan.probes ?? []).some((id) => ids.includes(id));
  return [...runs.filter(isAimed), ...runs.filter((run) => !isAimed(run))];
};

type Kill = { id: string; fold: RuleFold; message: string; dialect: DialectName };

/** The rules named by the fault that are broken as it expects. */
export const killsOf = (meta: FaultMeta, folds: Folds, subject: SubjectContext): Kill[] => {
  const kills: Kill[] = [];
  for (const [dialect, fold] of folds) {
    if (dialect !== 'as-documented' && dialect !== meta.dialect) continue;
    for (const id of meta.violates) {
      const rule = fold.of(id);
      if (!rule.witness) continue;
      const level = CATALOGUE.find((row) => row.id === id);
      if (!level || !fits(meta, isMust(level) || isMustFor(id, subject), rule)) continue;
      kills.push({ id, fold: rule, message: messageOf(rule.witness), dialect });
    }
  }
  return kills;
};

/** Whether a condition makes a MUST of the rule for this subject. */
const isMustFor = (id: string, subject: SubjectContext): boolean =>
  CHAPTERS.flatMap((chapter) => chapter.requirements)
    .find((rule) => rule.id === id)
    ?.isMustFor?.(subject) ?? false;

const fits = (meta: FaultMeta, must: boolean, rule: RuleFold): boolean => {
  const { kind } = rule.witness!.violation;
  const warns = !must || kind === 'warned' || meta.dialect === 'detach-first';
  if (meta.expects === 'warn') return warns;
  return must && kind !== 'warned';
};

const expectedSentence = (meta: FaultMeta, kills: readonly Kill[]): boolean =>
  meta.sentence === undefined || kills.some((kill) => kill.message.includes(meta.sentence!));

/** Whether the kills are those that the fault expects, its sentence included. */
export const isExpected = (meta: FaultMeta, kills: readonly Kill[]): boolean =>
  kills.length > 0 && isComplete(meta, kills) && expectedSentence(meta, kills);

/** Of several faults at once each must be found: one does not hide the other. */
const isComplete = (meta: FaultMeta, kills: readonly Kill[]): boolean =>
  meta.all !== true || meta.violates.every((id) => kills.some((kill) => kill.id === id));

type FaultRow = SelftestResult['faults'][number];

const survivor = ({ id, violates }: FaultMeta, message: string | null): FaultRow => ({
  id,
  violates,
  killedBy: [],
  expected: false,
  message,
  runsToKill: null,
  operationsToKill: null,
  besides: null,
  replayed: null,
});

/** What is wrong only where the pool of a module runs out takes a few runs of that kind. */
export const sweptOf = ({ lowMemory }: FaultMeta, kind: SubjectContext['kind']): Extent => ({
  ...extentFor(kind, false),
  ...(lowMemory ? { pool: true } : {}),
});

/** Runs one fault until it is killed or everything ran. */
export const tryFault = async (
  fixture: Fixture,
  options: Pick<SelftestOptions, 'seed' | 'budgetMs'>,
): Promise<FaultRow> => {
  const { meta } = fixture;
  const attack = meta.expects === 'incomplete' ? leftOpen : meta.stress ? underThreads : underPlans;
  try {
    return await withFixture(fixture, (loaded) => attack(fixture, loaded, options));
  } catch (reason) {
    if (!(reason instanceof EndedEarly)) throw reason;
    // A fault that cannot even be loaded or started is killed by the exit code 5 it expects.
    const killed =
      meta.stage === 'start' &&
      reason.exitCode === 5 &&
      reason.message.includes(meta.sentence ?? '');
    const row = survivor(meta, reason.message);
    return killed ? { ...row, killedBy: meta.violates, expected: true } : row;
  }
};

type Attack = (
  fixture: Fixture,
  loaded: Loaded,
  options: Pick<SelftestOptions, 'seed' | 'budgetMs'>,
) => Promise<FaultRow>;

const underPlans: Attack = async (
  { meta },
  { executor, subject, startError },
  { seed, budgetMs },
) => {
  const elapsed = stopwatch();
  const isSpent = (): boolean => budgetMs !== null && elapsed() > budgetMs;
  const chapters = chaptersFirst(meta.violates);
  const requirements = chapters.flatMap((chapter) => chapter.requirements);
  const parts = { executor, chapters: CHAPTERS, requirements, subject, ownersOfLoss };
  const trial = providerTrial(parts);
  const due = dueRuns(chapters, subject.profile, {
    ...{ seed, generated, schedulesMax, dialects },
    others: subject.others ?? [],
  });
  const runs = provokedFirst(due, meta.violates);
  const done = await campaign({
    ...parts,
    batchRuns,
    runs,
    ...lowMemorySweep(CHAPTERS, sweptOf(meta, subject.kind)),
    isOver: (folds) =>
      isExpected(meta, killsOf(meta, folds, subject))
        ? 'killed'
        : isSpent()
          ? 'the budget ran out'
          : null,
  });
  const kills = killsOf(meta, done.folds, subject);
  const best = bestOf(meta, kills);
  if (!best) {
    return survivor(meta, startError === null ? done.endedBy : `does not start: ${startError}`);
  }
  const small = await shrinkWitness(best.id, best.fold.witness!, trial);
  const besides = isToStandAlone(meta)
    ? await besidesOf({ executor, subject, startError }, meta, seed)
    : null;
  return {
    ...killedRow(meta, kills),
    besides,
    runsToKill: done.executed.runs,
    operationsToKill: operationsIn(small.plan),
    replayed: await isRepeated(best.id, small, trial, seed, { executor, subject }),
  };
};

/**
 * What refuses and does not say so: certified in whole, no rule is broken and those that it names
 * are left open.
 */
const leftOpen: Attack = async ({ meta }, loaded, { seed }) => {
  const rows = await rowsOf(loaded, seed);
  const { outcome } = concludeOutcome(rows, { suites: null, only: null, level: null, shard: null });
  const open = rows.filter(
    ({ id, verdict, reason }) =>
      meta.violates.includes(id) &&
      verdict === 'inconclusive' &&
      (reason ?? '').includes(meta.sentence ?? ''),
  );
  if (outcome !== 'INCOMPLETE') return survivor(meta, `ends ${outcome}`);
  return {
    ...survivor(meta, open[0]?.reason ?? null),
    killedBy: open.map(({ id }) => id),
    expected: open.length > 0 && open.length === meta.violates.length,
  };
};

/** Whether the line that a report would print shows the violation again. */
const isRepeated = async (
  id: string,
  witness: Witness,
  trial: Trial,
  seed: number,
  { executor, subject }: Pick<Loaded, 'executor' | 'subject'>,
): Promise<boolean> => {
  const stored = replayOf(id, witness, executor.facts, { seed, revision: subject.revision });
  const told = decodeReplay(encodeReplay(stored)) as ReplayFile;
  return (await repeat(told, trial, executor.facts.sha256)).reproduced;
};

/**
 * Faults that show between threads only: driven by real ones, a seed at a time, until one run shows
 * them.
 */
const underThreads: Attack = async (fixture, { subject }, { seed }) => {
  const { meta } = fixture;
  const { stressFindings } = await import('../run/stress.ts');
  const { NativeBuildError } = await import('../native/build.ts');
  const fold = new Fold();
  const folds: Folds = new Map([['as-documented', fold]]);
  const plan = { name: 'stress: real threads', suite: 'concurrency', actors: [] };
  let kills: Kill[] = [];
  for (let run = 0; run < stressRunsMax && !isExpected(meta, kills); run += 1) {
    const options = {
      seed: seed + run,
      durationMs: stressRunMs,
      threads: stressThreads,
      timeoutMs: null,
    };
    try {
      const found = await stressFindings(sourceOf(fixture), subject.profile, options);
      if (found.notRun !== null) return survivor(meta, `threads were not run: ${found.notRun}`);
      fold.add(found.findings, { plan, choices: [], trace: [] });
    } catch (reason) {
      if (!(reason instanceof NativeBuildError)) throw reason;
      return survivor(meta, `threads were not run: ${reason.message}`);
    }
    kills = killsOf(meta, folds, subject);
  }
  if (kills.length > 0) return killedRow(meta, kills);
  return survivor(meta, `no thread met it in ${(stressRunsMax * stressRunMs) / 1000} s`);
};

/** The kill with the sentence that the fault expects, else the first. */
const bestOf = (meta: FaultMeta, kills: readonly Kill[]): Kill | undefined =>
  kills.find((kill) => expectedSentence(meta, [kill])) ?? kills[0];

const killedRow = (meta: FaultMeta, kills: readonly Kill[]): FaultRow => ({
  ...survivor(meta, bestOf(meta, kills)?.message ?? null),
  killedBy: [...new Set(kills.map((kill) => kill.id))],
  expected: isExpected(meta, kills),
});
