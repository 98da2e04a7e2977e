/** `list` and `explain`: what there is, and what one rule means. Nothing runs. */
import { Argument } from 'commander';
import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import wrapAnsi from 'wrap-ansi';
import { stableJson } from '../../reports/json.ts';
import { CATALOGUE, catalogueRow, isRequirementId } from '../abi/catalogue.ts';
import type { CatalogueRow } from '../abi/requirement.ts';
import type { Requirement } from '../check/requirement.ts';
import { UsageError } from '../errors/errors.ts';
import type { Chapter } from '../conclude/chapter.ts';
import { printable } from '../trace/printable.ts';
import { didYouMean } from './nearest.ts';
import type { Context } from './context.ts';

type Kind = 'requirements' | 'suites' | 'faults';

/** Adds `list`. */
export const addList = (program: Command, context: Context): void => {
  program
    .command('list')
    .summary('shows the rules, the chapters or the seeded faults')
    .addArgument(
      new Argument('[what]', 'what to list')
        .choices(['requirements', 'suites', 'faults'])
        .default('requirements'),
    )
    .option('--json', 'as JSON')
    .action(async (kind: Kind, { json = false }: { json?: boolean }) => {
      const rows = await rowsOf(kind, context);
      context.stdout.write(json ? stableJson(rows) : table(kind, rows, context));
    });
};

type Row = Record<string, string | number | null | readonly string[]>;

const rowsOf = async (kind: Kind, context: Context): Promise<Row[]> => {
  if (kind === 'faults') return faults();
  const chapters = await context.chapters();
  if (kind === 'suites') {
    return chapters.map(({ name, about, requirements }) => ({
      name,
      rules: requirements.length,
      about,
    }));
  }
  const names = chapterNames(chapters);
  return CATALOGUE.map(({ id, level, subject, statement, source }) => ({
    id,
    level,
    subject,
    suite: names.get(id) ?? null,
    statement,
    source,
  }));
};

const chapterNames = (chapters: readonly Chapter[]): Map<string, string> =>
  new Map(chapters.flatMap(({ name, requirements }) => requirements.map(({ id }) => [id, name])));

type FaultFile = {
  seeded_faults: readonly {
    id: string;
    fault: string;
    violates: readonly string[];
    expects: string;
  }[];
};

const faults = (): Row[] => {
  const file = new URL('../../fixtures/faults.json', import.meta.url);
  const { seeded_faults } = JSON.parse(readFileSync(file, 'utf8')) as FaultFile;
  return seeded_faults.map(({ id, violates, expects, fault }) => ({
    id,
    violates,
    expects,
    fault,
  }));
};

const COLUMNS: Readonly<Record<Kind, readonly string[]>> = {
  requirements: ['id', 'level', 'subject', 'suite', 'statement'],
  suites: ['name', 'rules', 'about'],
  faults: ['id', 'expects', 'violates', 'fault'],
};

/** One line per row; on a terminal the last column is cut to fit, in a pipe it never is. */
const table = (kind: Kind, rows: readonly Row[], context: Context): string => {
  const cells = rows.map((row) =>
    COLUMNS[kind].map((name) => {
      const value = row[name];
      return value === null || value === undefined ? '-' : String(value);
    }),
  );
  const widths = COLUMNS[kind].map((_, column) =>
    Math.max(0, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const room =
    context.stdout.isTTY === true ? (context.stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
  const lines = cells.map((row) => {
    const line = row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ');
    return line.length > room ? `${line.slice(0, room - 1)}…` : line;
  });
  return lines.map((line) => `${line}\n`).join('');
};

/** Adds `explain`. */
export const addExplain = (program: Command, context: Context): void => {
  program
    .command('explain')
    .summary('says what one rule asks, and where to look when it fails')
    .argument('<id>', 'id of a rule, as in CRUD-DEL-006')
    .option('--json', 'as JSON')
    .action(async (text: string, { json = false }: { json?: boolean }) => {
      const id = text.toUpperCase();
      if (!isRequirementId(id)) {
        throw new UsageError(
          `no rule is called ${printable(text, 100)}${didYouMean(
            text,
            CATALOGUE.map(({ id: known }) => known),
          )}; \`mapcert list requirements\` has the ids`,
        );
      }
      const chapters = await context.chapters();
      const row = catalogueRow(id);
      const rule = chapters
        .flatMap(({ requirements }) => requirements)
        .find((one) => one.id === id);
      const suite = chapterNames(chapters).get(id) ?? null;
      const explained = explanation(row, rule, suite);
      context.stdout.write(json ? stableJson(asData(row, rule, suite)) : explained);
    });
};

const asData = (row: CatalogueRow, rule: Requirement | undefined, suite: string | null) => ({
  id: row.id,
  level: row.level,
  subject: row.subject,
  suite,
  statement: row.statement,
  asks: rule?.asks ?? null,
  source: row.source,
  appliesWhen: row.condition,
  observable: row.observable,
  passingShows: rule?.passing ?? null,
  ifItFailsLookAt: rule?.look ?? null,
  untestable: rule?.untestable ?? null,
  revisions: row.revisions,
});

const explanation = (
  row: CatalogueRow,
  rule: Requirement | undefined,
  suite: string | null,
): string => {
  const fields: [string, string | undefined][] = [
    ['Rule', row.statement],
    ['Asks', rule?.asks],
    ['Source', row.source],
    ['Basis', row.basis],
    ['Revisions', row.revisions.join(', ')],
    ['Applies when', row.condition],
    ['Passing shows', rule?.passing],
    ['Seen by', rule === undefined ? row.observable : undefined],
    ['Untestable', rule?.untestable],
    ['If it fails, look at', rule?.look],
  ];
  const head = `${row.id}  ${row.level}  ${row.subject}  ${suite ?? 'no chapter'}`;
  const body = fields.flatMap(([label, text]) => (text === undefined ? [] : [field(label, text)]));
  const end = rule === undefined ? ['', '  not built yet: no chapter judges this rule'] : [];
  return `${[head, ...body, ...end].join('\n')}\n`;
};

const LABEL_WIDTH = 22;

const field = (label: string, text: string): string => {
  const lines = wrapAnsi(text, 80 - LABEL_WIDTH - 2).split('\n');
  return lines
    .map((line, index) => `  ${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`)
    .join('\n');
};
