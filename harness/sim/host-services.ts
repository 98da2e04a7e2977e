/**
 * What the subject may ask of the kernel around it: IRQL, pool, spin locks, waits, deferred work,
 * processes and handles. Every breach is recorded; a wait that nothing can end is a hang.
 */
import { DISPATCH_LEVEL } from '../abi/flags.ts';
import type { HostServices, MemoryFault, Outcome, Registration } from '../provider/port.ts';
import type { Crossing } from '../provider/observed.ts';
import { newThread, type Thread } from '../provider/thread.ts';
import type { Misuse } from '../trace/misuse.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { EpochMemory } from './epoch-memory.ts';
import { recordMisuse } from './misuse.ts';
import type { NmrRegistrar } from './nmr.ts';
import type { Registered } from './registered.ts';

/** Handles that are valid in a user process: 4, 8 … 1024. */
export const HANDLE_STEP = 4;
export const SEEDED_HANDLES = 256;
const isSeeded = (handle: bigint): boolean =>
  handle > 0n &&
  handle <= BigInt(HANDLE_STEP * SEEDED_HANDLES) &&
  handle % BigInt(HANDLE_STEP) === 0n;

const WAIT_TIMED_OUT = 258;
const FOREVER = 0xffffffff;
/** Bounds of what a subject may pile up in one run. */
const logsMax = 200;
const logCharactersMax = 300;
const deferredMax = 10_000;
const nestedWaitsMax = 32;

export type HostParts = {
  recorder: Recorder;
  crossing: Crossing;
  memory: EpochMemory;
  nmr: () => NmrRegistrar;
  /** Work that is put off runs where it is asked for (ease.ts). */
  isWorkAtOnce: boolean;
  /** The wait for a deregistration that is answered with an error, counted from 1. */
  failWait: number | null;
  /** The thread that runs now. */
  thread: () => Thread;
  withThread: <T>(thread: Thread, act: () => T) => T;
  /** Lets others move once (other actors, deferred work); false when nobody can. */
  /**
   * One step of somebody else; `isEndless`: when nobody can move, processes end and their handles
   * are closed.
   */
  pump: (isEndless: boolean) => boolean;
  /** Whether a call is the module's start, and which reference (from 1) such a call is refused. */
  isStart: (call: number) => boolean;
  failStartReference: number | null;
};

type HeldObject = { label: string; count: number; calls: number[] };

/** A call that waits for a signal, and whether it could go on by now. */
type Wait = { thread: Thread; call: number; mayGoOn: () => boolean };

export class Host {
  readonly deferred: (() => Outcome)[] = [];
  private readonly parts: HostParts;
  private readonly worker = newThread(-1, 'user', 0);
  private readonly locks = new Map<bigint, { holder: Thread; irql: number }>();
  private readonly signals = new Set<bigint>();
  /** Waits that lie below what runs now, the oldest first. */
  private readonly waiting: Wait[] = [];
  /** The call that waited with a timeout last. */
  private polling = -1;
  private readonly objects = new Map<bigint, HeldObject>();
  /** Handles that were looked up, and those that their process has closed since. */
  private readonly lookedUp = new Set<bigint>();
  private readonly closed = new Set<bigint>();
  /** References asked for by starts. */
  private startReferences = 0;
  private logs = 0;
  private departuresAwaited = 0;

  constructor(parts: HostParts) {
    this.parts = parts;
  }

  /** Runs one piece of deferred work; false when there is none. */
  runDeferred(): boolean {
    const routine = this.deferred.shift();
    if (!routine) return false;
    this.parts.withThread(this.worker, () =>
      this.parts.crossing.call(
        this.worker,
        { callback: 'deferred work', direct: false, in_epoch: false },
        routine,
      ),
    );
    return true;
  }

  /** Object references that are held, one row per reference. */
  held(): { object: string; call: number }[] {
    return [...this.objects.values()].flatMap((object) =>
      object.calls
        .slice(-Math.max(object.count, 0))
        .map((call) => ({ object: object.label, call })),
    );
  }

