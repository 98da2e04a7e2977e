/** The IRQL of the thread that runs, and spin locks, which raise it. */
import { DISPATCH_LEVEL } from '../abi/flags.ts';
import type { Thread } from '../provider/thread.ts';
import type { CallingThread } from './calling-thread.ts';
import { clean } from './subject-text.ts';

export class Irql {
  private readonly caller: CallingThread;
  private readonly locks = new Map<bigint, { holder: Thread; irql: number }>();

  constructor(caller: CallingThread) {
    this.caller = caller;
  }

  /** Something pageable is used, which may be up to a level only. */
  check(maximum: number, what: string): void {
    const { irql } = this.caller.thread;
    if (irql > maximum) {
      this.caller.misuse(
        'pageable-at-dispatch',
        `${clean(what)} was used at IRQL ${irql}, allowed up to ${maximum}`,
      );
    }
  }

  raise(level: number): number {
    const { thread } = this.caller;
    const old = thread.irql;
    if (level < old) this.caller.misuse('lowered-irql', `KeRaiseIrql(${level}) at IRQL ${old}`);
    thread.irql = level;
    return old;
  }

  lower(level: number): void {
    const { thread } = this.caller;
    if (level > thread.irql) {
      this.caller.misuse('lowered-irql', `KeLowerIrql(${level}) at IRQL ${thread.irql}`);
    }
    // Whoever called holds locks or runs at DISPATCH for a reason: a callee never goes below that.
    if (level < thread.entryIrql) {
      this.caller.misuse(
        'lowered-irql',
        `KeLowerIrql(${level}) in a call that began at IRQL ${thread.entryIrql}`,
      );
    }
    thread.irql = level;
  }

  acquire(lock: bigint): void {
    const { thread } = this.caller;
    const held = this.locks.get(lock);
    if (held) {
      const holder = held.holder === thread ? 'the same thread' : 'another thread';
      this.caller.misuse('lock-recursion', `a spin lock was acquired while ${holder} holds it`);
      this.caller.hang('a spin lock that is held is acquired again, and nothing can release it');
    }
    this.locks.set(lock, { holder: thread, irql: thread.irql });
    thread.spinLocks.push(lock);
    thread.irql = Math.max(thread.irql, DISPATCH_LEVEL);
  }

  release(lock: bigint): void {
    const held = this.locks.get(lock);
    if (!held) {
      this.caller.misuse('lock-not-held', 'a spin lock was released that is not held');
      return;
    }
    this.locks.delete(lock);
    held.holder.spinLocks = held.holder.spinLocks.filter((one) => one !== lock);
    held.holder.irql = held.irql;
  }
}
