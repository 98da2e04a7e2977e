/** `replay` and `shrink`: one stored run, repeated or made smaller. */
import { Option, type Command } from 'commander';
import { existsSync } from 'node:fs';
import path from 'node:path';
import wrapAnsi from 'wrap-ansi';
import { checkReplay, checkReport } from '../../reports/check-report.ts';
import { stableJson } from '../../reports/json.ts';
import { isRequirementId } from '../abi/catalogue.ts';
import type { Verdict } from '../check/verdict.ts';
import { blameIn } from '../conclude/blame.ts';
import { describeCall } from '../conclude/finding-words.ts';
import type { Entered } from '../conclude/lifetimes.ts';
import { UsageError } from '../errors/errors.ts';
import type { ReplayOptions, ReplayResult, ShrinkOptions } from '../run/options.ts';
import { REPLAY_SCHEMA, REPORT_SCHEMA } from '../conclude/record.ts';
import type { ReplayFile } from '../conclude/record.ts';
import { decodeReplay, isReplayToken } from '../run/replay-token.ts';
import { lanes } from '../trace/lanes.ts';
import { namesIn, type Names } from '../trace/names.ts';
import { printable } from '../trace/printable.ts';
import { scriptLines, scriptOf } from '../trace/script.ts';
import { duration } from './arguments.ts';
import { existing } from './certify.ts';
import type { Context } from './context.ts';
import { startProgress } from './progress.ts';
import { LANGUAGES, type Language } from './languages.ts';
import { isShortName, keptRun } from './kept-runs.ts';
import { readJson, requireFile } from './read-file.ts';
import { writeWhole } from './write-file.ts';

type ReplayFlags = {
  subject?: string;
  config?: string;
  from?: string;
  timeout?: number;
  inProcess?: boolean;
  nmr?: string;
  asan?: boolean;
  enumHeader?: string;
  json?: boolean;
  emit?: Language;
  quiet?: boolean;
};

const subjectOptions = (command: Command): Command =>
  command
    .option('--subject <file>', 'run it on this subject (default: the one of the file)')
    .option('--config <file>', 'profile of the subject (default: next to it)')
    .option('--timeout <time>', 'longest time of one callback', duration('--timeout'))
    .option('--in-process', 'no host process: for debuggers')
    .option('--nmr <library>', 'library with the NMR that the driver is linked against')
    .option('--asan', 'the library was built with a sanitizer (Linux)')
    .option('--enum-header <file>', 'ebpf_structs.h to take the map types from');

/** Adds `replay`. */
export const addReplay = (
  program: Command,
  context: Context,
  done: (code: number) => void,
): Command => {
  const command = program
    .command('replay')
    .summary('repeats one stored run')
    .description(
      'Repeats the run of a counterexample. Exit code 1 if the rule is broken again,\n' +
        'a warning too, 0 if it holds now, 2 if the run could not be repeated.',
    )
    .argument('<run>', 'a short name (3f9c), a replay file or word (r1.…), or a rule with --from')
    .option('--from <report>', 'a JSON report that has the run')
    .option('--json', 'as JSON')
    .addOption(
      new Option('--emit <language>', 'write a test that makes the run').choices([...LANGUAGES]),
    );
  subjectOptions(command).action(async (text: string, flags: ReplayFlags) => {
    const options = replayOptions(text, flags, context.workFolder);
    const result = await context.replay(options);
    if (flags.emit !== undefined) {
      const { emit } = await import('./emitting.ts');
      const subject = flags.subject ?? subjectOf(options);
      context.stdout.write(
        emit(flags.emit, { replay: options.replay, name: text, subject }, result),
      );
      return;
    }
    context.stdout.write(flags.json === true ? stableJson(result) : replayText(result));
    done(exitCodeOf(result.verdict));
  });
  return command;
};

/** The subject of a stored run as seen from the working folder. */
const subjectOf = ({ replay, folder }: ReplayOptions): string | null => {
  const { file } = replay.subject;
  return file ? path.relative(process.cwd(), path.resolve(folder, file)) : null;
};

const replayOptions = (
  text: string,
  flags: ReplayFlags,
  workFolder: string | undefined,
): ReplayOptions => {
  const { replay, folder } = stored(text, flags.from, workFolder);
  for (const [file, what] of [
    [flags.config, '--config'],
    [flags.nmr, '--nmr'],
    [flags.enumHeader, '--enum-header'],
  ] as const) {
    if (file !== undefined) requireFile(file, what);
  }
  const { opened } = replay;
  const beside = (file: string | null | undefined): string | null =>
    file ? path.resolve(folder, file) : null;
  return {
    replay,
    folder,
    subject: flags.subject === undefined ? null : existing(flags.subject),
    config: flags.config ?? beside(opened?.config),
    timeoutMs: flags.timeout ?? opened?.timeoutMs ?? null,
    inProcess: flags.inProcess ?? false,
    nmr: flags.nmr ?? beside(opened?.nmr),
    asan: flags.asan ?? opened?.asan ?? false,
    enumHeader: flags.enumHeader ?? beside(opened?.enumHeader),
  };
};

type Stored = { replay: ReplayFile; folder: string };

