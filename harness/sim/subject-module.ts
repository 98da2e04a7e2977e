/** The module under test: what starting and stopping it is, and what it says it holds. */
import type { Crossing } from '../provider/observed.ts';
import type { HostServices, Subject } from '../provider/port.ts';
import type { Thread } from '../provider/thread.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { Answer } from './custom-map.ts';
import { recordChange, type Registered } from './registered.ts';

type Parts = {
  recorder: Recorder;
  crossing: Crossing;
  subject: Subject;
  services: () => HostServices;
  registered: readonly Registered[];
};

export class SubjectModule {
  private readonly parts: Parts;
  private started = false;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  get isStarted(): boolean {
    return this.started;
  }

  start(thread: Thread): Answer {
    if (this.started) return { result: 'ALREADY_STARTED' };
    const { recorder, crossing, subject, services } = this.parts;
    const outcome = crossing.call(
      thread,
      { callback: 'start', direct: false, in_epoch: false },
      () => subject.start(services()),
    );
    const ok = outcome.result === null || outcome.result === 'STATUS_SUCCESS';
    recorder.record(
      ok
        ? { kind: 'module', what: 'started' }
        : { kind: 'module', what: 'start-failed', detail: outcome.result ?? '' },
    );
    this.started = ok;
    return { result: ok ? 'STATUS_SUCCESS' : 'STATUS_UNSUCCESSFUL' };
  }

  stop(thread: Thread): Answer {
    if (!this.started) return { result: 'NOT_STARTED' };
    this.started = false;
    const { recorder, crossing, subject, registered } = this.parts;
    crossing.call(thread, { callback: 'stop', direct: false, in_epoch: false }, () =>
      subject.stop(),
    );
    recorder.record({ kind: 'module', what: 'stopped' });
    for (const one of registered) {
      if (!one.own && !one.complete) recordChange(recorder, one, 'return of stop');
    }
    return { result: 'STATUS_SUCCESS' };
  }

  /** What the module counts as its own; null where it does not say, or is not there to say. */
  resources(): number | null {
    const { crossing, subject } = this.parts;
    const count = this.started && !crossing.ended ? subject.resourceCount?.() : undefined;
    return typeof count === 'number' && Number.isFinite(count) ? count : null;
  }
}

/** Whether a call is the module's start; what is asked for outside any call counts as that. */
export const isStart = (crossing: Crossing, call: number): boolean =>
  (crossing.inFlight.get(call) ?? 'start') === 'start';
