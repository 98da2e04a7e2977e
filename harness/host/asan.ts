/**
 * AddressSanitizer for a library that was built with it: its runtime has to come first in the host process, before
 * Node.js itself. Which runtime that is, the library says; where it lies, the compiler.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { isLibraryPath } from '../adapters/load-subject.ts';
import { UsageError } from '../fault.ts';

/** A report ends the process as abort() does; leaks are the ledger's business, and Node.js has hundreds of its own. */
const asanOptions = 'detect_leaks=0:abort_on_error=1:allocator_may_return_null=1:color=never';

/** A runtime, by the name that a library knows it by, and the compilers that are asked for it. */
type Runtime = { name: string; compilers: readonly string[] };

const runtimes: readonly Runtime[] = [
  { name: 'libasan.so', compilers: ['gcc', 'cc'] },
  {
    name: `libclang_rt.asan-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so`,
    compilers: ['clang'],
  },
];

/** The environment of a host for this subject. Throws UsageError where there is no such thing. */
export const asanEnvironment = (file: string): Record<string, string> => {
  const shown = path.basename(file);
  if (!isLibraryPath(file)) {
    throw new UsageError(
      `--asan is for shared libraries built with -fsanitize=address: "${shown}" is a module.`,
    );
  }
  if (process.platform !== 'linux') {
    throw new UsageError(
      `--asan works on Linux only: on ${process.platform} no runtime can be put before Node.js.`,
    );
  }
  const text = existsSync(file) ? readFileSync(file, 'latin1') : '';
  if (!text.includes('__asan_init')) {
    throw new UsageError(
      `--asan is for shared libraries built with -fsanitize=address: "${shown}" was built without it.`,
    );
  }
  return { LD_PRELOAD: runtimeFor(text, shown), ASAN_OPTIONS: asanOptions };
};

/** In the host: whether it was started with that environment. */
export const isUnderAsan = (): boolean => process.env['ASAN_OPTIONS'] === asanOptions;

const runtimeFor = (text: string, shown: string): string => {
  // A library of clang names its runtime only when it was linked with -shared-libasan.
  const named = runtimes.filter(({ name }) => text.includes(name));
  const wanted = named.length > 0 ? named : [...runtimes].sort(clangFirst(text));
  for (const runtime of wanted) {
    const found = runtime.compilers.map((compiler) => fileOf(compiler, runtime.name));
    const there = found.find((one) => one !== null);
    if (there) return there;
  }
  const asked = wanted.flatMap(({ compilers }) => compilers).join(', ');
  throw new UsageError(
    `--asan finds no AddressSanitizer runtime for "${shown}" (asked ${asked}): install the compiler it was built with.`,
  );
};

const clangFirst = (text: string) => (a: Runtime) =>
  a.compilers.includes('clang') === text.includes('clang version') ? -1 : 1;

/** Where a compiler keeps a library of its own; null when it does not run or has none. */
const fileOf = (compiler: string, name: string): string | null => {
  try {
    const answer = execFileSync(compiler, [`-print-file-name=${name}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    // A name that the compiler does not know comes back as it went.
    return path.isAbsolute(answer) && existsSync(answer) ? realpathSync(answer) : null;
  } catch {
    return null;
  }
};
