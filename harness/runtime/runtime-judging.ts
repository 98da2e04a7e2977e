/**
 * Judges the runs of a runtime as they come: findings folded over all plans, and in the end a row
 * per rule.
 */
import { catalogueRow } from '../abi/catalogue.ts';
import { judge, type OwnersOfLoss, type Kept } from '../check/judge.ts';
import type { Finding, Violation } from '../check/monitor.ts';
import { underReading } from '../check/reading.ts';
import type { Requirement } from '../check/requirement.ts';
import type { SubjectContext } from '../check/subject.ts';
import type { RuntimePlan } from '../explore/runtime-plans.ts';
import type { Waiver } from '../provider/profile.ts';
import type { TraceEvent } from '../trace/event.ts';
import { operationAt } from '../trace/operation-at.ts';
import type { DialectName } from '../trace/plan.ts';
import { concludeRows } from '../conclude/conclude.ts';
import type { Errata, JudgeAgain } from '../conclude/errata.ts';
import { Fold } from '../conclude/fold.ts';
import { ReadingFolds } from '../conclude/reading-folds.ts';
import type { RequirementRecord } from '../conclude/record.ts';
import type { RestsOn } from '../conclude/record.ts';
import { restsOn } from '../conclude/rests-on.ts';
import { Tally } from '../conclude/tally.ts';
import { contextOfTrace, contextsOfMaps, settled } from './runtime-context.ts';
import type { Chapter } from '../conclude/chapter.ts';

/**
 * What runtimes are judged by: the rules, whose a loss is that no monitor claims, and what the base
 * map of a run does otherwise than it must, as the document and as the shipped reading have it.
 */
export type RuntimeLaw = {
  chapters: readonly Chapter[];
  ownersOfLoss: OwnersOfLoss;
  baseMap: (trace: readonly TraceEvent[]) => { document: Finding[]; shipped: Finding[] };
};
type Law = Pick<RuntimeLaw, 'ownersOfLoss' | 'baseMap'>;

/** Findings of one run of a runtime: monitors, and the model of the base map. */
export const judgeRuntime = (
  requirements: readonly Requirement[],
  trace: readonly TraceEvent[],
  revision: SubjectContext['revision'],
  {
    law,
    reading = 'as-documented',
    kept = 'some',
  }: { law: Law; reading?: DialectName; kept?: Kept },
): ReturnType<typeof judge> => {
  const contexts = contextsOfMaps(trace, revision, 'runtime');
  const rules = underReading(requirements, reading);
  const watched = judge(rules, trace, contexts, law.ownersOfLoss, kept);
  for (const { violations } of watched) violations.forEach(nameRuntime);
  const { document, shipped } = law.baseMap(trace);
  for (const finding of reading === 'as-shipped' ? shipped : document) {
    if (!requirements.some(({ id }) => id === finding.id)) continue;
    const known = watched.find(({ id }) => id === finding.id);
    if (!known) {
      watched.push(finding);
      continue;
    }
    // Of one operation, what a monitor says is more to the point than what the model expected.
    const told = new Set(known.violations.map(({ seq }) => operationAt(trace, seq)));
    const more = finding.violations.filter(({ seq }) => !told.has(operationAt(trace, seq)));
    known.violations.push(...more);
  }
  return watched;
};

/** A runtime is lost in an operation, which no callback's name says. */
const nameRuntime = (violation: Violation): void => {
  if (violation.kind !== 'crash' && violation.kind !== 'hang') return;
  violation.expected = violation.expected.replace(
    'deferred work returns',
    'the operation comes back',
  );
  violation.saw = violation.saw.replace('deferred work', 'the runtime');
};

/** Judges a run of a runtime again, by one rule under one reading. */
export const judgingAgain =
  (
    requirements: readonly Requirement[],
    trace: readonly TraceEvent[],
    revision: SubjectContext['revision'],
    law: Law,
  ): JudgeAgain =>
  (id, reading) => {
    const rules = requirements.filter((one) => one.id === id);
    const found = judgeRuntime(rules, trace, revision, { law, reading, kept: 'all' });
    return found.find((one) => one.id === id)?.violations ?? [];
  };

/** The rules that bind runtimes: those of providers would claim losses that are none of theirs. */
export const runtimeRules = (chapters: readonly Chapter[]): Requirement[] =>
  chapters
    .flatMap((chapter) => chapter.requirements)
    .filter(({ id }) => catalogueRow(id)?.subject === 'runtime');

export class RuntimeJudging {
  readonly fold = new Fold();
  readonly tally = new Tally();
  /** Runs in which the runtime was lost, in words. */
  readonly notes: string[] = [];
  private readonly chapters: readonly Chapter[];
  private readonly law: RuntimeLaw;
  private readonly revision: SubjectContext['revision'];
  private readonly requirements: readonly Requirement[];
  private readonly contexts: SubjectContext[] = [];
  private readonly seen = new Map<string, Set<string>>();
  /**
   * What breaks a rule under the shipped reading too, where that has the rule otherwise: its last
   * sentence.
   */
  readonly strange = new Map<string, string>();
  /** Operations that the runtime's face lacks, and what it does not tell. */
  private readonly notOffered = new Set<string>();
  /** Memory that was freed came back without being asked for: the runtime does not reclaim late. */
  private reclaims = false;

