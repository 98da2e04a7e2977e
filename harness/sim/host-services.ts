/**
 * What the subject may ask of the kernel around it: IRQL, pool, spin locks, waits, deferred work,
 * processes and handles. Every breach is recorded; a wait that nothing can end is a hang.
 */
import type { Crossing } from '../provider/observed.ts';
import type { HostServices } from '../provider/port.ts';
import type { Thread } from '../provider/thread.ts';
import type { Recorder } from '../trace/recorder.ts';
import { CallingThread } from './calling-thread.ts';
import { DeferredWork } from './deferred-work.ts';
import { DeregistrationWait } from './deregistration-wait.ts';
import type { EpochMemory } from './epoch-memory.ts';
import { Irql } from './irql.ts';
import { KernelObjects } from './kernel-objects.ts';
import type { NmrRegistrar } from './nmr.ts';
import { clean } from './subject-text.ts';
import { Waits } from './waits.ts';

/** Most lines of log that are kept of one run. */
const logsMax = 200;

export type HostParts = {
  recorder: Recorder;
  crossing: Crossing;
  memory: EpochMemory;
  nmr: NmrRegistrar;
  /** Work that is put off runs where it is asked for (ease.ts). */
  isWorkAtOnce: boolean;
  /** The wait for a deregistration that is answered with an error, counted from 1. */
  failWait: number | null;
  /** Whether a deregistration blocks while a client is bound. */
  isBlocking: () => boolean;
  /** The thread that runs now. */
  thread: () => Thread;
  withThread: <T>(thread: Thread, act: () => T) => T;
  /**
   * One step of somebody else (other actors, deferred work), false when nobody can move;
   * `isEndless`: when nobody can, processes end and their handles are closed.
   */
  pump: (isEndless: boolean) => boolean;
  /** Whether a call is the module's start, and which reference (from 1) such a call is refused. */
  isStart: (call: number) => boolean;
  failStartReference: number | null;
};

export class Host {
  readonly deferred: DeferredWork;
  readonly objects: KernelObjects;
  private readonly parts: HostParts;
  private readonly caller: CallingThread;
  private readonly irql: Irql;
  private readonly waits: Waits;
  private readonly deregistration: DeregistrationWait;
  private logs = 0;

  constructor(parts: HostParts) {
    const { recorder, crossing, pump } = parts;
    const caller = new CallingThread(recorder, crossing, parts.thread);
    this.parts = parts;
    this.caller = caller;
    this.irql = new Irql(caller);
    this.objects = new KernelObjects({ ...parts, caller });
    this.deferred = new DeferredWork({ ...parts, isAtOnce: parts.isWorkAtOnce });
    this.waits = new Waits({ caller, crossing, deferred: this.deferred, pump });
    this.deregistration = new DeregistrationWait({ ...parts, caller, waits: this.waits });
  }

  /** The table of services, every one dead once the run has ended. */
  services(): HostServices {
    const { caller, irql, waits, objects, deferred } = this;
    const { crossing, memory, nmr } = this.parts;
    const guard =
      <A extends unknown[], R>(act: (...args: A) => R) =>
      (...args: A): R => {
        if (crossing.ended) throw crossing.ended;
        return act(...args);
      };
    return {
      NmrRegisterProvider: guard((registration) => nmr.register(caller.thread, registration)),
      NmrDeregisterProvider: guard((handle) => {
        this.deregistration.block(handle);
        return nmr.deregister(caller.thread, handle);
      }),
      NmrWaitForProviderDeregisterComplete: guard((handle) => this.deregistration.wait(handle)),
      NmrProviderDetachClientComplete: guard((handle) =>
        nmr.bindings.detachComplete(caller.thread, handle),
      ),
      NmrBindingEnded: guard((handle: bigint) =>
        nmr.bindings.endedElsewhere(caller.thread, handle),
      ),
      KeGetCurrentIrql: () => caller.thread.irql,
      KeRaiseIrql: guard((level) => irql.raise(level)),
      KeLowerIrql: guard((level) => irql.lower(level)),
      checkIrql: guard((maximum, what) => irql.check(maximum, what)),
      poolAllocate: guard((size) => memory.allocate(caller.thread, 'pool', size)),
      poolFree: guard((address) => memory.free(caller.thread, 'pool', address)),
      lockAcquire: guard((lock) => irql.acquire(lock)),
      lockRelease: guard((lock) => irql.release(lock)),
      wait: guard((object, timeout) => waits.wait(object, timeout)),
      signal: guard((object) => waits.signal(object)),
      queueWork: guard((routine) => deferred.queue(routine)),
      runQueuedWork: guard(() => {
        while (deferred.runNext());
      }),
      currentProcess: () => BigInt(caller.thread.process),
      objectReference: guard((handle) => objects.reference(handle)),
      objectDereference: guard((object) => objects.dereference(object)),
      log: guard((text) => this.log(text)),
      memoryFault: (fault) => memory.fault(caller.thread, fault),
    };
  }

  private log(text: string): void {
    this.logs += 1;
    if (this.logs > logsMax) return;
    this.caller.record({ kind: 'log', call: this.caller.call, text: clean(text) });
  }
}
