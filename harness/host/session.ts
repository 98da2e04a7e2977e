/** A loaded subject with its declaration: opens an instance for each run and runs it, in a host or in-process. */
import type { LoadedSubject } from '../adapters/adapter.ts';
import { loadSubject } from '../adapters/load-subject.ts';
import { UsageError } from '../fault.ts';
import type { CallMarker } from '../provider/observed.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import { checkDeclared, loadConfig } from '../run/config.ts';
import { executeRun, type Job, type RunResult } from '../run/execute.ts';
import type { SubjectFacts, SubjectSource } from '../run/executor.ts';
import type { TraceEvent } from '../trace/event.ts';

export type Session = {
  facts: SubjectFacts;
  run: (
    job: Job,
    watch: { sink?: ((event: TraceEvent) => void) | null; marker?: CallMarker | null },
  ) => Promise<RunResult>;
  close: () => void;
};

/** Loads the subject and everything it declares. Throws SubjectError and UsageError in one sentence. */
export const openSession = async (
  source: SubjectSource,
  overlay: DeclaredProfile | null,
): Promise<Session> => {
  if (source.role === 'runtime')
    return (await import('./runtime-session.ts')).openRuntimeSession(source);
  if (source.nmr !== null) {
    throw new UsageError(
      '--nmr is not supported yet: build the provider with its glue file instead.',
    );
  }
  const loaded = await loadSubject(source.path);
  const own = loaded.profile && checkDeclared(loaded.profile, 'the profile of the module');
  const config = await loadConfig(source.config, source.path);
  const hasDeclared = own !== null || config !== null || overlay !== null;
  const declared = hasDeclared ? { ...own, ...config, ...overlay } : null;
  const first = await loaded.open({ fresh: false });
  const facts: SubjectFacts = {
    kind: loaded.kind,
    name: loaded.name,
    sha256: loaded.sha256,
    declared,
    hasMakeValue: first.makeValue !== null,
    hasResourceCount: first.resourceCount !== null,
    hasDrain: first.drain !== null,
    hasInvokeHelper: first.invokeHelper !== null,
  };
  return { facts, run: runner(loaded, declared), close: () => loaded.close() };
};

const runner = (loaded: LoadedSubject, declared: DeclaredProfile | null): Session['run'] => {
  let isSpoiled = false;
  return async (job, watch) => {
    const fresh = isSpoiled || (loaded.kind === 'in-process' && job.profile.restartable === false);
    const subject = await loaded.open({ fresh });
    // Should the run throw, which is a fault of the harness, the instance is not used again.
    isSpoiled = true;
    const result = executeRun(job, subject, declared, watch);
    isSpoiled = result.spoiled;
    return result;
  };
};
