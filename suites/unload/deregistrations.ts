/** Where registrations stand on their way out, and which bindings hold them. Judges nothing. */
import type { Handlers } from '../../harness/index.ts';
import { onePerTrace } from '../state/in-order.ts';

/** One deregistration. */
export type Deregistration = {
  /** What NmrDeregisterProvider answered. */
  status: string;
  waited: boolean;
  complete: boolean;
};

/**
 * Whether the answer of NmrDeregisterProvider says that the deregistration is over or on its way.
 */
const hasBegun = (status: string): boolean =>
  status === 'STATUS_SUCCESS' || status === 'STATUS_PENDING';

export class Deregistrations {
  /** Bindings whose detach was answered with STATUS_PENDING and is not complete. */
  readonly pendingDetach = new Set<string>();
  /** A wait was made that nothing could end, as no deregistration was pending. */
  waitedInVain = false;
  /**
   * Registrations whose deregistration was answered with an error: they are as registered as
   * before.
   */
  readonly refused = new Set<string>();
  readonly handlers: Handlers;
  private readonly found = new Map<string, Deregistration>();
  private readonly bindings = new Set<string>();

  constructor() {
    this.handlers = {
      deregister: (event) => {
        if (event.registration === null) return;
        const { status } = event;
        if (!hasBegun(status)) {
          this.refused.add(event.registration);
          return;
        }
        this.found.set(event.registration, {
          status,
          waited: false,
          complete: status === 'STATUS_SUCCESS',
        });
      },
      'deregister-wait': (event) => {
        const one = this.of(event.registration ?? '');
        if (one && event.phase === 'returned') one.waited = true;
      },
      deregistered: (event) => {
        const one = this.of(event.registration);
        if (one) one.complete = true;
      },
      'binding-state': (event) => {
        if (event.state === 'attached') this.bindings.add(event.binding);
        if (event.state === 'cleaned') this.bindings.delete(event.binding);
        if (event.state === 'detach-pending') this.pendingDetach.add(event.binding);
        if (event.state === 'detached' || event.state === 'cleaned') {
          this.pendingDetach.delete(event.binding);
        }
      },
      misuse: (event) => {
        if (event.misuse === 'wait-bad-handle') this.waitedInVain = true;
      },
    };
  }

  of(registration: string): Deregistration | undefined {
    return this.found.get(registration);
  }

  /** Deregistration has begun and is not complete. */
  isPending(registration: string): boolean {
    const one = this.of(registration);
    return one !== undefined && !one.complete;
  }

  /** Clients that are bound now. */
  bound(): number {
    return this.bindings.size;
  }
}

/** The deregistrations of a trace, kept once for all monitors. */
export const deregistrationsOf = onePerTrace(() => new Deregistrations());
