/**
 * * The Network Module Registrar, as far as map providers meet it (docs/contract/REGISTRAR.md):
 * registrations match by NPI id, attach runs synchronously in registration order, deregistration is
 * pending while bindings exist, detach comes before cleanup.
 */
import { EBPF_MAP_INFO_EXTENSION_IID } from '../abi/guid.ts';
import type { Registration } from '../provider/port.ts';
import type { Crossing } from '../provider/observed.ts';
import type { Thread } from '../provider/thread.ts';
import type { Recorder } from '../trace/recorder.ts';
import { Bindings } from './bindings.ts';
import { recordMisuse } from './misuse.ts';
import { newlyRegistered, recordChange, type Registered } from './registered.ts';

type Parts = {
  recorder: Recorder;
  crossing: Crossing;
  /** Whether a provider that deregisters is detached before its clients are done. */
  isProviderFirst: () => boolean;
  /** Whether a deregistration is pending although nothing is bound. */
  isPendingUnbound: () => boolean;
  /** The registration that is refused although it is well formed, counted from 1. */
  failRegistration: number | null;
  /** The deregistration that is refused with an error, counted from 1. */
  failDeregistration: number | null;
  /** Least IRQL of detach and cleanup. */
  detachIrql: number;
  /** A registration was accepted and has not returned yet: clients that wait attach now (B.8). */
  onRegistered: (thread: Thread, registered: Registered) => void;
};

export class NmrRegistrar {
  readonly registered: Registered[] = [];
  readonly bindings: Bindings;
  private readonly parts: Parts;
  private handles = 0x10n;
  private wellFormed = 0;
  private departures = 0;
  private readonly leaving = new Set<Registered>();

  constructor(parts: Parts) {
    this.parts = parts;
    this.bindings = new Bindings({
      recorder: parts.recorder,
      crossing: parts.crossing,
      detachIrql: parts.detachIrql,
      registered: this.registered,
      nextHandle: () => this.nextHandle(),
      onGone: (registered) => this.settle(registered),
    });
  }

  /** A competitor of the harness's own: registered like any other, bound like any other, silent. */
  registerOwn(registration: Registration): bigint {
    const handle = this.nextHandle();
    const label = `other@${handle}`;
    const facts = registration.facts();
    this.registered.push(
      newlyRegistered({ label, handle, registration, facts, inert: false, own: true }),
    );
    return handle;
  }

  deregisterOwn(handle: bigint): void {
    const found = this.registered.find((one) => one.handle === handle);
    if (found) found.deregistering = true;
  }

  register(thread: Thread, registration: Registration): { status: string; handle: bigint } {
    const { recorder } = this.parts;
    const facts = registration.facts();
    const inert = facts.NpiId !== EBPF_MAP_INFO_EXTENSION_IID;
    const wellFormed = facts.Version === 0 && facts.Length === 72 && facts.instance?.Size === 40;
    const isValid = wellFormed && facts.ProviderAttachClient && facts.ProviderDetachClient;
    const accepted = isValid && (this.wellFormed += 1) !== this.parts.failRegistration;
    const status = accepted
      ? 'STATUS_SUCCESS'
      : isValid
        ? 'STATUS_INSUFFICIENT_RESOURCES'
        : 'STATUS_INVALID_PARAMETER';
    const label = recorder.fresh('registration');
    recorder.actor = thread.actor;
    recorder.record({ kind: 'registered', registration: label, facts, status, inert });
    if (!accepted) return { status, handle: 0n };
    const handle = this.nextHandle();
    const registered = newlyRegistered({ label, handle, registration, facts, inert, own: false });
    this.registered.push(registered);
    if (!inert) this.parts.onRegistered(thread, registered);
    return { status, handle };
  }

  deregister(thread: Thread, handle: bigint): string {
    const { recorder } = this.parts;
    const found = this.registered.find((one) => one.handle === handle && !one.deregistering);
    if (!found) {
      recordMisuse(
        recorder,
        thread,
        'deregister-bad-handle',
        'NmrDeregisterProvider was called with a handle that is not registered',
      );
      return 'STATUS_INVALID_HANDLE';
    }
    recordChange(recorder, found, 'deregistration');
    if ((this.departures += 1) === this.parts.failDeregistration) {
      found.refusedToLeave = true;
      const { size: bindings } = found.bindings;
      const status = 'STATUS_INSUFFICIENT_RESOURCES';
      recorder.actor = thread.actor;
      recorder.record({ kind: 'deregister', registration: found.label, status, bindings });
      return status;
    }
    found.refusedToLeave = false;
    found.deregistering = true;
    found.immediate = false;
    const pending = [...found.bindings].filter((binding) => binding.state !== 'cleaned');
    const waits = this.isBound(found) || this.parts.isPendingUnbound();
    const status = waits ? 'STATUS_PENDING' : 'STATUS_SUCCESS';
    recorder.actor = thread.actor;
    recorder.record({
      kind: 'deregister',
      registration: found.label,
      status,
      bindings: pending.length,
    });
    if (pending.length > 0 && this.parts.isProviderFirst()) {
      for (const binding of pending) this.bindings.providerDetach(thread, binding);
    }
    found.immediate = status === 'STATUS_SUCCESS';
    if (found.immediate) this.complete(found);
    else this.settle(found);
    return status;
  }

  /** The registration behind a handle that could be deregistered while clients are bound to it. */
  boundTo(handle: bigint): Registered | null {
    const found = this.registered.find((one) => one.handle === handle && !one.deregistering);
    return found && this.isBound(found) ? found : null;
  }

  /** Bound, or asked to attach at this moment. */
  isBound({ bindings, attaching }: Registered): boolean {
    return attaching > 0 || [...bindings].some((binding) => binding.state !== 'cleaned');
  }

  /** Offers a registration to no client any more: its deregistration has begun. */
  holdBack(registered: Registered): void {
    this.leaving.add(registered);
  }

  /**
   * The registration behind a handle whose deregistration was refused: a wait for it is answered at
   * once.
   */
  refusedToLeave(handle: bigint): Registered | null {
    return this.registered.find((one) => one.handle === handle && one.refusedToLeave) ?? null;
  }

  /** The registration that a wait is for; null for a handle that cannot be waited for. */
  waitable(handle: bigint): Registered | null {
    return this.registered.find((one) => one.handle === handle && one.deregistering) ?? null;
  }

  /**
   * Providers a client of maps is offered, in registration order, each as the last one refused: who
   * left meanwhile is not among them, and who came is.
   */
  *offers(): Generator<Registered> {
    for (const one of this.registered) {
      if (!one.inert && !one.deregistering && !this.leaving.has(one)) yield one;
    }
  }

  private nextHandle(): bigint {
    return (this.handles += 0x10n);
  }

  /** A deregistration is over when the last binding is. */
  private settle(registered: Registered): void {
    if (registered.deregistering && !this.isBound(registered)) this.complete(registered);
  }

  private complete(registered: Registered): void {
    if (registered.complete) return;
    registered.complete = true;
    this.parts.recorder.record({ kind: 'deregistered', registration: registered.label });
  }
}
