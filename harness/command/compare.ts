/** `diff` and `merge`: what reports say about each other. Nothing runs. */
import type { Command } from 'commander';
import { checkReport } from '../../reports/check-report.ts';
import { differenceOf, renderDifference } from '../../reports/diff.ts';
import { stableJson } from '../../reports/json.ts';
import { UsageError } from '../errors/errors.ts';
import { mergeShards } from '../conclude/merge.ts';
import type { NamedRecord } from '../conclude/merge.ts';
import { printable } from '../trace/printable.ts';
import { reportOptions } from './certify.ts';
import type { Context } from './context.ts';
import type { PublishOptions } from './publish.ts';
import { readJson } from './read-file.ts';
import { withReports } from './reporting.ts';

const readReport = (file: string): NamedRecord => {
  const checked = checkReport(readJson(file, 'the report'));
  if (checked.ok && checked.data.error === undefined)
    return { name: printable(file, 300), record: checked.data };
  if (checked.ok) {
    throw new UsageError(
      `the report ${printable(file, 300)} holds no verdicts: ${printable(checked.data.error ?? '', 300)}`,
    );
  }
  throw new UsageError(
    `the report ${printable(file, 300)} is none of this tool: ${checked.problem}`,
  );
};

/** Adds `diff`. */
export const addDiff = (program: Command, context: Context, done: (code: number) => void): void => {
  program
    .command('diff')
    .summary('compares two JSON reports, by cause and rule')
    .description(
      'Compares two JSON reports, by cause and rule. Exit code 1 if something got worse, or a new cause is behind a rule that was red.',
    )
    .argument('<before>', 'the earlier report')
    .argument('<after>', 'the later report')
    .option('--json', 'as JSON')
    .action((before: string, after: string, { json = false }: { json?: boolean }) => {
      const difference = differenceOf(readReport(before).record, readReport(after).record);
      context.stdout.write(json ? stableJson(difference) : renderDifference(difference));
      done(difference.worse > 0 ? 1 : 0);
    });
};

/** Adds `merge`. */
export const addMerge = (
  program: Command,
  context: Context,
  done: (code: number) => void,
): void => {
  const command = program
    .command('merge')
    .summary('joins the JSON reports of all shards')
    .description('Joins the JSON reports of all shards of one run; exit code as of the whole run.')
    .argument('<shards...>', 'the reports, each shard once');
  reportOptions(command).action(async (files: string[], flags: PublishOptions) => {
    const record = await withReports(flags, context, {
      asked: { subject: { kind: 'in-process', name: 'shards' }, revision: 'merged', seed: 0 },
      cut: { exitCode: 7, sentence: 'the process ended before the reports were joined' },
      opened: { subject: null },
      inputs: files,
      work: () => Promise.resolve(mergeShards(files.map(readReport))),
    });
    done(record.exitCode);
  });
};
