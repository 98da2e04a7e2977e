/**
 * Builds the example drivers by the command that their guide in docs/drivers/ shows, so that the
 * guides stay true. What is built of the examples is in fixtures/native/drivers/; certifying them
 * is drivers.ts' business.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCompiler, NativeBuildError } from './compiler.ts';

const project = resolve(fileURLToPath(import.meta.url), '../../..');
const registrarFolder = join(project, 'fixtures/native/build/nmr');

/** The NMR that the variant `nmr` is linked with; `npm run build:native -- nmr` makes it. */
export const registrarLibrary = join(registrarFolder, 'nmr.so');

/** An example: its guide, its folder, and the source that the seeded bugs are in. */
export type ExampleDriver = { guide: string; folder: string; source: string };

/** One for each style that has a driver of its own. */
export const exampleDrivers: readonly ExampleDriver[] = [
  { guide: 'plain-c', folder: 'plain', source: 'driver.c' },
  { guide: 'precompiled', folder: 'precompiled', source: 'queuemap.c' },
  { guide: 'sized-values', folder: 'sized-values', source: 'driver.c' },
  { guide: 'handles', folder: 'handles', source: 'driver.c' },
  { guide: 'cpp', folder: 'cpp', source: 'driver.cpp' },
];

/** What is added to the command of a guide. */
export type Extra = { sanitized?: boolean; ownNmr?: boolean; bug?: number };

/** The folder of an example's sources. */
export const sourceFolder = ({ folder }: Pick<ExampleDriver, 'folder'>): string =>
  join(project, 'fixtures/native/drivers', folder);

/** The first command of a guide that compiles, as it stands there. */
export function commandOf(guide: string): string {
  const text = readFileSync(join(project, 'docs/drivers', `${guide}.md`), 'utf8');
  const block = [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
    .map(([, lines]) => lines!)
    .find((lines) => / -o \S+\n/.test(lines));
  if (block === undefined) throw new NativeBuildError(4, `docs/drivers/${guide}.md has no command`);
  return block;
}

/**
 * Builds into `into`, with the configuration beside the library; returns the library. Throws a
 * NativeBuildError.
 */
export function buildByGuide(
  { guide, folder }: Pick<ExampleDriver, 'guide' | 'folder'>,
  into: string,
  extra: Extra = {},
): string {
  mkdirSync(into, { recursive: true });
  const [, name] = / -o (\S+)\n/.exec(commandOf(guide))!;
  const library = join(into, name!);
  const [program] = findCompiler().command;
  const command = commandOf(guide)
    .replace(/^gcc /m, `${process.env['CC'] ? program : 'gcc'} `)
    .replace(/ -o \S+\n/, ` ${optionsFor(extra).join(' ')} -o '${library}'\n`);
  const done = spawnSync('sh', ['-ec', command], { cwd: project, encoding: 'utf8' });
  if (done.status !== 0)
    throw new NativeBuildError(7, `docs/drivers/${guide}.md does not build:\n${done.stderr}`);
  const config = join(sourceFolder({ folder }), 'mapcert.config.json');
  if (existsSync(config)) copyFileSync(config, join(into, 'mapcert.config.json'));
  return library;
}

const optionsFor = ({ sanitized, ownNmr, bug }: Extra): string[] => [
  ...(sanitized ? ['-fsanitize=address', '-Wl,-z,undefs'] : []),
  ...(ownNmr ? ['-DCMC_SHIM_NO_NMR', registrarLibrary, `-Wl,-rpath,${registrarFolder}`] : []),
  ...(bug === undefined ? [] : [`-DSEEDED_BUG=${bug}`]),
];
