/**
 * A recorded trace as the subject: nothing runs, everything is judged. The header says whose rules:
 * a provider's, or those of the runtime that was recorded. What it cannot show is not selected.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { catalogueRow, isRequirementId, requirementsSha256 } from '../abi/catalogue.ts';
import { judge, type HomeRules } from '../check/judge.ts';
import { underReading } from '../check/reading.ts';
import type { Requirement } from '../check/requirement.ts';
import type { SubjectContext, Subjects } from '../check/subject.ts';
import { SubjectError, UsageError } from '../errors/errors.ts';
import { today } from '../host/clock.ts';
import type { Waiver } from '../provider/profile.ts';
import { readTrace, TRACE_MAX, type RecordedTrace, type TraceHeader } from '../trace/codec.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import type { DialectName, Plan } from '../trace/plan.ts';
import { printable } from '../trace/printable.ts';
import { readText } from '../trace/text-file.ts';
import { concludeRows } from '../conclude/conclude.ts';
import type { Covered } from '../trace/covered.ts';
import { Coverage } from '../conclude/coverage.ts';
import { readErrata, type Errata, type JudgeAgain } from '../conclude/errata.ts';
import { Fold } from '../conclude/fold.ts';
import { homeRules } from './law.ts';
import type { CertifyOptions } from './options.ts';
import { concludeOutcome } from '../conclude/outcome.ts';
import { contextOfProvider, declaredIn } from '../campaign/recorded-profile.ts';
import {
  REPORT_SCHEMA,
  type ChapterRecord,
  type RequirementRecord,
  type RunRecord,
} from '../conclude/record.ts';
import type { RestsOn } from '../conclude/record.ts';
import { restsOn } from '../conclude/rests-on.ts';
import { contextsOfMaps, settled } from '../runtime/runtime-context.ts';
import { shownPath } from './subject-path.ts';
import type { Chapter } from '../conclude/suite.ts';
import { toolOf } from './tool.ts';
import { ReadingFolds } from '../conclude/reading-folds.ts';
import { applyWaivers, type IsBrokenUnder } from '../conclude/waive.ts';
import { readWaivers } from '../conclude/waivers.ts';

/** Whether a subject is a recording. */
export const isRecording = (file: string): boolean => file.endsWith('.jsonl');

/** Events before and after a violation that a report repeats. */
const before = 300;
const after = 100;

type Selection = { chapters: Chapter[]; selected: Set<string> | null };

/** What a judged recording comes to. */
export type RecordedJudgement = {
  rows: RequirementRecord[];
  fold: Fold;
  isBrokenUnder: IsBrokenUnder;
  restsOn: RestsOn[];
  executed: RunRecord['executed'];
  covered: Covered;
  chapters: ChapterRecord[];
};

const contentsOf = (file: string): string => {
  const shown = printable(file, 300);
  try {
    if (statSync(file).size > TRACE_MAX.fileBytes) {
      throw new UsageError(
        `${shown}: the trace has more than ${TRACE_MAX.fileBytes >> 20} MiB; divide it`,
      );
    }
    return readText(file);
  } catch (reason) {
    if (reason instanceof UsageError) throw reason;
    throw new SubjectError(`the trace ${shown} cannot be read`);
  }
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
  return { name: first?.kind === 'run-started' ? first.plan : '', actors };
};

/** Rules whose chapter is chosen and that bind what was recorded. */
const rulesOf = (chapters: readonly Chapter[], header: TraceHeader): Requirement[] =>
  chapters
    .flatMap(({ requirements }) => requirements)
    .filter(({ id }) => catalogueRow(id)?.subject === header.subject);

