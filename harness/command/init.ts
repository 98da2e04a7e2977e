/** `init`: a folder to start from. Files that are there already are never touched. */
import type { Command } from 'commander';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../fault.ts';
import { printable } from '../trace/printable.ts';
import type { Doors } from './doors.ts';
import { CONFIG, GLUE, README } from './scaffold.ts';
import { writeWhole } from './write-file.ts';

/** What the native glue is compiled with: copied from the package, so that it never ages. */
const NATIVE_FOLDERS = ['include', 'shim'] as const;

/** Adds `init`. */
export const addInit = (program: Command, doors: Doors): void => {
  program
    .command('init')
    .summary('writes a configuration and the glue of a native provider')
    .argument('<dir>', 'folder to write into')
    .action((folder: string) => {
      const files = scaffold();
      const taken = [...files.keys()].find((name) => existsSync(path.join(folder, name)));
      if (taken !== undefined) {
        throw new UsageError(
          `${printable(path.join(folder, taken), 300)} is there already; name a folder without it`,
        );
      }
      for (const [name, text] of files) writeWhole(path.join(folder, name), text);
      const shown = [...files.keys()].map(
        (name) => `  ${printable(path.join(folder, name), 300)}\n`,
      );
      doors.stdout.write(
        `${shown.join('')}Next: read ${printable(path.join(folder, 'README.md'), 300)}\n`,
      );
    });
};

const scaffold = (): Map<string, string> =>
  new Map([
    ['README.md', README],
    ['mapcert.config.mjs', CONFIG],
    ['provider_glue.c', GLUE],
    ...NATIVE_FOLDERS.flatMap(nativeFiles),
  ]);

const nativeFiles = (folder: string): [string, string][] => {
  const root = fileURLToPath(new URL(`../native/${folder}/`, import.meta.url));
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[ch]$/.test(name) && !name.startsWith('test'))
    .sort()
    .map((name) => [
      path.join('native', folder, name),
      readFileSync(path.join(root, name), 'utf8'),
    ]);
};
