/**
 * Builds the stress driver (harness/native/stress): the library that the harness loads, and, for
 * ThreadSanitizer, a program of its own with the right providers beside it. docs/STRESS.md says
 * what each is for.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import process from 'node:process';
import { type BuildTarget, includeFolders, isStale, listFixtures, shimSources } from './build.ts';
import { type Compiler, compile, findCompiler, NativeBuildError } from './compiler.ts';
import { sourcesReached } from './include-scan.ts';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = join(project, 'harness/native/stress');
const output = join(project, 'harness/native/build/stress');
const includes = [...includeFolders, folder];
const mainSource = 'cmc_stress_main.c';

const driverSources = (): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.c') && file !== mainSource)
    .sort()
    .map((file) => join(folder, file));

/** Where the loader's functions are; part of the C library in newer ones. */
const loaderOf = (compiler: Compiler): string[] => (/linux/.test(compiler.target) ? ['-ldl'] : []);

/** The driver where mapcert was handed out built, without sources. */
const prebuilt = join(output, process.platform === 'win32' ? 'cmc_stress.dll' : 'cmc_stress.so');

/** The driver library, built if it is out of date. Throws a NativeBuildError like buildNative. */
export async function buildStressDriver(target?: BuildTarget): Promise<string> {
  if (!existsSync(folder) && existsSync(prebuilt)) return prebuilt;
  const compiler = target?.compiler ?? findCompiler();
  const sources = driverSources();
  const into = target?.into ?? output;
  const library = join(into, `cmc_stress${compiler.extension}`);
  if (
    !isStale(
      library,
      sources.flatMap((file) => sourcesReached(file, includes)),
    )
  )
    return library;
  mkdirSync(into, { recursive: true });
  // Under another name first: another process may be loading the library.
  const unfinished = `${library}.${process.pid}.tmp`;
  try {
    await compile(
      compiler,
      [...sources, ...loaderOf(compiler)],
      includes,
      unfinished,
      relative(project, folder),
    );
    renameSync(unfinished, library);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return library;
}

/** A program and provider libraries that ThreadSanitizer watches; the paths, the program first. */
export function buildWithThreadSanitizer(): readonly string[] {
  const compiler = findCompiler();
  const into = join(output, 'tsan');
  const [program, ...options] = compiler.command;
  const flags = ['-std=c11', '-O1', '-g', '-fPIC', '-Wall', '-Wextra', '-fsanitize=thread'];
  mkdirSync(into, { recursive: true });
  const make = (sources: readonly string[], file: string, more: readonly string[]): string => {
    const target = join(into, file);
    const given = [
      ...options,
      ...flags,
      ...includes.map((path) => `-I${path}`),
      ...sources,
      ...more,
      '-o',
      target,
    ];
    try {
      execFileSync(program, given, { stdio: ['ignore', 'inherit', 'inherit'] });
    } catch {
      throw new NativeBuildError(
        7,
        `${file} does not build with -fsanitize=thread; does ${program} have ThreadSanitizer?`,
      );
    }
    return target;
  };
  const driver = make([...driverSources(), join(folder, mainSource)], 'cmc_stress', [
    ...loaderOf(compiler),
    '-pthread',
  ]);
  const libraries = listFixtures(compiler.extension)
    .filter(({ name }) => name.startsWith('providers/') || name.startsWith('faults/CONC-001'))
    .map(({ name, source }) => {
      const shim = sourcesReached(source, includes).some((file) => file.endsWith('cmc_shim.h'))
        ? shimSources()
        : [];
      return make([source, ...shim], name.replace(/^.*\//, '') + compiler.extension, ['-shared']);
    });
  return [driver, ...libraries];
}

async function main(option: string | undefined): Promise<number> {
  try {
    const made = option === '--tsan' ? buildWithThreadSanitizer() : [await buildStressDriver()];
    console.log(made.map((file) => relative(project, file)).join('\n'));
    return 0;
  } catch (error) {
    if (!(error instanceof NativeBuildError)) throw error;
    console.error(error.message);
    return error.exitCode;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = await main(process.argv[2]);
