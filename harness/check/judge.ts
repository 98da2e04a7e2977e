/**
 * judge: rules × one trace -> findings. Pure; sees nothing but the trace and what the subject
 * declared.
 */
import type { CallbackEntered, EventKind, EventOf, TraceEvent } from '../trace/event.ts';
import type { Finding, Grounds, Handlers, TraceView, Reporter, Violation } from './monitor.ts';
import { isWatched } from './condition.ts';
import { wordsOfBlock, wordsOfPlace } from '../trace/place.ts';
import type { Requirement } from './requirement.ts';
import type { SubjectContext, Subjects } from './subject.ts';

/** Which rules a loss belongs to when no monitor claims it. */
export type OwnersOfLoss = (lost: EventOf<'lost'>, trace: TraceView) => string[];

/**
 * Violations kept per rule and trace, as many more that show something else, and then as many of
 * which something else was expected; the rest is counted.
 */
const violationsMax = 5;
const otherViolationsMax = 15;
const otherCausesMax = 20;
export type Kept = 'some' | 'all';

type Listener = (event: TraceEvent) => void;

/**
 * Findings of every rule that was exercised or broken in this trace. Given a context per map, a
 * rule is watched when it applies to one of them, and heard only of maps to which it applies.
 * @param kept whether every violation is kept, or a few of each rule
 * @example
 * const brokenIn = (rules: Requirement[], trace: TraceEvent[], subject: SubjectContext) =>
 *   judge(rules, trace, subject, () => []).filter(({ violations }) => violations.length > 0);
 */
export const judge = (
  requirements: readonly Requirement[],
  trace: readonly TraceEvent[],
  subjects: SubjectContext | Subjects,
  ownersOfLoss: OwnersOfLoss,
  kept: Kept = 'some',
): Finding[] => {
  const { base: subject, maps } = 'base' in subjects ? subjects : { base: subjects, maps: noMaps };
  const contexts = new Set([subject, ...maps.values()]);
  const index = new TraceIndex(subject, maps);
  const findings = new Map<string, Finding>();
  const losses = new Losses();
  const { claimed } = losses;
  const listeners = new Map<EventKind, Listener[]>();
  const ends: ((last: TraceEvent) => void)[] = [];
  const only = onlyProbes(trace);
  for (const requirement of requirements) {
    const watch = only && !only.includes(requirement.id) ? requirement.aside : requirement.watch;
    if (!watch) continue;
    const { applies } = requirement;
    if (![...contexts].some((context) => isWatched(applies, context))) continue;
    const finding: Finding = { id: requirement.id, exercised: 0, violations: [] };
    findings.set(requirement.id, finding);
    const reporter = new FindingReporter(finding, losses, kept);
    const isHeard = applies && maps.size > 0 ? () => isWatched(applies, index.subject) : null;
    const handlers = watch(isHeard ? whereItApplies(reporter, isHeard) : reporter, index);
    listen(handlers, listeners, ends);
  }
  for (const event of trace) {
    index.note(event);
    const heard = listeners.get(event.kind);
    if (heard) for (const listener of heard) listener(event);
    if (event.kind === 'lost') losses.settle();
  }
  const last = trace.at(-1);
  if (last?.kind === 'run-ended') for (const end of ends) end(last);
  losses.settle();
  blameLosses(requirements, trace, index, ownersOfLoss, findings, claimed, subject);
  return [...findings.values()].filter((one) => one.exercised > 0 || one.violations.length > 0);
};

/** The rules that a trace is for when it is for nothing else; null: it is for all. */
const onlyProbes = (trace: readonly TraceEvent[]): readonly string[] | null => {
  const [first] = trace;
  return first?.kind === 'run-started' && first.conditions.probes_only ? first.probes : null;
};

/** Claims on losses, settled when every monitor has heard of the loss. */
class Losses {
  readonly claimed = new Set<number>();
  private claims: { seq: number; isKnown: boolean; add: () => void }[] = [];

