/**
 * Every header compiles alone, and sources in the style of drivers compile as they are, with each
 * compiler here.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { includeFolders } from './build.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const seconds = 120_000;

/**
 * A compiler and what it is asked to read; at least one of those for this machine has to be there.
 */
const compilers = [
  ['gcc', 'c', ['c11', 'c17']],
  ['clang', 'c', ['c11', 'c17']],
  ['x86_64-w64-mingw32-gcc', 'c', ['c11']],
  ['g++', 'cpp', ['c++17']],
  ['clang++', 'cpp', ['c++17']],
  ['x86_64-w64-mingw32-g++', 'cpp', ['c++17']],
] as const;

const isThere = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

/** Included by one file, and by it alone. */
const parts = ['cmc_shim_deferred.h', 'cmc_trace_write.h'];

let folder = '';
const sources = { c: [] as string[], cpp: [] as string[] };
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapcert-shadow-'));
  const headers = includeFolders
    .flatMap((path) => readdirSync(path))
    .filter((name) => name.endsWith('.h') && !parts.includes(name));
  for (const header of new Set(headers)) {
    for (const language of ['c', 'cpp'] as const) {
      const file = join(folder, `${header.replace('.h', '')}.${language}`);
      writeFileSync(file, `#include "${header}"\nint main(void) { return 0; }\n`);
      sources[language].push(file);
    }
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a compiler says of sources: nothing, where all is well. */
const complaints = (program: string, standard: string, files: readonly string[]): string => {
  const flags = ['-Wall', '-Wextra', '-Wpedantic', '-Werror=incompatible-pointer-types'];
  const known = program.endsWith('++') ? flags.slice(0, 3) : flags;
  const includes = includeFolders.map((path) => `-I${path}`);
  const given = ['-fsyntax-only', `-std=${standard}`, ...known, ...includes, ...files];
  const { stderr, status } = spawnSync(program, given, { encoding: 'utf8' });
  return status === 0 ? stderr : `exit code ${status}\n${stderr}`;
};

describe.each(compilers)('%s', (program, language, standards) => {
  it.for(standards)(
    'reads every header alone, as %s',
    { timeout: seconds },
    (standard, { skip }) => {
      if (!isThere(program)) skip(`${program} does not run here: its headers were NOT compiled`);
      expect(sources[language].length).toBeGreaterThan(15);
      expect(complaints(program, standard, sources[language])).toBe('');
    },
  );

  it.for(standards)(
    'reads a driver behind the prelude, as %s',
    { timeout: seconds },
    (standard, { skip }) => {
      if (!isThere(program)) skip(`${program} does not run here: no driver was compiled with it`);
      const driver = join(here, `test/driver-style.${language}`);
      for (const build of ['-DDBG=1', '-DNDEBUG'])
        expect(
          complaints(program, standard, [build, '-include', 'cmc_prelude.h', driver]),
          build,
        ).toBe('');
    },
  );
});

it('lets the shim come after the real windows.h', { timeout: seconds }, ({ skip }) => {
  const program = 'x86_64-w64-mingw32-gcc';
  if (!isThere(program)) skip(`${program} does not run here: the shim was NOT met with windows.h`);
  const file = join(folder, 'after-windows.c');
  writeFileSync(file, '#include <windows.h>\n#include "cmc_shim.h"\n');
  const includes = includeFolders.map((path) => `-I${path}`);
  const given = ['-fsyntax-only', '-Wall', '-Wextra', ...includes, file];
  expect(spawnSync(program, given, { encoding: 'utf8' }).stderr).toBe('');
});

it('has a compiler to ask', () => {
  expect(['gcc', 'clang'].some(isThere)).toBe(true);
});
