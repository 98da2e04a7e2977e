/**
 * Where runs happen: in a host process, so that a subject that crashes, exits or never returns
 * costs one run and no more; or in this process, for debuggers.
 */
import process from 'node:process';
import { HarnessFault, SubjectError, UsageError } from '../errors/errors.ts';
import { isLibraryPath } from '../adapters/load-subject.ts';
import type { Limit } from '../adapters/process-load.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import { splitDeclared } from '../execute/config.ts';
import type { Job, RunResult } from '../execute/execute.ts';
import type { Executor, SubjectFacts, SubjectSource } from '../execute/executor.ts';
import type { Damage } from '../trace/damage.ts';
import type { TraceEvent } from '../trace/event.ts';
import { sequential } from '../trace/plan.ts';
import { asanEnvironment, sanitizerOf } from './asan.ts';
import { autopsy, isBadAccess, type Repeat } from './autopsy.ts';
import { withCauses } from './causes.ts';
import type { HostPool } from './host-pool.ts';
import { HostProcess, type Death } from './host-process.ts';
import { LossCounts } from '../execute/loss-counts.ts';
import { guardProcess } from './in-process-guard.ts';
import { callLimits, loadLimits, overranWords, type Limits } from './limits.ts';
import { confirmedLoss, startLoss, withDamage } from './loss.ts';
import { crashReporter, noReporter } from './crash-reporter.ts';
import { refusal, wordsOf } from './refusal.ts';
import { openSession } from './session.ts';

