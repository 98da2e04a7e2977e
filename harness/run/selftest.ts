/** The kill matrix: every wrong subject must be killed by a rule it names, every odd one spared. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CATALOGUE } from '../abi/catalogue.ts';
import { isMust } from '../abi/requirement.ts';
import type { SubjectContext } from '../check/requirement.ts';
import { EndedEarly, UsageError } from '../fault.ts';
import { createExecutor } from '../host/executor.ts';
import type { DialectName } from '../trace/plan.ts';
import { CHAPTERS } from './law.ts';
import { homeRules } from './law.ts';
import { bundledHeader } from './bundled-header.ts';
import { campaign, type Folds } from './campaign.ts';
import { concludeRows, messageOf } from './conclude.ts';
import type { Executor } from './executor.ts';
import { readMeta, type FaultMeta } from './fault-meta.ts';
import type { RuleFold } from './fold.ts';
import type { SelftestOptions, SelftestResult } from './options.ts';
import { concludeOutcome } from './outcome.ts';
import { dueRuns } from './plans.ts';
import { probe } from './probe.ts';
import type { RequirementRecord } from './record.ts';
import { tryRuntimes } from './selftest-runtimes.ts';
import { shrinkWitness } from './shrinking.ts';
import type { Chapter } from './suite.ts';

const dialects: DialectName[] = ['as-documented', 'as-shipped', 'detach-first'];
/** Rules nobody can test from outside; everything else must have a killing fault. */
export const UNTESTABLE = ['CRE-019', 'DUP-001', 'DUP-004', 'ENUM-006'];
const generatedForFaults = 6;
const generatedForVariants = 4;
/** Orders of phases tried per plan: a fault may show in few of them. */
const schedulesForFaults = 200;
/** Short batches: a fault stops at its kill. */
const faultBatchRuns = 8;

/** A fixture: a module or library, with what is said of it. */
export type Fixture = { file: string; meta: FaultMeta };

const subjectEndings = ['.ts', '.js', '.mjs', '.so', '.dll', '.dylib'];

/** The fixtures of a folder, by name. A subject without meta is a usage error: it could not be judged. */
export const fixturesIn = async (folder: string): Promise<Fixture[]> => {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch {
    throw new UsageError(`the folder ${folder} cannot be read; name a folder of fault modules`);
  }
  const files = names.filter(
    (name) =>
      subjectEndings.includes(path.extname(name)) &&
      !/\.(test|d)\.ts$/.test(name) &&
      name !== 'index.ts',
  );
  const found: Fixture[] = [];
  for (const name of files) {
    const file = path.join(folder, name);
    found.push({ file, meta: await readMeta(file) });
  }
  return found;
};

type Loaded = { executor: Executor; subject: SubjectContext; startError: string | null };

/** Opens a fixture in a host of its own and probes it. */
const withFixture = async <T>(
  fixture: Fixture,
  work: (loaded: Loaded) => Promise<T>,
): Promise<T> => {
  const executor = await createExecutor(
    { path: fixture.file, config: null, nmr: null },
    { inProcess: false, callbackTimeoutMs: null, overlay: fixture.meta.config ?? null },
  );
  try {
    const revision = fixture.meta.revision ?? 'merged';
    const probed = await probe(executor, executor.facts.declared, revision);
    return await work({
      executor,
      startError: probed.startError,
      subject: {
        kind: executor.facts.kind,
        profile: probed.profile,
        registrations: probed.registrations,
        revision,
        enumHeader: fixture.meta.enumHeader === false ? null : bundledHeader(),
      },
    });
  } finally {
    await executor.close();
  }
};

/** Chapters of the violated rules first: most faults are killed within their own chapter. */
const chaptersFirst = (ids: readonly string[]): Chapter[] => {
  const own = (chapter: Chapter): boolean =>
    chapter.requirements.some((rule) => ids.includes(rule.id));
  return [...CHAPTERS.filter(own), ...CHAPTERS.filter((chapter) => !own(chapter))];
};

type Kill = { id: string; fold: RuleFold; message: string; dialect: DialectName };

