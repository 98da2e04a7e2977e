/** `certify` and `runtime`: reads their options, lets the engine run, publishes the record. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { FORMATS } from '../../reports/reporter.ts';
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
  todayOption,
  wholeNumber,
} from './arguments.ts';
import type { Context } from './context.ts';
import { defined } from './defined.ts';
import { Evidence } from './evidence.ts';
import { startProgress } from './progress.ts';
import type { OpenedAs } from './counterexamples.ts';
import type { Asked } from './error-report.ts';
import type { PublishOptions } from './publish.ts';
import { requireFile } from './read-file.ts';
import { withReports, type ReportedRun } from './reporting.ts';
import { regressionsIn, todayOf } from './regressions.ts';
import { selectedIds, selectedSuites } from './selection.ts';
import * as upgrades from './upgrade-options.ts';

/** The seed when none is given: the same run every time. */
export const SEED_DEFAULT = 1;

/** Options of both commands as commander hands them over. */
type RunFlags = PublishOptions & {
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
  today?: string;
  regressions?: string;
};

type CertifyFlags = RunFlags &
  upgrades.UpgradeFlags & {
    lowMemory?: boolean;
    waivers?: string;
    asan?: boolean;
    enumHeader?: string;
  };

type RuntimeFlags = RunFlags & Pick<CertifyFlags, 'asan' | 'waivers' | 'upgrade'>;

export const waiversHelp = 'accepted violations, YAML or JSON (docs/WAIVERS.md)';

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
    .option('--errata <file>', 'documented divergences of a runtime: YAML')
    .option(...todayOption);

const runOptions = (command: Command): Command =>
  command
    .optionsGroup('How it runs:')
    .option('--regressions <dir>', 'counterexamples (replay files) that are run before all else')
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
      `${FORMATS.join(', ')}; without =file to standard output`,
      collectReports,
    )
    .option('--out <dir>', 'folder for the record and counterexamples')
    .option('--selftest <file>', 'kill matrix for the HTML page: what selftest --json wrote')
    .option('--verbose', 'the whole summary, not its first screen only');

// Commas belong to file names here, so they divide nothing.
const collectReports = (text: string, earlier: readonly string[] = []): string[] => [
  ...earlier,
  text,
];

/** Adds `certify`. */
export const addCertify = (
  program: Command,
  context: Context,
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
  upgrades.withUpgrade(command);
  runOptions(command)
    .option('--low-memory', 'let allocations fail, one of each kind in turn')
    .option('--nmr <library>', 'library with the NMR that the driver is linked against')
    .option('--asan', 'the library was built with a sanitizer (Linux)');
  outputOptions(command).action(async (subject: string | undefined, flags: CertifyFlags) => {
    done(await certifyCommand(subject, flags, context));
  });
  return command;
};

/** Adds `runtime`. */
export const addRuntime = (
  program: Command,
  context: Context,
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
  command.addOption(upgrades.hiddenUpgrade());
  runOptions(command).option('--asan', 'the library was built with a sanitizer (Linux)');
  outputOptions(command).action(async (library: string | undefined, flags: RuntimeFlags) => {
    done(await runtimeCommand(library, flags, context));
  });
  return command;
};

const certifyCommand = async (
  given: string | undefined,
  flags: CertifyFlags,
  context: Context,
): Promise<number> => {
  const { subject, lists } = giveBackSubject(given, [
    flags.suite,
    flags.only,
    flags.dialect,
    flags.report,
  ]);
  const [suite, only, dialect, report] = lists;
  const optionsOf = async (): Promise<Omit<CertifyOptions, 'progress' | 'ran'>> => {
    for (const [file, what] of [
      [flags.waivers, '--waivers'],
      [flags.enumHeader, '--enum-header'],
      [flags.nmr, '--nmr'],
    ] as const) {
      if (file !== undefined) requireFile(file, what);
    }
    return {
      ...(await commonOptions({ ...flags, ...defined({ suite, only }) }, context)),
      subject: subject === undefined ? null : existing(subject),
      dialects: dialectsOf(dialect),
      lowMemory: flags.lowMemory ?? false,
      waivers: flags.waivers ?? null,
      nmr: flags.nmr ?? null,
      asan: flags.asan ?? false,
      enumHeader: flags.enumHeader ?? null,
      ...upgrades.upgradeOptions(flags, kindOf(subject) === 'recorded'),
    };
  };
  const kind = kindOf(subject);
  return run(
    { ...flags, ...defined({ report }) },
    context,
    {
      asked: askedOf(flags, { kind, name: subject ?? 'the sample provider' }),
      opened: openedAs(flags, subject ?? embeddedSubject()),
    },
    async (heard) => context.certify({ ...(await optionsOf()), ...heard }),
  );
};

