/**
 * Violations, and advice, as every report for people shows them, with their sentences taken out of
 * the record once. Nothing is escaped for a format here; undrawable characters are already spelled
 * out.
 */
import { catalogueRow, isRequirementId } from '../harness/abi/catalogue.ts';
import { messageParts } from '../harness/check/message.ts';
import type { Verdict } from '../harness/check/verdict.ts';
import type { RequirementRecord, RunRecord } from '../harness/conclude/record.ts';
import { describeActor, describeConditions } from '../harness/trace/describe.ts';
import { lanes } from '../harness/trace/lanes.ts';
import { printable } from '../harness/trace/printable.ts';
import type { Setting } from '../harness/trace/setting.ts';

/** Longest replay line: it is copied, so it is never cut in use. */
const REPLAY_MAX = 100_000;

/** What a chapter says to who fails one of its rules; null for a rule without a chapter. */
export type Guide = (id: string) => { look: string } | null;

/** A violation with everything a reader needs to act on it. */
export type ViolationView = {
  id: string;
  level: string;
  verdict: Verdict;
  setting: Setting | null;
  suite: string;
  says: string;
  source: string;
  expected: string | null;
  saw: string;
  where: string | null;
  waiver: string | null;
  /**
   * What waivers name: the key of each cause; with its place and expectation where there are
   * several.
   */
  causes: string[];
  plan: { name: string; conditions: string | null; actors: string[] } | null;
  trace: string | null;
  look: string | null;
  replay: string | null;
};

// Gravest first: our own faults make all else doubtful, then losses, then violations.
const BLAMED: readonly Verdict[] = ['harness-error', 'crash', 'hang', 'fail', 'warn'];

/**
 * The two levels of a test of drivers, in the order to be read, with their headings. Both count.
 * Before them what no run showed: our own faults, and the text of a header.
 */
export const SETTINGS: readonly (readonly [Setting | null, string])[] = [
  [null, 'Broken'],
  ['as-shipped-or-documented', 'Broken as the shipped or documented runtime does it'],
  [
    'robustness',
    'Broken under robustness probes only: injected failures, other structures, direct calls',
  ],
];

/**
 * Rules that were broken: what ordinary life breaks first, gravest first, else in catalogue order.
 */
export const violationsOf = (record: RunRecord, guide: Guide, laneWidth: number): ViolationView[] =>
  SETTINGS.flatMap(([setting]) =>
    BLAMED.flatMap((verdict) =>
      record.requirements
        .filter((row) => row.verdict === verdict && (row.setting ?? null) === setting)
        .map((row) => violation(row, guide, laneWidth)),
    ),
  );

/** Violations under the headings of their settings; settings without any are left out. */
export const bySetting = (
  views: readonly ViolationView[],
): { title: string; views: ViolationView[] }[] =>
  SETTINGS.map(([setting, title]) => ({
    title,
    views: views.filter((view) => view.setting === setting),
  })).filter(({ views: found }) => found.length > 0);

const violation = (row: RequirementRecord, guide: Guide, laneWidth: number): ViolationView => {
  const rule = ruleOf(row.id);
  const said = messageParts(printable(row.message ?? 'nothing was said about it'));
  const { counterexample } = row;
  return {
    id: printable(row.id, 40),
    level: printable(row.level, 20),
    verdict: row.verdict,
    setting: row.setting ?? null,
    suite: printable(row.suite ?? 'no chapter', 40),
    says: rule.says,
    source: rule.source,
    ...said,
    where: said.where ?? placeOf(row),
    waiver: waiverOf(row),
    causes: causesOf(row),
    plan: counterexample === null ? null : planOf(counterexample),
    trace: counterexample === null ? null : traceOf(row, laneWidth),
    look: guide(row.id)?.look ?? null,
    replay: counterexample === null ? null : printable(counterexample.replay, REPLAY_MAX),
  };
};