const stored = (
  given: string,
  report: string | undefined,
  workFolder: string | undefined,
): Stored => {
  if (report !== undefined) return fromReport(given, report);
  const isKept = isShortName(given) && !existsSync(given) && workFolder !== undefined;
  const text = isKept ? keptRun(given, workFolder) : given;
  if (isReplayToken(text)) {
    return { replay: validReplay(decodeReplay(text), 'the replay word'), folder: process.cwd() };
  }
  if (!existsSync(text) && isRequirementId(text.toUpperCase())) {
    throw new UsageError(
      `${printable(text, 40)} is a rule: name its report too, as in --from report.json`,
    );
  }
  const what = `the replay file ${printable(text, 300)}`;
  const data = readJson(text, 'the replay file');
  if ((data as { schema?: unknown } | null)?.schema === REPORT_SCHEMA) {
    throw new UsageError(
      `${printable(text, 300)} is a report; name one of its rules, as in: mapcert replay ID --from ${printable(text, 300)}`,
    );
  }
  return {
    replay: validReplay(data, what),
    folder: path.dirname(path.resolve(text)),
  };
};

const validReplay = (data: unknown, what: string): ReplayFile => {
  const checked = checkReplay(data);
  if (checked.ok) return checked.data;
  throw new UsageError(`${what} is none of this tool: ${checked.problem}`);
};

const fromReport = (name: string, file: string): Stored => {
  const checked = checkReport(readJson(file, 'the report'));
  if (!checked.ok) {
    throw new UsageError(
      `the report ${printable(file, 300)} is none of this tool: ${checked.problem}`,
    );
  }
  const { requirements, subject, suite, seed } = checked.data;
  const row = requirements.find(
    (one) =>
      one.id === name.toUpperCase() ||
      (isShortName(name) && one.counterexample?.id?.startsWith(name) === true),
  );
  if (!row?.counterexample) {
    throw new UsageError(`${printable(file, 300)} has no counterexample of ${printable(name, 40)}`);
  }
  const { id } = row;
  const { plan, choices } = row.counterexample;
  const { kind, name: called, sha256 } = subject;
  return {
    folder: path.dirname(path.resolve(file)),
    replay: {
      schema: REPLAY_SCHEMA,
      subject: { kind, name: called, sha256, file: null },
      requirement: id,
      revision: suite.revision,
      seed,
      plan,
      choices,
      message: row.message,
    },
  };
};

const exitCodeOf = (verdict: Verdict): number => {
  switch (verdict) {
    case 'fail':
    case 'crash':
    case 'hang':
    case 'warn':
      return 1;
    case 'vacuous':
    case 'inconclusive':
    case 'not-selected':
      return 2;
    case 'harness-error':
      return 7;
    case 'pass':
    case 'info':
    case 'waived':
    case 'not-applicable':
      return 0;
  }
};

const told = (call: Entered, names: Names, did: string | null): string =>
  `call ${call.call}, ${printable(describeCall(call, names), 400)}${did === null ? '' : `: ${did}`}`;

const replayText = (result: ReplayResult): string => {
  const { requirement, verdict, message, reproduced, subjectChanged, plan, trace } = result;
  const names = namesIn(trace);
  const { call: blamed = null, did = null } = result.violation
    ? blameIn(trace)(result.violation)
    : {};
  const steps = scriptOf(plan, trace, names).map((step) => ({
    ...step,
    says: printable(step.says, 400),
  }));
  const legend = names.legend
    .slice(0, 24)
    .map(({ name, hex }) => `${name} = ${hex}`)
    .join(', ');
  const lines = [
    `${printable(requirement, 40)}  ${verdict}`,
    ...(message === null ? [] : [wrapAnsi(printable(message), 80, { hard: true })]),
    '',
    `plan ${printable(plan.name, 120)}`,
    ...scriptLines(steps, blamed?.op ?? null, 60).map((line) =>
      wrapAnsi(line, 80, { hard: true, trim: false }),
    ),
    '',
    lanes(trace, { width: 80, eventsMax: 60, names, ...(blamed ? { around: blamed.seq } : {}) }),
    '',
    ...(legend === '' ? [] : [wrapAnsi(legend, 80), '']),
    ...(blamed ? [wrapAnsi(`To blame: ${told(blamed, names, did)}`, 80, { hard: true }), ''] : []),
    '',
    ...(subjectChanged ? ['The subject is not the one that the file was written for.'] : []),
    reproduced
      ? 'Reproduced: the run shows what the file says.'
      : 'Not reproduced: the run shows something else than the file says.',
  ];
  return `${lines.join('\n')}\n`;
};

/** Adds `shrink`. */
export const addShrink = (
  program: Command,
  context: Context,
  done: (code: number) => void,
): Command => {
  const command = program
    .command('shrink')
    .summary('looks for a smaller run that breaks the same rule')
    .argument('<file>', 'a replay file')
    .option('--from <report>', 'a JSON report that has a counterexample of the rule')
    .option('--budget <time>', 'stop looking after this time', duration('--budget'))
    .option('--out <dir>', 'folder for the new replay file (default: standard output)');
  subjectOptions(command).action(
    async (text: string, flags: ReplayFlags & { budget?: number; out?: string }) => {
      const progress = await startProgress(context.stderr, flags.quiet === true);
      const options: ShrinkOptions = {
        ...replayOptions(text, flags, context.workFolder),
        budgetMs: flags.budget ?? null,
        progress: progress.show,
      };
      const result = await context.shrink(options).finally(progress.stop);
      const { replay, operationsBefore, operationsAfter } = result;
      if (flags.out === undefined) context.stdout.write(stableJson(replay));
      else writeWhole(path.join(flags.out, `${replay.requirement}.min.json`), stableJson(replay));
      context.stderr.write(
        `mapcert: ${operationsBefore} operations before, ${operationsAfter} after\n`,
      );
      done(0);
    },
  );
  return command;
};
