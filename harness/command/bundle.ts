/** `bundle` and `verify`: a run as a certificate, and whether a certificate holds. */
import type { Command } from 'commander';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { checkReport } from '../../reports/check-report.ts';
import { stableJson } from '../../reports/json.ts';
import { UsageError } from '../errors/errors.ts';
import { toolOf } from '../run/tool.ts';
import { printable } from '../trace/printable.ts';
import { dayOf, duration, wholeNumber } from './arguments.ts';
import { existing } from './certify.ts';
import type { Context } from './context.ts';
import { guideOf } from './publish.ts';
import { readJson, requireFile, requireFolder } from './read-file.ts';
import { readSelftest } from './read-selftest.ts';
import { writeWhole } from './write-file.ts';

type BundleFlags = { file?: string; selftest?: string; date?: string };

/** Adds `bundle`. */
export const addBundle = (program: Command, context: Context): void => {
  program
    .command('bundle')
    .summary('makes a certificate of a run: one file that others can verify')
    .description(
      'Packs what certify, runtime or registry wrote with --out into one zip: the reports, the\n' +
        'profile, the waivers, the runs with the digests of their traces, how it was made, a\n' +
        'manifest, and an in-toto statement that can be signed. Equal runs give equal bytes.',
    )
    .argument('<dir>', 'folder that --out named')
    .option('--file <file>', 'certificate to write (default: DIR/certificate.zip)')
    .option('--selftest <file>', 'kill matrix of this build: what selftest --json wrote')
    .option('--date <day>', 'day to put on it, as 2027-01-31 (default: none)', dayOf('--date'))
    .addHelpText('after', BUNDLE_EXAMPLES)
    .action(async (folder: string, flags: BundleFlags) => {
      const file = flags.file ?? path.join(folder, 'certificate.zip');
      const { bundleFiles } = await import('../bundle/contents.ts');
      const { pack } = await import('../bundle/archive.ts');
      const { report, record } = reportIn(folder);
      const guide = guideOf(await context.chapters());
      const files = await bundleFiles(report, record, evidenceIn(folder, flags), guide);
      const bytes = pack(files);
      writeWhole(file, bytes);
      const digest = createHash('sha256').update(bytes).digest('hex');
      context.stdout.write(
        `${printable(file, 300)}: ${record.outcome}, ${files.size} files, sha256 ${digest}\n`,
      );
    });
};

const BUNDLE_EXAMPLES = `
Examples:
  mapcert certify provider.so --out out && mapcert bundle out
  mapcert verify out/certificate.zip`;

const reportIn = (folder: string) => {
  requireFolder(folder, 'the folder');
  const file = path.join(folder, 'report.json');
  const checked = checkReport(readJson(file, 'the report'));
  if (!checked.ok)
    throw new UsageError(
      `the report ${printable(file, 300)} is none of this tool: ${checked.problem}`,
    );
  const record = checked.data;
  if (record.requirements.length === 0)
    throw new UsageError(`${printable(file, 300)} has no verdicts: ${record.error ?? 'no rules'}`);
  if (record.tool.version !== toolOf().version)
    throw new UsageError(
      `${printable(file, 300)} was made by version ${printable(record.tool.version, 40)}; bundle it with that one`,
    );
  return { report: readFileSync(file, 'utf8'), record };
};

const evidenceIn = (folder: string, { selftest, date }: BundleFlags): Map<string, string> => {
  const files = new Map<string, string>();
  const environment = path.join(folder, 'evidence', 'environment.json');
  if (!existsSync(environment))
    throw new UsageError(
      `${printable(folder, 300)} has no evidence of its runs; name the folder of --out of certify, runtime or registry`,
    );
  const made = readJson(environment, 'the evidence') as object;
  files.set('evidence/environment.json', stableJson({ ...made, ...(date ? { date } : {}) }));
  files.set(
    'evidence/runs.jsonl',
    readFileSync(path.join(folder, 'evidence', 'runs.jsonl'), 'utf8'),
  );
  if (selftest !== undefined)
    files.set('evidence/kill-matrix.json', stableJson(readSelftest(selftest)));
  const counterexamples = path.join(folder, 'counterexamples');
  for (const name of existsSync(counterexamples) ? readdirSync(counterexamples) : [])
    if (name.endsWith('.json'))
      files.set(`counterexamples/${name}`, readFileSync(path.join(counterexamples, name), 'utf8'));
  return files;
};

