/** `certify` and `runtime`: reads their options, lets the engine run, publishes the record. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { SubjectError, UsageError } from '../errors/errors.ts';
import type { CertifyOptions, RuntimeOptions } from '../run/options.ts';
import type { RunRecord } from '../conclude/record.ts';
import { embeddedSubject } from '../run/subject-path.ts';
import { printable } from '../trace/printable.ts';
import {
  collect,
  dialectsOf,
  duration,
  giveBackSubject,
  JOBS_MAX,
  RUNS_MAX,
  SEED_MAX,
  shardOf,
  wholeNumber,
} from './arguments.ts';
import type { Doors } from './doors.ts';
import { startProgress } from './progress.ts';
import type { OpenedAs } from './counterexamples.ts';
import type { Asked } from './error-report.ts';
import type { PublishOptions } from './publish.ts';
import { requireFile } from './read-file.ts';
import { withReports, type ReportedRun } from './reporting.ts';
import { selectedIds, selectedSuites } from './selection.ts';

/** The seed when none is given: the same run every time. */
export const SEED_DEFAULT = 1;

/** Options of both commands as commander hands them over. */
type RunWords = PublishOptions & {
  config?: string;
  suite?: string[];
  only?: string[];
  level?: 'must' | 'should';
  revision: 'merged' | 'draft';
  seed: number;
  runs?: number;
  budget?: number;
  timeout?: number;
  jobs?: number;
  shard?: { index: number; of: number };
  stress?: boolean;
  errata?: string;
  inProcess?: boolean;
};

type CertifyWords = RunWords & {
  dialect?: string[];
  lowMemory?: boolean;
  waivers?: string;
  nmr?: string;
  asan?: boolean;
  enumHeader?: string;
};

type RuntimeWords = RunWords & Pick<CertifyWords, 'asan' | 'waivers'>;

export const waiversHelp = 'accepted violations: JSON with id, reason, expires, reading, cause';

const selectionOptions = (command: Command): Command =>
  command
    .optionsGroup('What is judged:')
    .option('--suite <name...>', 'only these chapters (`mapcert list suites`)', collect)
    .option('--only <id...>', 'only these rules: ids or globs such as CRUD-*', collect)
    .addOption(
      new Option('--level <level>', 'only rules of this level or above').choices([
        'must',
        'should',
      ]),
    )
    .addOption(
      new Option('--revision <revision>', 'text of the contract')
        .choices(['merged', 'draft'])
        .default('merged'),
    )
    .option('--config <file>', 'profile of the subject (default: next to it)')
    .option('--errata <file>', 'documented divergences of a runtime: YAML');

const runOptions = (command: Command): Command =>
  command
    .optionsGroup('How it runs:')
    .option(
      '--seed <n>',
      'what everything random follows from',
      wholeNumber('--seed', 0, SEED_MAX),
      SEED_DEFAULT,
    )
    .option('--runs <n>', 'generated runs per chapter', wholeNumber('--runs', 1, RUNS_MAX))
    .option('--budget <time>', 'stop generating after this time: 60s, 5m', duration('--budget'))
    .option('--timeout <time>', 'longest time of one callback: 500ms, 5s', duration('--timeout'))
    .option(
      '--jobs <n>',
      'taken, and without effect so far: plans run in one host at a time (--shard divides them)',
      wholeNumber('--jobs', 1, JOBS_MAX),
    )
    .option('--shard <i/n>', 'this part of the rules; `mapcert merge` joins them', shardOf)
    .option('--stress', 'more actors, longer plans, more schedules');

const outputOptions = (command: Command): Command =>
  reportOptions(
    command.option('--in-process', 'no host process: for debuggers, a crash ends the run'),
  );

/** The options of every command that publishes a record. */
export const reportOptions = (command: Command): Command =>
  command
    .optionsGroup('What comes out:')
    .option(
      '--report <format=file...>',
      'summary, json, junit, markdown or html; without =file to standard output',
      collectReports,
    )
    .option('--out <dir>', 'folder for the record and counterexamples');

