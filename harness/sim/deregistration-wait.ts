/**
 * Waits of a provider that deregisters: NmrWaitForProviderDeregisterComplete until its last binding
 * has gone, and NmrDeregisterProvider itself where a runtime makes it block.
 */
import type { Crossing } from '../provider/observed.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { CallingThread } from './calling-thread.ts';
import type { NmrRegistrar } from './nmr.ts';
import { recordChange, type Registered } from './registered.ts';
import type { Waits } from './waits.ts';

type Parts = {
  caller: CallingThread;
  recorder: Recorder;
  crossing: Crossing;
  nmr: NmrRegistrar;
  waits: Waits;
  pump: (isEndless: boolean) => boolean;
  /** The wait that is answered with an error, counted from 1. */
  failWait: number | null;
  /** Whether NmrDeregisterProvider blocks while a client is bound. */
  isBlocking: () => boolean;
};

export class DeregistrationWait {
  private readonly parts: Parts;
  private readonly caller: CallingThread;
  private readonly waits: Waits;
  private awaited = 0;

  constructor(parts: Parts) {
    this.parts = parts;
    this.caller = parts.caller;
    this.waits = parts.waits;
  }

  /** Keeps a deregistration from beginning while a client is bound, where it blocks (C-28). */
  block(handle: bigint): void {
    const { nmr, crossing } = this.parts;
    const bound = nmr.boundTo(handle);
    if (!bound || !this.parts.isBlocking()) return;
    nmr.holdBack(bound);
    while (nmr.isBound(bound)) {
      if (this.parts.pump(true)) continue;
      this.waits.endWait('NmrDeregisterProvider never returns: a binding is not detached');
    }
    if (crossing.ended) throw crossing.ended;
  }

  wait(handle: bigint): string {
    const { recorder, crossing } = this.parts;
    const { thread } = this.caller;
    const staying = this.parts.nmr.refusedToLeave(handle);
    if (staying) return this.fail(staying, 'STATUS_INVALID_PARAMETER');
    const registered = this.pending(handle);
    this.waits.checkLevel();
    if (thread.entered.length > 0) {
      this.caller.misuse(
        'wait-in-epoch',
        'NmrWaitForProviderDeregisterComplete was called inside an epoch, which the end of the maps needs to advance',
      );
    }
    if ((this.awaited += 1) === this.parts.failWait) {
      return this.fail(registered, 'STATUS_UNSUCCESSFUL');
    }
    this.record(registered, { phase: 'entered' });
    // Clients are bound still, and call through the structures.
    if (!registered.complete) recordChange(recorder, registered, 'the wait for its end');
    while (!registered.complete) {
      // What runs meanwhile cannot wait for this thread: its deregistration is over when all maps
      // are.
      if (this.parts.pump(true)) continue;
      this.record(registered, { phase: 'never' });
      this.waits.endWait('the deregistration never completes: a binding is not detached');
    }
    if (crossing.ended) throw crossing.ended;
    recorder.actor = thread.actor;
    this.record(registered, { phase: 'returned', status: 'STATUS_SUCCESS' });
    return 'STATUS_SUCCESS';
  }

  /** The registration behind a handle that may be waited for; any other wait never ends. */
  private pending(handle: bigint): Registered {
    const registered = this.parts.nmr.waitable(handle);
    if (registered && !(registered.complete && registered.immediate)) return registered;
    this.caller.misuse(
      'wait-bad-handle',
      'NmrWaitForProviderDeregisterComplete was called for a handle with no deregistration pending',
    );
    return this.caller.hang('a wait for a deregistration that is not pending never ends');
  }

  /** A wait that answers an error at once, whatever the deregistration does. */
  private fail(registered: Registered, status: string): string {
    this.record(registered, { phase: 'entered' });
    this.record(registered, { phase: 'returned', status });
    return status;
  }

  private record(
    { label: registration }: Registered,
    what: { phase: 'entered' | 'never' } | { phase: 'returned'; status: string },
  ): void {
    this.caller.record({ kind: 'deregister-wait', registration, ...what });
  }
}
