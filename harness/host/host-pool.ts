/**
 * Host processes kept warm between subjects that are trusted with each other: the project's own simulated fixtures.
 * Whoever else's subject is loaded gets a process of its own.
 */
import { HostProcess } from './host-process.ts';

/** Subjects after which a host is retired: their modules stay loaded. */
const subjectsMax = 60;

export class HostPool {
  private readonly idle: HostProcess[] = [];
  private readonly served = new WeakMap<HostProcess, number>();

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
