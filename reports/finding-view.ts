/**
 * Findings as every report for people shows them: what was broken, by which call, what to look at
 * and how to repeat it. Nothing is escaped for a format here; undrawable characters are already
 * spelled out.
 */
import { messageParts } from '../harness/check/message.ts';
import type { Verdict } from '../harness/check/verdict.ts';
import { describeCall, describeOperationOf } from '../harness/conclude/finding-words.ts';
import { eachForItself } from '../harness/conclude/findings.ts';
import type {
  Counterexample,
  FindingRecord,
  RequirementRecord,
  RunRecord,
} from '../harness/conclude/record.ts';
import type { EventOf } from '../harness/trace/event.ts';
import { lanes } from '../harness/trace/lanes.ts';
import { namesIn, unnamed, type Names } from '../harness/trace/names.ts';
import { printable } from '../harness/trace/printable.ts';
import { scriptLines, scriptOf } from '../harness/trace/script.ts';
import type { Setting } from '../harness/trace/setting.ts';
import { ruleOf, type Guide } from './violation-view.ts';

/** A finding with everything a reader needs to act on it. */
export type FindingView = {
  /** From 1, in the order to be read. */
  number: number;
  rule: string;
  level: string;
  verdict: Verdict;
  setting: Setting | null;
  /** The sentence of the rule. */
  says: string;
  callback: string | null;
  call: string | null;
  during: string | null;
  did: string | null;
  expected: string | null;
  saw: string;
  alsoBreaks: string[];
  unjudged: string[];
  look: string | null;
  /** `mapcert replay 3f9c`; null: nothing can be repeated by a short name. */
  repeat: string | null;
  /** The whole command line, for pasting anywhere. */
  replay: string | null;
  /** The plan as a numbered script. */
  script: string[];
  /** What the names in script and trace stand for. */
  legend: string[];
  /** The trace around the call, one column an actor. */
  trace: string | null;
  /** The same for who draws it. */
  scene: {
    counterexample: Counterexample;
    names: Names;
    /** Event of the call that is to blame, and the one at which the rule was broken. */
    call: number | null;
    broken: number | null;
  } | null;
};

export type FindingViewOptions = {
  guide: Guide;
  width: number;
  eventsMax?: number;
  stepsMax?: number;
};

const REPLAY_MAX = 100_000;

/** Findings of a record; of an older one, each broken rule is one. */
export const findingsIn = (record: RunRecord, options: FindingViewOptions): FindingView[] => {
  const findings = record.findings ?? eachForItself(record.requirements);
  const rows = new Map(record.requirements.map((row) => [row.id, row]));
  const short = shortIds(record);
  return findings.flatMap((finding, index) => {
    const row = rows.get(finding.rule);
    return row ? [viewOf(finding, index + 1, row, short, options)] : [];
  });
};

const viewOf = (
  finding: FindingRecord,
  number: number,
  row: RequirementRecord,
  short: ReadonlyMap<string, string>,
  { guide, width, eventsMax = 16, stepsMax = 24 }: FindingViewOptions,
): FindingView => {
  const { counterexample } = row;
  const names = counterexample ? namesIn(counterexample.trace) : unnamed;
  const called = calledIn(finding, counterexample);
  const parts = messageParts(printable(finding.message));
  const around = finding.seq ?? row.at?.seq ?? null;
  const id = counterexample?.id;
  const during =
    called && counterexample ? describeOperationOf(called, counterexample.trace, names) : null;
  const call = called ? printable(describeCall(called, names), 400) : shown(finding.call, 400);
  const script = counterexample
    ? stepsOf(counterexample, names, { at: called?.op ?? null, stepsMax })
    : [];
  const trace = counterexample?.trace.length
    ? lanes(counterexample.trace, {
        width,
        eventsMax,
        names,
        ...(around === null ? {} : { around }),
      })
    : null;
  return {
    number,
    rule: printable(finding.rule, 40),
    level: printable(row.level, 20),
    verdict: finding.verdict,
    setting: finding.setting ?? null,
    says: ruleOf(row.id).says,
    callback: finding.callback === null ? null : printable(finding.callback, 60),
    call,
    during: during === null ? shown(finding.operation, 400) : printable(during, 400),
    did: shown(finding.did, 400),
    expected: parts.expected,
    saw: parts.saw,
    alsoBreaks: finding.alsoBreaks.map((one) => printable(one, 40)),
    unjudged: finding.unjudged.map((one) => printable(one, 40)),
    look: guide(row.id)?.look ?? null,
    repeat: id === undefined ? null : `mapcert replay ${short.get(id) ?? id}`,
    replay: counterexample ? printable(counterexample.replay, REPLAY_MAX) : null,
    script,
    trace,
    legend: names.legend
      .filter(({ name }) => isNamedIn([...script, trace ?? '', call ?? ''].join(' '), name))
      .map(({ name, hex }) => `${name} = ${hex}`),
    scene: counterexample?.trace.length
      ? { counterexample, names, call: finding.seq, broken: row.at?.seq ?? null }
      : null,
  };
};

const stepsOf = (
  { plan, trace }: Counterexample,
  names: Names,
  { at, stepsMax }: { at: number | null; stepsMax: number },
): string[] => {
  const steps = scriptOf(plan, trace, names);
  const said = steps.map((step) => ({ ...step, says: printable(step.says, 400) }));
  return scriptLines(said, at, stepsMax);
};

/** Whether a name stands in a text as a word of its own. */
const isNamedIn = (text: string, name: string): boolean => text.split(/[\s,()]+/).includes(name);

const shown = (text: string | null, max: number): string | null =>
  text === null ? null : printable(text, max);

const calledIn = (
  { seq, callback }: FindingRecord,
  counterexample: Counterexample | null,
): EventOf<'callback-entered'> | null => {
  const event = counterexample?.trace.find((one) => one.seq === seq);
  return event?.kind === 'callback-entered' && event.callback === callback ? event : null;
};

const shortest = 4;

/** For each stored run of a report the shortest name that is its alone. */
export const shortIds = ({
  requirements,
}: Pick<RunRecord, 'requirements'>): Map<string, string> => {
  const ids = [...new Set(requirements.flatMap((row) => row.counterexample?.id ?? []))];
  const isOwn = (prefix: string): boolean =>
    ids.filter((other) => other.startsWith(prefix)).length === 1;
  const shortOf = (id: string): string => {
    let length = shortest;
    while (length < id.length && !isOwn(id.slice(0, length))) length += 1;
    return id.slice(0, length);
  };
  return new Map(ids.map((id) => [id, shortOf(id)]));
};

/** How much is broken: `2 findings, 13 rules broken`. */
export const findingsLine = (views: readonly FindingView[]): string => {
  const rules = views.reduce((sum, { alsoBreaks }) => sum + 1 + alsoBreaks.length, 0);
  const count = (number: number, noun: string): string =>
    `${number} ${noun}${number === 1 ? '' : 's'}`;
  return `${count(views.length, 'finding')}, ${count(rules, 'broken rule')}`;
};
