/** One odd but right subject: run in full, and nothing may be held against it. */
import type { SelftestResult } from '../conclude/kill-matrix.ts';
import { isMust } from '../abi/requirement.ts';
import type { SubjectContext } from '../check/subject.ts';
import { EndedEarly } from '../errors/errors.ts';
import type { DialectName } from '../trace/plan.ts';
import { campaign, type CampaignResult } from '../campaign/campaign.ts';
import { Fold } from '../conclude/fold.ts';
import { CHAPTERS, ownersOfLoss } from '../run/chapters.ts';
import { providerRows } from '../run/provider.ts';
import { extentFor, lowMemorySweep } from '../campaign/low-memory-sweep.ts';
import type { Extent } from '../explore/low-memory.ts';
import type { SelftestOptions } from '../run/options.ts';
import { concludeOutcome } from '../conclude/outcome.ts';
import { dueRuns, seededRuns, type DueRun } from '../campaign/plans.ts';
import type { RequirementRecord } from '../conclude/record.ts';
import { sourceOf, withFixture, type Fixture, type Loaded } from './selftest-fixtures.ts';

const dialects: DialectName[] = ['as-documented', 'as-shipped', 'detach-first'];
const generated = 4;
/**
 * Under --stress, less of each than certify does, as there are many: generated plans per chapter,
 * schedules of a plan, and real threads. The sample provider is walked to the end elsewhere.
 */
const generatedStress = 20;
const schedulesStress = 200;
const stressThreads = 4;
const stressMs = 1_000;

type VariantRow = SelftestResult['variants'][number];

const isAlarm = (row: RequirementRecord, warns: readonly string[]): boolean => {
  const must = isMust({ level: row.level as never });
  switch (row.verdict) {
    case 'fail':
    case 'crash':
    case 'hang':
    case 'harness-error':
      return true;
    case 'vacuous':
    case 'inconclusive':
      return must;
    case 'warn':
      return !warns.includes(row.id);
    default:
      return false;
  }
};

type Options = Pick<SelftestOptions, 'seed' | 'seeds' | 'lowMemory' | 'stress'>;

/**
 * Runs one odd but right subject in full; with several seeds, each must come to the same verdicts.
 */
export const tryVariant = async (fixture: Fixture, options: Options): Promise<VariantRow> => {
  const { id, warns = [] } = fixture.meta;
  try {
    return await withFixture(fixture, async (loaded) => {
      if (loaded.startError !== null) return invalid(id, `does not start: ${loaded.startError}`);
      const judged = await judgeSeeds(fixture, loaded, options);
      const alarms = alarmsOf(judged, warns);
      const none = { suites: null, only: null, level: null, shard: null };
      return {
        id,
        outcome: concludeOutcome(judged.get(options.seed)!, none).outcome,
        falseAlarms: [...alarms, ...changesOf(judged)],
      };
    });
  } catch (reason) {
    if (!(reason instanceof EndedEarly)) throw reason;
    return invalid(id, reason.message);
  }
};

const invalid = (id: string, alarm: string): VariantRow => ({
  id,
  outcome: 'INVALID',
  falseAlarms: [alarm],
});

/** Each alarm once, with the first seed and the plan that raise it: certify takes the same seed. */
const alarmsOf = (
  judged: ReadonlyMap<number, readonly RequirementRecord[]>,
  warns: readonly string[],
): string[] => {
  const known = new Map<string, string>();
  for (const [seed, rows] of judged) {
    for (const row of rows) {
      if (!isAlarm(row, warns)) continue;
      const says = row.message ?? row.reason;
      const alarm = `${row.id} ${row.verdict}${says ? `: ${says}` : ''}`;
      const plan = row.counterexample?.plan;
      const where = plan ? `, "${plan.name}" of ${plan.suite}` : '';
      if (!known.has(alarm)) known.set(alarm, `${alarm} (seed ${seed}${where})`);
    }
  }
  return [...known.values()];
};

/**
 * The verdicts of each seed. Hand-written scenarios know no seed: they are run once, and what they
 * showed is joined with the generated plans of one seed after the other.
 */
const judgeSeeds = async (
  fixture: Fixture,
  { executor, subject }: Loaded,
  { seed, seeds, lowMemory = false, stress = false }: Options,
): Promise<Map<number, RequirementRecord[]>> => {
  const requirements = CHAPTERS.flatMap((chapter) => chapter.requirements);
  const drawn = stress ? generatedStress : generated;
  const run = (runs: readonly DueRun[], extent: Extent | null = null): Promise<CampaignResult> =>
    campaign({
      ...{ executor, chapters: CHAPTERS, requirements, subject, ownersOfLoss, runs },
      ...(extent ? lowMemorySweep(CHAPTERS, extent) : {}),
    });
  const written = await run(
    dueRuns(CHAPTERS, subject.profile, {
      ...{ seed, generated: 0, dialects, deep: stress, others: subject.others ?? [] },
      ...(stress ? { schedulesMax: schedulesStress } : {}),
    }),
    extentFor(subject.kind, lowMemory),
  );
  if (stress && executor.facts.kind === 'native') await addThreads(written, fixture, subject, seed);
  const judged = new Map<number, RequirementRecord[]>();
  for (let one = seed; one < seed + seeds; one += 1) {
    const made = await run(seededRuns(CHAPTERS, subject.profile, { seed: one, generated: drawn }));
    const folds = new Map(written.folds);
    for (const [dialect, fold] of made.folds) {
      folds.set(dialect, Fold.joined(written.folds.get(dialect) ?? new Fold(), fold));
    }
    const avoided = [...new Set([...written.avoided, ...made.avoided])];
    judged.set(one, providerRows({ chapters: CHAPTERS, subject }, { folds, avoided }, {}));
  }
  return judged;
};

/** What real threads show of a library. */
const addThreads = async (
  { folds }: CampaignResult,
  fixture: Fixture,
  { profile }: SubjectContext,
  seed: number,
): Promise<void> => {
  const { stressFindings } = await import('../run/stress.ts');
  const options = { seed, durationMs: stressMs, threads: stressThreads, timeoutMs: null };
  const { findings } = await stressFindings(sourceOf(fixture), profile, options);
  const plan = { name: 'stress: real threads', suite: 'concurrency', actors: [] };
  folds.get('as-documented')?.add(findings, { plan, choices: [], trace: [] });
};

/** Rules that one seed judges otherwise than the first. */
export const changesOf = (judged: ReadonlyMap<number, readonly RequirementRecord[]>): string[] => {
  const [first, ...others] = judged;
  if (!first) return [];
  return others.flatMap(([seed, rows]) =>
    rows.flatMap((row, at) => {
      const before = first[1][at]!;
      if (row.verdict === before.verdict) return [];
      return [`${row.id} is ${before.verdict} with seed ${first[0]}, ${row.verdict} with ${seed}`];
    }),
  );
};
