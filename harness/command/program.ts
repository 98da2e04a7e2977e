/**
 * The command line: its commands, and the one place where every end becomes an exit code and at
 * most one sentence on the error stream.
 */
import { Command, CommanderError } from 'commander';
import { UsageError } from '../errors/errors.ts';
import { toolOf } from '../run/tool.ts';
import { printable } from '../trace/printable.ts';
import { addBundle, addVerify } from './bundle.ts';
import { addCertify, addRuntime } from './certify.ts';
import { addDiff, addMerge } from './compare.ts';
import { addCompletion } from './completion.ts';
import type { Context } from './context.ts';
import { addDoctor } from './doctor.ts';
import { endOf } from './error-report.ts';
import { examplesOf } from './examples.ts';
import { addInit } from './init.ts';
import { addExplain, addList } from './list.ts';
import { didYouMean } from './nearest.ts';
import { addRegistry } from './registry.ts';
import { addMutate } from './mutate.ts';
import { addReplay, addShrink } from './replay.ts';
import { reportUnread } from './reporting.ts';
import { addProbe } from './probe.ts';
import { addSelftest } from './selftest.ts';

const USAGE = 4;

/** Runs the command line on its arguments and says with which code the process ends. */
export const main = async (argv: readonly string[], context: Context): Promise<number> => {
  const isDebugging = argv.includes('--debug');
  let exitCode = 0;
  try {
    const program = programOf({ ...context, argv }, (code) => {
      exitCode = code;
    });
    if (argv.length === 0) {
      context.stderr.write(program.helpInformation());
      return USAGE;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    const code = ended(error, isDebugging, context);
    if (code !== 0) await reportUnread(argv, withoutPrefix(error), context);
    return code;
  }
};

/** The exit code of an end that is no verdict, with its sentence. */
const ended = (error: unknown, isDebugging: boolean, context: Context): number => {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    context.stderr.write(`mapcert: ${oneSentence(error.message)}\n`);
    return USAGE;
  }
  const { exitCode, sentence } = endOf(error);
  context.stderr.write(`mapcert: ${printable(sentence)}\n`);
  if (isDebugging && error instanceof Error) context.stderr.write(`${error.stack ?? ''}\n`);
  return exitCode;
};

/** What commander says, as ours to report: bad usage. */
const withoutPrefix = (error: unknown): unknown =>
  error instanceof CommanderError ? new UsageError(oneSentence(error.message)) : error;

// commander writes `error: …` and a suggestion on a line of its own.
const oneSentence = (message: string): string => {
  const [first = '', ...rest] = message
    .replace(/^error: /, '')
    .split('\n')
    .filter((line) => line !== '');
  return printable([withNearest(first.replace(/\.$/, '')), ...rest].join(' '));
};

// Of choices commander says which there are, and not which one was meant.
const withNearest = (sentence: string): string => {
  const [, word = '', choices = ''] =
    /(?:argument|value) '([^']*)' is invalid.* Allowed choices are (.*)$/.exec(sentence) ?? [];
  return choices === '' ? sentence : sentence + didYouMean(word, choices.split(', '));
};

const programOf = (context: Context, done: (code: number) => void): Command => {
  const program = new Command('mapcert')
    .description('Conformance suite for custom-map providers of eBPF for Windows.')
    .version(toolOf().version, '--version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      // Errors are written once, by `ended`.
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(context.stdout.columns ?? 80, 100),
      getOutHasColors: () => false,
    });
  program.commandsGroup('Judging:');
  addCertify(program, context, done);
  addRuntime(program, context, done);
  addSelftest(program, context, done);
  addMutate(program, context, done);
  addRegistry(program, context, done);
  program.commandsGroup('After a run:');
  addReplay(program, context, done);
  addShrink(program, context, done);
  addDiff(program, context, done);
  addMerge(program, context, done);
  addBundle(program, context);
  addVerify(program, context, done);
  program.commandsGroup('Getting started:');
  addList(program, context);
  addExplain(program, context);
  addProbe(program, context);
  addInit(program, context);
  addDoctor(program, context, done);
  addCompletion(program, context);
  program.commandsGroup('Help:').helpCommand('help [command]', 'show the help of a command');
  program.addHelpText('after', EXIT_CODES);
  for (const command of program.commands) {
    addCommonOptions(command);
    command.addHelpText('after', examplesOf(command.name()));
  }
  return program;
};

const addCommonOptions = (command: Command): void => {
  command
    .optionsGroup('Options:')
    .option('--debug', 'show stacks of errors')
    .option('--quiet', 'no progress and no summary')
    .option('--color', 'colours even where nobody watches')
    .option('--no-color', 'no colours')
    .helpOption('-h, --help', 'show this help');
};

const EXIT_CODES = `
Exit codes:
  0 conformant      1 non-conformant      2 incomplete      3 waiver at fault
  4 wrong usage     5 subject not loaded  6 nothing ran     7 harness error

Examples:
  mapcert certify                            the sample provider
  mapcert certify provider.ts --report junit=report.xml
  mapcert explain CRUD-DEL-006`;
