/** A provider that runs: loaded, probed, taken through every plan that is due, and judged. */
import type { SubjectContext } from '../check/subject.ts';
import { campaign, planOf, type CampaignResult, type Folds } from '../campaign/campaign.ts';
import { extentFor, lowMemorySweep } from '../campaign/low-memory-sweep.ts';
import { dueRuns, laterRuns } from '../campaign/plans.ts';
import { probe, type Probed } from '../campaign/probe.ts';
import { againUnder, providerTrial, type TriedProvider } from '../campaign/trial.ts';
import { unseenRules } from '../conclude/blind-spots.ts';
import { concludeRows } from '../conclude/conclude.ts';
import type { Fold, Witness } from '../conclude/fold.ts';
import { ranRun } from '../conclude/ran-run.ts';
import type { RequirementRecord } from '../conclude/record.ts';
import { restsOn } from '../conclude/rests-on.ts';
import type { Chapter } from '../conclude/chapter.ts';
import { brokenUnder } from '../conclude/waived-readings.ts';
import { checkWaivers, readWaivers } from '../conclude/waivers.ts';
import { SubjectError } from '../errors/errors.ts';
import type { Executor, SubjectFacts } from '../execute/executor.ts';
import { stopwatch } from '../host/clock.ts';
import { createExecutor } from '../host/executor.ts';
import type { HostPool } from '../host/host-pool.ts';
import type { BlindSpot } from '../provider/blind-spot.ts';
import type { Profile, Waiver } from '../provider/profile.ts';
import type { DialectName } from '../trace/plan.ts';
import { releaseOf, switchesOfRelease, type Release } from '../sim/releases.ts';
import { SWITCH_NAMES } from '../sim/switches.ts';
import { readEnumHeader } from './enum-header.ts';
import { repeatable, type Examined } from './examined.ts';
import { CHAPTERS, ownersOfLoss } from './chapters.ts';
import type { CertifyOptions } from './options.ts';
import { regressionNotes, regressionRuns } from './regressions.ts';
import { upgradeRecord } from './upgrade.ts';
import { replayLine, replayOf } from './replay-line.ts';
import { selectionOf, shownSelection } from './selection.ts';

/** Generated plans per chapter when --runs does not say. */
export const generatedDefault = 4;
const generatedStress = 200;
/** How long, and from how many threads, --stress drives a native subject. */
const stressMs = 10_000;
const stressThreads = 4;

type Options = CertifyOptions & { subject: string };

/** What the rules may ask about a subject that was probed. */
export const contextOf = (
  { kind }: Pick<SubjectFacts, 'kind'>,
  { profile, registrations, others }: Pick<Probed, 'profile' | 'registrations' | 'others'>,
  revision: SubjectContext['revision'],
  enumHeader: SubjectContext['enumHeader'],
): SubjectContext => ({ kind, profile, registrations, others, revision, enumHeader });

/** A row for each rule of a provider, from what its runs came to. */
export const providerRows = (
  { chapters, subject }: Pick<TriedProvider, 'chapters' | 'subject'>,
  { folds, avoided, endedBy = null }: { folds: Folds; avoided: string[]; endedBy?: string | null },
  {
    selected = null,
    hidden = [],
  }: { selected?: Set<string> | null; hidden?: readonly BlindSpot[] },
): RequirementRecord[] =>
  concludeRows({
    chapters,
    subject,
    folds,
    selected,
    ran: new Set(chapters.map(({ name }) => name)),
    avoided,
    bound: endedBy,
    judged: 'provider',
    unobserved: unseenRules(CHAPTERS, hidden),
  });

/** Loads a provider, in a host of `hosts` when there is one, and makes all its runs. */
export const examineProvider = async (
  options: Options,
  hosts: HostPool | null,
): Promise<Examined> => {
  const waivers = options.waivers === null ? [] : readWaivers(options.waivers);
  const enumHeader = options.enumHeader === null ? null : await readEnumHeader(options.enumHeader);
  const { subject: path, config, nmr, inProcess, timeoutMs, asan = false } = options;
  const executor = await createExecutor(
    { path, config, nmr },
    { inProcess, callbackTimeoutMs: timeoutMs, hosts, asan },
  );
  try {
    const own = checkWaivers(executor.facts.declared?.waivers ?? [], 'the config');
    return await examineOpened(executor, options, { enumHeader, waivers: [...own, ...waivers] });
  } catch (reason) {
    await executor.close();
    throw reason;
  }
};