/** Sentence and source of a rule; a rule that this version does not know says so. */
export const ruleOf = (id: string): { says: string; source: string } => {
  if (!isRequirementId(id)) return { says: 'This version does not know the rule.', source: '-' };
  const row = catalogueRow(id);
  return { says: row.statement, source: row.source };
};

/** What showed under another reading of the contract only. It never decides. */
export type AdviceView = {
  id: string;
  level: string;
  dialect: string;
  verdict: Verdict;
  says: string;
  expected: string | null;
  saw: string;
  where: string | null;
  replay: string | null;
};

/** Advice, gravest first; a rule that is broken as documented says so already. */
export const adviceOf = (record: RunRecord): AdviceView[] => {
  const all = record.requirements
    .filter((row) => !BLAMED.includes(row.verdict))
    .flatMap((row) =>
      Object.entries(row.advisory).map(([dialect, { verdict, message, replay }]) => ({
        id: printable(row.id, 40),
        level: printable(row.level, 20),
        dialect: printable(dialect, 40),
        verdict,
        says: ruleOf(row.id).says,
        ...messageParts(printable(message ?? 'nothing was said about it')),
        replay: replay === undefined ? null : printable(replay, REPLAY_MAX),
      })),
    );
  return BLAMED.flatMap((verdict) => all.filter((advice) => advice.verdict === verdict));
};

/** The heading over advice, in every report. */
export const ADVICE_TITLE =
  'Advice: shows under another reading of the contract only, and does not count';

const placeOf = ({ at }: RequirementRecord): string | null => {
  const parts = [at?.operation, at?.callback].filter((part) => typeof part === 'string');
  return parts.length === 0 ? null : printable(parts.join(' / '), 200);
};

const planOf = ({ plan }: NonNullable<RequirementRecord['counterexample']>) => ({
  name: printable(plan.name, 120),
  conditions: describeConditions(plan.conditions ?? {}),
  actors: plan.actors.map((actor, index) => printable(describeActor(actor, index), 1_200)),
});

const traceOf = (row: RequirementRecord, width: number): string | null => {
  const trace = row.counterexample?.trace ?? [];
  if (trace.length === 0) return null;
  const place = row.at?.callback;
  // Without a position the last crossing of the named callback is the best guess there is.
  const last = trace.findLast((event) => 'callback' in event && event.callback === place);
  const around = row.at?.seq ?? last?.seq;
  return lanes(trace, around === undefined ? { width } : { width, around });
};

const causesOf = ({ causes = [], moreCauses = 0 }: RequirementRecord): string[] => {
  if (causes.length === 1 && moreCauses === 0) return [printable(causes[0]!.key, 40)];
  const each = causes.map(({ key, kind, callback, expected, seen, place }) => {
    const within = callback === null ? '' : ` in ${printable(callback, 60)}`;
    const at = place === undefined ? '' : ` at ${printable(place, 300)}`;
    return `${printable(key, 40)} ${kind}${within}${at}, ${seen} times: ${printable(expected, 300)}`;
  });
  return moreCauses === 0 ? each : [...each, `and ${moreCauses} violations of further causes`];
};

/** The waiver of a row in one sentence. */
export const waiverOf = ({ waiver }: RequirementRecord): string | null => {
  if (waiver === null) return null;
  const until = waiver.expires === null ? '' : ` (until ${printable(waiver.expires, 40)})`;
  const trouble = waiver.trouble === undefined ? '' : `, ${waiver.trouble}`;
  const says = waiver.says === undefined ? '' : `: ${printable(waiver.says, 4_000)}`;
  return `${printable(waiver.reason, 400)}${until}${trouble}${says}`;
};

/** Where in a file a finding about a text stands, as `file:line:column: …` begins it. */
export const placeInFile = (
  message: string,
): { file: string; line: number; column: number } | null => {
  const [, file, line, column] = /^([^:\n]{1,300}):(\d{1,7}):(\d{1,5}): /.exec(message) ?? [];
  return file === undefined ? null : { file, line: Number(line), column: Number(column) };
};
