/** Certifies an example driver in a process of its own, as a vendor would, and reads the record. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  buildByGuide,
  type ExampleDriver,
  type Extra,
  registrarLibrary,
  sourceFolder,
} from './build-drivers.ts';

const mapcert = resolve(fileURLToPath(import.meta.url), '../../mapcert.mjs');

/** Ways to build and certify; each driver is right in all of them. */
export const modes: Readonly<Record<string, { extra: Extra; options: readonly string[] }>> = {
  default: { extra: {}, options: [] },
  asan: { extra: { sanitized: true }, options: ['--asan'] },
  stress: { extra: {}, options: ['--stress'] },
  'low-memory': { extra: {}, options: ['--low-memory'] },
  nmr: { extra: { ownNmr: true }, options: ['--nmr', registrarLibrary] },
};

/**
 * The bugs in each example by number, each by the chapters that must see it; the last one crashes
 * nowhere.
 */
export const bugs: Readonly<Record<string, readonly (readonly string[])[]>> = {
  plain: [['unload'], ['lookup'], ['update'], ['deletion'], ['lifecycle', 'update']],
  precompiled: [['lifecycle', 'deletion'], ['unload'], ['creation'], ['update'], ['update']],
  'sized-values': [['association'], ['lookup'], ['update'], ['helpers'], ['lookup']],
  handles: [['lifecycle', 'registration'], ['lifecycle'], ['update'], ['deletion'], ['update']],
  cpp: [['unload'], ['lifecycle'], ['lookup'], ['epoch', 'update'], ['caller', 'update']],
};

/** Whether a bug crashes, and so has a line. */
export const isCrashing = (bug: number): boolean => bug < 5;

/**
 * What a certification said: the outcome, and for each rule that was seen broken a sentence and
 * where it crashed.
 */
export type Said = { outcome: string; broken: readonly Broken[] };
type ReportedRule = {
  id: string;
  verdict: string;
  message: string | null;
  causes?: readonly { place?: string }[];
};
type Broken = { id: string; message: string; places: readonly string[] };

/** Builds the example into `folder` and certifies it. Throws where no record came out. */
export async function certifyExample(
  example: ExampleDriver,
  folder: string,
  extra: Extra,
  options: readonly string[],
): Promise<Said> {
  const library = buildByGuide(example, folder, extra);
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  const said = await run(['certify', library, ...options, '--quiet', '--report', `json=${report}`]);
  if (!existsSync(report)) throw new Error(`certify of ${library} made no report: ${said}`);
  const record = JSON.parse(readFileSync(report, 'utf8')) as {
    outcome: string;
    requirements: ReportedRule[];
  };
  const broken = record.requirements
    .filter(({ verdict }) => ['fail', 'crash', 'hang'].includes(verdict))
    .map(({ id, message, causes = [] }) => ({
      id,
      message: message ?? '',
      places: causes.flatMap(({ place }) => place ?? []),
    }));
  return { outcome: record.outcome, broken };
}

/** `driver.c:83`: where the crash of a bug is; the source marks the line. */
export function placeOfBug(example: ExampleDriver, bug: number): string {
  const lines = readFileSync(join(sourceFolder(example), example.source), 'utf8').split('\n');
  const at = lines.findIndex((line) => new RegExp(`(/\\*|//) bug ${bug}\\b`).test(line));
  if (at < 0) throw new Error(`${example.source} marks no line for bug ${bug}`);
  return `${example.source}:${at + 1}`;
}

function run(given: readonly string[]): Promise<string> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [mapcert, ...given], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.on('close', () => done(said.trim()));
  });
}