// Commas belong to file names here, so they divide nothing.
const collectReports = (text: string, earlier: readonly string[] = []): string[] => [
  ...earlier,
  text,
];

/** Adds `certify`. */
export const addCertify = (
  program: Command,
  doors: Doors,
  done: (code: number) => void,
): Command => {
  const command = program
    .command('certify')
    .summary('judges a provider, rule by rule')
    .description(
      'Judges a provider of custom maps: a TypeScript or JavaScript module, a shared\n' +
        'library, or a recorded trace. Without a subject, the sample provider.',
    )
    .argument('[subject]', 'module.ts|.js|.mjs, library .so|.dll|.dylib, or trace.jsonl');
  selectionOptions(command).option(
    '--dialect <name...>',
    'readings to run: as-documented (always, it decides), as-shipped, detach-first (default: all)',
    collect,
  );
  command
    .option('--waivers <file>', waiversHelp)
    .option('--enum-header <file>', 'ebpf_structs.h to take the map types from');
  runOptions(command)
    .option('--low-memory', 'let allocations fail, one of each kind in turn')
    .option('--nmr <library>', 'library with the NMR that the driver is linked against')
    .option('--asan', 'the library was built with a sanitizer (Linux)');
  outputOptions(command).action(async (subject: string | undefined, words: CertifyWords) => {
    done(await certifyCommand(subject, words, doors));
  });
  return command;
};

/** Adds `runtime`. */
export const addRuntime = (
  program: Command,
  doors: Doors,
  done: (code: number) => void,
): Command => {
  const command = program
    .command('runtime')
    .summary('judges a runtime: the roles swapped')
    .description(
      'Judges what plays eBPFCore: a library behind custom_map_runtime.h, or a\n' +
        'TypeScript module. An observing provider is registered with it. Without a\n' +
        'runtime, the embedded reference.',
    )
    .argument('[runtime]', 'library that exports cmc_runtime_open, or module.ts|.js|.mjs');
  selectionOptions(command).option('--waivers <file>', waiversHelp);
  runOptions(command).option('--asan', 'the library was built with a sanitizer (Linux)');
  outputOptions(command).action(async (library: string | undefined, words: RuntimeWords) => {
    done(await runtimeCommand(library, words, doors));
  });
  return command;
};

const certifyCommand = async (
  given: string | undefined,
  words: CertifyWords,
  doors: Doors,
): Promise<number> => {
  const { subject, lists } = giveBackSubject(given, [
    words.suite,
    words.only,
    words.dialect,
    words.report,
  ]);
  const [suite, only, dialect, report] = lists;
  const optionsOf = async (): Promise<Omit<CertifyOptions, 'progress'>> => {
    for (const [file, what] of [
      [words.waivers, '--waivers'],
      [words.enumHeader, '--enum-header'],
      [words.nmr, '--nmr'],
    ] as const) {
      if (file !== undefined) requireFile(file, what);
    }
    return {
      ...(await commonOptions({ ...words, ...defined({ suite, only }) }, doors)),
      subject: subject === undefined ? null : existing(subject),
      dialects: dialectsOf(dialect),
      lowMemory: words.lowMemory ?? false,
      waivers: words.waivers ?? null,
      nmr: words.nmr ?? null,
      asan: words.asan ?? false,
      enumHeader: words.enumHeader ?? null,
    };
  };
  const kind = kindOf(subject);
  return run(
    { ...words, ...defined({ report }) },
    doors,
    {
      asked: askedOf(words, { kind, name: subject ?? 'the sample provider' }),
      opened: openedAs(words, subject ?? embeddedSubject()),
    },
    async (progress) => doors.certify({ ...(await optionsOf()), progress }),
  );
};

