/** `mutate`: which slips in a provider's own code would still be certified. */
import type { Command } from 'commander';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { stableJson } from '../../reports/json.ts';
import type { Fate, MutateResult } from '../run/options.ts';
import { printable } from '../trace/printable.ts';
import { collect, JOBS_MAX, SEED_MAX, wholeNumber } from './arguments.ts';
import { existing, SEED_DEFAULT } from './certify.ts';
import type { Context } from './context.ts';
import { startProgress } from './progress.ts';
import { requireFile } from './read-file.ts';
import { writeWhole } from './write-file.ts';

type MutateFlags = {
  source?: string;
  with?: string[];
  config?: string;
  seed: number;
  most?: number;
  jobs?: number;
  json?: boolean;
  out?: string;
  quiet?: boolean;
};

const MUTANTS_MAX = 100_000;
const NOTHING_RAN = 6;

/** Adds `mutate`. */
export const addMutate = (
  program: Command,
  context: Context,
  done: (code: number) => void,
): void => {
  program
    .command('mutate')
    .summary('tells which slips in your own code would still be certified')
    .description(
      'Makes one small slip at a time in the source of a provider and certifies each:\n' +
        'what survives is code that no rule looks at, or that makes no difference.\n' +
        'Exit code 0 whatever survives, 6 if there was nothing to change.',
    )
    .argument('<subject>', 'a module, or the C source of a library')
    .option('--source <file>', 'the file to change, one that the module imports')
    .option('--with <file...>', 'further C files of the library; CC and CFLAGS are heeded', collect)
    .option('--config <file>', 'profile of the subject')
    .option('--most <n>', 'so many mutants at most', wholeNumber('--most', 1, MUTANTS_MAX))
    .option(
      '--seed <n>',
      'which ones, and the plans',
      wholeNumber('--seed', 0, SEED_MAX),
      SEED_DEFAULT,
    )
    .option('--jobs <n>', 'side by side (default: processors)', wholeNumber('--jobs', 1, JOBS_MAX))
    .option('--json', 'as JSON')
    .option('--out <dir>', 'folder for mutants.json')
    .action(async (subject: string, flags: MutateFlags) => {
      for (const file of flags.with ?? []) requireFile(file, '--with');
      if (flags.source !== undefined) requireFile(flags.source, '--source');
      if (flags.config !== undefined) requireFile(flags.config, '--config');
      const progress = await startProgress(context.stderr, flags.quiet === true);
      try {
        const result = await context.mutate({
          subject: existing(subject),
          source: flags.source ?? subject,
          beside: flags.with ?? [],
          config: flags.config ?? null,
          seed: flags.seed,
          most: flags.most ?? null,
          jobs: flags.jobs ?? availableParallelism(),
          progress: progress.show,
        });
        progress.stop();
        if (flags.out !== undefined)
          writeWhole(path.join(flags.out, 'mutants.json'), stableJson(result));
        if (flags.json === true) context.stdout.write(stableJson(result));
        else if (flags.quiet !== true) context.stdout.write(textOf(result));
        done(result.mutants.length === 0 ? NOTHING_RAN : 0);
      } finally {
        progress.stop();
      }
    });
};

const fates: Readonly<Record<Fate, string>> = {
  killed: 'break a MUST',
  refused: 'do not compile, load or start',
  open: 'leave rules open, so that there is no green',
  warned: 'break a recommendation only',
  survived: 'would be certified',
};

/** Counts, then each survivor with its place. */
const textOf = ({ source, found, mutants }: MutateResult): string => {
  const of = (fate: Fate): MutateResult['mutants'] => mutants.filter((one) => one.fate === fate);
  const told = of('survived').map(
    ({ line, column, from, to }) =>
      `  ${path.basename(source)}:${line}:${column}  ${short(from)}  →  ${short(to)}`,
  );
  return [
    `${mutants.length} of ${found} mutants of ${path.basename(source)} tried`,
    ...(Object.keys(fates) as Fate[]).map(
      (fate) => `${String(of(fate).length).padStart(5)}  ${fates[fate]}`,
    ),
    ...(told.length > 0 ? ['', 'Certified all the same:', ...told] : []),
    '',
  ].join('\n');
};

const shownMax = 32;

/** A piece of source on one line. */
const short = (text: string): string => {
  const line = printable(text.replace(/\s+/g, ' '));
  return line.length > shownMax ? `${line.slice(0, shownMax - 1)}…` : line;
};
