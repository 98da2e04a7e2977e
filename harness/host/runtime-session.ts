/**
 * A runtime under test, loaded: every run gets a fresh instance. A library is watched through the
 * observing provider in C.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Limit } from '../adapters/process-load.ts';
import { checkIsFile } from '../adapters/library-file.ts';
import { importDefault, isLibraryPath } from '../adapters/load-subject.ts';
import { SubjectError, UsageError } from '../errors/errors.ts';
import type { CallMarker } from '../provider/observed.ts';
import type { RuntimeDeviation, RuntimeModule } from '../provider/runtime-port.ts';
import { conditionsOf, type Job } from '../execute/execute.ts';
import type { Session, SubjectFacts, SubjectSource } from '../execute/executor.ts';
import { openReferenceRuntime } from '../execute/reference-runtime.ts';
import { runAgainst, type RunWatch } from '../execute/runtime-run.ts';
import type { TraceEvent } from '../trace/event.ts';
import { useOwnFolder } from './own-folder.ts';

type LoadedRuntime = {
  name: string;
  sha256: string;
  run: (job: Job, watch: RunWatch) => TraceEvent[];
  close: () => void;
};

const moduleSays =
  'a runtime { name, open(options) }, or a function from a right runtime to a wrong one';

const loadRuntimeModule = async (file: string): Promise<LoadedRuntime> => {
  const shown = path.basename(file);
  let found: unknown;
  try {
    found = await importDefault(file, { fresh: false });
  } catch (reason) {
    if (reason instanceof SubjectError) throw reason;
    const words = reason instanceof Error ? reason.message.split('\n', 1)[0]! : String(reason);
    throw new SubjectError(`"${shown}" could not be imported: ${words}`);
  }
  const module = asModule(found, shown);
  return {
    name: module.name,
    sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
    run: (job, watch) => {
      const conditions = conditionsOf(job);
      const { revision = 'merged' } = conditions;
      return runAgainst(module.open({ revision }), job.plan, conditions, watch);
    },
    close: () => undefined,
  };
};

const asModule = (found: unknown, shown: string): RuntimeModule => {
  if (typeof found === 'function') {
    const deviate = found as RuntimeDeviation;
    const name = path.basename(shown, path.extname(shown));
    return { name, open: (options) => deviate(openReferenceRuntime(options)) };
  }
  const module = found as Partial<RuntimeModule> | null | undefined;
  if (typeof module?.open !== 'function' || typeof module.name !== 'string') {
    throw new SubjectError(`"${shown}" exports no runtime as default: expected ${moduleSays}.`);
  }
  return module as RuntimeModule;
};

const observerFile = async (): Promise<string> => {
  const { buildNative, NativeBuildError } = await import('../native/build.ts');
  try {
    const [observer] = await buildNative('observer/');
    return observer!.library;
  } catch (reason) {
    if (!(reason instanceof NativeBuildError)) throw reason;
    throw new UsageError(`the observing provider in C could not be built: ${reason.message}`);
  }
};

const loadRuntimeLibrary = async (file: string, waits: Limit): Promise<LoadedRuntime> => {
  // Loaded on demand, so that a runtime in TypeScript needs no native code at all.
  const { loadNativeRuntime } = await import('../adapters/load-runtime.ts');
  const { Observer } = await import('../adapters/observer.ts');
  const { runObserved } = await import('../execute/observed-run.ts');
  // Every instance is a copy of the file.
  useOwnFolder();
  const runtime = loadNativeRuntime(file);
  // A library that is no runtime is refused before anything is run.
  runtime.instance();
  const observer = new Observer(await observerFile());
  return {
    name: runtime.name,
    sha256: runtime.sha256,
    run: (job, watch) =>
      runObserved(runtime.instance(), observer, job.plan, conditionsOf(job), { ...watch, waits }),
    close: () => {
      observer.close();
      runtime.close();
    },
  };
};

/** The embedded reference, named by no file. */
const reference: LoadedRuntime = {
  name: 'reference runtime',
  sha256: '',
  run: (job, watch) => {
    const conditions = conditionsOf(job);
    const { revision = 'merged', dialect = 'as-documented' } = conditions;
    return runAgainst(openReferenceRuntime({ revision, dialect }), job.plan, conditions, watch);
  },
  close: () => undefined,
};

const load = (file: string, waits: Limit): Promise<LoadedRuntime> => {
  if (file === '') return Promise.resolve(reference);
  checkIsFile(file);
  if (isLibraryPath(file)) return loadRuntimeLibrary(file, waits);
  if (/\.[mc]?[tj]s$/.test(file)) return loadRuntimeModule(file);
  throw new SubjectError(
    `"${path.basename(file)}" is no runtime by its ending: expected a shared library or a module.`,
  );
};

/**
 * Opens the runtime that the source names; `waits` is how long one of its waits may go on. Throws
 * SubjectError in one sentence.
 */
export const openRuntimeSession = async (source: SubjectSource, waits: Limit): Promise<Session> => {
  const runtime = await load(source.path, waits);
  const facts: SubjectFacts = {
    kind: 'runtime',
    name: runtime.name,
    sha256: runtime.sha256,
    declared: null,
    hasMakeValue: false,
    hasResourceCount: false,
    hasDrain: false,
    hasInvokeHelper: false,
  };
  return {
    facts,
    run: (job, { sink = null, marker = null }) => {
      const trace = runtime.run(job, { sink, marker: marker && eachOperation(marker) });
      return Promise.resolve({ trace, branches: [], spoiled: false });
    },
    close: runtime.close,
  };
};

/**
 * Marks operations one after the other: the call that may not come back is the operation itself.
 */
const eachOperation = (marker: CallMarker): ((op: number) => void) => {
  let isIn = false;
  return (op) => {
    if (isIn) marker.leave();
    isIn = true;
    marker.enter(0, op, 'deferred work');
  };
};
