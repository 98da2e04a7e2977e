/** Lets everything under way come to its end, and records what then lives. */
import type { Crossing } from '../provider/observed.ts';
import type { Subject } from '../provider/port.ts';
import type { Balance } from '../trace/event.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { EpochMemory } from './epoch-memory.ts';
import type { Host } from './host-services.ts';
import type { Scheduler } from './scheduler.ts';
import type { SubjectModule } from './subject-module.ts';

type Parts = {
  recorder: Recorder;
  crossing: Crossing;
  subject: Subject;
  memory: EpochMemory;
  host: Host;
  scheduler: Scheduler;
  module: SubjectModule;
  stepsMax: number;
};

export class Settling {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /**
   * Nothing of the subject's is under way: neither a callback that waits nor work that it put off.
   */
  get isSettled(): boolean {
    const { host, crossing } = this.parts;
    return !host.deferred.isWaiting && crossing.inFlight.size === 0;
  }

  /** Moves actors and background until nobody can move. */
  stepAll(): void {
    this.step(false);
  }

  /** Lets all background work come to its end. */
  settle(): void {
    this.step(true);
  }

  /** Settles, the subject's own deferred work included. */
  drain(): void {
    this.settle();
    const { subject } = this.parts;
    if (!subject.drain) return;
    subject.drain();
    this.settle();
  }

  /**
   * Drains and records what lives. Asked for while a callback waits, it records nothing: that one
   * is halfway, and what it holds is its own affair.
   */
  balance(why: 'asked' | 'unloaded' | 'started', op: number): void {
    this.drain();
    const { recorder, crossing } = this.parts;
    if (why === 'asked' && crossing.inFlight.size > 0) return;
    recorder.record({ kind: 'balance', why, op, balance: this.live() });
  }

  private step(isBackgroundOnly: boolean): void {
    const { scheduler, crossing, stepsMax } = this.parts;
    let steps = 0;
    while (scheduler.step(isBackgroundOnly)) {
      if ((steps += 1) > stepsMax) crossing.end('stepsMax', stepsMax);
    }
  }

  private live(): Balance {
    const { memory, host, module } = this.parts;
    return {
      blocks: memory
        .live()
        .map(({ label, kind, size, call }) => ({ block: label, kind, size, call })),
      objects: host.objects.held(),
      resources: module.resources(),
    };
  }
}
