/**
 * Errata: divergences of a runtime from its document that are known and documented. They excuse what
 * they describe and nothing else; one that describes nothing that was seen is trouble, like a stale waiver.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { isRequirementId } from '../abi/catalogue.ts';
import type { Finding, Violation } from '../check/monitor.ts';
import { UsageError } from '../fault.ts';
import { printable } from '../trace/printable.ts';
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
  /** Parts of what was seen that it is about; empty: whatever breaks the rule. */
  seen: string[];
};

type Fields = Record<string, unknown>;
type Excused = { count: number; witness: Witness };

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= 500;

const erratumOf = (given: unknown, at: string): Erratum => {
  const { rule, contradiction, issue = null, says, seen = [], ...rest } = (given ?? {}) as Fields;
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
  return { rule, contradiction, issue, says: says.trim(), seen };
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
    text = readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`the errata file ${shown} cannot be read`);
  }
  if (text.length > fileBytesMax) throw new UsageError(`the errata file ${shown} is too large`);
  return new Errata(checkErrata(text, `the errata file ${shown}`));
};

/** Sifts what errata describe out of the findings of runs, and says in the rows what they excused. */
export class Errata {
  readonly list: readonly Erratum[];
  private readonly byRule: ReadonlyMap<string, Erratum>;
  private readonly excused = new Map<string, Excused>();

  constructor(list: readonly Erratum[]) {
    this.list = list;
    this.byRule = new Map(list.map((one) => [one.rule, one]));
  }

  /** The findings without what the errata describe. */
  sift(findings: readonly Finding[], run: Omit<Witness, 'violation'>): Finding[] {
    return findings.map((finding) => {
      const erratum = this.byRule.get(finding.id);
      if (!erratum) return finding;
      const isMeant = (violation: Violation): boolean =>
        erratum.seen.length === 0 || erratum.seen.some((part) => violation.saw.includes(part));
      const [first, ...more] = finding.violations.filter(isMeant);
      if (!first) return finding;
      const known = this.excused.get(finding.id);
      const witness = known?.witness ?? { violation: first, ...run };
      this.excused.set(finding.id, { count: (known?.count ?? 0) + 1 + more.length, witness });
      return { ...finding, violations: finding.violations.filter((one) => !isMeant(one)) };
    });
  }

  /** Marks the rows: excused ones are waived with the reason, errata that excused nothing are stale. */
  settle(rows: RequirementRecord[]): void {
    for (const erratum of this.list) {
      const row = rows.find(({ id }) => id === erratum.rule);
      if (!row || row.verdict === 'not-selected') continue;
      const issue = erratum.issue === null ? '' : ` (${erratum.issue})`;
      const noted = { reason: `${erratum.contradiction}: ${erratum.says}${issue}`, expires: null };
      const excused = this.excused.get(erratum.rule);
      if (!excused) row.waiver = { ...noted, trouble: 'stale' };
      // What an erratum does not describe still breaks the rule.
      else if (!['fail', 'crash', 'hang', 'warn'].includes(row.verdict)) {
        row.waiver = noted;
        row.verdict = 'waived';
        row.reason = null;
        row.message = messageOf(excused.witness);
        row.at = placeOf(excused.witness);
      }
    }
  }
}