  claim({ seq, cause, ruledOut }: EventOf<'lost'>, grounds: Grounds | undefined, add: () => void) {
    if (ruledOut?.some((one) => one === grounds)) return;
    const known: readonly unknown[] = ['damage', 'cause', 'compared', cause?.what];
    const isKnown = grounds !== undefined && known.includes(grounds);
    this.claimed.add(seq);
    this.claims.push({ seq, isKnown, add });
  }

  /** Whoever knows why it was, or which buffer, goes before those who only know when it was. */
  settle(): void {
    const { claims } = this;
    this.claims = [];
    const known = new Set(claims.filter(({ isKnown }) => isKnown).map(({ seq }) => seq));
    for (const { seq, isKnown, add } of claims) if (isKnown || !known.has(seq)) add();
  }
}

/** A class because one is made per rule and trace: prototype methods cost nothing to make. */
class FindingReporter implements Reporter {
  private readonly finding: Finding;
  private readonly losses: Losses;
  private readonly kept: Kept;

  constructor(finding: Finding, losses: Losses, kept: Kept = 'some') {
    this.finding = finding;
    this.losses = losses;
    this.kept = kept;
  }

  exercised(times = 1): void {
    this.finding.exercised += times;
  }

  violated(at: { seq: number }, expected: string, saw: string): void {
    this.add({ kind: 'violated', seq: at.seq, expected, saw });
  }

  warned(at: { seq: number }, expected: string, saw: string): void {
    this.add({ kind: 'warned', seq: at.seq, expected, saw });
  }

  lost(at: EventOf<'lost'>, expected: string, grounds?: Grounds): void {
    const violation: Violation = { kind: at.how, seq: at.seq, expected, saw: sentenceOfLoss(at) };
    this.losses.claim(at, grounds, () => this.add(violation));
  }

  private add(violation: Violation): void {
    const { finding } = this;
    const { violations } = finding;
    finding.exercised = Math.max(finding.exercised, 1);
    const isKnown = ({ kind, expected, saw }: Violation, sawCounts: boolean): boolean =>
      kind === violation.kind &&
      expected === violation.expected &&
      (!sawCounts || saw === violation.saw);
    const isOther = (): boolean => {
      const most = violationsMax + otherViolationsMax;
      const sawCounts = violations.length < most;
      return (
        violations.length < most + otherCausesMax &&
        !violations.some((one) => isKnown(one, sawCounts))
      );
    };
    const isKept = this.kept === 'all' || violations.length < violationsMax || isOther();
    if (isKept) violations.push(violation);
    else finding.more = (finding.more ?? 0) + 1;
  }
}

const noMaps: Subjects['maps'] = new Map();

/** A reporter that is heard only where the rule applies. */
const whereItApplies = (reporter: Reporter, isHeard: () => boolean): Reporter => ({
  exercised: (times) => void (isHeard() && reporter.exercised(times)),
  violated: (at, expected, saw) => void (isHeard() && reporter.violated(at, expected, saw)),
  warned: (at, expected, saw) => void (isHeard() && reporter.warned(at, expected, saw)),
  lost: (at, expected, grounds) => void (isHeard() && reporter.lost(at, expected, grounds)),
});

const listen = (
  handlers: Handlers,
  listeners: Map<EventKind, Listener[]>,
  ends: ((last: TraceEvent) => void)[],
): void => {
  if (isSeveral(handlers)) {
    for (const part of handlers) listen(part, listeners, ends);
    return;
  }
  const table = handlers as Record<string, Listener | undefined>;
  for (const kind in table) {
    const handler = table[kind];
    if (!handler) continue;
    const list = kind === 'end' ? ends : listeners.get(kind as EventKind);
    if (list) list.push(handler);
    else listeners.set(kind as EventKind, [handler]);
  }
};

const isSeveral = (handlers: Handlers): handlers is readonly Handlers[] => Array.isArray(handlers);

