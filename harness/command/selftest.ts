/** `selftest`: what the suite can prove. */
import type { SelftestResult } from '../conclude/kill-matrix.ts';
import type { Command } from 'commander';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { stableJson } from '../../reports/json.ts';
import type { SelftestOptions } from '../run/options.ts';
import { printable } from '../trace/printable.ts';
import { collect, duration, JOBS_MAX, SEED_MAX, wholeNumber } from './arguments.ts';
import { SEED_DEFAULT } from './certify.ts';
import type { Context } from './context.ts';
import { startProgress } from './progress.ts';
import { requireFolder } from './read-file.ts';
import { writeWhole } from './write-file.ts';

type SelftestFlags = {
  faults?: string;
  variants?: string;
  only?: string[];
  seed: number;
  seeds: number;
  lowMemory?: boolean;
  stress?: boolean;
  jobs?: number;
  budget?: number;
  json?: boolean;
  out?: string;
  quiet?: boolean;
};

const SEEDS_MAX = 1000;

/** Adds `selftest`. */
export const addSelftest = (
  program: Command,
  context: Context,
  done: (code: number) => void,
): void => {
  program
    .command('selftest')
    .summary('runs the kill matrix: every seeded fault, every odd variant')
    .description(
      'Runs the kill matrix: each seeded fault must be found by its rule, each odd but\n' +
        'conforming variant must pass. Exit code 1 if one is not, 6 if there was none,\n' +
        'or none of a name that --only has.',
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
    .option(
      '--seeds <n>',
      'right subjects only: so many seeds, from --seed on, must judge each alike',
      wholeNumber('--seeds', 1, SEEDS_MAX),
      1,
    )
    .option(
      '--jobs <n>',
      'host processes side by side (default: processors)',
      wholeNumber('--jobs', 1, JOBS_MAX),
    )
    .option('--budget <time>', 'longest time for one fault', duration('--budget'))
    .option(
      '--low-memory',
      'right subjects only: let their allocations fail, one of each kind in turn',
    )
    .option('--stress', 'right subjects only: longer plans, more schedules, real threads')
    .option('--json', 'as JSON')
    .option('--out <dir>', 'folder for selftest.json')
    .action(async (words: SelftestFlags) => {
      if (words.faults !== undefined) requireFolder(words.faults, '--faults');
      if (words.variants !== undefined) requireFolder(words.variants, '--variants');
      const progress = await startProgress(context.stderr, words.quiet === true);
      const options: SelftestOptions = {
        faults: words.faults ?? null,
        variants: words.variants ?? null,
        only: words.only ?? null,
        seed: words.seed,
        seeds: words.seeds,
        jobs: words.jobs ?? Math.min(JOBS_MAX, availableParallelism()),
        budgetMs: words.budget ?? null,
        lowMemory: words.lowMemory ?? false,
        stress: words.stress ?? false,
        progress: progress.show,
      };
      const result = await context.selftest(options).finally(progress.stop);
      if (words.out !== undefined) {
        writeWhole(path.join(words.out, 'selftest.json'), stableJson(result));
      }
      const text = words.json === true ? stableJson(result) : selftestText(result, words.quiet);
      context.stdout.write(text);
      const missing = missingOf(words.only ?? [], result);
      if (missing.length > 0) context.stderr.write(missingSentence(missing));
      const code = selftestExitCode(result);
      done(missing.length > 0 && code === 0 ? nothingRan : code);
    });
};

const nothingRan = 6;

/** Ids that were asked for and name nothing; a runtime is judged under several readings. */
const missingOf = (
  only: readonly string[],
  { faults, variants, runtimes }: SelftestResult,
): string[] => {
  const ids = [...faults, ...variants, ...runtimes].map(({ id }) => id);
  return only.filter((id) => !ids.some((one) => one === id || one.startsWith(`${id}.`)));
};

const missingSentence = (missing: readonly string[]): string =>
  `mapcert: --only ${missing.map((id) => printable(id, 60)).join(' ')} names nothing that was ` +
  'judged here; it takes whole ids, as selftest --json has them\n';

const isSpared = ({ outcome, falseAlarms }: SelftestResult['variants'][number]): boolean =>
  falseAlarms.length === 0 && outcome.startsWith('CONFORMANT');

/** 0 all as expected, 1 not, 6 nothing was there to run. */
export const selftestExitCode = (result: SelftestResult): number => {
  const { faults, variants, runtimes, walks, unproven, unprovenRuntime = [] } = result;
  if (faults.length + variants.length + runtimes.length === 0) return nothingRan;
  const isRight =
    [...faults, ...runtimes].every(({ expected }) => expected) &&
    faults.every(({ replayed, besides }) => replayed !== false && !besides?.length);
  const isSparing = variants.every(isSpared) && (walks?.falseAlarms.length ?? 0) === 0;
  const isProven = unproven.length + unprovenRuntime.length === 0;
  return isRight && isSparing && isProven ? 0 : 1;
};

/** Columns of a line of the matrix. */
const matrixColumns = 80;

/**
 * One line of the matrix: the fault, the rules that found it, how many operations that took, what
 * was said.
 */
const matrixLine = (row: SelftestResult['faults'][number]): string => {
  const took = row.operationsToKill === null ? '' : ` in ${row.operationsToKill} operations`;
  const line = `✓ ${row.id}  ${row.killedBy.join(' ')}${took}: ${row.message ?? ''}`;
  return line.length > matrixColumns ? `${line.slice(0, matrixColumns - 1)}…` : line;
};

const selftestText = (result: SelftestResult, isQuiet = false): string => {
  const { faults, variants, runtimes, walks, unproven, unprovenRuntime = [] } = result;
  const survivors = faults.filter(({ expected }) => !expected);
  const alarms = variants.filter((variant) => !isSpared(variant));
  const lines = [
    ...(isQuiet ? [] : faults.filter(({ expected }) => expected).map(matrixLine)),
    ...survivors.map(({ id, violates, killedBy, message }) => {
      const by = killedBy.length === 0 ? 'nobody' : killedBy.join(' ');
      return `✗ fault ${id} breaks ${violates.join(' ')}, found by ${by}${message === null ? '' : `: ${message}`}`;
    }),
    ...faults
      .filter(({ replayed }) => replayed === false)
      .map(({ id }) => `✗ fault ${id}: its counterexample, repeated, does not show it again`),
    ...faults.flatMap(({ id, besides }) =>
      besides?.length ? [`✗ fault ${id}: blamed besides, ${besides.join(' ')}`] : [],
    ),
    ...alarms.map(
      ({ id, outcome, falseAlarms }) => `✗ variant ${id} is ${outcome}: ${falseAlarms.join(' ')}`,
    ),
    ...(walks?.falseAlarms ?? []).map((alarm) => `✗ the sample provider, in some order: ${alarm}`),
    ...runtimes.filter(({ expected }) => !expected).map(runtimeLine),
    ...(unproven.length === 0 ? [] : [`unproven, no fault breaks them: ${unproven.join(' ')}`]),
    ...(unprovenRuntime.length === 0
      ? []
      : [`unproven, no runtime breaks them: ${unprovenRuntime.join(' ')}`]),
    `${faults.length - survivors.length} of ${faults.length} faults found as expected`,
    `${faults.filter(({ replayed }) => replayed === true).length} counterexamples repeated`,
    `${variants.length - alarms.length} of ${variants.length} variants spared`,
    ...(walks === undefined ? [] : [walksLine(walks.plans)]),
    ...(runtimes.length === 0
      ? []
      : [
          `${runtimes.filter(({ expected }) => expected).length} of ${runtimes.length} runtimes judged as expected`,
        ]),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
};

const walksLine = (plans: NonNullable<SelftestResult['walks']>['plans']): string => {
  const schedules = plans.reduce((sum, plan) => sum + plan.schedules, 0);
  const whole = plans.filter(({ exhausted }) => exhausted).length;
  return `${schedules} schedules of ${plans.length} plans walked, ${whole} of them to the end`;
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
