/** The thread that asks something of the kernel, and what is recorded of it. */
import type { Crossing } from '../provider/observed.ts';
import type { Thread } from '../provider/thread.ts';
import type { Misuse } from '../trace/misuse.ts';
import type { Recorder } from '../trace/recorder.ts';
import { recordMisuse } from './misuse.ts';

export class CallingThread {
  private readonly recorder: Recorder;
  private readonly crossing: Crossing;
  private readonly running: () => Thread;

  /** `running`: the thread that runs now. */
  constructor(recorder: Recorder, crossing: Crossing, running: () => Thread) {
    this.recorder = recorder;
    this.crossing = crossing;
    this.running = running;
  }

  get thread(): Thread {
    return this.running();
  }

  /** Its innermost call into the subject; 0 outside any. */
  get call(): number {
    return this.thread.calls.at(-1) ?? 0;
  }

  record(event: Parameters<Recorder['record']>[0]): void {
    this.recorder.actor = this.thread.actor;
    this.recorder.record(event);
  }

  misuse(misuse: Misuse, detail: string): void {
    recordMisuse(this.recorder, this.thread, misuse, detail);
  }

  /** The subject waits for what never comes: the run ends, blamed on the call. */
  hang(detail: string, thread = this.thread, call = this.call): never {
    const callback = this.crossing.inFlight.get(call) ?? 'deferred work';
    return this.crossing.lose(thread, call, callback, { how: 'hang', error: 'hang', detail });
  }
}
