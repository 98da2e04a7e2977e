/**
 * The hosts of one subject: the one that runs, and spares that load while it does, once the subject
 * has shown that it needs more than one.
 */
import { HarnessFault } from '../errors/errors.ts';
import type { SubjectFacts, SubjectSource } from '../execute/executor.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import { sanitizerOf } from './asan.ts';
import { noReporter } from './crash-reporter.ts';
import type { HostPool } from './host-pool.ts';
import { HostProcess } from './host-process.ts';
import type { Limits } from './limits.ts';
import { refusal } from './refusal.ts';

const sparesMax = 2;

/** How the hosts of a subject come to be. */
export type Hosting = {
  source: SubjectSource;
  /** A declaration on top of what module and configuration say, without its functions. */
  overlay: DeclaredProfile | null;
  calls: Limits;
  loads: Limits;
  /** Where hosts come from and go back to. */
  pool: HostPool | null;
  /** Of hosts that need one of their own. */
  environment: Readonly<Record<string, string>> | null;
};

export class SubjectHosts {
  /** Known once a host has the subject loaded. */
  facts!: SubjectFacts;
  /** What tells where a library crashed. */
  reporter = noReporter;
  private readonly how: Hosting;
  private starts = 0;
  private isClosed = false;
  private readonly hosts = new Set<HostProcess>();
  private host: HostProcess | null = null;
  private readonly spares: Promise<HostProcess>[] = [];

  constructor(how: Hosting) {
    this.how = how;
  }

  /** A host that has the subject loaded. */
  async ready(): Promise<HostProcess> {
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
    const { source, overlay, pool, environment, calls, loads } = this.how;
    const host = environment ? new HostProcess(environment) : (pool?.take() ?? new HostProcess());
    this.hosts.add(host);
    const waits = calls.again;
    const reporter = this.reporter.library;
    const message = { what: 'load', source, overlay, waits, reporter } as const;
    return [host, await host.load(message, loads[which])];
  }

  private async accepted(
    host: HostProcess,
    answer: Awaited<ReturnType<HostProcess['load']>>,
  ): Promise<HostProcess> {
    if ('mark' in answer || answer.what === 'refused') {
      await this.end(host);
      const { source, loads, environment } = this.how;
      throw refusal(answer, source, loads, environment ? null : sanitizerOf(source.path));
    }
    const { facts, functions } = answer;
    this.facts ??= { ...facts, declared: withFunctions(facts.declared, functions) };
    return host;
  }

  /** Ends the current host. */
  async dismiss(): Promise<void> {
    const { host } = this;
    this.host = null;
    if (host) await this.end(host);
  }

  private async end(host: HostProcess): Promise<void> {
    await host.close();
    this.hosts.delete(host);
  }

  /** Ends all of them; one that nothing was lost in goes back to the pool. */
  async close(): Promise<void> {
    this.isClosed = true;
    const { host } = this;
    const { pool } = this.how;
    this.host = null;
    // A subject that was never lost left its host as it found it.
    if (host && pool && this.starts === 1 && this.facts?.kind !== 'native') {
      this.hosts.delete(host);
      await pool.give(host);
    }
    await Promise.all([...this.hosts].map((one) => one.close()));
    await Promise.allSettled(this.spares.splice(0));
  }
}

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