/** A recorded runtime was not lost, or there would be no recording. */
const nobodyHome: HomeRules = () => [];

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
  const executed = { runs: 0, operations: 0, callbacks: 0 };
  const coverage = new Coverage();
  for (const trace of runs) {
    const subjects: Subjects = provider
      ? { base: provider, maps: new Map() }
      : contextsOfMaps(trace, revision, 'runtime');
    for (const context of [subjects.base, ...subjects.maps.values()]) contexts.add(context);
    const findings = judge(rules, trace, subjects, isRuntime ? nobodyHome : homeRules);
    const run = { plan: planOf(trace), choices: [], trace };
    const judgeAgain: JudgeAgain = (id, reading) => {
      const own = underReading(
        rules.filter((rule) => rule.id === id),
        reading,
      );
      const found = judge(own, trace, subjects, isRuntime ? nobodyHome : homeRules, 'all');
      return found.find((one) => one.id === id)?.violations ?? [];
    };
    fold.add(errata ? errata.sift(findings, judgeAgain, run) : findings, run);
    readings.add(findings, judgeAgain, run);
    const last = trace.at(-1);
    executed.runs += 1;
    coverage.add(trace, 'as-shipped-or-documented');
    executed.operations += last?.kind === 'run-ended' ? last.operations : 0;
    executed.callbacks += last?.kind === 'run-ended' ? last.callbacks : 0;
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
  for (const row of rows) witnessed(row, fold);
  errata?.settle(rows);
  const chapter = { suite: 'recording', scenarios: executed.runs, generated: 0 };
  return {
    rows,
    fold,
    isBrokenUnder: readings.isBrokenUnder,
    restsOn: restsOn(rows, decided, subject),
    executed,
    covered: coverage.counts,
    chapters: [{ ...chapter, operations: executed.operations, callbacks: executed.callbacks }],
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

const witnessed = (row: RequirementRecord, fold: Fold): void => {
  const { witness } = fold.of(row.id);
  if (!witness || row.message === null) return;
  const from = Math.max(0, witness.violation.seq - before);
  row.counterexample = {
    plan: witness.plan,
    choices: [],
    trace: witness.trace.slice(from, witness.violation.seq + after),
    replay: '',
  };
};

/** Map types that the provider registered for, or that the runtime made maps of. */
const mapTypesOf = ({ header, runs }: RecordedTrace): number[] => {
  const types = runs.flat().flatMap((event) => {
    if (header.subject === 'runtime') return event.kind === 'map-created' ? [event.map_type] : [];
    const type = event.kind === 'registered' && !event.inert ? event.facts.data?.map_type : null;
    return typeof type === 'number' ? [type] : [];
  });
  return [...new Set(types)].sort((a, b) => a - b);
};

/**
 * Certifies a recorded trace. Throws UsageError for what is no trace, SubjectError for a file that
 * cannot be read.
 */
export const certifyRecorded = (
  options: CertifyOptions & { subject: string },
  selection: Selection,
): RunRecord => {
  const waivers = options.waivers === null ? [] : readWaivers(options.waivers);
  const errata = typeof options.errata === 'string' ? readErrata(options.errata) : null;
  const text = contentsOf(options.subject);
  options.progress({ done: 0, total: 1, phase: 'reading the trace' });
  const recorded = readTrace(text, options.subject);
  const { header } = recorded;
  if (errata && header.subject === 'provider') {
    throw new UsageError(
      '--errata is for runtimes: the trace is a provider’s, whose --waivers are its own',
    );
  }
  const strange = Object.keys(header.untold ?? {}).find((id) => !isRequirementId(id));
  if (strange !== undefined) {
    throw new UsageError(
      `${printable(options.subject, 300)}:1: untold names ${printable(strange, 60)}, which is no rule`,
    );
  }
  if (header.revision !== options.revision) {
    throw new UsageError(
      `${printable(options.subject, 300)}:1: the trace was recorded under revision ${header.revision}; ` +
        `judge it with --revision ${header.revision}`,
    );
  }
  options.progress({ done: 0, total: 1, phase: 'judging the trace' });
  const done = judgeRecording(recorded, selection, errata, waivers);
  const { rows } = done;
  for (const row of rows) {
    if (row.counterexample)
      row.counterexample.replay = `mapcert certify ${shownPath(options.subject)} --only ${row.id}`;
  }
  applyWaivers(rows, waivers, today(), done.isBrokenUnder);
  const untold = Object.keys(header.untold ?? {});
  const shown = rows
    .filter((row) => row.subject === header.subject && !untold.includes(row.id))
    .map(({ id }) => id);
  const narrowed = {
    suites: options.suites,
    only: options.only ?? (untold.length ? shown : null),
    level: options.level,
    shard: options.shard ? `${options.shard.index}/${options.shard.of}` : null,
  };
  return {
    schema: REPORT_SCHEMA,
    tool: toolOf(),
    suite: { revision: options.revision, requirementsSha256 },
    subject: {
      kind: 'recorded',
      name: header.name,
      mapTypes: mapTypesOf(recorded),
      sha256: createHash('sha256').update(text).digest('hex'),
    },
    restsOn: done.restsOn,
    profile: { ...header.profile },
    seed: options.seed,
    selection: narrowed,
    ...concludeOutcome(rows, narrowed),
    executed: done.executed,
    covered: done.covered,
    chapters: done.chapters,
    requirements: rows,
    notes: untold.length
      ? [`the recording cannot show ${untold.length} rules, which its header names`]
      : [],
  };
};
