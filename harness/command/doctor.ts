/**
 * `doctor`: what of this machine the commands need, what is there, and what to do about the rest.
 * Exit code 1 only where nothing can be certified here.
 */
import type { Command } from 'commander';
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { stableJson } from '../../reports/json.ts';
import { toolOf } from '../run/tool.ts';
import { printable } from '../trace/printable.ts';
import type { Context } from './context.ts';

/** `needed`: without it nothing can be certified. */
export type Ailment = { what: string; state: 'ok' | 'missing' | 'needed'; says: string };

const probeMs = 10_000;

/** The first line that a program says of itself; null: it is not there, or does not answer. */
const versionOf = (program: string): string | null => {
  const { status, stdout } = spawnSync(program, ['--version'], {
    ...{ encoding: 'utf8', timeout: probeMs, stdio: ['ignore', 'pipe', 'ignore'] },
  });
  return status === 0 ? printable(stdout.split('\n')[0] ?? '', 100) : null;
};

const program = (what: string, names: readonly string[], without: string): Ailment => {
  for (const name of names) {
    const version = versionOf(name);
    if (version !== null) return { what, state: 'ok', says: `${name}: ${version}` };
  }
  return { what, state: 'missing', says: `${names.join(', ')}: none; ${without}` };
};

const libraries = async (): Promise<Ailment> => {
  const what = 'libraries';
  try {
    (await import('../adapters/koffi-binding.ts')).loadLibrary(null);
    return { what, state: 'ok', says: 'koffi loads them' };
  } catch (error) {
    const [first = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return {
      ...{ what, state: 'missing' },
      says: `koffi does not load (${printable(first, 100)}): run npm install; modules can be certified`,
    };
  }
};

const folder = (what: string, name: string): Ailment => {
  try {
    accessSync(name, constants.R_OK | constants.W_OK);
    return { what, state: 'ok', says: 'may be read and written' };
  } catch {
    return {
      ...{ what, state: what === 'temporary' ? 'needed' : 'missing' },
      says: `${printable(name, 200)} may not be written: name another with --out, or TMPDIR`,
    };
  }
};

/** A certification of the sample provider, as short as one can be. */
const sample = async (context: Context): Promise<Ailment> => {
  const what = 'a run';
  try {
    const { exitCode, executed } = await context.certify({
      ...{ subject: null, config: null, suites: ['association'], only: null, level: null },
      ...{ revision: 'merged', dialects: ['as-documented'], seed: 1, runs: 1, budgetMs: null },
      ...{ timeoutMs: null, jobs: 1, shard: null, lowMemory: false, stress: false },
      ...{ waivers: null, inProcess: false, nmr: null, enumHeader: null, out: null },
      progress: () => undefined,
    });
    const says = `the sample provider, ${executed.runs} runs in a host process`;
    return {
      what,
      state: exitCode === 0 ? 'ok' : 'needed',
      says: `${says}, exit code ${exitCode}`,
    };
  } catch (error) {
    return {
      what,
      state: 'needed',
      says: printable(String(error instanceof Error ? error.message : error), 300),
    };
  }
};

/** Looks at everything. */
export const examined = async (context: Context): Promise<Ailment[]> => [
  {
    what: 'versions',
    state: 'ok',
    says: `mapcert ${toolOf().version}, Node.js ${process.versions.node}, ${process.platform} ${process.arch}`,
  },
  folder('working', process.cwd()),
  folder('temporary', tmpdir()),
  await libraries(),
  program(
    'compiler',
    [context.env['CC'] ?? 'cc', 'gcc', 'clang'],
    'needed to build a provider in C',
  ),
  program('C++', [context.env['CXX'] ?? 'c++', 'g++', 'clang++'], 'needed for one in C++'),
  program('Windows', ['x86_64-w64-mingw32-gcc'], 'needed to build for Windows from here'),
  program('Wine', ['wine'], 'needed to run what was built for Windows'),
  await sample(context),
];

/** Adds `doctor`. */
export const addDoctor = (root: Command, context: Context, done: (code: number) => void): void => {
  root
    .command('doctor')
    .summary('what of this machine is needed, and what is there')
    .description(
      'Looks at Node.js, compilers, Wine, permissions, and makes a short run. Exit code 1 where\n' +
        'nothing can be certified on this machine.',
    )
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  mapcert doctor')
    .action(async (flags: { json?: boolean }) => {
      const all = await examined(context);
      const lines = all.map(
        ({ what, state, says }) => `${state.padEnd(8)}${what.padEnd(11)}${says}\n`,
      );
      context.stdout.write(flags.json === true ? stableJson(all) : lines.join(''));
      done(all.some(({ state }) => state === 'needed') ? 1 : 0);
    });
};
