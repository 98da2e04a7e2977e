/**
 * A whole certification: load, probe, run, judge, shrink, conclude. Gives the record that every
 * report is made of.
 */
import { CATALOGUE, requirementsSha256 } from '../abi/catalogue.ts';
import { isMust } from '../abi/requirement.ts';
import type { SubjectContext } from '../check/subject.ts';
import { SubjectError, UsageError } from '../errors/errors.ts';
import { stopwatch, today } from '../host/clock.ts';
import { createExecutor } from '../host/executor.ts';
import type { HostPool } from '../host/host-pool.ts';
import type { Profile } from '../provider/profile.ts';
import type { DialectName } from '../trace/plan.ts';
import { CHAPTERS } from './law.ts';
import { homeRules } from './law.ts';
import { certifyRecorded, isRecording } from './certify-recorded.ts';
import { campaign, type CampaignResult } from '../campaign/campaign.ts';
import { unseenRules } from '../conclude/blind-spots.ts';
import { concludeRows } from '../conclude/conclude.ts';
import { lowMemorySweep } from '../campaign/low-memory-sweep.ts';
import { readEnumHeader } from './enum-header.ts';
import type { Fold } from '../conclude/fold.ts';
import type { Executor, SubjectFacts } from '../execute/executor.ts';
import type { CertifyOptions } from './options.ts';
import { concludeOutcome } from '../conclude/outcome.ts';
import { dueRuns, laterRuns } from '../campaign/plans.ts';
import { probe, type Probed } from '../campaign/probe.ts';
import { REPORT_SCHEMA, type RequirementRecord, type RunRecord } from '../conclude/record.ts';
import { replayLine, replayOf } from './replay-line.ts';
import type { RestsOn } from '../conclude/record.ts';
import { restsOn } from '../conclude/rests-on.ts';
import { embeddedSubject } from './subject-path.ts';
import { shrinkAll } from '../campaign/shrinking.ts';
import type { Chapter } from '../conclude/suite.ts';
import { toolOf } from './tool.ts';
import { applyWaivers } from '../conclude/waive.ts';
import { againUnder, brokenUnder } from '../conclude/waived-readings.ts';
import { checkWaivers, readWaivers } from '../conclude/waivers.ts';

/** Generated plans per chapter when --runs does not say. */
const generatedDefault = 4;
const generatedStress = 200;
/** How long, and from how many threads, --stress drives a native subject. */
const stressMs = 10_000;
const stressThreads = 4;
/** Reports repeat a witness's trace up to this many events. */
const witnessEventsMax = 400;

/** Which chapters run and which rules count, from the options. */
export const selectionOf = (
  options: Pick<CertifyOptions, 'suites' | 'only' | 'level' | 'shard'>,
): { chapters: Chapter[]; selected: Set<string> | null } => {
  const { suites, only, level, shard } = options;
  const narrowed = suites ?? only ?? level ?? shard;
  let chapters = [...CHAPTERS];
  if (suites) chapters = chapters.filter((chapter) => suites.includes(chapter.name));
  if (shard) chapters = chapters.filter((_, index) => index % shard.of === shard.index - 1);
  const wanted = (id: string): boolean => {
    const row = CATALOGUE.find((one) => one.id === id)!;
    const levelFits = level !== 'must' || isMust(row);
    return levelFits && (!only || only.includes(id));
  };
  chapters = chapters.filter((chapter) => chapter.requirements.some((rule) => wanted(rule.id)));
  if (!narrowed) return { chapters, selected: null };
  const ids = chapters
    .flatMap((chapter) => chapter.requirements.map((rule) => rule.id))
    .filter(wanted);
  return { chapters, selected: new Set(ids) };
};

/** Nothing runs for a recording, so a flag that says how to run promises what nobody does. */
const refuseForRecording = (options: CertifyOptions): void => {
  const { nmr, lowMemory, stress, asan, inProcess, timeoutMs, runs } = options;
  const given = Object.entries({
    '--nmr': nmr !== null,
    '--low-memory': lowMemory,
    '--stress': stress,
    '--asan': asan === true,
    '--in-process': inProcess,
    '--timeout': timeoutMs !== null,
    '--runs': runs !== null,
  });
  const [flag] = given.find(([, isGiven]) => isGiven) ?? [];
  if (flag === undefined) return;
  throw new UsageError(`${flag} is for subjects that run: the subject is a recorded trace`);
};