/** What a subject is by its name: all that is known of one that could not be loaded. */
const kindOf = (subject: string | undefined): RunRecord['subject']['kind'] => {
  if (subject?.endsWith('.jsonl') === true) return 'recorded';
  return /\.(so|dll|dylib)(\.[\d.]+)?$/.test(subject ?? '') ? 'native' : 'in-process';
};

const askedOf = (flags: RunFlags, subject: Asked['subject']): Asked => ({
  subject,
  revision: flags.revision,
  seed: flags.seed,
});

const openedAs = (flags: CertifyFlags, subject: string | null): OpenedAs => ({
  subject,
  config: flags.config ?? null,
  nmr: flags.nmr ?? null,
  enumHeader: flags.enumHeader ?? null,
  asan: flags.asan ?? false,
  timeoutMs: flags.timeout ?? null,
});

const runtimeCommand = async (
  given: string | undefined,
  flags: RuntimeFlags,
  context: Context,
): Promise<number> => {
  if (flags.waivers !== undefined) requireFile(flags.waivers, '--waivers');
  if (flags.upgrade) upgrades.refuseUpgrade('runtime');
  const { subject, lists } = giveBackSubject(given, [flags.suite, flags.only, flags.report]);
  const [suite, only, report] = lists;
  const optionsOf = async (): Promise<Omit<RuntimeOptions, 'progress' | 'ran'>> => ({
    ...(await commonOptions({ ...flags, ...defined({ suite, only }) }, context)),
    library: subject === undefined ? null : existing(subject),
    asan: flags.asan ?? false,
    waivers: flags.waivers ?? null,
  });
  const name = subject ?? 'reference runtime';
  return run(
    { ...flags, ...defined({ report }) },
    context,
    {
      asked: askedOf(flags, { kind: 'runtime', name }),
      opened: openedAs(flags, subject ?? null),
    },
    async (heard) => context.certifyRuntime({ ...(await optionsOf()), ...heard }),
  );
};

const commonOptions = async (
  flags: RunFlags,
  context: Context,
): Promise<Omit<RuntimeOptions, 'progress' | 'ran' | 'library'>> => {
  const only = selectedIds(flags.only);
  if (flags.config !== undefined) requireFile(flags.config, '--config');
  if (flags.errata !== undefined) requireFile(flags.errata, '--errata');
  return {
    config: flags.config ?? null,
    errata: flags.errata ?? null,
    suites:
      flags.suite === undefined ? null : selectedSuites(flags.suite, await context.chapters()),
    only,
    level: flags.level ?? null,
    revision: flags.revision,
    seed: flags.seed,
    runs: flags.runs ?? null,
    budgetMs: flags.budget ?? null,
    timeoutMs: flags.timeout ?? null,
    jobs: flags.jobs ?? Math.min(JOBS_MAX, availableParallelism()),
    shard: flags.shard ?? null,
    stress: flags.stress ?? false,
    inProcess: flags.inProcess ?? false,
    out: flags.out ?? null,
    today: todayOf(flags.today, context),
    regressions: flags.regressions === undefined ? undefined : regressionsIn(flags.regressions),
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
  flags: PublishOptions & { inProcess?: boolean },
  context: Context,
  told: Pick<ReportedRun, 'asked' | 'opened'>,
  work: (heard: Pick<CertifyOptions, 'progress' | 'ran'>) => Promise<RunRecord>,
): Promise<number> => {
  const evidence = new Evidence();
  const ran = flags.out === undefined ? undefined : evidence.ran;
  const record = await withReports(flags, context, {
    ...told,
    evidence,
    cut: flags.inProcess === true ? cutBySubject : cutOff,
    work: async () => {
      const progress = await startProgress(context.stderr, flags.quiet === true);
      return work({ progress: progress.show, ran }).finally(progress.stop);
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
