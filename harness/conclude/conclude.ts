/** From folds to one row per rule of the catalogue: verdicts, messages, reasons. */
import { CATALOGUE } from '../abi/catalogue.ts';
import type { CatalogueRow } from '../abi/requirement.ts';
import { isMust } from '../abi/requirement.ts';
import { exemptOf } from '../check/condition.ts';
import type { Requirement } from '../check/requirement.ts';
import type { SubjectContext } from '../check/subject.ts';
import type { Verdict } from '../check/verdict.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import { wordsOfFrame } from '../trace/place.ts';
import type { DialectName } from '../trace/plan.ts';
import { callbackAt, causeOf } from './cause.ts';
import { cutShortReason } from './cut-short.ts';
import type { Fold, RuleFold, Witness } from './fold.ts';
import type { CauseRecord, RequirementRecord } from './record.ts';
import type { Chapter } from './chapter.ts';

export type ConcludeOptions = {
  chapters: readonly Chapter[];
  subject: SubjectContext;
  folds: ReadonlyMap<DialectName, Fold>;
  /** Ids that were selected; null = all. */
  selected: ReadonlySet<string> | null;
  /** Chapters whose plans ran. */
  ran: ReadonlySet<string>;
  /** Callbacks that plans stopped short of, and other bounds that ran out. */
  avoided: readonly string[];
  bound: string | null;
  /** Which subject's rules are judged here. */
  judged: 'provider' | 'runtime';
  /** Rules of which a pass cannot be seen through the adapter, with the reason. */
  unobserved?: Readonly<Record<string, string>> | undefined;
};

const noViolation: RuleFold = {
  exercised: 0,
  runs: 0,
  brokenRuns: 0,
  violations: 0,
  schedules: 0,
  witness: null,
  causes: new Map(),
  moreCauses: 0,
  unsettled: null,
};

/** One row per rule, in catalogue order. */
export const concludeRows = (options: ConcludeOptions): RequirementRecord[] => {
  const home = new Map<string, { suite: string; requirement: Requirement }>();
  for (const chapter of options.chapters) {
    for (const requirement of chapter.requirements) {
      home.set(requirement.id, { suite: chapter.name, requirement });
    }
  }
  return CATALOGUE.map((row) => concludeRow(row, home.get(row.id) ?? null, options));
};

const concludeRow = (
  row: CatalogueRow,
  known: { suite: string; requirement: Requirement } | null,
  options: ConcludeOptions,
): RequirementRecord => {
  const fold = options.folds.get('as-documented')?.of(row.id) ?? noViolation;
  const record: RequirementRecord = {
    id: row.id,
    level: row.level,
    subject: row.subject,
    suite: known?.suite ?? null,
    verdict: 'vacuous',
    advisory: {},
    exercised: fold.exercised,
    runs: fold.runs,
    strength: null,
    message: null,
    at: null,
    waiver: null,
    reason: null,
    counterexample: null,
  };
  const aside =
    reasonAside(row, known, options) ?? exemption(row, known?.requirement, fold, options);
  const kind = fold.witness?.violation.kind;
  const isLoss = kind === 'crash' || kind === 'hang';
  // A loss counts although its rule was not selected: nothing that crashed ends green.
  if (aside && !(aside.verdict === 'not-selected' && isLoss)) {
    Object.assign(record, aside);
    if (row.subject === 'runtime' && options.judged === 'provider' && known?.requirement.watch) {
      record.selfCheck = { exercised: fold.exercised, ok: fold.witness === null };
      if (fold.witness) {
        record.verdict = 'harness-error';
        record.message = messageOf(fold.witness);
      }
    }
    record.exercised = 0;
    record.runs = 0;
    return record;
  }
  const bound = bindingRow(row, known, options.subject);
  Object.assign(record, verdictOf(bound, fold, options, known?.requirement));
  if (fold.witness && record.message !== null) {
    record.setting = fold.isOrdinary === true ? 'as-shipped-or-documented' : 'robustness';
  }
  if (record.verdict === 'not-applicable') return { ...record, exercised: 0, runs: 0 };
  if (fold.witness) record.causes = causesOf(fold, fold.witness);
  if (fold.moreCauses > 0) record.moreCauses = fold.moreCauses;
  if (fold.exercised > 0) record.strength = known?.requirement.strength ?? 'sampled';
  if (fold.exercised > 0 && fold.schedules > 0) {
    record.strength = 'exhaustive';
    record.schedules = fold.schedules;
  }
  for (const [dialect, other] of options.folds) {
    if (dialect === 'as-documented') continue;
    const rule = other.of(row.id);
    const advice = verdictOf(bound, rule, options, known?.requirement);
    record.advisory[dialect] = {
      // What a provider does under another reading is advice: at most a warning there.
      verdict: advice.verdict === 'fail' && dialect === 'detach-first' ? 'warn' : advice.verdict,
      message: rule.witness ? messageOf(rule.witness) : null,
    };
  }
  return record;
};