/**
 * Certifies a subject, in a host of `hosts` when there is one. Throws UsageError, SubjectError or
 * HarnessFault where there is nothing to report.
 */
export const certify = async (
  options: CertifyOptions,
  hosts: HostPool | null = null,
): Promise<RunRecord> => {
  const path = options.subject ?? embeddedSubject();
  if (isRecording(path)) {
    refuseForRecording(options);
    return certifyRecorded({ ...options, subject: path }, selectionOf(options));
  }
  if (typeof options.errata === 'string') {
    throw new UsageError(
      '--errata is for runtimes: the subject is a provider, whose --waivers are its own',
    );
  }
  const waiverFile = options.waivers === null ? [] : readWaivers(options.waivers);
  const enumHeader = options.enumHeader === null ? null : await readEnumHeader(options.enumHeader);
  const executor = await createExecutor(
    { path, config: options.config, nmr: options.nmr },
    {
      inProcess: options.inProcess,
      callbackTimeoutMs: options.timeoutMs,
      hosts,
      asan: options.asan ?? false,
    },
  );
  try {
    return await certifyLoaded(executor, { ...options, subject: path }, enumHeader, waiverFile);
  } finally {
    await executor.close();
  }
};

const certifyLoaded = async (
  executor: Executor,
  options: CertifyOptions & { subject: string },
  enumHeader: SubjectContext['enumHeader'],
  waiverFile: ReturnType<typeof readWaivers>,
): Promise<RunRecord> => {
  const { facts } = executor;
  const { chapters, selected } = selectionOf(options);
  options.progress({ done: 0, total: 1, phase: 'probing the subject' });
  const probed = await probe(executor, facts.declared, options.revision);
  if (probed.startError !== null && !probed.isRefused) {
    throw new SubjectError(`${facts.name} could not be started: ${probed.startError}`);
  }
  const subject: SubjectContext = {
    kind: facts.kind,
    profile: probed.profile,
    registrations: probed.registrations,
    others: probed.others,
    revision: options.revision,
    enumHeader,
  };
  const requirements = chapters.flatMap((chapter) => chapter.requirements);
  const parts = { executor, chapters: CHAPTERS, requirements, subject, homeRules };
  const elapsed = stopwatch();
  const { budgetMs } = options;
  const generated = options.runs ?? (options.stress ? generatedStress : generatedDefault);
  const due = dueRuns(chapters, probed.profile, {
    seed: options.seed,
    generated,
    dialects: dialectsFor(options),
    deep: options.stress,
    others: probed.others,
  });
  const later = laterRuns(chapters, probed.profile, { seed: options.seed, generated });
  const done = await campaign({
    ...parts,
    runs: due,
    ...(options.lowMemory ? lowMemorySweep(CHAPTERS, later) : { later }),
    isOver: () =>
      budgetMs !== null && elapsed() > budgetMs
        ? `the budget of ${budgetMs / 1000} s ran out`
        : null,
    progress: (count, total) => options.progress({ done: count, total, phase: 'running plans' }),
  });
  const document = done.folds.get('as-documented');
  if (document && options.stress && facts.kind === 'native') {
    options.progress({ done: 0, total: 1, phase: 'driving callbacks from threads' });
    await addStress(document, options, probed.profile, done);
  }
  if (document) {
    const broken = document.broken().filter((id) => !selected || selected.has(id));
    options.progress({ done: 0, total: broken.length, phase: 'making counterexamples small' });
    await shrinkAll(
      broken.map((id) => ({ id, fold: document.of(id) })),
      parts,
    );
  }
  const rows = concludeRows({
    chapters,
    subject,
    folds: done.folds,
    selected,
    ran: new Set(chapters.map((chapter) => chapter.name)),
    avoided: done.avoided,
    bound: done.endedBy,
    judged: 'provider',
    unobserved: unseenRules(CHAPTERS, facts.hidden ?? []),
  });
  addCounterexamples(rows, done, options, facts);
  const waivers = [...checkWaivers(facts.declared?.waivers ?? [], 'the config'), ...waiverFile];
  applyWaivers(rows, waivers, today(), await brokenUnder(waivers, done.folds, againUnder(parts)));
  const grounds = restsOn(rows, chapters, subject);
  return recordOf(rows, done, options, facts, probed, grounds);
};

