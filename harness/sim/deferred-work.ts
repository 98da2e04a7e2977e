/** Work that the subject puts off: it runs on a worker of its own, in the order it was queued. */
import type { Crossing } from '../provider/observed.ts';
import type { Outcome } from '../provider/port.ts';
import { newThread, type Thread } from '../provider/thread.ts';

/** Most that a subject may pile up in one run. */
const deferredMax = 10_000;

type Parts = {
  crossing: Crossing;
  /** Work that is put off runs where it is asked for (ease.ts). */
  isAtOnce: boolean;
  withThread: <T>(thread: Thread, act: () => T) => T;
};

export class DeferredWork {
  private readonly parts: Parts;
  private readonly routines: (() => Outcome)[] = [];
  private readonly worker = newThread(-1, 'user', 0);

  constructor(parts: Parts) {
    this.parts = parts;
  }

  get isWaiting(): boolean {
    return this.routines.length > 0;
  }

  queue(routine: () => Outcome): void {
    const { crossing, isAtOnce } = this.parts;
    if (this.routines.length >= deferredMax) crossing.end('deferredMax', deferredMax);
    this.routines.push(routine);
    if (isAtOnce) this.runNext();
  }

  /** Runs one piece of deferred work; false when there is none. */
  runNext(): boolean {
    const routine = this.routines.shift();
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
}