/** Where a crash was, for who reads the list of causes: each callback's may be another line. */
const lineOf = ({ violation, trace }: Pick<Witness, 'violation' | 'trace'>): { place?: string } => {
  const event = trace[violation.seq];
  return event?.kind === 'lost' && event.place ? { place: wordsOfFrame(event.place) } : {};
};

/**
 * The causes that the runs showed, and what making the counterexample small may have shown besides.
 */
const causesOf = ({ causes }: RuleFold, { violation, trace }: Witness): CauseRecord[] => {
  const told = [...causes.values()].map(({ cause, seen, witness }) => ({
    ...cause,
    seen,
    ...lineOf(witness),
  }));
  const last = causeOf(violation, trace);
  return causes.has(last.key)
    ? told
    : [...told, { ...last, seen: 1, ...lineOf({ violation, trace }) }];
};

/** The row as it binds this subject: a condition may make a MUST of a SHOULD. */
const bindingRow = (
  row: CatalogueRow,
  known: { requirement: Requirement } | null,
  subject: SubjectContext,
): CatalogueRow =>
  known?.requirement.isMustFor?.(subject) === true ? { ...row, level: 'MUST' } : row;

/** Verdict and reason of a rule that is not judged here; null when it is. */
const reasonAside = (
  row: CatalogueRow,
  known: { suite: string; requirement: Requirement } | null,
  options: ConcludeOptions,
): Pick<RequirementRecord, 'verdict' | 'reason'> | null => {
  if (!row.revisions.includes(options.subject.revision)) {
    return { verdict: 'not-applicable', reason: `not in revision ${options.subject.revision}` };
  }
  if (row.subject !== options.judged) return { verdict: 'not-applicable', reason: 'subject' };
  const chosen = options.selected === null || options.selected.has(row.id);
  if (!chosen) return { verdict: 'not-selected', reason: 'not selected' };
  if (!known) return { verdict: 'inconclusive', reason: 'not built yet' };
  const { requirement, suite } = known;
  if (requirement.untestable) return { verdict: 'info', reason: requirement.untestable };
  if (!requirement.watch) return { verdict: 'inconclusive', reason: 'not built yet' };
  if (!options.ran.has(suite))
    return { verdict: 'not-selected', reason: 'its chapter was not run' };
  return null;
};

/**
 * Verdict of a rule whose condition is false: not applicable where the subject is excused,
 * inconclusive where it only was seen to refuse. What a run showed all the same counts: a violation
 * always, an occasion once it arose.
 */
const exemption = (
  row: CatalogueRow,
  requirement: Requirement | undefined,
  fold: RuleFold,
  { subject }: ConcludeOptions,
): Pick<RequirementRecord, 'verdict' | 'reason'> | null => {
  if (fold.witness) return null;
  const exempt = exemptOf(requirement?.applies, subject);
  if (exempt === null) return row.level === 'MAY' ? null : refusedByOthers(requirement, subject);
  if (exempt.by === 'occasion' && fold.exercised > 0) return null;
  if (exempt.by !== 'probed') return { verdict: 'not-applicable', reason: exempt.why };
  return row.level === 'MAY' ? null : { verdict: 'inconclusive', reason: exempt.why };
};

