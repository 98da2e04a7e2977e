/**
 * Where reports go: planned before a run, so that a bad name costs nothing, and written after it.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { EXTENSIONS, FORMATS, isFormat, render } from '../../reports/reporter.ts';
import type { Format, RenderOptions } from '../../reports/reporter.ts';
import type { Kills } from '../../reports/kills.ts';
import type { Guide } from '../../reports/violation-view.ts';
import { UsageError } from '../errors/errors.ts';
import type { RunRecord } from '../conclude/record.ts';
import type { Chapter } from '../conclude/chapter.ts';
import { printable } from '../trace/printable.ts';
import type { Context } from './context.ts';
import { didYouMean } from './nearest.ts';
import { isFolder } from './read-file.ts';
import { isStandardOutput, plainTarget, writeWhole } from './write-file.ts';

/** One report to write; `file` null is the standard output. */
export type Destination = { format: Format; file: string | null };

/** What of the command line decides about reports. */
export type PublishOptions = {
  report?: string[] | undefined;
  out?: string | undefined;
  quiet?: boolean | undefined;
  color?: boolean | undefined;
  verbose?: boolean | undefined;
  selftest?: string | undefined;
};

/** Reads `--report FORMAT[=FILE]` and `--out DIR`. Makes the folders, so that errors come now. */
export const planReports = (options: PublishOptions): Destination[] => {
  const asked = (options.report ?? []).map((text) => destinationOf(text, options.out));
  if (options.out !== undefined) {
    folder(options.out, '--out');
    // Whoever names a folder wants the record in it.
    const file = path.join(options.out, 'report.json');
    if (!asked.some((one) => one.file !== null && path.resolve(one.file) === path.resolve(file))) {
      asked.push({ format: 'json', file });
    }
  }
  checkDistinct(asked);
  for (const { file } of asked) if (file !== null) folder(path.dirname(file), '--report');
  return asked;
};

const destinationOf = (text: string, out: string | undefined): Destination => {
  const [, format = '', file] = /^([^=]*)(?:=([\s\S]*))?$/.exec(text) ?? [];
  if (!isFormat(format)) {
    throw new UsageError(
      `--report ${printable(text, 100)} is none of ${FORMATS.join(', ')}${didYouMean(format, FORMATS)}`,
    );
  }
  if (file === '') throw new UsageError(`--report ${format}= names no file`);
  if (file !== undefined) {
    if (isStandardOutput(file)) return { format, file: null };
    if (!isFolder(file)) return { format, file };
    throw new UsageError(
      `--report ${format}=${printable(file, 200)} is a folder; name a file in it`,
    );
  }
  if (format !== 'html') return { format, file: null };
  if (out !== undefined) return { format, file: path.join(out, `report.${EXTENSIONS.html}`) };
  throw new UsageError('--report html needs a file, as in --report html=report.html, or --out DIR');
};

const folder = (name: string, option: string): void => {
  try {
    mkdirSync(name, { recursive: true });
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    throw new UsageError(`${option} ${printable(name, 200)} cannot be made a folder (${code})`);
  }
};

const checkDistinct = (destinations: readonly Destination[]): void => {
  const seen = new Set<string | null>();
  for (const { file } of destinations) {
    const place = file === null ? null : (plainTarget(file) ?? path.resolve(file));
    if (seen.has(place)) {
      const where = file === null ? 'the standard output' : printable(file, 200);
      throw new UsageError(`two reports go to ${where}; give one of them a file of its own`);
    }
    seen.add(place);
  }
};

/** What chapters say to who fails a rule, by id. */
export const guideOf = (chapters: readonly Chapter[]): Guide => {
  const looks = new Map(
    chapters.flatMap(({ requirements }) => requirements.map(({ id, look }) => [id, look])),
  );
  return (id) => {
    const look = looks.get(id);
    return look === undefined ? null : { look };
  };
};

/** Whether to colour the standard output: as told, else for a person at a terminal. */
export const isColoured = (context: Context, told: boolean | undefined): boolean => {
  if (told !== undefined) return told;
  if ((context.env['NO_COLOR'] ?? '') !== '') return false;
  return (
    context.stdout.isTTY === true || !['', '0', undefined].includes(context.env['FORCE_COLOR'])
  );
};

/**
 * Writes every report, and the summary for the person who waits: the first screen of it, or all.
 * `isKept`: the runs are found again by their short names.
 */
export const publish = async (
  record: RunRecord,
  destinations: readonly Destination[],
  options: PublishOptions,
  context: Context,
  { isKept = false, kills = null }: { isKept?: boolean; kills?: Kills | null } = {},
): Promise<void> => {
  const guide = guideOf(await context.chapters());
  const plain: RenderOptions = { guide, colour: false, kills };
  for (const { format, file } of destinations) {
    if (file !== null) writeWhole(file, await render(format, record, plain));
  }
  const colour = isColoured(context, options.color);
  const piped = destinations.find(({ file }) => file === null);
  if (piped) context.stdout.write(await render(piped.format, record, { ...plain, colour }));
  if (options.quiet === true || piped?.format === 'summary') return;
  // A report that takes the standard output must not be spoilt by the summary.
  const stream = piped === undefined ? context.stdout : context.stderr;
  const isPainted = piped === undefined ? colour : false;
  const isBrief = options.verbose !== true;
  stream.write(await render('summary', record, { guide, colour: isPainted, isBrief, isKept }));
};
