/**
 * The registry's rules over parsed headers: data in, findings out. Reading is parse-header.ts,
 * showing is output.ts.
 */
import { judgeCollisions, judgeHistory } from './enum-history.ts';
import { judgeShape } from './enum-shape.ts';
import { finding, isMapTypeSpelled, label } from './finding.ts';
import type { Finding, RegistryInput, RegistryRule, Revision } from './finding.ts';
import { word } from './header.ts';
import type { MapTypeEnum } from './header.ts';
import { judgeClaim } from './provider-type.ts';
import { draftExtensionIdMin, isKnownCustom, isNative } from './snapshot.ts';

/** A rule's row: what it came to, and why where it was not judged. */
export type RuleRow = {
  readonly rule: RegistryRule;
  readonly level: string;
  readonly verdict: 'pass' | 'fail' | 'warn' | 'info' | 'not-applicable';
  readonly findings: number;
  readonly reason: string | null;
};

/** Every finding, rule by rule in the order of the file's lines. */
export function judgeRegistry(input: RegistryInput): Finding[] {
  const { header, revision, claims } = input;
  const findings = [
    ...(revision === 'merged'
      ? [...judgeNumberingSpace(header), ...judgeShape(header)]
      : judgeDraftRanges(header)),
    ...judgeHistory(input),
    ...judgeCollisions(input),
    ...claims.flatMap((claim) => judgeClaim(claim, input)),
  ];
  const files = [header, ...input.others].map(({ file }) => file);
  const rank = ({ file }: Finding) => files.indexOf(file);
  return findings.sort((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column);
}

/** ENUM-001: custom types are entries of the one enum, numbered on after the built-in ones. */
function judgeNumberingSpace(header: MapTypeEnum): Finding[] {
  const advice = 'Map types are entries of bpf_map_type and nothing else.';
  return [
    ...header.strays.map((stray) => {
      const where = stray.where === 'macro' ? 'a macro' : 'another enum';
      const id = stray.value === null ? '' : ` (${stray.value})`;
      return finding(
        'ENUM-001',
        'fail',
        header,
        stray,
        `${word(stray.name)}${id} gets its id from ${where}. ${advice}`,
      );
    }),
    ...header.entries.flatMap((entry) => {
      if (entry.value >= draftExtensionIdMin) {
        const says = `${label(entry)} opens a range of its own. Custom types count on after the built-in ones.`;
        return [
          finding(
            'ENUM-001',
            'fail',
            header,
            entry,
            `${says} The range from ${draftExtensionIdMin} was withdrawn.`,
          ),
        ];
      }
      if (isMapTypeSpelled(entry.name)) return [];
      return [
        finding(
          'ENUM-001',
          'warn',
          header,
          entry,
          `${label(entry)} does not start with BPF_MAP_TYPE_, as map types do.`,
        ),
      ];
    }),
  ];
}

/**
 * ENUM-007 on entries whose owner is known. Only a warning: a header does not say who implements a
 * type; `--type` does.
 */
function judgeDraftRanges(header: MapTypeEnum): Finding[] {
  return header.entries.flatMap((entry) => {
    const isExtensionId = entry.value >= draftExtensionIdMin;
    if (isKnownCustom(entry.name) && !isExtensionId) {
      const says = `${label(entry)} is an extension's type; the draft gives those ${draftExtensionIdMin} and above.`;
      return [finding('ENUM-007', 'warn', header, entry, says)];
    }
    if (!isNative(entry.name) || !isExtensionId) return [];
    const says = `${label(entry)} is eBPFCore's type; the draft gives those 1 to ${draftExtensionIdMin - 1}.`;
    return [finding('ENUM-007', 'warn', header, entry, says)];
  });
}

type Row = {
  rule: RegistryRule;
  level: string;
  revisions: readonly Revision[];
  untestable?: string;
  needsType?: true;
};

const both = ['merged', 'draft'] as const;

/** The registry's rules, then the provider's rules that `--type` asks about. */
const rows: readonly Row[] = [
  { rule: 'ENUM-001', level: 'MUST', revisions: ['merged'] },
  { rule: 'ENUM-003', level: 'MUST', revisions: ['merged'] },
  { rule: 'ENUM-004', level: 'SHOULD NOT', revisions: both },
  { rule: 'ENUM-008', level: 'MAY', revisions: ['draft'], needsType: true },
  { rule: 'ENUM-006', level: 'UNDEFINED', revisions: ['merged'], untestable: 'withdrawn' },
  { rule: 'DUP-004', level: 'MUST', revisions: both, untestable: 'review' },
  { rule: 'ENUM-002', level: 'MUST', revisions: ['merged'], needsType: true },
  { rule: 'ENUM-005', level: 'MUST', revisions: both, needsType: true },
  { rule: 'ENUM-007', level: 'MUST', revisions: ['draft'] },
];

/** One row per rule, judged or not. */
export function ruleRows(
  findings: readonly Finding[],
  { revision, claims }: RegistryInput,
): RuleRow[] {
  return rows.map(({ rule, level, revisions, untestable, needsType }) => {
    const own = findings.filter((each) => each.rule === rule);
    const notJudged = (reason: string): RuleRow => ({
      rule,
      level,
      verdict: 'not-applicable',
      findings: 0,
      reason,
    });
    if (untestable !== undefined) return notJudged(`untestable by design: ${untestable}`);
    if (!revisions.includes(revision)) return notJudged(`not in revision ${revision}`);
    if (needsType === true && claims.length === 0) return notJudged('no --type was given');
    const verdict = (['fail', 'warn', 'info'] as const).find((worst) =>
      own.some((each) => each.verdict === worst),
    );
    return { rule, level, verdict: verdict ?? 'pass', findings: own.length, reason: null };
  });
}