/** The rules named by the fault that are broken as it expects. */
export const killsOf = (meta: FaultMeta, folds: Folds): Kill[] => {
  const kills: Kill[] = [];
  for (const [dialect, fold] of folds) {
    if (dialect !== 'as-documented' && dialect !== meta.dialect) continue;
    for (const id of meta.violates) {
      const rule = fold.of(id);
      if (!rule.witness) continue;
      const level = CATALOGUE.find((row) => row.id === id);
      if (!level || !fits(meta, level, rule)) continue;
      kills.push({ id, fold: rule, message: messageOf(rule.witness), dialect });
    }
  }
  return kills;
};

const fits = (meta: FaultMeta, row: (typeof CATALOGUE)[number], rule: RuleFold): boolean => {
  const { kind } = rule.witness!.violation;
  const warns = !isMust(row) || kind === 'warned' || meta.dialect === 'detach-first';
  if (meta.expects === 'warn') return warns;
  return isMust(row) && kind !== 'warned';
};

const expectedSentence = (meta: FaultMeta, kills: readonly Kill[]): boolean =>
  meta.sentence === undefined || kills.some((kill) => kill.message.includes(meta.sentence!));

type FaultRow = SelftestResult['faults'][number];

/** Runs one fault until it is killed or everything ran. */
export const tryFault = async (fixture: Fixture, seed: number): Promise<FaultRow> => {
  const { meta } = fixture;
  const row: FaultRow = {
    id: meta.id,
    violates: meta.violates,
    killedBy: [],
    expected: false,
    message: null,
    runsToKill: null,
    operationsToKill: null,
  };
  try {
    return await withFixture(fixture, async (loaded) => {
      const { executor, subject } = loaded;
      const chapters = chaptersFirst(meta.violates);
      const requirements = chapters.flatMap((chapter) => chapter.requirements);
      const parts = { executor, requirements, subject, homeRules };
      const done = await campaign({
        ...parts,
        batchRuns: faultBatchRuns,
        runs: dueRuns(chapters, subject.profile, {
          seed,
          generated: generatedForFaults,
          schedulesMax: schedulesForFaults,
          dialects,
        }),
        isOver: (folds) => {
          const kills = killsOf(meta, folds);
          return kills.length > 0 && expectedSentence(meta, kills) ? 'killed' : null;
        },
      });
      const kills = killsOf(meta, done.folds);
      const best = kills.find((kill) => expectedSentence(meta, [kill])) ?? kills[0];
      if (!best)
        return {
          ...row,
          message: loaded.startError ? `does not start: ${loaded.startError}` : null,
        };
      const small = await shrinkWitness(best.id, best.fold.witness!, parts);
      return {
        ...row,
        killedBy: [...new Set(kills.map((kill) => kill.id))],
        expected: expectedSentence(meta, kills),
        message: best.message,
        runsToKill: done.executed.runs,
        operationsToKill: small.plan.actors.reduce(
          (sum, actor) => sum + actor.operations.length,
          0,
        ),
      };
    });
  } catch (reason) {
    if (!(reason instanceof EndedEarly)) throw reason;
    // A fault that cannot even be loaded or started is killed by the exit code 5 it expects.
    const killed = meta.stage === 'start' && reason.exitCode === 5;
    return {
      ...row,
      killedBy: killed ? meta.violates : [],
      expected: killed,
      message: reason.message,
    };
  }
};

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

/** Runs one odd but right subject in full. */
export const tryVariant = async (fixture: Fixture, seed: number): Promise<VariantRow> => {
  try {
    return await withFixture(fixture, async ({ executor, subject, startError }) => {
      if (startError !== null) {
        return {
          id: fixture.meta.id,
          outcome: 'INVALID',
          falseAlarms: [`does not start: ${startError}`],
        };
      }
      const requirements = CHAPTERS.flatMap((chapter) => chapter.requirements);
      const done = await campaign({
        executor,
        requirements,
        subject,
        homeRules,
        runs: dueRuns(CHAPTERS, subject.profile, {
          seed,
          generated: generatedForVariants,
          dialects,
        }),
      });
      const rows = concludeRows({
        chapters: CHAPTERS,
        subject,
        folds: done.folds,
        selected: null,
        ran: new Set(CHAPTERS.map((chapter) => chapter.name)),
        avoided: done.avoided,
        bound: null,
        judged: 'provider',
      });
      const none = { suites: null, only: null, level: null, shard: null };
      const alarms = rows.filter((row) => isAlarm(row, fixture.meta.warns ?? []));
      return {
        id: fixture.meta.id,
        outcome: concludeOutcome(rows, none).outcome,
        falseAlarms: alarms.map(
          (row) => `${row.id} ${row.verdict}${row.message ? `: ${row.message}` : ''}`,
        ),
      };
    });
  } catch (reason) {
    if (!(reason instanceof EndedEarly)) throw reason;
    return { id: fixture.meta.id, outcome: 'INVALID', falseAlarms: [reason.message] };
  }
};

