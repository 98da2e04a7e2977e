/**
 * Errata: divergences of a runtime from its document that are known and documented. One excuses a
 * violation that the rule does not find under the reading that it names, and that it describes:
 * never by its text alone. An erratum that excuses nothing is trouble, like a stale waiver.
 */
import { parse } from 'yaml';
import { isRequirementId } from '../abi/catalogue.ts';
import type { Finding, Violation } from '../check/monitor.ts';
import { UsageError } from '../errors/errors.ts';
import { operationAt } from '../trace/operation-at.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { DialectName } from '../trace/plan.ts';
import { printable } from '../trace/printable.ts';
import { readText } from '../trace/text-file.ts';
import { messageOf, placeOf } from './conclude.ts';
import type { Witness } from './fold.ts';
import type { RequirementRecord } from './record.ts';

export const ERRATA_SCHEMA = 'custom-map-conformance/errata@1';
const fileBytesMax = 1 << 20;
const entriesMax = 500;

/** One documented divergence. */
export type Erratum = {
  rule: string;
  /** Its place in the list of contradictions, as C-05. */
  contradiction: string;
  issue: string | null;
  says: string;
  /** The reading of the contract under which the rule must find nothing of what is excused. */
  reading: DialectName;
  /** Parts of what was seen that it is about; empty: whatever breaks the rule. */
  seen: string[];
};

type Fields = Record<string, unknown>;

/**
 * The same run judged again, by one rule: every violation, as the document or another reading has
 * the rule.
 */
export type JudgeAgain = (id: string, reading: DialectName) => readonly Violation[];

const readings: readonly DialectName[] = ['as-shipped', 'detach-first'];

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= 500;

const erratumOf = (given: unknown, at: string): Erratum => {
  const {
    rule,
    contradiction,
    issue = null,
    says,
    reading = 'as-shipped',
    seen = [],
    ...rest
  } = (given ?? {}) as Fields;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new UsageError(`${at}: ${printable(unknown, 60)} is no member of an erratum`);
  }
  if (!isText(rule) || !isRequirementId(rule)) {
    throw new UsageError(
      `${at}: ${printable(String(rule), 60)} is no rule; see mapcert list requirements`,
    );
  }
  if (!isText(contradiction) || !/^C-\d{2}$/.test(contradiction)) {
    throw new UsageError(`${at}: contradiction is an id as C-05`);
  }
  if (issue !== null && (!isText(issue) || !/^https:\/\/\S+$/.test(issue))) {
    throw new UsageError(`${at}: issue is an https address or absent`);
  }
  if (!isText(says)) throw new UsageError(`${at}: an erratum of ${rule} needs a line that says it`);
  if (!Array.isArray(seen) || !seen.every(isText)) {
    throw new UsageError(`${at}: seen is a list of parts of what is seen`);
  }
  const known = readings.find((one) => one === reading);
  if (!known) throw new UsageError(`${at}: reading is one of ${readings.join(', ')}`);
  return { rule, contradiction, issue, says: says.trim(), reading: known, seen };
};

/** Checks the text of an errata file; `where` names it in complaints. */
export const checkErrata = (text: string, where: string): Erratum[] => {
  let given: unknown;
  try {
    given = parse(text, { maxAliasCount: 0 });
  } catch (reason) {
    const [first = ''] = String(reason instanceof Error ? reason.message : reason).split('\n');
    throw new UsageError(`${where} is not YAML: ${printable(first, 120)}`);
  }
  const { schema, errata } = (typeof given === 'object' && given !== null ? given : {}) as Fields;
  if (schema !== ERRATA_SCHEMA)
    throw new UsageError(`${where}: the member schema must be ${ERRATA_SCHEMA}`);
  if (!Array.isArray(errata) || errata.length > entriesMax) {
    throw new UsageError(
      `${where}: the member errata must be a list of at most ${entriesMax} entries`,
    );
  }
  const made = errata.map((one, index) => erratumOf(one, `${where}, erratum ${index + 1}`));
  const twice = made.find(
    (one, index) => made.findIndex(({ rule }) => rule === one.rule) !== index,
  );
  if (twice) throw new UsageError(`${where}: ${twice.rule} stands there twice; join the entries`);
  return made;
};

