/**
 * Judges what was recorded. The header says by whose rules: a provider's, or those of the runtime
 * that was recorded. What it says it cannot show is not selected.
 */
import { catalogueRow } from '../abi/catalogue.ts';
import { contextOfProvider, declaredIn } from '../campaign/recorded-profile.ts';
import { judge, type OwnersOfLoss } from '../check/judge.ts';
import { underReading } from '../check/reading.ts';
import type { Requirement } from '../check/requirement.ts';
import type { SubjectContext, Subjects } from '../check/subject.ts';
import { concludeRows } from '../conclude/conclude.ts';
import type { Errata, JudgeAgain } from '../conclude/errata.ts';
import { Fold } from '../conclude/fold.ts';
import { ReadingFolds } from '../conclude/reading-folds.ts';
import type { ChapterRecord, RequirementRecord, RunRecord } from '../conclude/record.ts';
import { restsOn } from '../conclude/rests-on.ts';
import { Tally } from '../conclude/tally.ts';
import type { Chapter } from '../conclude/chapter.ts';
import type { IsBrokenUnder } from '../conclude/waive.ts';
import type { Waiver } from '../provider/profile.ts';
import { contextsOfMaps, settled } from '../runtime/runtime-context.ts';
import type { RecordedTrace, TraceHeader } from '../trace/codec.ts';
import type { Covered } from '../trace/covered.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import type { DialectName, Plan } from '../trace/plan.ts';
import type { Examined } from './examined.ts';
import { ownersOfLoss } from './chapters.ts';
import type { Selection } from './selection.ts';

/** What a judged recording comes to. */
export type RecordedJudgement = {
  rows: RequirementRecord[];
  fold: Fold;
  isBrokenUnder: IsBrokenUnder;
  restsOn: Examined['restsOn'];
  judge: Examined['judge'];
  executed: RunRecord['executed'];
  covered: Covered;
  chapters: ChapterRecord[];
};

/** What was done in a run, as a plan that a report can print. It cannot be run again. */
const planOf = (run: readonly TraceEvent[]): Plan => {
  const started = run.filter(
    (event): event is EventOf<'operation-started'> => event.kind === 'operation-started',
  );
  const [first] = run;
  const actors = [...new Set(started.map(({ actor }) => actor))].map((actor) => {
    const own = started.filter((event) => event.actor === actor);
    const caller = own[0]?.caller === 'program' ? ('program' as const) : ('user' as const);
    return {
      caller,
      process: own[0]?.process ?? 1,
      operations: own.map(({ operation }) => operation),
    };
  });
  if (first?.kind !== 'run-started') return { name: '', actors };
  return { name: first.plan, conditions: first.conditions, actors };
};

/** Rules whose chapter is chosen and that bind what was recorded. */
const rulesOf = (chapters: readonly Chapter[], header: TraceHeader): Requirement[] =>
  chapters
    .flatMap(({ requirements }) => requirements)
    .filter(({ id }) => catalogueRow(id)?.subject === header.subject);

/** A recorded runtime was not lost, or there would be no recording. */
const nobodyHome: OwnersOfLoss = () => [];

/** Judges the runs of a recording. */
export const judgeRecording = (
  { header, runs }: RecordedTrace,
  { chapters, selected }: Selection,
  errata: Errata | null,
  waivers: readonly Waiver[] = [],
): RecordedJudgement => {
  const revision = header.revision;
  const isRuntime = header.subject === 'runtime';
  const provider = isRuntime
    ? null
    : contextOfProvider(runs, declaredIn(header.profile ?? {}, header.name), revision);
  const rules = rulesOf(chapters, header);
  const fold = new Fold();
  const readings = new ReadingFolds(waivers);
  const contexts = new Set<SubjectContext>();
  const tally = new Tally();
  const subjectsOf = (trace: readonly TraceEvent[]): Subjects =>
    provider ? { base: provider, maps: new Map() } : contextsOfMaps(trace, revision, 'runtime');
  const owners = isRuntime ? nobodyHome : ownersOfLoss;
  for (const trace of runs) {
    const subjects = subjectsOf(trace);
    for (const context of [subjects.base, ...subjects.maps.values()]) contexts.add(context);
    const findings = judge(rules, trace, subjects, owners);
    const run = { plan: planOf(trace), choices: [], trace };
    const judgeAgain: JudgeAgain = (id, reading) => {
      const own = underReading(
        rules.filter((rule) => rule.id === id),
        reading,
      );
      const found = judge(own, trace, subjects, owners, 'all');
      return found.find((one) => one.id === id)?.violations ?? [];
    };
    fold.add(errata ? errata.sift(findings, judgeAgain, run) : findings, run);
    readings.add(findings, judgeAgain, run);
    tally.add({ plan: run.plan, suite: 'recording', generated: false }, trace);
  }
  const decided = settled(chapters, [...contexts]);
  const subject =
    [...contexts][0] ?? contextsOfMaps([], revision, isRuntime ? 'runtime' : 'recorded').base;
  const rows = concludeRows({
    chapters: decided,
    subject,
    folds: new Map<DialectName, Fold>([['as-documented', fold]]),
    selected,
    ran: new Set(chapters.map(({ name }) => name)),
    avoided: [],
    bound: null,
    judged: header.subject,
  });
  setAside(rows, header);
  return {
    rows,
    fold,
    isBrokenUnder: readings.isBrokenUnder,
    judge: (id, { trace }, kept) => {
      const own = rules.filter((rule) => rule.id === id);
      return judge(own, trace, subjectsOf(trace), owners, kept).find((one) => one.id === id);
    },
    restsOn: (shown) => restsOn(shown, decided, subject),
    executed: tally.executed,
    covered: tally.covered,
    chapters: tally.chapters,
  };
};

/**
 * Rules that the recorder says it cannot show are left out by name; what it could show and did not
 * stays a gap.
 */
const setAside = (rows: RequirementRecord[], header: TraceHeader): void => {
  for (const row of rows) {
    const why = header.untold?.[row.id];
    if (row.verdict === 'vacuous') row.reason = 'the recording does not exercise it';
    if (why === undefined || row.subject !== header.subject || row.verdict === 'not-selected')
      continue;
    if (row.verdict === 'not-applicable' || row.verdict === 'info') continue;
    const nothing = { exercised: 0, runs: 0, strength: null, message: null, at: null };
    Object.assign(row, nothing, {
      verdict: 'not-selected',
      reason: `the recording cannot show it: ${why}`,
    });
  }
};
