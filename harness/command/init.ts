/**
 * `init`: a folder that builds and is certified as it stands. Files that are there already are
 * never touched.
 */
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../errors/errors.ts';
import { printable } from '../trace/printable.ts';
import type { Context } from './context.ts';
import { KINDS, LIBRARY, scaffold, type Kind } from './scaffold.ts';
import { writeWhole } from './write-file.ts';

/** Adds `init`. */
export const addInit = (program: Command, context: Context): void => {
  program
    .command('init')
    .summary('writes a provider to begin with: sources, glue, build files, configuration')
    .description(
      'Writes a folder that builds and is certified as it stands; your sources then take the\n' +
        'place of those that it begins with.',
    )
    .argument('<dir>', 'folder to write into')
    .option('--c', 'a provider in C with routines that register and unregister it (default)')
    .option('--driver', 'a driver that is entered by DriverEntry only')
    .option('--cpp', 'a provider in C++')
    .option('--ts', 'a model in TypeScript, with the suite as tests of vitest')
    .addHelpText(
      'after',
      '\nExample:\n  mapcert init map --driver && sh map/build.sh\n  mapcert certify map/my_provider.so',
    )
    .action((folder: string, flags: Partial<Record<Kind, boolean>>) => {
      const files = scaffold(kindOf(flags));
      const taken = [...files.keys()].find((name) => existsSync(path.join(folder, name)));
      if (taken !== undefined) {
        throw new UsageError(
          `${printable(path.join(folder, taken), 300)} is there already; name a folder without it`,
        );
      }
      for (const [name, text] of files) writeWhole(path.join(folder, name), text);
      context.stdout.write(told(folder, [...files.keys()]));
    });
};

const kindOf = (flags: Partial<Record<Kind, boolean>>): Kind => {
  const asked = KINDS.filter((kind) => flags[kind] === true);
  if (asked.length > 1) {
    throw new UsageError(`--${asked[0]} and --${asked[1]} are two kinds of provider; choose one`);
  }
  return asked[0] ?? 'c';
};

/** What was written, the headers as one line, and the commands that come next. */
const told = (folder: string, names: readonly string[]): string => {
  const shown = (name: string): string => printable(path.join(folder, name), 300);
  const own = names.filter((name) => !name.startsWith('native'));
  if (own.length === names.length)
    return [
      ...own.map((name) => `  ${shown(name)}`),
      'Next:',
      `  mapcert certify ${shown(`${LIBRARY}.ts`)}`,
      '',
    ].join('\n');
  return [
    ...own.map((name) => `  ${shown(name)}`),
    `  ${shown('native')}  (headers and shim, ${names.length - own.length} files)`,
    'Next:',
    `  sh ${shown('build.sh')}`,
    `  mapcert certify ${shown(`${LIBRARY}.so`)}`,
    `and then put your own sources in: ${shown('README.md')}`,
    '',
  ].join('\n');
};
