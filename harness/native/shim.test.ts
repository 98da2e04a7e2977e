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
    'a dpc is queued': 1,
    'but once': 0,
    'it has not run': 0,
    'it ran before the flush returned': 1,
    'at level': 2,
    'level after it ran': 0,
    'with its arguments': 1,
    'a dpc is removed': 1,
    'but once more': 0,
    'and never runs': 1,
    'one that queues itself ran': 3,
    'a threaded one at level': 0,
    'flushes at dispatch are seen': 1,
    'a work item fits': 1,
    'it is told of itself': 1,
    'entries are blocks': 2,
    'and given back': 0,
    'a cache-aligned block is whole lines': 128,
    'this processor': 0,
    'the third processor': 1,
    'no tenth one': 0,
    'time passes': 1,
    'a list in order': 1,
    'removed from both ends': 1,
    'the last one leaves it empty': 1,
    'a single list is a stack': 1,
    'and ends': 1,
    'words are read as written': 1,
    'an increment answers the new one': 5,
    'an exclusive or the old one': 5,
    'exchanged only if equal': 4,
    'so it stays': 4,
    'a bit was clear': 0,
    'it is set': 1,
    verified: 1,
    'the smaller': 34,
    'the log': 1,
  });
});
