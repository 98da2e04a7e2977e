/**
 * Sanitizers: a library that was built with one needs its runtime first in the host process, before
 * Node.js itself. Which runtime that is, the library says; where it lies, the compiler.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { isLibraryPath } from '../adapters/load-subject.ts';
import { UsageError } from '../errors/errors.ts';

/** A runtime, by the name that a library knows it by, and the compilers that are asked for it. */
type Runtime = { name: string; compilers: readonly string[] };

type Sanitizer = {
  /** As it calls itself in its reports. */
  name: string;
  /** A name that every library built with it has in it. */
  mark: string;
  flag: string;
  runtimes: readonly Runtime[];
  variable: string;
  options: string;
};

const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

const runtimesOf = (gcc: string, clang: string): readonly Runtime[] => [
  { name: `${gcc}.so`, compilers: ['gcc', 'cc'] },
  { name: `libclang_rt.${clang}-${machine}.so`, compilers: ['clang'] },
];

/**
 * In the order in which a library's is looked for: AddressSanitizer brings the undefined one's part
 * along. A report ends the process as abort() does; leaks are the ledger's business, and Node.js
 * has hundreds of its own. What Node.js does between threads is nobody's business here.
 */
const sanitizers: readonly Sanitizer[] = [
  {
    name: 'AddressSanitizer',
    mark: '__asan_init',
    flag: '-fsanitize=address',
    runtimes: runtimesOf('libasan', 'asan'),
    variable: 'ASAN_OPTIONS',
    options: 'detect_leaks=0:abort_on_error=1:allocator_may_return_null=1:color=never',
  },
  {
    name: 'ThreadSanitizer',
    mark: '__tsan_init',
    flag: '-fsanitize=thread',
    // That of clang is no library that could come before a program; gcc's serves its code, too.
    runtimes: runtimesOf('libtsan', 'tsan').slice(0, 1),
    variable: 'TSAN_OPTIONS',
    options:
      'halt_on_error=1:abort_on_error=1:ignore_noninstrumented_modules=1:report_thread_leaks=0' +
      ':report_signal_unsafe=0:report_mutex_bugs=0:color=never',
  },
  {
    name: 'UndefinedBehaviorSanitizer',
    mark: '__ubsan_handle_',
    flag: '-fsanitize=undefined',
    runtimes: runtimesOf('libubsan', 'ubsan_standalone'),
    variable: 'UBSAN_OPTIONS',
    options: 'halt_on_error=1:abort_on_error=1:print_summary=1:color=never',
  },
];

const flags = '-fsanitize=address, thread or undefined';

/** The environment of a host for this subject. Throws UsageError where there is no such thing. */
export const asanEnvironment = (file: string): Record<string, string> => {
  const shown = path.basename(file);
  if (!isLibraryPath(file)) {
    throw new UsageError(
      `--asan is for shared libraries built with ${flags}: "${shown}" is a module.`,
    );
  }
  if (process.platform !== 'linux') {
    throw new UsageError(
      `--asan works on Linux only: on ${process.platform} no runtime can be put before Node.js.`,
    );
  }
  const text = existsSync(file) ? readFileSync(file, 'latin1') : '';
  const sanitizer = sanitizers.find(({ mark }) => text.includes(mark));
  if (!sanitizer) {
    throw new UsageError(
      `--asan is for shared libraries built with ${flags}: "${shown}" was built without it.`,
    );
  }
  const { variable, options } = sanitizer;
  return { LD_PRELOAD: runtimeFor(sanitizer, text, shown), [variable]: options };
};

/** In the host: whether it was started with that environment. */
export const isUnderAsan = (): boolean =>
  sanitizers.some(({ variable, options }) => process.env[variable] === options);

/** The sanitizer that a library which does not load was built with; null: none, or no such file. */
export const sanitizerOf = (file: string): string | null => {
  const text = existsSync(file) ? readFileSync(file, 'latin1') : '';
  return sanitizers.find(({ mark }) => text.includes(mark))?.name ?? null;
};

const runtimeFor = ({ name, runtimes }: Sanitizer, text: string, shown: string): string => {
  // A library of clang names its runtime only when it was linked with -shared-libasan.
  const named = runtimes.filter((runtime) => text.includes(runtime.name));
  const wanted = named.length > 0 ? named : [...runtimes].sort(clangFirst(text));
  for (const runtime of wanted) {
    const found = runtime.compilers.map((compiler) => fileOf(compiler, runtime.name));
    const there = found.find((one) => one !== null);
    if (there) return there;
  }
  const asked = wanted.flatMap(({ compilers }) => compilers).join(', ');
  throw new UsageError(
    `--asan finds no ${name} runtime for "${shown}" (asked ${asked}): install the compiler it was built with.`,
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
