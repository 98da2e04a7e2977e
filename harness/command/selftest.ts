/** `selftest` and `probe`: what the suite can prove, and what a subject looks like from outside. */
import type { Command } from 'commander';
import path from 'node:path';
import { stableJson } from '../../reports/json.ts';
import type { DeclaredProfile, Profile } from '../provider/profile.ts';
import type { ProbeOptions, SelftestOptions, SelftestResult } from '../run/options.ts';
import { printable } from '../trace/printable.ts';
import { collect, duration, JOBS_MAX, SEED_MAX, wholeNumber } from './arguments.ts';
import { existing, SEED_DEFAULT } from './certify.ts';
import type { Doors } from './doors.ts';
import { startProgress } from './progress.ts';
import { requireFile, requireFolder } from './read-file.ts';
import { writeWhole } from './write-file.ts';

type SelftestWords = {
  faults?: string;
  variants?: string;
  only?: string[];
  seed: number;
  jobs?: number;
  budget?: number;
  json?: boolean;
  quiet?: boolean;
};

/** Adds `selftest`. */
export const addSelftest = (program: Command, doors: Doors, done: (code: number) => void): void => {
  program
    .command('selftest')
    .summary('runs the kill matrix: every seeded fault, every odd variant')
    .description(
      'Runs the kill matrix: each seeded fault must be found by its rule, each odd but\n' +
        'conforming variant must pass. Exit code 1 if one is not, 6 if there was none.',
    )
    .option('--faults <dir>', "others' faults: a module or library each")
    .option('--variants <dir>', "others' variants")
    .option('--only <id...>', 'only these faults and variants, by their ids', collect)
    .option(
      '--seed <n>',
      'what everything random follows from',
      wholeNumber('--seed', 0, SEED_MAX),
      SEED_DEFAULT,
    )
    .option('--jobs <n>', 'host processes side by side', wholeNumber('--jobs', 1, JOBS_MAX))
    .option('--budget <time>', 'longest time for one subject', duration('--budget'))
    .option('--json', 'as JSON')
    .action(async (words: SelftestWords) => {
      if (words.faults !== undefined) requireFolder(words.faults, '--faults');
      if (words.variants !== undefined) requireFolder(words.variants, '--variants');
      const progress = await startProgress(doors.stderr, words.quiet === true);
      const options: SelftestOptions = {
        faults: words.faults ?? null,
        variants: words.variants ?? null,
        only: words.only ?? null,
        seed: words.seed,
        jobs: words.jobs ?? 1,
        budgetMs: words.budget ?? null,
        progress: progress.show,
      };
      const result = await doors.selftest(options).finally(progress.stop);
      doors.stdout.write(words.json === true ? stableJson(result) : selftestText(result));
      done(selftestExitCode(result));
    });
};

const isSpared = ({ outcome, falseAlarms }: SelftestResult['variants'][number]): boolean =>
  falseAlarms.length === 0 && outcome.startsWith('CONFORMANT');

/** 0 all as expected, 1 not, 6 nothing was there to run. */
export const selftestExitCode = ({ faults, variants, runtimes }: SelftestResult): number => {
  if (faults.length + variants.length + runtimes.length === 0) return 6;
  const isRight = [...faults, ...runtimes].every(({ expected }) => expected);
  return isRight && variants.every(isSpared) ? 0 : 1;
};

