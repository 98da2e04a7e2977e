/** Waits for signals: others move meanwhile, and a wait that nothing can end is a hang. */
import { DISPATCH_LEVEL } from '../abi/flags.ts';
import type { Crossing } from '../provider/observed.ts';
import type { Thread } from '../provider/thread.ts';
import type { CallingThread } from './calling-thread.ts';
import type { DeferredWork } from './deferred-work.ts';

const WAIT_TIMED_OUT = 258;
const FOREVER = 0xffffffff;
/** Each lies on the stack of the one before, and a native one takes much of it. */
const nestedWaitsMax = 32;

type Parts = {
  caller: CallingThread;
  crossing: Crossing;
  deferred: DeferredWork;
  /**
   * One step of somebody else, false when nobody can move; `isEndless`: when nobody can, processes
   * end and their handles are closed.
   */
  pump: (isEndless: boolean) => boolean;
};

/** A call that waits for a signal, and whether it could go on by now. */
type Wait = { thread: Thread; call: number; mayGoOn: () => boolean };

export class Waits {
  private readonly parts: Parts;
  private readonly caller: CallingThread;
  private readonly signals = new Set<bigint>();
  /** Waits that lie below what runs now, the oldest first. */
  private readonly waiting: Wait[] = [];
  /** The call that waited with a timeout last. */
  private polling = -1;

  constructor(parts: Parts) {
    this.parts = parts;
    this.caller = parts.caller;
  }

  signal(object: bigint): void {
    this.signals.add(object);
  }

  wait(object: bigint, timeoutMs: number): number {
    const { caller } = this;
    const { thread } = caller;
    if (timeoutMs !== 0) this.checkLevel();
    if (timeoutMs !== FOREVER) return this.waitBriefly(thread, object, timeoutMs);
    const mayGoOn = (): boolean => this.signals.has(object);
    while (!mayGoOn()) {
      // Work items first: an operation that waits in turn would lie above this frame and keep it
      // from going on.
      const { deferred } = this.parts;
      if (deferred.runNext() || this.pumpFor({ thread, call: caller.call, mayGoOn })) continue;
      this.endWait('a wait without a timeout that nothing can end');
    }
    this.signals.delete(object);
    return 0;
  }

  /** A thread that waits runs below DISPATCH_LEVEL. */
  checkLevel(): void {
    const { irql } = this.caller.thread;
    if (irql >= DISPATCH_LEVEL) this.caller.misuse('wait-at-dispatch', `a wait at IRQL ${irql}`);
  }

  /**
   * Nobody can move. If a wait below this one is over, only this frame keeps its thread from going
   * on: a limit of the harness, and the run ends without blame. Else the first that waits in vain
   * is at fault.
   */
  endWait(detail: string): never {
    if (this.waiting.some((wait) => wait.mayGoOn())) {
      this.parts.crossing.end('nestedWaits', this.waiting.length);
    }
    const [first] = this.waiting;
    if (!first) this.caller.hang(detail);
    this.caller.hang('a wait without a timeout that nothing can end', first.thread, first.call);
  }

  /**
   * A wait that times out: work items run meanwhile. Other actors keep their order, as nobody knows
   * how far they get in that time; to a call that goes on waiting, each further wait is a step of
   * somebody else.
   */
  private waitBriefly(thread: Thread, object: bigint, timeoutMs: number): number {
    if (timeoutMs > 0) while (!this.signals.has(object) && this.parts.deferred.runNext());
    const { call } = this.caller;
    if (timeoutMs > 0 && this.polling === call && !this.signals.has(object)) {
      this.pumpFor({ thread, call, mayGoOn: () => true }, false);
    }
    this.polling = call;
    return this.signals.delete(object) ? 0 : WAIT_TIMED_OUT;
  }

  /** Lets others move while a thread waits; when nobody can, the processes may end. */
  private pumpFor(wait: Wait, isEndless = true): boolean {
    if (this.waiting.length >= nestedWaitsMax) {
      this.parts.crossing.end('nestedWaits', this.waiting.length);
    }
    this.waiting.push(wait);
    const moved = this.parts.pump(isEndless);
    this.waiting.pop();
    return moved;
  }
}