  private readonly errata: Errata | null;
  /** What breaks rules under the readings that waivers name. */
  readonly readings: ReadingFolds;

  constructor(
    law: RuntimeLaw,
    revision: SubjectContext['revision'],
    errata: Errata | null = null,
    waivers: readonly Waiver[] = [],
  ) {
    this.errata = errata;
    this.readings = new ReadingFolds(waivers);
    this.chapters = law.chapters;
    this.law = law;
    this.revision = revision;
    this.requirements = runtimeRules(law.chapters);
  }

  /** Folds one run in. */
  take(plan: RuntimePlan, trace: TraceEvent[]): void {
    const { revision, law } = this;
    const conditions = { dialect: 'as-documented' as const, revision };
    const { base, maps } = contextsOfMaps(trace, revision, 'runtime');
    this.contexts.push(base, ...maps.values());
    const { generated: _, ...rest } = plan;
    const findings = judgeRuntime(this.requirements, trace, revision, { law });
    const run = { plan: { ...rest, conditions }, choices: [], trace };
    const again = judgingAgain(this.requirements, trace, revision, law);
    for (const { id, violations } of findings) {
      for (const { saw } of violations) this.sentences(id).add(saw);
      if (violations.length > 0 && this.hasReading(id, 'as-shipped')) {
        for (const { saw } of again(id, 'as-shipped')) this.strange.set(id, saw);
      }
    }
    this.fold.add(this.errata?.sift(findings, again, run) ?? findings, run);
    this.readings.add(findings, again, run);
    this.tally.add({ plan, suite: plan.suite, generated: plan.generated === true }, trace);
    for (const event of trace) {
      if (event.kind === 'operation-ended' && event.result === 'NOT_OFFERED') {
        this.notOffered.add(event.operation.op);
      } else if (event.kind === 'service' && event.result === 'NOT_OFFERED') {
        this.notOffered.add(event.name);
      } else if (event.kind === 'service' && event.result === 'SEEN') this.reclaims = true;
      if (event.kind !== 'lost') continue;
      const how = event.how === 'hang' ? 'did not come back' : 'was lost';
      this.notes.push(`in "${plan.name}" the runtime ${how}: ${event.error}: ${event.detail}`);
    }
  }

  /** Whether the rule is one on which the readings differ. */
  hasReading(id: string, reading: DialectName): boolean {
    return this.requirements.some((one) => one.id === id && one.readings?.[reading] !== undefined);
  }

  /** A run that proves nothing: what it was for, or would have exercised, is open. */
  unsettle(plan: RuntimePlan, trace: readonly TraceEvent[], reason: string): void {
    const { requirements, revision, law } = this;
    this.notes.push(`a run of "${plan.name}" proves nothing: ${reason}`);
    const ids = plan.probes?.length
      ? plan.probes
      : judgeRuntime(requirements, trace, revision, { law }).map(({ id }) => id);
    this.fold.unsettle(ids, reason);
  }

  /** What was seen of violations of a rule, over all runs. */
  sentences(id: string): Set<string> {
    const known = this.seen.get(id) ?? new Set();
    this.seen.set(id, known);
    return known;
  }

  /** What the rows rest on. */
  restsOn(rows: readonly RequirementRecord[]): RestsOn[] {
    const subject = contextOfTrace([], this.revision, 'runtime');
    return restsOn(rows, settled(this.chapters, this.contexts), subject);
  }

  /** One row per rule of the catalogue. */
  rows(selected: ReadonlySet<string> | null, bound: string | null): RequirementRecord[] {
    const rows = concludeRows({
      chapters: settled(this.chapters, this.contexts),
      subject: contextOfTrace([], this.revision, 'runtime'),
      folds: new Map<DialectName, Fold>([['as-documented', this.fold]]),
      selected,
      ran: new Set(this.chapters.map((chapter) => chapter.name)),
      avoided: [],
      bound,
      judged: 'runtime',
    });
    return rows.map((row) => {
      const untold = this.untoldEpochs(row);
      if (untold !== null) return { ...row, verdict: 'inconclusive' as const, reason: untold };
      const lacking = this.blindSpots(row)?.members ?? [];
      const isLacking = lacking.length > 0 && lacking.every((op) => this.notOffered.has(op));
      // What was not told cannot have been right either.
      if (!isLacking || (row.verdict !== 'vacuous' && row.verdict !== 'pass')) return row;
      const reason = `the runtime offers no ${lacking.join(', ')} (optional members of cmc_runtime_t)`;
      return { ...row, verdict: 'not-applicable' as const, reason };
    });
  }

  private blindSpots({ id }: RequirementRecord): Requirement['blindSpots'] {
    return this.requirements.find((one) => one.id === id)?.blindSpots;
  }

  /**
   * What to offer where a runtime keeps freed memory for so long that nothing shows what it
   * protects.
   */
  private untoldEpochs(row: RequirementRecord): string | null {
    const members = this.blindSpots(row)?.lateReclaim;
    const isJudged = row.verdict === 'vacuous' || row.verdict === 'pass';
    if (!members || this.reclaims || !isJudged) return null;
    if (!members.every((name) => this.notOffered.has(name))) return null;
    return (
      'the runtime reclaims late: no block that was freed came back, so nothing shows what epochs protect; ' +
      `offer ${members.join(' or ')} (optional members of cmc_runtime_t)`
    );
  }
}
