/** Which rules judge a run of a campaign, and which of their findings are held against whom. */
import { catalogueRow } from '../abi/catalogue.ts';
import type { Finding } from '../check/monitor.ts';
import type { Requirement } from '../check/requirement.ts';
import type { SubjectContext } from '../check/subject.ts';
import type { Chapter } from '../conclude/chapter.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import { isAside } from '../trace/plan.ts';
import type { DueRun } from './plans.ts';

export class Attribution {
  private readonly requirements: readonly Requirement[];
  private readonly chapters: readonly Chapter[];
  /** Whose rules decide here. */
  private readonly judged: 'provider' | 'runtime';
  /** A release is followed, which need not keep to the document. */
  private readonly isRelease: boolean;
  /** The subject's own rules: all that advisory dialects are judged by. */
  private readonly advised: readonly Requirement[];
  /** Rules that decide, per chapter whose plans run. */
  private readonly deciding = new Map<string, readonly Requirement[]>();
  /** Operations of ordinary plans in which the subject broke a rule. */
  private readonly brokenPlain = new Set<string>();
  /** Callbacks in which ordinary plans lost the subject, and how, by their own rules. */
  private readonly lostPlain = new Set<string>();

  constructor({
    requirements,
    chapters,
    subject,
    switches,
  }: {
    requirements: readonly Requirement[];
    chapters: readonly Chapter[];
    subject: SubjectContext;
    switches?: Readonly<Record<string, boolean>> | undefined;
  }) {
    this.isRelease = switches !== undefined;
    this.requirements = requirements;
    this.chapters = chapters;
    this.judged = subject.kind === 'runtime' ? 'runtime' : 'provider';
    this.advised = requirements.filter(({ id }) => this.isOwn(id));
  }

  /**
   * The subject's rules, and for the harness's check on itself those of the chapter that made the
   * plan.
   */
  rulesOf(run: DueRun, isLost = false): readonly Requirement[] {
    // Under another reading the reference runtime is not checked on itself: only advice is wanted.
    if (run.dialect !== 'as-documented') return this.advised;
    const judgedBy = isLost ? undefined : run.judgedBy;
    const name = [run.suite, ...(judgedBy ?? [])].join();
    const known = this.deciding.get(name);
    if (known) return known;
    const own = new Set(judgedBy ? this.rulesIn(judgedBy) : this.advised);
    const chapter = new Set(this.rulesIn([run.suite]));
    const rules = this.requirements.filter(
      (rule) => (own.has(rule) || chapter.has(rule)) && (!this.isRelease || this.isOwn(rule.id)),
    );
    this.deciding.set(name, rules);
    return rules;
  }

  private rulesIn(names: readonly string[]): Requirement[] {
    const chapters = this.chapters.filter(({ name }) => names.includes(name));
    return chapters.flatMap(({ requirements }) => requirements);
  }

  /** What is held against anybody for an ordinary run. */
  found(run: DueRun, judged: Finding[], trace: readonly TraceEvent[]): Finding[] {
    const findings = this.withoutWhatIsPlain(run, this.once(judged));
    const lost = trace.find((event) => event.kind === 'lost');
    return lost ? this.withoutPlainLoss(run, findings, lost) : findings;
  }

  /**
   * A probe is not for a loss that comes without it as well: whose that is, the ordinary plans told
   * that lost the same callback.
   */
  private withoutPlainLoss(run: DueRun, findings: Finding[], lost: EventOf<'lost'>): Finding[] {
    const name = `${lost.callback} ${lost.how}`;
    const isLoss = ({ kind, seq }: Finding['violations'][number]): boolean =>
      kind === lost.how && seq === lost.seq;
    if (!isAside(run.plan)) {
      if (findings.some(({ id, violations }) => this.isOwn(id) && violations.some(isLoss)))
        this.lostPlain.add(name);
      return findings;
    }
    if (!lost.ruledOut?.includes('probe') || !this.lostPlain.has(name)) return findings;
    return findings.filter(({ violations }) => !violations.some(isLoss));
  }

  /** A condition is not blamed for what happens to the same operations without it. */
  private withoutWhatIsPlain(run: DueRun, findings: Finding[]): Finding[] {
    const broken = findings.filter((one) => one.violations.length > 0);
    if (broken.length === 0) return findings;
    const operations = JSON.stringify([run.dialect, run.plan.actors]);
    if (!isAside(run.plan)) {
      if (broken.some(({ id }) => this.isOwn(id))) this.brokenPlain.add(operations);
      return findings;
    }
    return this.brokenPlain.has(operations)
      ? findings.filter((one) => !broken.includes(one))
      : findings;
  }

  /**
   * In a run in which the subject broke a rule, the other side is not blamed for what came of it.
   */
  once(findings: Finding[]): Finding[] {
    const isBroken = ({ violations }: Finding): boolean => violations.length > 0;
    if (!findings.some((one) => isBroken(one) && this.isOwn(one.id))) return findings;
    return findings.filter((one) => this.isOwn(one.id) || !isBroken(one));
  }

  /** Whether a rule is one of the subject's. */
  isOwn(id: string): boolean {
    return catalogueRow(id)?.subject === this.judged;
  }
}
