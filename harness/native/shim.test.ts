/** The kernel names of the shim, run on a small C host: shim/test/shim-check.c. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { includeFolders } from './build.ts';
import { findCompiler } from './compiler.ts';

const here = fileURLToPath(new URL('shim/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mapcert-shim-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('keeps what the Windows names promise', () => {
  const [program, ...options] = findCompiler().command;
  const executable = join(folder, 'shim-check');
  const flags = [
    '-std=gnu11',
    '-Wall',
    '-Wextra',
    '-Werror',
    ...includeFolders.map((path) => `-I${path}`),
  ];
  const sources = [join(here, 'test/shim-check.c'), join(here, 'cmc_shim.c')];
  execFileSync(program, [...options, ...flags, ...sources, '-o', executable], { stdio: 'pipe' });
  const timedOut = 0x102;
  expect(JSON.parse(execFileSync(executable, { encoding: 'utf8' }))).toEqual({
    'refuses an older host': 1,
    'refuses no host': 1,
    binds: 0,
    'pool is zeroed': 1,
    'pool is left as it is': 1,
    'pool blocks left': 0,
    'level under a spin lock': 2,
    'checks failed at dispatch': 2,
    'level after it': 0,
    'level under a fast mutex': 1,
    'level after the mutex': 0,
    'a set event lets one pass': 0,
    'and not another': timedOut,
    'nor once it is cleared': timedOut,
    'a wait lets work set it': 0,
    'a notification lets one pass': 0,
    'and another': 0,
    'rundown is acquired': 1,
    'references left': 0,
    'rundown is refused then': 0,
    'and acquired anew': 1,
    'a bad handle': 1,
    'a good handle': 0,
    'its object': 0x1000,
    'the process': 7,
    'the log': 1,
  });
});