const selftestText = (result: SelftestResult): string => {
  const { faults, variants, runtimes, unproven, unprovenRuntime = [] } = result;
  const survivors = faults.filter(({ expected }) => !expected);
  const alarms = variants.filter((variant) => !isSpared(variant));
  const lines = [
    ...survivors.map(({ id, violates, killedBy, message }) => {
      const by = killedBy.length === 0 ? 'nobody' : killedBy.join(' ');
      return `✗ fault ${id} breaks ${violates.join(' ')}, found by ${by}${message === null ? '' : `: ${message}`}`;
    }),
    ...alarms.map(
      ({ id, outcome, falseAlarms }) => `✗ variant ${id} is ${outcome}: ${falseAlarms.join(' ')}`,
    ),
    ...runtimes.filter(({ expected }) => !expected).map(runtimeLine),
    ...(unproven.length === 0 ? [] : [`unproven, no fault breaks them: ${unproven.join(' ')}`]),
    ...(unprovenRuntime.length === 0
      ? []
      : [`unproven, no runtime breaks them: ${unprovenRuntime.join(' ')}`]),
    `${faults.length - survivors.length} of ${faults.length} faults found as expected`,
    `${variants.length - alarms.length} of ${variants.length} variants spared`,
    ...(runtimes.length === 0
      ? []
      : [
          `${runtimes.filter(({ expected }) => expected).length} of ${runtimes.length} runtimes judged as expected`,
        ]),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
};

const runtimeLine = ({
  id,
  violates,
  killedBy,
  message,
}: SelftestResult['runtimes'][number]): string => {
  const says = message === null ? '' : `: ${message}`;
  if (violates.length === 0)
    return `✗ runtime ${id} is right, and ${killedBy.join(' ') || 'was lost'}${says}`;
  return `✗ runtime ${id} breaks ${violates.join(' ')}, found by ${killedBy.join(' ') || 'nobody'}${says}`;
};

type ProbeWords = {
  config?: string;
  revision: 'merged' | 'draft';
  timeout?: number;
  inProcess?: boolean;
  nmr?: string;
  out?: string;
};

/** Adds `probe`. */
export const addProbe = (program: Command, doors: Doors): void => {
  program
    .command('probe')
    .summary('writes the profile that a subject shows')
    .description(
      'Finds out what a provider accepts and writes it as a configuration, to be read\n' +
        'and corrected by a person.',
    )
    .argument('<subject>', 'module, library or trace')
    .option('--config <file>', 'what is already declared')
    .option('--revision <revision>', 'text of the contract: merged or draft', 'merged')
    .option('--timeout <time>', 'longest time of one callback', duration('--timeout'))
    .option('--in-process', 'no host process: for debuggers')
    .option('--nmr <library>', 'a library that exports the NMR itself')
    .option('--out <dir>', 'folder for mapcert.config.json (default: standard output)')
    .action(async (subject: string, words: ProbeWords) => {
      if (words.config !== undefined) requireFile(words.config, '--config');
      if (words.nmr !== undefined) requireFile(words.nmr, '--nmr');
      const options: ProbeOptions = {
        subject: existing(subject),
        config: words.config ?? null,
        revision: words.revision,
        timeoutMs: words.timeout ?? null,
        inProcess: words.inProcess ?? false,
        nmr: words.nmr ?? null,
      };
      const { profile } = await doors.probe(options);
      const text = stableJson(declared(profile));
      if (words.out === undefined) doors.stdout.write(text);
      else writeWhole(path.join(words.out, 'mapcert.config.json'), text);
    });
};

/** The profile as a vendor would declare it; what nobody knows is left out, to be probed again. */
const declared = (profile: Profile): DeclaredProfile => {
  const { programTypes, valueRelation, duplicatesAllowed, userLookup, restartable, maxMaps } =
    profile;
  return {
    keySizes: profile.keySizes,
    valueSizes: profile.valueSizes,
    maxEntries: profile.maxEntries,
    ...(profile.keysBelowMaxEntries ? { keys: 'below-max-entries' as const } : {}),
    ...(profile.invalidValues.length > 0 ? { invalidValues: profile.invalidValues } : {}),
    ...(duplicatesAllowed === null ? {} : { duplicatesAllowed }),
    ...(valueRelation === 'identity' || valueRelation === 'opaque' ? { valueRelation } : {}),
    ...(userLookup === null ? {} : { userLookup }),
    deleteMayReject: profile.deleteMayReject,
    ...(programTypes?.restricted === true
      ? { programTypes: { accept: programTypes.accept, reject: programTypes.reject } }
      : {}),
    ...(restartable === null ? {} : { restartable }),
    reclamation: profile.reclamation,
    ...(maxMaps === null ? {} : { maxMaps }),
    ...(profile.helpers.length > 0 ? { helpers: profile.helpers } : {}),
    strictness: profile.strictness,
  };
};