/** What happened to the subject, in words. */
export const sentenceOfLoss = (lost: EventOf<'lost'>): string => {
  const what = lost.how === 'crash' ? 'crashed' : 'did not come back';
  const detail =
    lost.detail && lost.detail !== lost.error ? `${lost.error}: ${lost.detail}` : lost.error;
  const where = [lost.place && wordsOfPlace(lost.place), lost.block && wordsOfBlock(lost.block)];
  return `${lost.callback} ${what} (${[detail, ...where.filter(Boolean)].join('; ')})`;
};

/**
 * Losses that no monitor claimed go to their owners; those of a probe go to the first rule that it
 * is for, whatever it asked of the subject besides.
 */
const blameLosses = (
  requirements: readonly Requirement[],
  trace: readonly TraceEvent[],
  index: TraceIndex,
  ownersOfLoss: OwnersOfLoss,
  findings: Map<string, Finding>,
  claimed: ReadonlySet<number>,
  subject: SubjectContext,
): void => {
  const losses = new Losses();
  for (const event of trace) {
    if (event.kind !== 'lost' || claimed.has(event.seq)) continue;
    const probed = event.ruledOut?.includes('probe') ? null : onlyProbes(trace);
    for (const id of probed?.slice(0, 1) ?? ownersOfLoss(event, index)) {
      // A rule that was not selected is blamed all the same: a loss is never passed over in
      // silence.
      const requirement = requirements.find((one) => one.id === id);
      if (!isWatched(requirement?.applies, subject)) continue;
      const finding = findings.get(id) ?? { id, exercised: 1, violations: [] };
      findings.set(id, finding);
      new FindingReporter(finding, losses).lost(event, `${event.callback} returns`);
    }
  }
  losses.settle();
};

/** The look-ups that monitors share. */
class TraceIndex implements TraceView {
  /** What is known where the present event belongs. */
  subject: SubjectContext;
  conditions: TraceView['conditions'] = {};
  plan = '';
  isShort = false;
  probes: readonly string[] = [];
  private readonly calls = new Map<number, CallbackEntered & { seq: number }>();
  private readonly operations = new Map<number, EventOf<'operation-started'>>();
  private readonly maps = new Map<string, EventOf<'map-created'>>();
  private readonly base: SubjectContext;
  private readonly contexts: Subjects['maps'];
  private readonly slots = new Map<number, string>();

  constructor(base: SubjectContext, contexts: Subjects['maps']) {
    this.subject = base;
    this.base = base;
    this.contexts = contexts;
  }

  call(call: number) {
    return this.calls.get(call);
  }

  operation(op: number) {
    return this.operations.get(op);
  }

  map(map: string | undefined) {
    return map === undefined ? undefined : this.maps.get(map);
  }

  note(event: TraceEvent): void {
    this.index(event);
    if (this.contexts.size > 0)
      this.subject = this.contexts.get(this.mapOf(event) ?? '') ?? this.base;
  }

  /** The map that an event is about; undefined when it is about none. */
  private mapOf(event: TraceEvent): string | undefined {
    if ('map' in event && event.map) return event.map;
    if (event.kind === 'operation-started' || event.kind === 'operation-ended') {
      const { operation } = event;
      if (!('map' in operation) || typeof operation.map !== 'number') return undefined;
      return operation.op === 'create' ? undefined : this.slots.get(operation.map);
    }
    return 'call' in event ? this.calls.get(event.call)?.map : undefined;
  }

  private index(event: TraceEvent): void {
    switch (event.kind) {
      case 'run-started':
        this.conditions = event.conditions;
        this.plan = event.plan;
        this.probes = event.probes;
        break;
      case 'callback-entered':
        this.calls.set(event.call, event);
        break;
      case 'operation-started':
        this.operations.set(event.op, event);
        break;
      case 'operation-ended':
        if (event.operation.op === 'create' && event.map)
          this.slots.set(event.operation.map, event.map);
        break;
      case 'map-created':
        this.maps.set(event.map, event);
        break;
      case 'allocation-failed':
        this.isShort = true;
        break;
      default:
    }
  }
}