/**
 * Real threads (native subjects, --stress): their findings count like those of any run, without a
 * trace.
 */
const addStress = async (
  fold: Fold,
  options: CertifyOptions & { subject: string },
  profile: Profile,
  done: CampaignResult,
): Promise<void> => {
  const { stressFindings } = await import('./stress.ts');
  const found = await stressFindings(
    { path: options.subject, config: options.config, nmr: options.nmr },
    profile,
    {
      seed: options.seed,
      durationMs: Math.min(options.budgetMs ?? stressMs, stressMs),
      threads: stressThreads,
      timeoutMs: options.timeoutMs,
    },
  );
  done.executed.callbacks += found.callbacks;
  done.notes.push(
    found.notRun === null
      ? `real threads made ${found.callbacks} callbacks, by thread ${found.perThread.join(', ')}`
      : `real threads were not run: ${found.notRun}`,
  );
  const plan = { name: 'stress: real threads', suite: 'concurrency', actors: [] };
  fold.add(found.findings, { plan, choices: [], trace: [] });
};

/**
 * The document decides, always. In which order an external NMR detaches is not for a dialect to
 * say.
 */
const dialectsFor = ({ dialects, nmr }: CertifyOptions): DialectName[] => {
  const all = new Set<DialectName>(['as-documented', ...dialects]);
  if (nmr !== null) all.delete('detach-first');
  return [...all];
};

const addCounterexamples = (
  rows: RequirementRecord[],
  done: CampaignResult,
  options: CertifyOptions & { subject: string },
  facts: SubjectFacts,
): void => {
  for (const row of rows) {
    addAdvice(row, done, options, facts);
    const witness = done.folds.get('as-documented')?.of(row.id).witness;
    // Threads leave no plan to repeat: the seed and --stress do that.
    if (!witness || row.message === null || witness.plan.actors.length === 0) continue;
    const replay = replayOf(row.id, witness, facts, options);
    row.counterexample = {
      plan: witness.plan,
      choices: witness.choices,
      trace: witness.trace.slice(0, witnessEventsMax),
      replay: replayLine(replay, options.subject, options),
    };
  }
};

/** How to see again what showed under another reading: the plan says which. */
const addAdvice = (
  row: RequirementRecord,
  done: CampaignResult,
  options: CertifyOptions & { subject: string },
  facts: SubjectFacts,
): void => {
  for (const [dialect, advice] of Object.entries(row.advisory)) {
    const witness = done.folds.get(dialect as DialectName)?.of(row.id).witness;
    if (!witness || advice.message === null) continue;
    advice.replay = replayLine(replayOf(row.id, witness, facts, options), options.subject, options);
  }
};

const externalNmrNote =
  "the NMR is a library's own: what it hides is not judged, and the detach-first reading was not run";

const profileJson = (profile: Profile): Record<string, unknown> => ({ ...profile });

const recordOf = (
  rows: RequirementRecord[],
  done: CampaignResult,
  options: CertifyOptions,
  facts: SubjectFacts,
  probed: Probed,
  grounds: RestsOn[],
): RunRecord => {
  const selection = {
    suites: options.suites,
    only: options.only,
    level: options.level,
    shard: options.shard ? `${options.shard.index}/${options.shard.of}` : null,
  };
  return {
    schema: REPORT_SCHEMA,
    tool: toolOf(),
    suite: { revision: options.revision, requirementsSha256 },
    subject: {
      kind: facts.kind,
      name: facts.name,
      mapTypes: probed.mapTypes,
      sha256: facts.sha256,
    },
    restsOn: grounds,
    profile: profileJson(probed.profile),
    seed: options.seed,
    selection,
    ...concludeOutcome(rows, selection),
    executed: done.executed,
    covered: done.covered,
    chapters: done.chapters,
    requirements: rows,
    notes: [
      ...done.notes,
      ...(options.nmr === null ? [] : [externalNmrNote]),
      ...(done.endedBy === null ? [] : [`${done.endedBy} before all plans were run`]),
      ...done.avoided.map(
        (callback) =>
          `the subject was lost repeatedly in ${callback}; later plans stopped short of it`,
      ),
    ],
  };
};
