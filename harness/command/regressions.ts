/** What of the command line comes from earlier days: counterexamples, and the day itself. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { checkReplay } from '../../reports/check-report.ts';
import type { ReplayFile } from '../conclude/record.ts';
import { UsageError } from '../errors/errors.ts';
import { printable } from '../trace/printable.ts';
import { dayOf } from './arguments.ts';
import type { Context } from './context.ts';
import { readJson, requireFolder } from './read-file.ts';

const filesMax = 2_000;

/** The replay files of a folder, by name. */
export const regressionsIn = (folder: string): ReplayFile[] => {
  requireFolder(folder, '--regressions');
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (names.length === 0 || names.length > filesMax)
    throw new UsageError(
      `--regressions ${printable(folder, 300)} has ${names.length} replay files, not 1 to ${filesMax}`,
    );
  return names.map((name) => {
    const file = path.join(folder, name);
    const checked = checkReplay(readJson(file, 'the replay file'));
    if (checked.ok) return checked.data;
    throw new UsageError(
      `the replay file ${printable(file, 300)} is none of this tool: ${checked.problem}`,
    );
  });
};

/** The day that was given, by the option or the environment; undefined: today's. */
export const todayOf = (given: string | undefined, { env }: Context): string | undefined =>
  given ?? (env['MAPCERT_TODAY'] ? dayOf('MAPCERT_TODAY')(env['MAPCERT_TODAY']) : undefined);
