/**
 * Runs that broke a rule, kept under short names in `.mapcert/` of the working folder, so that
 * `mapcert replay 3f9c` finds them again. The folder is a convenience: where it cannot be written,
 * reports print the whole word instead.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stableJson } from '../../reports/json.ts';
import { UsageError } from '../errors/errors.ts';
import type { ReplayFile, RunRecord } from '../conclude/record.ts';
import { decodeReplay, tokenIn } from '../run/replay-token.ts';
import { printable } from '../trace/printable.ts';
import { openedIn, type OpenedAs } from './counterexamples.ts';

const folderName = '.mapcert';
/** Runs kept of one certification, and of all. */
const ofOneMax = 60;
const allMax = 600;

/** Whether a word can be a short name: the beginning of an id. */
export const isShortName = (text: string): boolean => /^[0-9a-f]{4,12}$/.test(text);

/** Keeps the runs of a record in this working folder; false: it cannot be written. */
export const keepRuns = (record: RunRecord, opened: OpenedAs, workFolder: string): boolean => {
  const runs = record.requirements.flatMap(({ counterexample }) => {
    const token = tokenIn(counterexample?.replay ?? '');
    const id = counterexample?.id;
    return token !== null && id !== undefined ? [{ id, token }] : [];
  });
  if (runs.length === 0) return true;
  const folder = path.join(workFolder, folderName);
  try {
    mkdirSync(folder, { recursive: true });
    // What is kept here is nobody's source.
    if (!existsSync(path.join(folder, '.gitignore'))) {
      writeFileSync(path.join(folder, '.gitignore'), '*\n');
    }
    for (const { id, token } of runs.slice(0, ofOneMax)) {
      const file = openedIn(decodeReplay(token) as ReplayFile, opened, folder);
      writeFileSync(path.join(folder, `${id}.json`), stableJson(file));
    }
    forget(folder);
    return true;
  } catch {
    return false;
  }
};

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).filter((name) => /^[0-9a-f]{12}\.json$/.test(name));
  } catch {
    return [];
  }
};

/** Leaves the latest. */
const forget = (folder: string): void => {
  const names = namesIn(folder);
  if (names.length <= allMax) return;
  const aged = names.map((name) => ({ name, at: statSync(path.join(folder, name)).mtimeMs }));
  aged.sort((one, other) => other.at - one.at);
  for (const { name } of aged.slice(allMax)) rmSync(path.join(folder, name), { force: true });
};

/**
 * The file of the run with this short name, in this folder or one above it. Throws UsageError where
 * there is none, or more than one.
 */
export const keptRun = (name: string, workFolder: string): string => {
  for (let at = path.resolve(workFolder); ; at = path.dirname(at)) {
    const folder = path.join(at, folderName);
    const found = namesIn(folder).filter((one) => one.startsWith(name));
    if (found.length === 1) return path.join(folder, found[0]!);
    if (found.length > 1) {
      throw new UsageError(
        `several kept runs begin with ${printable(name, 20)}: ${found.map((one) => one.slice(0, 12)).join(', ')}; write more of it`,
      );
    }
    if (at === path.dirname(at)) break;
  }
  throw new UsageError(
    `no run named ${printable(name, 20)} is kept in ${folderName}/ here; ` +
      'run it where it was found, or name its report with --from, or paste the whole word (r1.…)',
  );
};
