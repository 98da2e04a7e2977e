/**
 * Counterexamples as files: one replay file per violation and per piece of advice, in a folder of
 * `--out`.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { stableJson } from '../../reports/json.ts';
import { isRequirementId } from '../abi/catalogue.ts';
import type { ReplayFile, RunRecord } from '../conclude/record.ts';
import { decodeReplay, tokenIn } from '../run/replay-token.ts';
import { writeWhole } from './write-file.ts';

/** What of the command line decides how a subject is opened: paths as they were given. */
export type OpenedAs = {
  subject: string | null;
  config?: string | null;
  nmr?: string | null;
  enumHeader?: string | null;
  asan?: boolean;
  timeoutMs?: number | null;
};

/** Writes them anew: those of an earlier run do not stay. */
export const writeCounterexamples = (out: string, record: RunRecord, opened: OpenedAs): void => {
  const folder = path.join(out, 'counterexamples');
  if (existsSync(folder)) {
    for (const name of readdirSync(folder).filter(isOurs)) rmSync(path.join(folder, name));
  }
  for (const { name, replay } of replaysOf(record)) {
    const file = openedIn(replay, opened, folder);
    writeWhole(path.join(folder, `${name}.json`), stableJson(file));
  }
};

/** A replay file that is to lie in this folder: paths relative to it. */
export const openedIn = (replay: ReplayFile, opened: OpenedAs, folder: string): ReplayFile => {
  const from = path.resolve(folder);
  const relative = (file: string | null | undefined): string | null =>
    file ? path.relative(from, path.resolve(file)).split(path.sep).join('/') : null;
  return {
    ...replay,
    subject: { ...replay.subject, file: relative(opened.subject) },
    opened: {
      config: relative(opened.config),
      nmr: relative(opened.nmr),
      enumHeader: relative(opened.enumHeader),
      asan: opened.asan ?? false,
      timeoutMs: opened.timeoutMs ?? null,
    },
  };
};

const isOurs = (name: string): boolean => {
  const [id = '', ...rest] = name.split('.');
  return isRequirementId(id) && rest.at(-1) === 'json';
};

/** The runs that a report's lines repeat. A recording has none: it is judged again as a whole. */
const replaysOf = ({ requirements }: RunRecord): { name: string; replay: ReplayFile }[] =>
  requirements.flatMap(({ id, counterexample, advisory }) => {
    const lines: [string, string | undefined][] = [
      [id, counterexample?.replay],
      ...Object.entries(advisory).map(([dialect, { replay }]): [string, string | undefined] => [
        `${id}.${dialect}`,
        replay,
      ]),
    ];
    return lines.flatMap(([name, line]) => {
      const token = tokenIn(line ?? '');
      return token ? [{ name, replay: decodeReplay(token) as ReplayFile }] : [];
    });
  });
