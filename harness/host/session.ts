/**
 * A loaded subject with its declaration: opens an instance for each run and runs it, in a host or
 * in-process.
 */
import type { LoadedSubject } from '../adapters/adapter.ts';
import type { Limit } from '../adapters/process-load.ts';
import { loadSubject } from '../adapters/load-subject.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import { checkDeclared, loadConfig } from '../execute/config.ts';
import { executeRun } from '../execute/execute.ts';
import type { Session, SubjectFacts, SubjectSource } from '../execute/executor.ts';
import { isUnderAsan } from './asan.ts';
import { copyOf, useOwnFolder } from './own-folder.ts';

/**
 * Loads the subject and everything it declares; `waits` is how long a wait of a runtime may go on.
 * Throws SubjectError and UsageError in one sentence.
 */
export const openSession = async (
  source: SubjectSource,
  overlay: DeclaredProfile | null,
  waits: Limit,
): Promise<Session> => {
  if (source.role === 'runtime')
    return (await import('./runtime-session.ts')).openRuntimeSession(source, waits);
  const loaded = await loadSubject(source.path, source.nmr);
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
    ...(loaded.entry === undefined ? {} : { entry: loaded.entry }),
    ...(loaded.hidden ? { hidden: loaded.hidden } : {}),
  };
  // A report names functions out of the file that was loaded, which therefore has to stay.
  const reopen = isUnderAsan() ? () => loadSubject(copyOf(source.path), source.nmr) : null;
  return { facts, run: runner(loaded, declared, reopen), close: () => loaded.close() };
};

const runner = (
  first: LoadedSubject,
  declared: DeclaredProfile | null,
  reopen: (() => Promise<LoadedSubject>) | null,
): Session['run'] => {
  let loaded = first;
  let isSpoiled = false;
  return async (job, watch) => {
    if (isSpoiled && reopen) {
      loaded = await reopen();
      isSpoiled = false;
    }
    const isOwn = job.profile.restartable === false || job.plan.conditions?.fresh_load === true;
    const fresh = isSpoiled || (loaded.kind === 'in-process' && isOwn);
    // A second instance of a library is a copy of its file.
    if (fresh && loaded.kind === 'native') useOwnFolder();
    const subject = await loaded.open({ fresh, relax: job.relax ?? null });
    // Should the run throw, which is a fault of the harness, the instance is not used again.
    isSpoiled = true;
    const result = executeRun(job, subject, declared, watch);
    isSpoiled = result.spoiled;
    return result;
  };
};