/**
 * A rule that binds the first map type of a module, and that another type left no ground for
 * without a declaration.
 */
const refusedByOthers = (
  requirement: Requirement | undefined,
  subject: SubjectContext,
): Pick<RequirementRecord, 'verdict' | 'reason'> | null => {
  for (const profile of subject.others ?? []) {
    const exempt = exemptOf(requirement?.applies, { ...subject, profile });
    if (exempt?.by !== 'probed') continue;
    return { verdict: 'inconclusive', reason: `map type ${profile.mapType}: ${exempt.why}` };
  }
  return null;
};

type Judged = Pick<RequirementRecord, 'verdict' | 'reason' | 'message' | 'at'>;

/**
 * The verdict as far as the adapter lets it be seen: what was broken counts, what was not proves
 * nothing.
 */
const verdictOf = (
  row: CatalogueRow,
  fold: RuleFold,
  options: ConcludeOptions,
  requirement: Requirement | undefined,
): Judged => {
  const judged = verdictFrom(row, fold, options, requirement);
  const reason = options.unobserved?.[row.id];
  if (reason === undefined || fold.witness) return judged;
  return { ...judged, verdict: 'not-applicable', reason };
};

const verdictFrom = (
  row: CatalogueRow,
  fold: RuleFold,
  options: ConcludeOptions,
  requirement: Requirement | undefined,
): Judged => {
  const { witness } = fold;
  if (witness) {
    return {
      verdict: violatedVerdict(row, witness),
      reason: null,
      message: messageOf(witness),
      at: placeOf(witness),
    };
  }
  if (fold.unsettled !== null) {
    return { verdict: 'inconclusive', reason: fold.unsettled, message: null, at: null };
  }
  if (fold.exercised > 0) return { verdict: 'pass', reason: null, message: null, at: null };
  if (row.level === 'MAY') {
    return { verdict: 'info', reason: 'a permission: nothing to break', message: null, at: null };
  }
  const cut = options.avoided.length ? cutShortReason(options.avoided) : options.bound;
  return {
    verdict: cut || requirement?.unexercised ? 'inconclusive' : 'vacuous',
    reason: cut ?? requirement?.unexercised ?? 'nothing that ran exercised it',
    message: null,
    at: null,
  };
};

const violatedVerdict = (row: CatalogueRow, witness: Witness): Verdict => {
  if (row.level === 'MAY' || row.level === 'UNDEFINED') return 'info';
  if (!isMust(row) || witness.violation.kind === 'warned') return 'warn';
  return witness.violation.kind === 'violated' ? 'fail' : witness.violation.kind;
};

/** Operation and callback at which a violation became visible. */
export const placeOf = (witness: Witness): NonNullable<RequirementRecord['at']> => {
  const { trace, violation } = witness;
  const event = trace[violation.seq];
  const call = event && 'call' in event ? event.call : 0;
  const entered = trace.find(
    (one): one is EventOf<'callback-entered'> =>
      one.kind === 'callback-entered' && one.call === call,
  );
  const op = event && 'op' in event && event.op ? event.op : (entered?.op ?? 0);
  return {
    operation: op ? describeOperation(trace, op) : null,
    callback: callbackAt(trace, violation.seq),
    seq: violation.seq,
  };
};

const describeOperation = (trace: readonly TraceEvent[], op: number): string | null => {
  const started = trace.find(
    (one): one is EventOf<'operation-started'> => one.kind === 'operation-started' && one.op === op,
  );
  if (!started) return null;
  const { op: name, ...rest } = started.operation;
  const facts = Object.entries(rest)
    .map(
      ([key, value]) =>
        `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
    .join(', ');
  return facts ? `${name} (${facts})` : name;
};

/** Expected, saw and where, as one paragraph. */
export const messageOf = (witness: Witness): string => {
  const place = placeOf(witness);
  const where = [
    place.operation ? `operation ${place.operation}` : null,
    place.callback ? `callback ${place.callback}` : null,
  ].filter((part) => part !== null);
  const at = where.length ? ` [${where.join('; ')}]` : '';
  return `expected: ${witness.violation.expected}; saw: ${witness.violation.saw}${at}`;
};
