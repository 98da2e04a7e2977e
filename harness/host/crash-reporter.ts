/** The crash reporter's library for hosts of native subjects, built once; or why there is none. */
import { buildCrashReporter } from '../native/build-crash.ts';
import { NativeBuildError } from '../native/compiler.ts';

export type CrashReporter = {
  library: string | null;
  /** Why there is none, in words that name nothing of this machine. */
  lack: string | null;
};

/** For subjects that need none. */
export const noReporter: CrashReporter = { library: null, lack: null };

let asked: Promise<CrashReporter> | null = null;

/** Never throws: a subject is certified without it, too. */
export const crashReporter = (): Promise<CrashReporter> => (asked ??= build());

const build = async (): Promise<CrashReporter> => {
  try {
    return { library: await buildCrashReporter(), lack: null };
  } catch (reason) {
    return { library: null, lack: wordsFor(reason) };
  }
};

const wordsFor = (reason: unknown): string => {
  if (reason instanceof NativeBuildError && reason.exitCode === 4) return reason.message;
  const { code } = reason as NodeJS.ErrnoException;
  return `the crash reporter could not be built (${code ?? 'it does not compile here'})`;
};