/** Runs tasks side by side, results in order. */
const sideBySide = async <I, O>(
  items: readonly I[],
  jobs: number,
  work: (item: I, index: number) => Promise<O>,
): Promise<O[]> => {
  const results: O[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next;
      next += 1;
      results[at] = await work(items[at]!, at);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, items.length)) }, worker));
  return results;
};

const bundledFolder = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

/** Faults of rules that a TypeScript provider cannot break: a GUID is a string there. */
const brokenOnlyInC = 'faults/ASSOC-005';

/** Those faults, compiled. Throws NativeBuildError without a compiler: a rule must not pass for unproven in silence. */
const onlyInC = async (): Promise<Fixture[]> => {
  const { buildNative } = await import('../native/build.ts');
  const built = await buildNative(brokenOnlyInC);
  return Promise.all(
    built.map(async ({ library: file }) => ({ file, meta: await readMeta(file) })),
  );
};

/** The whole matrix, or the parts that `only` names. */
export const selftest = async (options: SelftestOptions): Promise<SelftestResult> => {
  const own = options.faults === null && options.variants === null;
  const wanted = (fixture: Fixture): boolean =>
    !options.only || options.only.includes(fixture.meta.id);
  const faultFolder = options.faults ?? (own ? bundledFolder('faults') : null);
  const variantFolder = options.variants ?? (own ? bundledFolder('variants') : null);
  const simulated = faultFolder === null ? [] : await fixturesIn(faultFolder);
  const faults = [...simulated, ...(own ? await onlyInC() : [])].filter(wanted);
  const variants = variantFolder === null ? [] : (await fixturesIn(variantFolder)).filter(wanted);
  const total = faults.length + variants.length;
  let done = 0;
  const step = <T>(value: T): T => {
    options.progress({ done: (done += 1), total, phase: 'selftest' });
    return value;
  };
  const faultRows = await sideBySide(faults, options.jobs, async (fixture) =>
    step(await tryFault(fixture, options.seed)),
  );
  const variantRows = await sideBySide(variants, options.jobs, async (fixture) =>
    step(await tryVariant(fixture, options.seed)),
  );
  const matrix = own
    ? await tryRuntimes(options.only, options.seed, options.progress)
    : { runtimes: [], unproven: [] };
  const killed = faultRows.filter((row) => row.killedBy.length > 0 && row.expected);
  const proven = new Set(killed.flatMap((row) => row.killedBy));
  const mustRules = CATALOGUE.filter(
    (row) => row.subject === 'provider' && isMust(row) && !UNTESTABLE.includes(row.id),
  );
  const sizes = killed
    .flatMap((row) => (row.operationsToKill === null ? [] : [row.operationsToKill]))
    .sort((a, b) => a - b);
  return {
    faults: faultRows,
    variants: variantRows,
    runtimes: matrix.runtimes,
    unprovenRuntime: matrix.unproven,
    unproven:
      own && !options.only ? mustRules.map((row) => row.id).filter((id) => !proven.has(id)) : [],
    totals: {
      faults: faultRows.length,
      killed: killed.length,
      survivors: faultRows.length - killed.length,
      variants: variantRows.length,
      spared: variantRows.filter((row) => row.falseAlarms.length === 0).length,
      falseAlarms: variantRows.filter((row) => row.falseAlarms.length > 0).length,
      runtimes: matrix.runtimes.length,
      runtimesAsExpected: matrix.runtimes.filter((row) => row.expected).length,
      medianOperationsToKill: sizes[Math.floor(sizes.length / 2)] ?? 0,
    },
  };
};
