/**
 * Programs of Windows under Wine, each with a time limit; nothing of them is left when this is
 * over.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { workFolder } from './prerequisites.ts';

/** How a program ended; `said` is what it wrote to stderr. */
export type Ended = { code: number | null; timedOut: boolean; said: string };

const prefix = path.join(workFolder, 'prefix');

const environment = {
  ...process.env,
  WINEPREFIX: prefix,
  WINEARCH: 'win64',
  WINEDEBUG: '-all',
};

/** Node 20 refuses older systems, and what Wine plays by default is one. */
const asWindows10 = ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'];
const settingUpLimitMs = 120_000;

/**
 * Makes the prefix, once, and keeps Wine's server up between programs. False when Wine does not
 * come up.
 */
export const startWine = (): boolean => {
  const options = { env: environment, stdio: 'ignore', timeout: settingUpLimitMs } as const;
  spawnSync('wineserver', ['-p'], options);
  if (existsSync(path.join(prefix, 'user.reg'))) return true;
  return (
    spawnSync('wine', ['wineboot', '-i'], options).status === 0 &&
    spawnSync('wine', asWindows10, options).status === 0
  );
};

/** Ends Wine's server and with it every program that still runs in the prefix. */
export const stopWine = (): void => {
  spawnSync('wineserver', ['-k'], { env: environment, stdio: 'ignore' });
};

/**
 * Runs a command in a process group of its own, which is killed as a whole at the limit. Output
 * goes through a file: node.exe under Wine cannot open a pipe of Linux.
 */
export const runBounded = (
  command: readonly [string, ...string[]],
  log: string,
  limitMs: number,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const [program, ...given] = command;
    const output = openSync(log, 'w');
    const child = spawn(program, given, {
      cwd: workFolder,
      env: program === 'wine' ? environment : process.env,
      stdio: ['ignore', output, output],
      detached: true,
    });
    closeSync(output);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, limitMs);
    child.on('error', reject);
    child.on('exit', (code) => {
      clearTimeout(timer);
      killGroup(child.pid);
      resolve({ code, timedOut, said: readFileSync(log, 'utf8').trim() });
    });
  });

const killGroup = (leader: number | undefined): void => {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It is gone already.
  }
};