  /** Closes every handle that was looked up so far; references to the objects stay. */
  closeHandles(): void {
    for (const handle of this.lookedUp) this.closed.add(handle);
  }

  /** The referenced object whose address stands in bytes shown to users. */
  exposed(bytes: Uint8Array): string | null {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at + 8 <= bytes.length; at += 1) {
      const object = this.objects.get(view.getBigUint64(at, true));
      if (object && object.count > 0) return object.label;
    }
    return null;
  }

  /** The table of services, every one dead once the run has ended. */
  services(): HostServices {
    const { parts } = this;
    const guard =
      <A extends unknown[], R>(act: (...args: A) => R) =>
      (...args: A): R => {
        if (parts.crossing.ended) throw parts.crossing.ended;
        return act(...args);
      };
    return {
      NmrRegisterProvider: guard((registration: Registration) =>
        parts.nmr().register(parts.thread(), registration),
      ),
      NmrDeregisterProvider: guard((handle: bigint) =>
        parts.nmr().deregister(parts.thread(), handle),
      ),
      NmrWaitForProviderDeregisterComplete: guard((handle: bigint) =>
        this.waitDeregistered(handle),
      ),
      NmrProviderDetachClientComplete: guard((handle: bigint) =>
        parts.nmr().bindings.detachComplete(parts.thread(), handle),
      ),
      NmrBindingEnded: guard((handle: bigint) =>
        parts.nmr().bindings.endedElsewhere(parts.thread(), handle),
      ),
      KeGetCurrentIrql: () => parts.thread().irql,
      KeRaiseIrql: guard((level: number) => this.raise(level)),
      KeLowerIrql: guard((level: number) => this.lower(level)),
      checkIrql: guard((maximum: number, what: string) => {
        if (parts.thread().irql > maximum) {
          this.misuse(
            'pageable-at-dispatch',
            `${clean(what)} was used at IRQL ${parts.thread().irql}, allowed up to ${maximum}`,
          );
        }
      }),
      poolAllocate: guard((size: number) => parts.memory.allocate(parts.thread(), 'pool', size)),
      poolFree: guard((address: bigint) => parts.memory.free(parts.thread(), 'pool', address)),
      lockAcquire: guard((lock: bigint) => this.acquire(lock)),
      lockRelease: guard((lock: bigint) => this.release(lock)),
      wait: guard((object: bigint, timeout: number) => this.wait(object, timeout)),
      signal: guard((object: bigint) => void this.signals.add(object)),
      queueWork: guard((routine: () => Outcome) => {
        if (this.deferred.length >= deferredMax) parts.crossing.end('deferredMax', deferredMax);
        this.deferred.push(routine);
        if (parts.isWorkAtOnce) this.runDeferred();
      }),
      runQueuedWork: guard(() => {
        while (this.runDeferred());
      }),
      currentProcess: () => BigInt(parts.thread().process),
      objectReference: guard((handle: bigint) => this.reference(handle)),
      objectDereference: guard((object: bigint) => this.dereference(object)),
      log: guard((text: string) => {
        this.logs += 1;
        if (this.logs <= logsMax)
          this.record({ kind: 'log', call: this.call(), text: clean(text) });
      }),
      memoryFault: (fault: MemoryFault) => parts.memory.fault(parts.thread(), fault),
    };
  }

  private raise(level: number): number {
    const thread = this.parts.thread();
    const old = thread.irql;
    if (level < old) this.misuse('lowered-irql', `KeRaiseIrql(${level}) at IRQL ${old}`);
    thread.irql = level;
    return old;
  }

  private lower(level: number): void {
    const thread = this.parts.thread();
    if (level > thread.irql) {
      this.misuse('lowered-irql', `KeLowerIrql(${level}) at IRQL ${thread.irql}`);
    }
    // Whoever called holds locks or runs at DISPATCH for a reason: a callee never goes below that.
    if (level < thread.entryIrql) {
      this.misuse(
        'lowered-irql',
        `KeLowerIrql(${level}) in a call that began at IRQL ${thread.entryIrql}`,
      );
    }
    thread.irql = level;
  }

  private acquire(lock: bigint): void {
    const thread = this.parts.thread();
    if (this.locks.has(lock)) {
      const holder = this.locks.get(lock)?.holder === thread ? 'the same thread' : 'another thread';
      this.misuse('lock-recursion', `a spin lock was acquired while ${holder} holds it`);
      this.hang('a spin lock that is held is acquired again, and nothing can release it');
    }
    this.locks.set(lock, { holder: thread, irql: thread.irql });
    thread.spinLocks.push(lock);
    thread.irql = Math.max(thread.irql, DISPATCH_LEVEL);
  }

  private release(lock: bigint): void {
    const held = this.locks.get(lock);
    if (!held) {
      this.misuse('lock-not-held', 'a spin lock was released that is not held');
      return;
    }
    this.locks.delete(lock);
    held.holder.spinLocks = held.holder.spinLocks.filter((one) => one !== lock);
    held.holder.irql = held.irql;
  }

  private wait(object: bigint, timeoutMs: number): number {
    const thread = this.parts.thread();
    if (thread.irql >= DISPATCH_LEVEL && timeoutMs !== 0) {
      this.misuse('wait-at-dispatch', `a wait at IRQL ${thread.irql}`);
    }
    if (timeoutMs !== FOREVER) return this.waitBriefly(thread, object, timeoutMs);
    const mayGoOn = (): boolean => this.signals.has(object);
    while (!mayGoOn()) {
      // Work items first: an operation that waits in turn would lie above this frame and keep it
      // from going on.
      if (this.runDeferred() || this.pumpFor({ thread, call: this.call(), mayGoOn })) continue;
      this.endWait('a wait without a timeout that nothing can end');
    }
    this.signals.delete(object);
    return 0;
  }

  /**
   * A wait that times out: work items run meanwhile. Other actors keep their order, as nobody knows
   * how far they get in that time; to a call that goes on waiting, each further wait is a step of
   * somebody else.
   */
  private waitBriefly(thread: Thread, object: bigint, timeoutMs: number): number {
    if (timeoutMs > 0) while (!this.signals.has(object) && this.runDeferred());
    const call = this.call();
    if (timeoutMs > 0 && this.polling === call && !this.signals.has(object)) {
      this.pumpFor({ thread, call, mayGoOn: () => true }, false);
    }
    this.polling = call;
    return this.signals.delete(object) ? 0 : WAIT_TIMED_OUT;
  }

  /** Lets others move while a thread waits; when nobody can, the processes may end. */
  private pumpFor(wait: Wait, isEndless = true): boolean {
    // Each lies on the stack of the one before, and a native one takes more of it than there is for
    // a hundred.
    if (this.waiting.length >= nestedWaitsMax) {
      this.parts.crossing.end('nestedWaits', this.waiting.length);
    }
    this.waiting.push(wait);
    const moved = this.parts.pump(isEndless);
    this.waiting.pop();
    return moved;
  }

  /**
   * Nobody can move. If a wait below this one is over, only this frame keeps its thread from going
   * on: a limit of the harness, and the run ends without blame. Else the first that waits in vain
   * is at fault.
   */
  private endWait(detail: string): never {
    const { crossing } = this.parts;
    if (this.waiting.some((wait) => wait.mayGoOn())) {
      crossing.end('nestedWaits', this.waiting.length);
    }
    const [first] = this.waiting;
    if (!first) this.hang(detail);
    this.hang('a wait without a timeout that nothing can end', first.thread, first.call);
  }

  private waitDeregistered(handle: bigint): string {
    const { recorder, crossing } = this.parts;
    const thread = this.parts.thread();
    const staying = this.parts.nmr().refusedToLeave(handle);
    if (staying) return this.failedWait(staying, 'STATUS_INVALID_PARAMETER');
    const registered: Registered | null = this.parts.nmr().waitable(handle);
    const awaited = registered && !(registered.complete && registered.immediate);
    if (!registered || !awaited) {
      this.misuse(
        'wait-bad-handle',
        'NmrWaitForProviderDeregisterComplete was called for a handle with no deregistration pending',
      );
      this.hang('a wait for a deregistration that is not pending never ends');
    }
    if (thread.irql >= DISPATCH_LEVEL)
      this.misuse('wait-at-dispatch', `a wait at IRQL ${thread.irql}`);
    if (thread.entered.length > 0) {
      this.misuse(
        'wait-in-epoch',
        'NmrWaitForProviderDeregisterComplete was called inside an epoch, which the end of the maps needs to advance',
      );
    }
    if ((this.departuresAwaited += 1) === this.parts.failWait) {
      return this.failedWait(registered, 'STATUS_UNSUCCESSFUL');
    }
    this.record({ kind: 'deregister-wait', registration: registered.label, phase: 'entered' });
    while (!registered.complete) {
      // What runs meanwhile cannot wait for this thread: its deregistration is over when all maps
      // are.
      if (this.parts.pump(true)) continue;
      this.record({ kind: 'deregister-wait', registration: registered.label, phase: 'never' });
      this.endWait('the deregistration never completes: a binding is not detached');
    }
    if (crossing.ended) throw crossing.ended;
    recorder.actor = thread.actor;
    this.record({
      kind: 'deregister-wait',
      registration: registered.label,
      phase: 'returned',
      status: 'STATUS_SUCCESS',
    });
    return 'STATUS_SUCCESS';
  }

  /** A wait that answers an error at once, whatever the deregistration does. */
  private failedWait({ label: registration }: Registered, status: string): string {
    this.record({ kind: 'deregister-wait', registration, phase: 'entered' });
    this.record({ kind: 'deregister-wait', registration, phase: 'returned', status });
    return status;
  }

  private reference(handle: bigint): bigint {
    const thread = this.parts.thread();
    const isRefused =
      this.parts.isStart(this.call()) &&
      (this.startReferences += 1) === this.parts.failStartReference;
    const valid =
      !isRefused && thread.process === 1 && isSeeded(handle) && !this.closed.has(handle);
    this.lookedUp.add(handle);
    const object = valid ? 0x6000_0000_0000n + handle * 64n : 0n;
    let label: string | null = null;
    if (valid) {
      const known = this.objects.get(object) ?? {
        label: this.parts.recorder.label('object', object),
        count: 0,
        calls: [],
      };
      known.count += 1;
      known.calls.push(this.call());
      this.objects.set(object, known);
      label = known.label;
    }
    this.record({
      kind: 'object-referenced',
      call: this.call(),
      object: label,
      handle: `0x${handle.toString(16)}`,
      process: thread.process,
    });
    return object;
  }

  private dereference(object: bigint): void {
    const known = this.objects.get(object);
    this.record({ kind: 'object-dereferenced', call: this.call(), object: known?.label ?? null });
    if (!known || known.count <= 0) {
      this.misuse(
        'object-dereferenced-too-often',
        known
          ? `${known.label} was dereferenced more often than referenced`
          : 'something that is no referenced object was dereferenced',
      );
      return;
    }
    known.count -= 1;
    // Taken and dropped in one call is that call's own; else the oldest goes, as good a guess as
    // any.
    const own = known.calls.lastIndexOf(this.call());
    known.calls.splice(Math.max(own, 0), 1);
  }

  private hang(detail: string, thread = this.parts.thread(), call = this.call()): never {
    const { crossing } = this.parts;
    const callback = crossing.inFlight.get(call) ?? 'deferred work';
    return crossing.lose(thread, call, callback, { how: 'hang', error: 'hang', detail });
  }

  private misuse(misuse: Misuse, detail: string): void {
    recordMisuse(this.parts.recorder, this.parts.thread(), misuse, detail);
  }

  private record(event: Parameters<Recorder['record']>[0]): void {
    this.parts.recorder.actor = this.parts.thread().actor;
    this.parts.recorder.record(event);
  }

  private call(): number {
    return this.parts.thread().calls.at(-1) ?? 0;
  }
}

/** Text of the subject made harmless and short. */
export const clean = (text: unknown): string =>
  String(text)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
    .slice(0, logCharactersMax);