type VerifyFlags = {
  subject?: string;
  challenge: number;
  config?: string;
  nmr?: string;
  asan?: boolean;
  timeout?: number;
};

const challengeDefault = 50;
const challengeMax = 100_000;
const bytesMax = 64 * 1024 * 1024;

/** Adds `verify`. */
export const addVerify = (
  program: Command,
  context: Context,
  done: (code: number) => void,
): void => {
  program
    .command('verify')
    .summary('says whether a certificate is whole, and makes runs of it again')
    .description(
      'Checks the digests of a certificate, that its reports say the same, that each rule is\n' +
        'judged once and each verdict goes with its counts. With the subject at hand it makes\n' +
        'runs again, drawn by the digest of the certificate itself, and compares what they show.',
    )
    .argument('<certificate>', 'what bundle wrote')
    .option('--subject <file>', 'the subject, to make runs again')
    .option(
      '--challenge <n>',
      'how many runs to make again',
      wholeNumber('--challenge', 1, challengeMax),
      challengeDefault,
    )
    .option('--config <file>', 'profile of the subject (default: next to it)')
    .option('--timeout <time>', 'longest time of one callback', duration('--timeout'))
    .option('--nmr <library>', 'library with the NMR that the driver is linked against')
    .option('--asan', 'the library was built with a sanitizer (Linux)')
    .addHelpText('after', VERIFY_EXAMPLES)
    .action(async (file: string, flags: VerifyFlags) => {
      done(await verify(file, flags, context));
    });
};

const VERIFY_EXAMPLES = `
Exit codes: 0 it holds, 1 it is refused or a run shows something else.

Examples:
  mapcert verify certificate.zip
  mapcert verify certificate.zip --subject provider.so --challenge 50`;

const verify = async (file: string, flags: VerifyFlags, context: Context): Promise<number> => {
  requireFile(file, 'the certificate');
  if (statSync(file).size > bytesMax)
    throw new UsageError(`the certificate ${printable(file, 300)} is larger than 64 MB`);
  const { checkBundle, drawn } = await import('../bundle/check.ts');
  const guide = guideOf(await context.chapters());
  const checked = await checkBundle(readFileSync(file), { version: toolOf().version, guide });
  const refuse = (why: string): number => {
    context.stderr.write(`mapcert: ${printable(file, 300)} is refused: ${printable(why)}\n`);
    return 1;
  };
  if (!checked.ok) return refuse(checked.problem);
  const { record, runs, digest } = checked;
  const { subject, outcome } = record;
  const shown = `${printable(subject.name, 80)}, sha256 ${printable(subject.sha256, 64)}`;
  context.stdout.write(`${outcome}: ${shown}\n`);
  if (flags.subject === undefined) {
    context.stdout.write('The certificate is whole. Name the --subject to make its runs again.\n');
    return 0;
  }
  if (subject.kind === 'header')
    throw new UsageError('a header has no runs: judge it again with mapcert registry');
  const given = existing(flags.subject);
  const { challenge } = await import('../run/challenge.ts');
  const result = await challenge({
    ...{ record, runs: drawn(runs, digest, flags.challenge), subject: given },
    ...{ config: flags.config ?? null, timeoutMs: flags.timeout ?? null, inProcess: false },
    ...{ nmr: flags.nmr ?? null, asan: flags.asan ?? false, enumHeader: null },
  });
  if (result.sha256 !== subject.sha256)
    return refuse(
      `it is about another subject: ${printable(given, 200)} has sha256 ${result.sha256}`,
    );
  if (result.differs !== null)
    return refuse(`on this subject "${printable(result.differs, 120)}" shows something else`);
  if (result.made === 0) return refuse('it has no run that could be made again');
  context.stdout.write(`The certificate is whole, and ${result.made} runs made again agree.\n`);
  return 0;
};
