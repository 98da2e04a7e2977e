/**
 * Annotations of GitHub Actions: workflow commands for the standard output of a step. GitHub shows
 * ten errors and ten warnings a step, so the gravest come first and the last one counts the rest.
 */
import type { RequirementRecord, RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';
import { findingsIn, type FindingView } from './finding-view.ts';
import { adviceText, isUnexplained, toldAs, toldLine } from './told.ts';
import { outcomeSentence, subjectLine, totalsLine } from './view.ts';
import { adviceOf, placeInFile, violationsOf } from './violation-view.ts';
import type { AdviceView, Guide, ViolationView } from './violation-view.ts';

type Kind = 'error' | 'warning' | 'notice';
type Note = { kind: Kind; title: string; text: string; at: ReturnType<typeof placeInFile> };

/** Shown of each kind. */
const shownMax = 10;

const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

const command = ({ kind, title, text, at }: Note): string => {
  const properties = [
    ...(at === null ? [] : [`file=${property(at.file)}`, `line=${at.line}`, `col=${at.column}`]),
    `title=${property(title)}`,
  ];
  return `::${kind} ${properties.join(',')}::${data(text)}`;
};

const ofViolation = (view: ViolationView): Note => ({
  kind: view.verdict === 'warn' ? 'warning' : 'error',
  title: `${view.id} ${view.verdict}: ${view.says.slice(0, 120)}`,
  text: [
    ...(view.expected === null ? [] : [`expected ${view.expected}`]),
    `saw ${view.saw}`,
    ...(view.where === null ? [] : [view.where]),
    ...(view.waiver === null ? [] : [`waiver: ${view.waiver}`]),
    ...(view.look === null ? [] : [`look at ${view.look}`]),
  ].join('\n'),
  at: placeInFile(view.saw),
});

const ofAdvice = (view: AdviceView): Note => ({
  kind: 'notice',
  title: `${view.id}: advice`,
  text: adviceText(view),
  at: null,
});

/** One for each cause, not for each rule that it breaks. */
const ofFinding = (view: FindingView, waiver: string | null): Note => ({
  kind: view.verdict === 'warn' ? 'warning' : 'error',
  title: `${view.rule} ${view.verdict}: ${view.callback ?? view.says.slice(0, 120)}`,
  text: [
    view.did ?? `saw ${view.saw}`,
    ...(view.expected === null ? [] : [`expected ${view.expected}`]),
    ...(view.call === null ? [] : [`call ${view.call}`]),
    ...(view.during === null ? [] : [`during ${view.during}`]),
    ...(view.alsoBreaks.length === 0 ? [] : [`also breaks ${view.alsoBreaks.join(' ')}`]),
    ...(view.unjudged.length === 0 ? [] : [`not judged since ${view.unjudged.join(' ')}`]),
    ...(waiver === null ? [] : [`waiver: ${waiver}`]),
    ...(view.look === null ? [] : [`look at ${view.look}`]),
    ...(view.repeat === null ? [] : [`repeat with ${view.repeat}`]),
  ].join('\n'),
  at: placeInFile(view.saw),
});

/** Rules that bind and were not put to the test, one note for a reason. */
const ofGaps = (rows: readonly RequirementRecord[]): Note[] => {
  const open = rows.filter(
    (row) => ['vacuous', 'inconclusive'].includes(row.verdict) && toldAs(row) === 'error',
  );
  const byReason = new Map<string, string[]>();
  for (const row of open)
    byReason.set(toldLine(row), [...(byReason.get(toldLine(row)) ?? []), printable(row.id, 40)]);
  return [...byReason].map(([text, ids]) => ({
    kind: 'error',
    title: ids.length === 1 ? `${ids[0]} is open` : `${ids[0]} and ${ids.length - 1} more are open`,
    text: ids.length === 1 ? text : `${text}\n${ids.join(' ')}`,
    at: null,
  }));
};

/** Waivers at fault on rules that hold. */
const ofTrouble = (row: RequirementRecord): Note[] => {
  if (row.waiver?.trouble === undefined || toldAs(row) === 'failure') return [];
  const title = `${printable(row.id, 40)}: a waiver is ${row.waiver.trouble}`;
  return [{ kind: 'error', title, text: toldLine(row), at: null }];
};

// Our own faults make all else doubtful; losses come before violations.
const gravest = ['harness-error', 'crash', 'hang'];
const gravity = ({ title }: Note): number => {
  const at = gravest.findIndex((verdict) => title.includes(` ${verdict}: `));
  return at < 0 ? gravest.length : at;
};

const bounded = (notes: readonly Note[]): Note[] => {
  if (notes.length <= shownMax) return [...notes];
  const [shown, rest] = [notes.slice(0, shownMax - 1), notes.slice(shownMax - 1)];
  const titles = rest.map(({ title }) => title.split(':')[0]);
  const text = `${printable(titles.join(', '), 2_000)}; other reports have them in full`;
  return [...shown, { ...rest[0]!, title: `${rest.length} more`, text, at: null }];
};

/** The annotations, one a line, ending in a line feed. */
export const renderGithub = (record: RunRecord, { guide }: { guide: Guide }): string => {
  const violations = violationsOf(record, guide, 100);
  const findings = findingsIn(record, { guide, width: 100 });
  const told = new Set(findings.flatMap(({ rule, alsoBreaks }) => [rule, ...alsoBreaks]));
  const unjudged = new Set(findings.flatMap((view) => view.unjudged));
  const waiverOf = (id: string) => violations.find((view) => view.id === id)?.waiver ?? null;
  const broken = [
    ...findings.map((view) => ofFinding(view, waiverOf(view.rule))),
    ...violations.filter(({ id }) => !told.has(id)).map(ofViolation),
  ].sort((one, other) => gravity(one) - gravity(other));
  const others = record.requirements.filter(({ id }) => !told.has(id) && !unjudged.has(id));
  const gaps = [...ofGaps(others), ...others.flatMap(ofTrouble)];
  const outcome: Note = {
    kind: record.exitCode === 0 ? 'notice' : 'error',
    title: `${record.outcome} (exit code ${record.exitCode})`,
    text: [outcomeSentence(record), subjectLine(record), totalsLine(record)].join('\n'),
    at: null,
  };
  const errors = [...broken.filter(({ kind }) => kind === 'error'), ...gaps];
  // Who looks for red finds some: the outcome is an error of its own where no rule is one.
  const leads = isUnexplained(record) || outcome.kind === 'notice';
  const notes = [
    ...(leads ? [outcome] : []),
    ...bounded(errors),
    ...bounded(broken.filter(({ kind }) => kind === 'warning')),
    ...bounded(adviceOf(record).map(ofAdvice)),
  ];
  return `${notes.map(command).join('\n')}\n`;
};
