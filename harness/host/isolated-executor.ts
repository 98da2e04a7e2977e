/**
 * Runs in host processes: what was lost is run once more to be sure, and the harm it did is looked
 * for.
 */
import process from 'node:process';
import { isLibraryPath } from '../adapters/load-subject.ts';
import { HarnessFault, SubjectError } from '../errors/errors.ts';
import type { Job, RunResult } from '../execute/execute.ts';
import type { Executor, SubjectFacts } from '../execute/executor.ts';
import { LossCounts } from '../execute/loss-counts.ts';
import type { Damage } from '../trace/damage.ts';
import type { TraceEvent } from '../trace/event.ts';
import { autopsy, isBadAccess, type Repeat } from './autopsy.ts';
import { crashReporter } from './crash-reporter.ts';
import type { Death, HostProcess } from './host-process.ts';
import { overranWords } from './limits.ts';
import { confirmedLoss, withDamage } from './loss.ts';
import { wordsOf } from './refusal.ts';
import { SubjectHosts, type Hosting } from './subject-hosts.ts';
import { startLoss, trialJob } from './trial.ts';

const jobsAtATime = 50;
/** Lost calls of a subject whose buffers are looked at: each costs up to five hosts. */
const autopsiesMax = process.platform === 'win32' ? 4 : 10;

export class IsolatedExecutor implements Executor {
  private readonly hosts: SubjectHosts;
  private readonly how: Hosting;
  /** Crashes confirmed by a second run; from the first on, every run is journaled. */
  private readonly known = new Set<string>();
  /** Losses by group of jobs and callback: after three, runs of the group stop short of it. */
  private readonly losses = new LossCounts();
  /** What lost calls did to their buffers, by run and call. */
  private readonly autopsies = new Map<string, readonly Damage[]>();
  /** What was found last, by kind of loss: the next of its kind is likely the same. */
  private readonly lastFound = new Map<string, Damage>();
  /** Calls of run are served one after the other. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(how: Hosting) {
    this.how = how;
    this.hosts = new SubjectHosts(how);
  }

  get facts(): SubjectFacts {
    return this.hosts.facts;
  }

  /** Throws SubjectError where the subject cannot be started. */
  async open(): Promise<void> {
    const { source, calls, loads } = this.how;
    if (isLibraryPath(source.path)) this.hosts.reporter = await crashReporter();
    let trace: RunResult['trace'] = [];
    let death: Death | string | null = null;
    for (const which of ['first', 'again'] as const) {
      const host = await this.hosts.ready();
      death = await host.run([trialJob(this.facts)], {
        journal: false,
        limit: ({ callback }) => (callback === 'start' ? loads : calls)[which],
        take: (result) => (trace = result.trace),
      });
      if (typeof death === 'string') throw new HarnessFault(death);
      if (death?.how !== 'hang') break;
    }
    const usual = this.facts.kind === 'native' ? 'cmc_provider_start' : 'start()';
    const entry = this.facts.entry ?? usual;
    const refused =
      death?.mark.callback === 'start'
        ? `${this.facts.name} could not be started: ${wordsOf(death, entry, loads, source.path)}.`
        : startLoss(trace, this.facts.name);
    if (refused !== null) throw new SubjectError(refused);
  }

  run(jobs: readonly Job[]): Promise<RunResult[]> {
    const work = this.queue.then(() => this.runAll(jobs));
    this.queue = work.catch(() => undefined);
    return work;
  }

  close(): Promise<void> {
    return this.hosts.close();
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
      const host = await this.hosts.ready();
      const base = at;
      const journal = this.known.size > 0;
      const death = await host.run(
        jobs.slice(base, to).map((job) => this.bounded(job)),
        {
          journal,
          limit: () => this.how.calls.first,
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
    await this.hosts.dismiss();
    const host = await this.hosts.ready();
    let again: RunResult | null = null;
    const death = await host.run([job], {
      journal: true,
      limit: () => this.how.calls.again,
      take: (result) => (again = result),
    });
    if (typeof death === 'string') throw new HarnessFault(death);
    if (death === null && again !== null) {
      await this.hosts.dismiss();
      const { mark, how } = first;
      const reason =
        how === 'hang' ? overranWords(this.how.calls, mark.callback) : 'replay diverged';
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
    await this.hosts.dismiss();
    const host = await this.hosts.ready();
    let trace: readonly TraceEvent[] | null = null;
    const death = await host.run([job], {
      journal: true,
      limit: () => this.how.calls.first,
      take: (result) => (trace = result.trace),
    });
    if (typeof death === 'string') throw new HarnessFault(death);
    trace ??= host.journal().trace;
    await this.hosts.dismiss();
    return trace;
  }

  private lossIn(host: HostProcess, death: Death): RunResult {
    const { source, calls } = this.how;
    const library = isLibraryPath(source.path)
      ? { file: source.path, unplaced: this.hosts.reporter.lack }
      : null;
    return confirmedLoss(host.journal(), death, calls.first, library);
  }
}

/**
 * Crashes that are alike: one that was confirmed speaks for the next, whose trace is then at hand.
 */
const kindOf = ({ how, error, mark }: Death): string => `${how} ${error} ${mark.callback}`;
