/**
 * Shows a registry check: for a terminal of 80 columns, as JSON, and as annotations of GitHub.
 * Nothing is judged here.
 */
import type { BaseRegistry, Finding, Revision } from './finding.ts';
import { visible } from './header.ts';
import type { HeaderError, MapTypeEnum, Place } from './header.ts';
import type { RuleRow } from './rules.ts';

/** A check that was carried out. */
export type RegistryReport = {
  readonly header: MapTypeEnum;
  readonly base: BaseRegistry;
  readonly revision: Revision;
  /** As judged, or as waivers leave it. */
  readonly outcome: string;
  readonly exitCode: number;
  readonly rules: readonly RuleRow[];
  readonly findings: readonly Finding[];
  /** Digest of the header. */
  readonly sha256: string;
};

const columnsMax = 80;

/** More findings than this are counted, not shown; `--json` has all. */
export const findingsShownMax = 100;

/** The check for a person: outcome, findings, one row per rule. */
export function registryText(report: RegistryReport): string {
  const { header, base, revision, findings, rules, outcome, exitCode } = report;
  const shown = findings.slice(0, findingsShownMax);
  const more = findings.length - shown.length;
  return [
    ...wrapped(`registry ${visible(header.file)}: ${outcome}`),
    ...wrapped(`${summary(header)} Revision ${revision}, compared with ${base.label}.`),
    '',
    ...shown.flatMap((each) => [...findingLines(each), '']),
    ...(more > 0 ? [`and ${more} more; --json shows them all`, ''] : []),
    'rules',
    ...rules.map(ruleLine),
    `exit code ${exitCode}`,
  ].join('\n');
}

function summary({ entries, max }: MapTypeEnum): string {
  const ids = entries.map(({ value }) => value);
  const range = ids.length === 0 ? '' : `, ids ${least(ids)} to ${most(ids)}`;
  return `${entries.length} map types${range}, BPF_MAP_TYPE_MAX ${max === undefined ? 'missing' : max.value}.`;
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));

function findingLines({ rule, verdict, message, file, line, column }: Finding): string[] {
  const place = `${visible(file)}:${line}:${column}`;
  return [`${verdict.padEnd(4)}  ${rule}  ${place}`, ...wrapped(message, '      ')];
}

function ruleLine({ rule, level, verdict, findings, reason }: RuleRow): string {
  const count = findings === 0 ? '' : `, ${findings} ${findings === 1 ? 'finding' : 'findings'}`;
  return `  ${rule.padEnd(8)}  ${level.padEnd(10)}  ${verdict}${count}${reason === null ? '' : `: ${reason}`}`;
}

/**
 * Breaks at spaces, never inside a word: a path that is longer than a line stays whole, to be
 * copied.
 */
function wrapped(text: string, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of text.split(' ')) {
    const longer = line === '' ? part : `${line} ${part}`;
    if (line !== '' && indent.length + longer.length > columnsMax) {
      lines.push(indent + line);
      line = part;
    } else line = longer;
  }
  return [...lines, indent + line];
}

/** The check for programs; every finding, escaped as JSON does it. */
export function registryJson(report: RegistryReport): string {
  const { header, base, revision, outcome, exitCode, rules, findings } = report;
  const types = header.entries.map(({ name, value, line }) => ({ name, id: value, line }));
  const max = header.max?.value ?? null;
  const schema = 'custom-map-conformance/registry@1';
  return JSON.stringify(
    {
      schema,
      file: header.file,
      revision,
      base: base.label,
      outcome,
      exitCode,
      max,
      types,
      rules,
      findings,
    },
    null,
    2,
  );
}

const commands = { fail: 'error', warn: 'warning', info: 'notice' } as const;

/** One workflow command per finding; GitHub shows it at the line of the pull request. */
export const registryAnnotations = (findings: readonly Finding[]): string[] =>
  findings.map(({ verdict, file, line, column, rule, message }) =>
    annotation(commands[verdict], { file, place: { line, column }, title: rule }, message),
  );

/** The same for a header that could not be read. */
export const errorAnnotation = ({ file, place, message }: HeaderError): string =>
  annotation(
    'error',
    { file, place: place ?? { line: 1, column: 1 }, title: 'mapcert registry' },
    message,
  );

type Target = { file: string; place: Place; title: string };

function annotation(command: string, { file, place, title }: Target, message: string): string {
  const properties = {
    file: file.replaceAll('\\', '/'),
    line: place.line,
    col: place.column,
    title,
  };
  const list = Object.entries(properties).map(
    ([key, value]) => `${key}=${escapedProperty(String(value))}`,
  );
  return `::${command} ${list.join(',')}::${escapedData(message)}`;
}

// The escapes that GitHub's runner undoes: the text of a command may hold neither a line end nor a
// bare percent sign, and a property besides no colon and no comma.
const escapedData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapedProperty = (text: string): string =>
  escapedData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