/** Reads an errata file. */
export const readErrata = (file: string): Errata => {
  const shown = printable(file, 300);
  let text: string;
  try {
    text = readText(file);
  } catch (reason) {
    if (reason instanceof UsageError) throw reason;
    throw new UsageError(`the errata file ${shown} cannot be read`);
  }
  if (text.length > fileBytesMax) throw new UsageError(`the errata file ${shown} is too large`);
  return new Errata(checkErrata(text, `the errata file ${shown}`));
};

/** Sifts what errata excuse out of the findings of runs, and says in the rows what they excused. */
export class Errata {
  readonly list: readonly Erratum[];
  private readonly byRule: ReadonlyMap<string, Erratum>;
  /** The first run in which something was excused, by rule. */
  private readonly excused = new Map<string, Witness>();

  constructor(list: readonly Erratum[]) {
    this.list = list;
    this.byRule = new Map(list.map((one) => [one.rule, one]));
  }

  /** The findings of a run without what is excused. */
  sift(
    findings: readonly Finding[],
    judgeAgain: JudgeAgain,
    run: Omit<Witness, 'violation'>,
  ): Finding[] {
    return findings.map((finding) => {
      if (finding.violations.length === 0) return finding;
      const { excused, left } = this.divided(finding, judgeAgain, run.trace);
      if (excused[0] && !this.excused.has(finding.id)) {
        this.excused.set(finding.id, { violation: excused[0], ...run });
      }
      return { ...finding, violations: left };
    });
  }

  /** What is excused of a finding, and what is left of it. */
  divided(
    { id, violations }: Finding,
    judgeAgain: JudgeAgain,
    trace: readonly TraceEvent[],
  ): { excused: Violation[]; left: Violation[] } {
    const erratum = this.byRule.get(id);
    if (!erratum) return { excused: [], left: violations };
    const kept = judgeAgain(id, erratum.reading);
    const broken = new Set(kept.map(({ seq }) => operationAt(trace, seq)));
    const all = judgeAgain(id, 'as-documented');
    // An operation in which the reading is broken as well is none of the erratum's, whatever else
    // is seen in it.
    const isExcused = (violation: Violation): boolean =>
      !broken.has(operationAt(trace, violation.seq)) && isDescribed(erratum, violation);
    return { excused: all.filter(isExcused), left: all.filter((one) => !isExcused(one)) };
  }

  /**
   * Marks the rows: excused ones are waived with the reason, errata that excused nothing do not
   * fit.
   */
  settle(rows: RequirementRecord[]): void {
    for (const erratum of this.list) {
      const row = rows.find(({ id }) => id === erratum.rule);
      if (!row || row.verdict === 'not-selected') continue;
      const issue = erratum.issue === null ? '' : ` (${erratum.issue})`;
      const noted = { reason: `${erratum.contradiction}: ${erratum.says}${issue}`, expires: null };
      const excused = this.excused.get(erratum.rule);
      const isBroken = ['fail', 'crash', 'hang', 'warn'].includes(row.verdict);
      // What an erratum does not excuse still breaks the rule.
      if (isBroken) row.waiver = { ...noted, trouble: 'mismatching' };
      else if (!excused) row.waiver = { ...noted, trouble: 'stale' };
      else {
        row.waiver = noted;
        row.verdict = 'waived';
        row.reason = null;
        row.message = messageOf(excused);
        row.at = placeOf(excused);
      }
    }
  }
}

const isDescribed = ({ seen }: Erratum, { kind, saw }: Violation): boolean =>
  (kind === 'violated' || kind === 'warned') &&
  (seen.length === 0 || seen.some((part) => saw.includes(part)));
