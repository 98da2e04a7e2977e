/**
 * Host processes ready before they are needed: one that starts while the engine loads, and those
 * that the project's own simulated fixtures, which are trusted with each other, hand on. Whoever
 * else's subject is loaded gets a process that nobody had before.
 */
import { HostProcess } from './host-process.ts';

/** Subjects after which a host is retired: their modules stay loaded. */
const subjectsMax = 60;

export class HostPool {
  private readonly idle: HostProcess[] = [];
  private readonly served = new WeakMap<HostProcess, number>();

  /** Starts a host for the next to ask. */
  prepare(): void {
    this.idle.push(new HostProcess());
  }

  /** A warm host, or a new one. */
  take(): HostProcess {
    const host = this.idle.pop() ?? new HostProcess();
    this.served.set(host, (this.served.get(host) ?? 0) + 1);
    return host;
  }

  /** Takes a host back that nothing was lost in; ends it when it is dead or has served enough. */
  async give(host: HostProcess): Promise<void> {
    if (host.isAlive && (this.served.get(host) ?? 0) < subjectsMax) this.idle.push(host);
    else await host.close();
  }

  async close(): Promise<void> {
    await Promise.all(this.idle.splice(0).map((host) => host.close()));
  }
}
