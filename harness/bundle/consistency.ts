/** Whether a record can be the outcome of one run: what a changed verdict leaves behind. */
import { CATALOGUE, isRequirementId } from '../abi/catalogue.ts';
import { concludeOutcome } from '../conclude/outcome.ts';
import type { RequirementRecord, RunRecord } from '../conclude/record.ts';
import { printable } from '../trace/printable.ts';

/** The first thing that does not go together, in one sentence; null: there is none. */
export const contradictionIn = (record: RunRecord): string | null =>
  missingRule(record) ??
  record.requirements.map(rowTrouble).find((found) => found !== null) ??
  findingTrouble(record) ??
  totalsTrouble(record) ??
  workTrouble(record);

const missingRule = ({ requirements }: RunRecord): string | null => {
  const ids = requirements.map(({ id }) => id);
  const lost = CATALOGUE.find(({ id }) => !ids.includes(id));
  if (lost) return `the rule ${lost.id} is not in the report`;
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice) return `the rule ${printable(twice, 40)} is in the report more than once`;
  const strange = ids.find((id) => !isRequirementId(id));
  return strange ? `the report has a rule ${printable(strange, 40)}, which is none` : null;
};

const broken = ['fail', 'crash', 'hang', 'warn', 'harness-error'];

const rowTrouble = (row: RequirementRecord): string | null => {
  const { id, verdict, exercised, message, reason } = row;
  const rule = CATALOGUE.find((one) => one.id === id);
  if (rule && (rule.level !== row.level || rule.subject !== row.subject))
    return `${id} has another level or subject than the rule`;
  if (verdict === 'pass' && exercised === 0) return `${id} passes although nothing exercised it`;
  if (verdict === 'pass' && (message !== null || row.counterexample !== null))
    return `${id} passes although a violation is told of it`;
  if (verdict === 'pass' && (row.causes ?? []).length > 0)
    return `${id} passes although causes of violations are told of it`;
  if (broken.includes(verdict) && message === null)
    return `${id} is ${verdict}, and nothing is told of it`;
  if (verdict === 'waived' && (row.waiver === null || message === null))
    return `${id} is waived without a waiver or a violation`;
  if (['not-applicable', 'not-selected'].includes(verdict) && (exercised > 0 || reason === null))
    return `${id} is ${verdict} although it was exercised, or without a reason`;
  return null;
};

/** A finding names what is broken: rules that hold are in none. */
const findingTrouble = ({ findings = [], requirements }: RunRecord): string | null => {
  const text = JSON.stringify(findings);
  const wrong = requirements.find(
    ({ id, verdict }) => verdict === 'pass' && text.includes(`"${id}"`),
  );
  return wrong ? `${wrong.id} passes although a finding says that it is broken` : null;
};

const totalsTrouble = (record: RunRecord): string | null => {
  const { outcome, exitCode, totals } = concludeOutcome(record.requirements, record.selection);
  const wrong = Object.entries(totals).find(([verdict, count]) => record.totals[verdict] !== count);
  if (wrong) return `${wrong[1]} rules are ${wrong[0]}, and the report counts others`;
  if (outcome !== record.outcome || exitCode !== record.exitCode)
    return `the verdicts come to ${outcome} with exit code ${exitCode}, and the report says ${record.outcome} with ${record.exitCode}`;
  return null;
};

const workTrouble = ({ executed, chapters, requirements, subject }: RunRecord): string | null => {
  const most = Math.max(0, ...requirements.map(({ runs }) => runs));
  if (executed.runs < most)
    return `a rule was judged in ${most} runs, and the report counts ${executed.runs}`;
  const sum = (name: 'operations' | 'callbacks'): number =>
    chapters.reduce((total, chapter) => total + chapter[name], 0);
  // Threads are counted with the callbacks of a run, and are of no chapter.
  if (subject.kind !== 'recorded' && sum('operations') > executed.operations)
    return `the chapters count ${sum('operations')} operations, and the run ${executed.operations}`;
  return sum('callbacks') > executed.callbacks
    ? `the chapters count ${sum('callbacks')} callbacks, and the run ${executed.callbacks}`
    : null;
};
