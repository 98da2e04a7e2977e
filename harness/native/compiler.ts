/** Finds the C compiler and runs it. Which files make a library, and when, is build.ts. */
import { execFile, spawnSync } from 'node:child_process';

/**
 * A build that cannot go on; the message is one sentence for the user, or what the compiler said.
 */
export class NativeBuildError extends Error {
  override readonly name = 'NativeBuildError';
  readonly exitCode: 4 | 7;

  constructor(exitCode: 4 | 7, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * The command, the system it compiles for (its -dumpmachine), and what a library is called there.
 */
export type Compiler = {
  readonly command: readonly [string, ...string[]];
  readonly target: string;
  readonly extension: '.so' | '.dll' | '.dylib';
};

const usual = ['cc', 'gcc', 'clang'] as const;
const warningsAndDebug = [
  '-std=c11',
  '-O1',
  '-g',
  '-fPIC',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
] as const;
const outputBytesMax = 1024 * 1024;

/** `CC` of the environment (it may carry options), else the first usual name that answers. */
export function findCompiler(chosen = process.env['CC']?.trim() ?? ''): Compiler {
  const candidates = chosen === '' ? usual.map((name) => [name]) : [chosen.split(/\s+/)];
  for (const [program, ...options] of candidates) {
    if (program === undefined) continue;
    const answer = spawnSync(program, [...options, '-dumpmachine'], { encoding: 'utf8' });
    if (answer.status === 0) {
      const target = answer.stdout.trim();
      return { command: [program, ...options], target, extension: extensionOn(target) };
    }
  }
  const tried =
    chosen === ''
      ? `none of ${usual.join(', ')} runs here`
      : `CC is "${chosen}", which does not run`;
  throw new NativeBuildError(4, `no C compiler: ${tried}; install gcc or clang, or set CC to one`);
}

function extensionOn(target: string): Compiler['extension'] {
  if (/mingw|windows|cygwin/.test(target)) return '.dll';
  return /darwin|apple/.test(target) ? '.dylib' : '.so';
}

/**
 * Compiles and links one library. `label` is what the user knows the source by. `CFLAGS` are added
 * at the end.
 */
export async function compile(
  compiler: Compiler,
  sources: readonly string[],
  includes: readonly string[],
  output: string,
  label: string,
  more: readonly string[] = [],
): Promise<void> {
  const [program, ...options] = compiler.command;
  const extra = (process.env['CFLAGS'] ?? '').split(/\s+/).filter((flag) => flag !== '');
  // A sanitizer's own symbols come from the process that loads the library.
  const isSanitized = [...options, ...extra].some((flag) => flag.startsWith('-fsanitize'));
  const complete = /linux/.test(compiler.target) && !isSanitized;
  const given = [
    ...options,
    ...warningsAndDebug,
    // With it, gcc's AddressSanitizer was seen to miss overflows.
    ...(isSanitized ? ['-O0'] : []),
    ...more,
    ...includes.map((folder) => `-I${folder}`),
    ...sources,
    ...extra,
    '-shared',
    ...(complete ? ['-Wl,--no-undefined'] : []),
    ...(compiler.extension === '.dll' ? ['-static-libgcc'] : ['-pthread']),
    '-o',
    output,
  ];
  const said = await run(program, given, label);
  if (said !== '') process.stderr.write(said);
}

function run(program: string, given: readonly string[], label: string): Promise<string> {
  return new Promise((done, failed) => {
    execFile(
      program,
      given,
      { encoding: 'utf8', maxBuffer: outputBytesMax },
      (error, stdout, stderr) => {
        if (error === null) done(stdout + stderr);
        else failed(new NativeBuildError(7, `${label} does not compile:\n${stderr.trimEnd()}`));
      },
    );
  });
}
