/**
 * The reports of one run from its first moment: a plain file holds the sentence that the run did
 * not end until it does, so that no old report is taken for this run's, however the process ends.
 */
import path from 'node:path';
import { killsOf } from '../../reports/kills.ts';
import { loadRenderer } from '../../reports/reporter.ts';
import type { Renderer } from '../../reports/reporter.ts';
import { UsageError } from '../errors/errors.ts';
import type { RunRecord } from '../conclude/record.ts';
import { printable } from '../trace/printable.ts';
import { writeCounterexamples, type OpenedAs } from './counterexamples.ts';
import type { Context } from './context.ts';
import type { Evidence } from './evidence.ts';
import { endOf, errorRecord, type Asked } from './error-report.ts';
import { keepRuns } from './kept-runs.ts';
import { planReports, publish } from './publish.ts';
import { readSelftest } from './read-selftest.ts';
import type { Destination, PublishOptions } from './publish.ts';
import { plainTarget, replaceFile, writeWhole } from './write-file.ts';

/** A run whose reports are asked for. */
export type ReportedRun = {
  asked: Asked;
  /** Who is at fault if the process ends in the middle, and the sentence that says so. */
  cut: { exitCode: number; sentence: string };
  opened: OpenedAs;
  /** What it keeps for a certificate. */
  evidence?: Evidence;
  /** Files that are read: no error is written over them. */
  inputs?: readonly string[];
  work: () => Promise<RunRecord>;
};

const unended = { exitCode: 7, sentence: 'the run was cut off before its end' };

/** Errors whose reports are written. */
const reported = new WeakSet<object>();

/** Whether the reports of a run that ended with this error hold it already. */
export const isReported = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && reported.has(error);

type Loaded = { destination: Destination; renderer: Renderer };

/** Runs, and writes every report whatever comes of it. Throws what the run throws. */
export const withReports = async (
  options: PublishOptions,
  context: Context,
  run: ReportedRun,
): Promise<RunRecord> => {
  const destinations = planReports(options);
  const kills = options.selftest === undefined ? null : killsOf(readSelftest(options.selftest));
  const loaded: Loaded[] = [];
  for (const destination of destinations)
    loaded.push({ destination, renderer: await loadRenderer(destination.format) });
  const inputs = new Set((run.inputs ?? []).map((file) => plainTarget(file)));
  begin(loaded, run, inputs);
  const tell = (end: typeof unended): void => tellEnd(loaded, run, inputs, end, context);
  const onExit = (): void => {
    tell(run.cut);
    context.stderr.write(`mapcert: ${printable(run.cut.sentence)}\n`);
    process.exitCode = run.cut.exitCode;
  };
  process.once('exit', onExit);
  try {
    const record = await run.work();
    const isKept =
      context.workFolder !== undefined && keepRuns(record, run.opened, context.workFolder);
    await publish(record, destinations, options, context, { isKept, kills });
    if (options.out !== undefined) {
      writeCounterexamples(options.out, record, run.opened);
      run.evidence?.write(options.out, context.argv ?? [], run.opened.config ?? null);
    }
    return record;
  } catch (error) {
    tell(endOf(error));
    if (typeof error === 'object' && error !== null) reported.add(error);
    throw error;
  } finally {
    process.off('exit', onExit);
  }
};

const render = ({ renderer }: Loaded, record: RunRecord): string =>
  renderer(record, { guide: () => null, colour: false });

/** Sees that every plain file can be written, by writing it. */
const begin = (
  loaded: readonly Loaded[],
  { asked }: ReportedRun,
  inputs: ReadonlySet<string | null>,
): void => {
  for (const one of loaded) {
    const { file, format } = one.destination;
    const target = file === null ? null : plainTarget(file);
    if (file === null || target === null || inputs.has(target)) continue;
    try {
      replaceFile(target, render(one, errorRecord(asked, unended)));
    } catch (error) {
      const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
      throw new UsageError(
        `--report ${format}=${printable(file, 200)} cannot be written: ${reasonOf(code)}; name another place`,
      );
    }
  }
};

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'it is not allowed there',
  EPERM: 'it is not allowed there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EMFILE: 'too many files are open',
};

/** Why a file cannot be written, in words. */
const reasonOf = (code: string): string => REASONS[code] ?? code;

/** Writes the error into everything that was asked for; what cannot be written now is left. */
const tellEnd = (
  loaded: readonly Loaded[],
  { asked }: ReportedRun,
  inputs: ReadonlySet<string | null>,
  end: typeof unended,
  context: Context,
): void => {
  for (const one of loaded) {
    const { file } = one.destination;
    const text = render(one, errorRecord(asked, end));
    try {
      if (file === null) context.stdout.write(text);
      else if (!inputs.has(plainTarget(file))) writeWhole(file, text);
    } catch {
      // The error itself is told on the error stream; it matters more than this.
    }
  }
};

/**
 * What the command line asks for where it could not be read as a whole: `FORMAT=FILE` behind
 * `--report`, and `--out`.
 */
const roughly = (argv: readonly string[]): PublishOptions => {
  const report: string[] = [];
  let out: string | undefined;
  let isInReport = false;
  argv.forEach((word, at) => {
    const [option = '', value] = /^(--report|--out)=(.+)$/.exec(word)?.slice(1) ?? [];
    if (word.startsWith('-')) isInReport = word === '--report' || option === '--report';
    if (option === '--report' && value !== undefined) report.push(value);
    else if (isInReport && !word.startsWith('-')) report.push(word);
    if (option === '--out') out = value;
    if (word === '--out') out = argv[at + 1];
  });
  const files = report.filter((text) => /^[a-z]+=./.test(text));
  return { report: files, ...(out === undefined ? {} : { out }) };
};

const REPORTING = ['certify', 'runtime', 'merge'];

/** Reports of a command line that did not get as far as a run. */
export const reportUnread = async (
  argv: readonly string[],
  error: unknown,
  context: Context,
): Promise<void> => {
  if (isReported(error) || !REPORTING.includes(argv[0] ?? '')) return;
  const { report = [], out } = roughly(argv);
  const asked: Asked = {
    subject: { kind: 'in-process', name: 'unknown' },
    revision: 'merged',
    seed: 0,
  };
  const kept = new Set(argv.slice(1).map((word) => plainTarget(word)));
  const texts = [
    ...report,
    ...(out === undefined ? [] : [`json=${path.join(out, 'report.json')}`]),
  ];
  for (const text of texts) {
    try {
      const destinations = planReports({ report: [text] });
      const loaded: Loaded[] = [];
      for (const destination of destinations)
        loaded.push({ destination, renderer: await loadRenderer(destination.format) });
      const run = { asked, cut: unended, opened: { subject: null }, work: unused };
      tellEnd(loaded, run, kept, endOf(error), context);
    } catch {
      // It is no place for a report, which is what the error is about.
    }
  }
};

const unused = (): never => {
  throw new TypeError('nothing runs here');
};