const examineOpened = async (
  executor: Executor,
  options: Options,
  { enumHeader, waivers }: { enumHeader: SubjectContext['enumHeader']; waivers: Waiver[] },
): Promise<Examined> => {
  const { facts } = executor;
  const { chapters, selected } = selectionOf(options);
  options.progress({ done: 0, total: 1, phase: 'probing the subject' });
  const probed = await probe(executor, facts.declared, options.revision);
  if (probed.startError !== null && !probed.isRefused) {
    throw new SubjectError(`${facts.name} could not be started: ${probed.startError}`);
  }
  const subject = contextOf(facts, probed, options.revision, enumHeader);
  const requirements = chapters.flatMap((chapter) => chapter.requirements);
  const tried = { executor, chapters: CHAPTERS, requirements, subject, ownersOfLoss };
  const done = await runsOf(tried, chapters, options);
  const trial = providerTrial(tried);
  const lineOf = (id: string, witness: Witness): string =>
    replayLine(replayOf(id, witness, facts, options), options.subject, options);
  const upgrade = options.upgrade ? await upgradeRecord(tried, options, lineOf) : undefined;
  return {
    subject: {
      kind: facts.kind,
      name: facts.name,
      mapTypes: probed.mapTypes,
      sha256: facts.sha256,
    },
    profile: { ...probed.profile },
    executed: done.executed,
    covered: done.covered,
    chapters: done.chapters,
    notes: notesOf(done, options),
    folds: done.folds,
    trial,
    judge: trial.judge,
    rows: () => {
      const rows = providerRows({ chapters, subject }, done, { selected, ...facts });
      for (const row of rows) addAdvice(row, done.folds, lineOf);
      return rows;
    },
    restsOn: (rows) => restsOn(rows, chapters, subject),
    counterexample: (id, witness) =>
      // Threads leave no plan to repeat: the seed and --stress do that.
      trial.isRepeatable(witness.plan) ? repeatable(witness, lineOf(id, witness)) : null,
    errata: null,
    upgrade,
    waivers,
    isBrokenUnder: () => brokenUnder(waivers, done.folds, againUnder(trial)),
    selected,
    selection: shownSelection(options),
    close: () => executor.close(),
  };
};

/** Every plan that is due, judged, and real threads where they are asked for. */
const runsOf = async (
  tried: TriedProvider,
  chapters: readonly Chapter[],
  options: Options,
): Promise<CampaignResult> => {
  const { seed, budgetMs, stress, lowMemory } = options;
  const release = releaseFor(options);
  const switches = release && switchesOfRelease(release);
  const { profile, others = [] } = tried.subject;
  const elapsed = stopwatch();
  const generated = options.runs ?? (stress ? generatedStress : generatedDefault);
  const due = dueRuns(chapters, profile, {
    ...{ seed, generated, dialects: dialectsFor(options), deep: stress, others },
  });
  const later = laterRuns(chapters, profile, { seed, generated });
  const first = regressionRuns(options.regressions ?? [], 'provider');
  const sweep = lowMemorySweep(CHAPTERS, extentFor(tried.subject.kind, lowMemory), later);
  const done = await campaign({
    ...tried,
    runs: [...first, ...due],
    switches,
    later: sweep.later,
    heard: (run, trace) => {
      sweep.heard(run, trace);
      options.ran?.(ranRun(planOf(run, switches), run.choices, trace));
    },
    isOver: () =>
      budgetMs !== null && elapsed() > budgetMs
        ? `the budget of ${budgetMs / 1000} s ran out`
        : null,
    progress: (count, total) => options.progress({ done: count, total, phase: 'running plans' }),
  });
  const document = done.folds.get('as-documented');
  if (document && stress && tried.subject.kind === 'native') {
    options.progress({ done: 0, total: 1, phase: 'driving callbacks from threads' });
    await addStress(document, options, profile, done);
  }
  return done;
};

/**
 * Real threads (native subjects, --stress): their findings count like those of any run, without a
 * trace.
 */
const addStress = async (
  fold: Fold,
  { subject, config, nmr, seed, budgetMs, timeoutMs }: Options,
  profile: Profile,
  done: CampaignResult,
): Promise<void> => {
  const { stressFindings } = await import('./stress.ts');
  const durationMs = Math.min(budgetMs ?? stressMs, stressMs);
  const found = await stressFindings({ path: subject, config, nmr }, profile, {
    ...{ seed, durationMs, threads: stressThreads, timeoutMs },
  });
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
const dialectsFor = ({ dialects, nmr, runtimeVersion }: CertifyOptions): DialectName[] => {
  if (runtimeVersion) return ['as-documented'];
  const all = new Set<DialectName>(['as-documented', ...dialects]);
  if (nmr !== null) all.delete('detach-first');
  return [...all];
};

/** How to see again what showed under another reading: the plan says which. */
const addAdvice = (
  row: RequirementRecord,
  folds: Folds,
  lineOf: (id: string, witness: Witness) => string,
): void => {
  for (const [dialect, advice] of Object.entries(row.advisory)) {
    const witness = folds.get(dialect as DialectName)?.of(row.id).witness;
    if (witness && advice.message !== null) advice.replay = lineOf(row.id, witness);
  }
};

const externalNmrNote =
  "the NMR is a library's own: what it hides is not judged, and the detach-first reading was not run";

/** The release that was asked for. */
const releaseFor = ({ runtimeVersion }: CertifyOptions): Release | undefined =>
  runtimeVersion ? releaseOf(runtimeVersion) : undefined;

const releaseNote = (release: Release): string => {
  const open = SWITCH_NAMES.filter((name) => release.switches[name].holds === null);
  return (
    `judged as eBPF ${release.version} (${release.commit}) does it, not as the document asks; ` +
    `what was not found out of it is as documented: ${open.join(', ')}`
  );
};

const notesOf = ({ notes, endedBy, avoided }: CampaignResult, options: Options): string[] => [
  ...notes,
  ...regressionNotes(options.regressions),
  ...[releaseFor(options)].flatMap((release) => (release ? [releaseNote(release)] : [])),
  ...(options.nmr === null ? [] : [externalNmrNote]),
  ...(endedBy === null ? [] : [`${endedBy} before all plans were run`]),
  ...avoided.map(
    (callback) => `the subject was lost repeatedly in ${callback}; later plans stopped short of it`,
  ),
];
