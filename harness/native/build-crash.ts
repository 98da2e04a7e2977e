/**
 * Builds the crash reporter (harness/native/crash), which native subjects' hosts load first.
 * Without a compiler there is none, and crashes have no place.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import process from 'node:process';
import { type BuildTarget, isStale } from './build.ts';
import { compile, findCompiler, NativeBuildError } from './compiler.ts';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = join(project, 'harness/native/crash');
const output = join(project, 'harness/native/build/crash');

/** The reporter where mapcert was handed out built, without sources. */
const prebuilt = join(output, process.platform === 'win32' ? 'cmc_crash.dll' : 'cmc_crash.so');

/**
 * The reporter's library, built if it is out of date. Throws a NativeBuildError where there is no
 * compiler, and what the file system says where nothing may be written.
 */
export const buildCrashReporter = async (target?: BuildTarget): Promise<string> => {
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  const paths = files.map((file) => join(folder, file));
  if (!target && existsSync(prebuilt) && !isStale(prebuilt, paths)) return prebuilt;
  if (files.length === 0)
    throw new NativeBuildError(4, 'the crash reporter has no sources here and was not built');
  const compiler = target?.compiler ?? findCompiler();
  const into = target?.into ?? output;
  const library = join(into, `cmc_crash${compiler.extension}`);
  if (!isStale(library, paths)) return library;
  mkdirSync(into, { recursive: true });
  // Under another name first: another process may be loading the library.
  const unfinished = `${library}.${process.pid}.tmp`;
  try {
    const sources = paths.filter((file) => file.endsWith('.c'));
    await compile(compiler, sources, [], unfinished, relative(project, folder));
    renameSync(unfinished, library);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return library;
};
