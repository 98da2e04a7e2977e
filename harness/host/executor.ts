/**
 * Where runs happen: in a host process, so that a subject that crashes, exits or never returns
 * costs one run and no more; or in this process, for debuggers.
 */
import { SubjectError, UsageError } from '../errors/errors.ts';
import type { Limit } from '../adapters/process-load.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import { splitDeclared } from '../execute/config.ts';
import type { RunResult } from '../execute/execute.ts';
import type { Executor, SubjectSource } from '../execute/executor.ts';
import { asanEnvironment } from './asan.ts';
import { withCauses } from './causes.ts';
import type { HostPool } from './host-pool.ts';
import { guardProcess } from './in-process-guard.ts';
import { IsolatedExecutor } from './isolated-executor.ts';
import { callLimits, loadLimits } from './limits.ts';
import { openSession } from './session.ts';
import { startLoss, trialJob } from './trial.ts';

export type ExecutorOptions = {
  inProcess: boolean;
  /** Deadline of one call; null for the default. */
  callbackTimeoutMs: number | null;
  /** A declaration on top of what module and configuration say. */
  overlay?: DeclaredProfile | null;
  /** Where hosts come from and go back to; absent: the subject's host is its own. */
  hosts?: HostPool | null;
  /** The library was built with a sanitizer, whose runtime its hosts need. */
  asan?: boolean;
};

/** Loads the subject and sees that it starts. Throws SubjectError or UsageError in one sentence. */
export const createExecutor = async (
  source: SubjectSource,
  options: ExecutorOptions,
): Promise<Executor> => {
  const overlay = options.overlay ?? null;
  const environment = options.asan ? asanEnvironment(source.path) : null;
  if (options.inProcess && environment) {
    throw new UsageError('--asan needs a host process of its own: leave out --in-process.');
  }
  const calls = callLimits(options.callbackTimeoutMs, environment !== null);
  if (options.inProcess) return withCauses(await inProcessExecutor(source, overlay, calls.again));
  const executor = new IsolatedExecutor({
    source,
    overlay: overlay && splitDeclared(overlay).data,
    calls,
    loads: loadLimits(options.callbackTimeoutMs),
    pool: options.hosts ?? null,
    environment,
  });
  try {
    await executor.open();
  } catch (reason) {
    await executor.close();
    throw reason;
  }
  return withCauses(executor);
};

const inProcessExecutor = async (
  source: SubjectSource,
  overlay: DeclaredProfile | null,
  waits: Limit,
): Promise<Executor> => {
  if (!('__vitest_worker__' in globalThis)) guardProcess();
  const session = await openSession(source, overlay, waits);
  const run: Executor['run'] = async (jobs) => {
    const results: RunResult[] = [];
    for (const job of jobs) results.push(await session.run(job, {}));
    return results;
  };
  const [trial] = await run([trialJob(session.facts)]);
  const refused = startLoss(trial!.trace, session.facts.name);
  if (refused !== null) throw new SubjectError(refused);
  return { facts: session.facts, run, close: () => Promise.resolve(session.close()) };
};