const jobsAtATime = 50;
const sparesMax = 2;
/** Lost calls of a subject whose buffers are looked at: each costs up to five hosts. */
const autopsiesMax = process.platform === 'win32' ? 4 : 10;

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
  const executor = new IsolatedExecutor(source, {
    overlay,
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

/** A run that starts the subject and stops it again. */
const trialJob = ({ declared }: SubjectFacts): Job => ({
  plan: sequential('start', [{ op: 'start' }]),
  choices: [],
  conditions: {},
  profile: bootstrapProfile(declared),
});

class IsolatedExecutor implements Executor {
  facts!: SubjectFacts;
  private readonly source: SubjectSource;
  private readonly overlay: DeclaredProfile | null;
  private readonly calls: Limits;
  private readonly loads: Limits;
  private starts = 0;
  /** What tells where a library crashed. */
  private reporter = noReporter;
  private isClosed = false;
  /** Crashes confirmed by a second run; from the first on, every run is journaled. */
  private readonly known = new Set<string>();
  /** Losses by group of jobs and callback: after three, runs of the group stop short of it. */
  private readonly losses = new LossCounts();
  /** What lost calls did to their buffers, by run and call. */
  private readonly autopsies = new Map<string, readonly Damage[]>();
  /** What was found last, by kind of loss: the next of its kind is likely the same. */
  private readonly lastFound = new Map<string, Damage>();
  private readonly hosts = new Set<HostProcess>();
  private host: HostProcess | null = null;
  /** Hosts that load while others run, once the subject has shown that it needs more than one. */
  private readonly spares: Promise<HostProcess>[] = [];
  /** Calls of run are served one after the other. */
  private queue: Promise<unknown> = Promise.resolve();

  private readonly pool: HostPool | null;
  /** Of hosts that need one of their own. */
  private readonly environment: Readonly<Record<string, string>> | null;

  constructor(
    source: SubjectSource,
    options: {
      overlay: DeclaredProfile | null;
      calls: Limits;
      loads: Limits;
      pool: HostPool | null;
      environment: Readonly<Record<string, string>> | null;
    },
  ) {
    this.source = source;
    this.pool = options.pool;
    this.environment = options.environment;
    this.overlay = options.overlay && splitDeclared(options.overlay).data;
    this.calls = options.calls;
    this.loads = options.loads;
  }

  async open(): Promise<void> {
    if (isLibraryPath(this.source.path)) this.reporter = await crashReporter();
    let trace: RunResult['trace'] = [];
    let death: Death | string | null = null;
    for (const which of ['first', 'again'] as const) {
      const host = await this.ready();
      death = await host.run([trialJob(this.facts)], {
        journal: false,
        limit: ({ callback }) => (callback === 'start' ? this.loads : this.calls)[which],
        take: (result) => (trace = result.trace),
      });
      if (typeof death === 'string') throw new HarnessFault(death);
      if (death?.how !== 'hang') break;
    }
    const usual = this.facts.kind === 'native' ? 'cmc_provider_start' : 'start()';
    const entry = this.facts.entry ?? usual;
    const refused =
      death?.mark.callback === 'start'
        ? `${this.facts.name} could not be started: ${wordsOf(death, entry, this.loads, this.source.path)}.`
        : startLoss(trace, this.facts.name);
    if (refused !== null) throw new SubjectError(refused);
  }

  run(jobs: readonly Job[]): Promise<RunResult[]> {
    const work = this.queue.then(() => this.runAll(jobs));
    this.queue = work.catch(() => undefined);
    return work;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const { host, pool } = this;
    this.host = null;
    // A subject that was never lost left its host as it found it.
    if (host && pool && this.starts === 1 && this.facts?.kind !== 'native') {
      this.hosts.delete(host);
      await pool.give(host);
    }
    await Promise.all([...this.hosts].map((one) => one.close()));
    await Promise.allSettled(this.spares.splice(0));
  }

  /** Ends the current host. */
  private async dismiss(): Promise<void> {
    const { host } = this;
    this.host = null;
    if (host) await this.end(host);
  }

  private async end(host: HostProcess): Promise<void> {
    await host.close();
    this.hosts.delete(host);
  }

  private async runAll(jobs: readonly Job[]): Promise<RunResult[]> {
    const results: RunResult[] = [];
    for (let from = 0; from < jobs.length; from += jobsAtATime) {
      await this.runRange(jobs, from, Math.min(from + jobsAtATime, jobs.length), results);
    }
    return results;
  }

  /** Fills `results` from `from` up to `to`, whatever happens to hosts meanwhile. */
  private async runRange(
    jobs: readonly Job[],
    from: number,
    to: number,
    results: RunResult[],
  ): Promise<void> {
    let at = from;
    while (at < to) {
      const host = await this.ready();
      const base = at;
      const journal = this.known.size > 0;
      const death = await host.run(
        jobs.slice(base, to).map((job) => this.bounded(job)),
        {
          journal,
          limit: () => this.calls.first,
          take: (result) => {
            results[at] = result;
            at += 1;
          },
        },
      );
      if (death === null) return;
      if (typeof death === 'string') throw new HarnessFault(death);
      const lost = Math.min(to - 1, Math.max(at, base + death.mark.job));
      const isKnown = death.mark.stage === 'subject' && this.known.has(kindOf(death));
      const told = journal && isKnown ? this.lossIn(host, death) : null;
      // Jobs before it were done, and their results died with the host.
      if (at < lost) await this.runRange(jobs, at, lost, results);
      results[lost] = told
        ? await this.examined(jobs[lost]!, death, told)
        : await this.confirm(jobs[lost]!, death);
      const { stopShort } = jobs[lost]!;
      if (stopShort !== undefined) this.losses.add(stopShort, death.mark.callback);
      at = lost + 1;
    }
  }

  /** The job, ended before callbacks in which the subject was lost too often. */
  private bounded(job: Job): Job {
    if (job.stopShort === undefined) return job;
    const often = this.losses.often(job.stopShort);
    return often.length ? { ...job, avoid: [...new Set([...(job.avoid ?? []), ...often])] } : job;
  }

  /**
   * The lost job once more, in a host of its own that writes down every event, with more patience.
   */
  private async confirm(job: Job, first: Death): Promise<RunResult> {
    await this.dismiss();
    const host = await this.ready();
    let again: RunResult | null = null;
    const death = await host.run([job], {
      journal: true,
      limit: () => this.calls.again,
      take: (result) => (again = result),
    });
    if (typeof death === 'string') throw new HarnessFault(death);
    if (death === null && again !== null) {
      await this.dismiss();
      const { mark, how } = first;
      const reason = how === 'hang' ? overranWords(this.calls, mark.callback) : 'replay diverged';
      // What overran the shorter limit only is whole; what crashed now and then is not to be
      // believed.
      return { ...(again as RunResult), unsettled: reason, diverged: how !== 'hang' };
    }
    if (first.how === 'harness' || death?.how === 'harness') {
      throw new HarnessFault(
        `the harness did not get on in plan "${job.plan.name}": please report it`,
      );
    }
    // A loss is confirmed once; the next of its kind is believed.
    if (death!.how === first.how) this.known.add(kindOf(death!));
    return this.examined(job, death!, this.lossIn(host, death!));
  }

  /** The loss, with the buffer that it is about where that can be found out. */
  private async examined(job: Job, death: Death, result: RunResult): Promise<RunResult> {
    const lost = result.trace.find((event) => event.kind === 'lost');
    if (this.facts.kind !== 'native' || !lost || !isBadAccess(death)) return result;
    const { plan, choices, conditions } = job;
    const name = JSON.stringify([plan, choices, conditions, lost.call]);
    let damage = this.autopsies.get(name);
    // A probe asks for no verdict.
    const isJudged = job.plan.suite !== undefined && !job.ease;
    if (!damage && isJudged && this.autopsies.size < autopsiesMax) {
      const repeat: Repeat = (relax) => this.repeat({ ...job, relax });
      const kind = kindOf(death);
      damage = await autopsy(result.trace, lost, repeat, this.lastFound.get(kind));
      this.autopsies.set(name, damage);
      if (damage[0]) this.lastFound.set(kind, damage[0]);
    }
    return withDamage(result, damage ?? []);
  }

  /**
   * A lost job in a host of its own, which is not used again: nobody knows what the subject wrote
   * over.
   */
  private async repeat(job: Job): Promise<readonly TraceEvent[]> {
    await this.dismiss();
    const host = await this.ready();
    let trace: readonly TraceEvent[] | null = null;
    const death = await host.run([job], {
      journal: true,
      limit: () => this.calls.first,
      take: (result) => (trace = result.trace),
    });
    if (typeof death === 'string') throw new HarnessFault(death);
    trace ??= host.journal().trace;
    await this.dismiss();
    return trace;
  }

  private lossIn(host: HostProcess, death: Death): RunResult {
    const { source, reporter, calls } = this;
    const library = isLibraryPath(source.path)
      ? { file: source.path, unplaced: reporter.lack }
      : null;
    return confirmedLoss(host.journal(), death, calls.first, library);
  }

  /** A host that has the subject loaded. */
  private async ready(): Promise<HostProcess> {
    if (this.host?.isAlive) return this.host;
    await this.dismiss();
    this.host = (await this.spares.shift()) ?? (await this.start());
    if (this.starts > 1) this.refill();
    return this.host.isAlive ? this.host : this.ready();
  }

  private refill(): void {
    while (!this.isClosed && this.spares.length < sparesMax) {
      const spare = this.start();
      // A failure is told to who takes it.
      spare.catch(() => undefined);
      this.spares.push(spare);
    }
  }

  private async start(): Promise<HostProcess> {
    const [host, answer] = await this.load('first');
    if ('mark' in answer && answer.how === 'hang') {
      await this.end(host);
      return this.accepted(...(await this.load('again')));
    }
    return this.accepted(host, answer);
  }

  private async load(
    which: keyof Limits,
  ): Promise<[HostProcess, Awaited<ReturnType<HostProcess['load']>>]> {
    this.starts += 1;
    const host = this.environment
      ? new HostProcess(this.environment)
      : (this.pool?.take() ?? new HostProcess());
    this.hosts.add(host);
    const { source, overlay } = this;
    const waits = this.calls.again;
    const reporter = this.reporter.library;
    const message = { what: 'load', source, overlay, waits, reporter } as const;
    return [host, await host.load(message, this.loads[which])];
  }

  private async accepted(
    host: HostProcess,
    answer: Awaited<ReturnType<HostProcess['load']>>,
  ): Promise<HostProcess> {
    if ('mark' in answer || answer.what === 'refused') {
      await this.end(host);
      throw refusal(
        answer,
        this.source,
        this.loads,
        this.environment ? null : sanitizerOf(this.source.path),
      );
    }
    const { facts, functions } = answer;
    this.facts ??= { ...facts, declared: withFunctions(facts.declared, functions) };
    return host;
  }
}

/**
 * Crashes that are alike: one that was confirmed speaks for the next, whose trace is then at hand.
 */
const kindOf = ({ how, error, mark }: Death): string => `${how} ${error} ${mark.callback}`;

/** Functions of a declaration stay in the host; here is only that they are there. */
const withFunctions = (
  declared: DeclaredProfile | null,
  functions: readonly string[],
): DeclaredProfile | null => {
  if (!declared) return null;
  const elsewhere = (): never => {
    throw new HarnessFault('a function of the profile was called outside the host process');
  };
  return { ...declared, ...Object.fromEntries(functions.map((name) => [name, elsewhere])) };
};
