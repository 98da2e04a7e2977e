/** A mutated library: the source with one slip in it, compiled with what it needs besides. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compile, type Compiler } from '../native/compiler.ts';
import { includeFolders, shimFor } from '../native/build.ts';
import { sourcesReached } from '../native/include-scan.ts';

/** Of mutants nobody wants to read warnings. */
const silent = ['-w'];

/**
 * Compiles a text in place of a source.
 * @param beside further C files that the library is made of
 * @throws NativeBuildError with what the compiler said of it
 */
export const compileMutated = async (
  compiler: Compiler,
  source: string,
  text: string,
  { beside, folder }: { beside: readonly string[]; folder: string },
): Promise<string> => {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, path.basename(source));
  writeFileSync(file, text);
  const library = path.join(folder, `subject${compiler.extension}`);
  const includes = [...includeFolders, path.dirname(path.resolve(source))];
  const sources = [file, ...shimFor(sourcesReached(source, includes)), ...beside];
  await compile(compiler, sources, includes, library, path.basename(source), silent);
  return library;
};