/** What a subject is by its name: all that is known of one that could not be loaded. */
const kindOf = (subject: string | undefined): RunRecord['subject']['kind'] => {
  if (subject?.endsWith('.jsonl') === true) return 'recorded';
  return /\.(so|dll|dylib)(\.[\d.]+)?$/.test(subject ?? '') ? 'native' : 'in-process';
};

const askedOf = (words: RunWords, subject: Asked['subject']): Asked => ({
  subject,
  revision: words.revision,
  seed: words.seed,
});

const openedAs = (words: CertifyWords, subject: string | null): OpenedAs => ({
  subject,
  config: words.config ?? null,
  nmr: words.nmr ?? null,
  enumHeader: words.enumHeader ?? null,
  asan: words.asan ?? false,
  timeoutMs: words.timeout ?? null,
});

const defined = <T extends object>(given: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Partial<T>;

const runtimeCommand = async (
  given: string | undefined,
  words: RuntimeWords,
  doors: Doors,
): Promise<number> => {
  if (words.waivers !== undefined) requireFile(words.waivers, '--waivers');
  const { subject, lists } = giveBackSubject(given, [words.suite, words.only, words.report]);
  const [suite, only, report] = lists;
  const optionsOf = async (): Promise<Omit<RuntimeOptions, 'progress'>> => ({
    ...(await commonOptions({ ...words, ...defined({ suite, only }) }, doors)),
    library: subject === undefined ? null : existing(subject),
    asan: words.asan ?? false,
    waivers: words.waivers ?? null,
  });
  const name = subject ?? 'reference runtime';
  return run(
    { ...words, ...defined({ report }) },
    doors,
    {
      asked: askedOf(words, { kind: 'runtime', name }),
      opened: openedAs(words, subject ?? null),
    },
    async (progress) => doors.certifyRuntime({ ...(await optionsOf()), progress }),
  );
};

type CommonOptions = Omit<RuntimeOptions, 'progress' | 'library'>;

const commonOptions = async (words: RunWords, doors: Doors): Promise<CommonOptions> => {
  const only = selectedIds(words.only);
  if (words.config !== undefined) requireFile(words.config, '--config');
  if (words.errata !== undefined) requireFile(words.errata, '--errata');
  return {
    config: words.config ?? null,
    errata: words.errata ?? null,
    suites: words.suite === undefined ? null : selectedSuites(words.suite, await doors.chapters()),
    only,
    level: words.level ?? null,
    revision: words.revision,
    seed: words.seed,
    runs: words.runs ?? null,
    budgetMs: words.budget ?? null,
    timeoutMs: words.timeout ?? null,
    jobs: words.jobs ?? Math.min(JOBS_MAX, availableParallelism()),
    shard: words.shard ?? null,
    stress: words.stress ?? false,
    inProcess: words.inProcess ?? false,
    out: words.out ?? null,
  };
};

/** The path of a subject that is there. */
export const existing = (subject: string): string => {
  if (subject === '') throw new UsageError('the subject has an empty name');
  if (existsSync(subject)) return subject;
  throw new SubjectError(
    `the subject ${printable(subject, 300)} could not be loaded: there is no such file`,
  );
};

const run = async (
  words: PublishOptions & { inProcess?: boolean },
  doors: Doors,
  told: Pick<ReportedRun, 'asked' | 'opened'>,
  work: (progress: CertifyOptions['progress']) => Promise<RunRecord>,
): Promise<number> => {
  const record = await withReports(words, doors, {
    ...told,
    cut: words.inProcess === true ? cutBySubject : cutOff,
    work: async () => {
      const progress = await startProgress(doors.stderr, words.quiet === true);
      return work(progress.show).finally(progress.stop);
    },
  });
  return record.exitCode;
};

const cutOff = { exitCode: 7, sentence: 'the process ended before there was a verdict' };
const cutBySubject = {
  exitCode: 5,
  sentence:
    'the subject ended the process, or kept it from going on, before there was a verdict; run it without --in-process',
};
