/** The observing providers of a run as they register and leave. */
import type { RuntimeInstance } from '../adapters/native-runtime.ts';
import type { Observer } from '../adapters/observer.ts';
import type { Limit } from '../adapters/process-load.ts';
import type { Operation } from '../trace/plan.ts';
import type { Recorder } from '../trace/recorder.ts';
import { noSuchProvider, type Answer } from './answer.ts';
import type { ObservedLabels } from './observed-labels.ts';
import { headerSizes, registrationFacts } from './observed-provider.ts';

type State = 'live' | 'leaving' | 'gone';
type Registrant = { index: number; label: string; state: State };

export type Waits = {
  /** How long a wait may go on that nothing holds up. */
  limit: Limit;
  /** Told that one does. */
  isGoingOn: () => void;
  /** Whether maps hold a registration, so that a wait for its end goes on by right. */
  isHeld: (registration: string) => boolean;
};

export class Registrants {
  private readonly runtime: RuntimeInstance;
  private readonly observer: Observer;
  private readonly labels: ObservedLabels;
  private readonly recorder: Recorder;
  private readonly take: () => void;
  private readonly waits: Waits;
  private readonly all = new Map<number, Registrant>();
  /** Registrations so far: the observer knows its providers by their order in the plan. */
  private count = 0;

  /**
   * @param take Turns what was recorded so far into events.
   */
  constructor(
    runtime: RuntimeInstance,
    observer: Observer,
    labels: ObservedLabels,
    recorder: Recorder,
    take: () => void,
    waits: Waits,
  ) {
    this.runtime = runtime;
    this.observer = observer;
    this.labels = labels;
    this.recorder = recorder;
    this.take = take;
    this.waits = waits;
  }

  /** Slots of the plan that a provider was registered in. */
  numbers(): number[] {
    return [...this.all.keys()];
  }

  stateOf(number: number): State | undefined {
    return this.all.get(number)?.state;
  }

  register({ provider, as }: Extract<Operation, { op: 'register' }>): Answer {
    const index = this.count;
    this.count += 1;
    const label = this.recorder.fresh('registration');
    this.labels.addProvider(label, as.transforms ?? false, headerSizes(as));
    const status = this.observer.register(this.runtime.table, index);
    const facts = registrationFacts(as);
    // Attaches that come with the registration are shown after it.
    this.recorder.record({ kind: 'registered', registration: label, facts, status, inert: false });
    this.all.set(provider, { index, label, state: status === 'STATUS_SUCCESS' ? 'live' : 'gone' });
    return { result: status };
  }

  deregister(number: number): Answer {
    const one = this.all.get(number);
    if (!one || one.state !== 'live') return noSuchProvider;
    const status = this.observer.deregister(one.index);
    this.recorder.record({ kind: 'deregister', registration: one.label, status, bindings: 0 });
    one.state = status === 'STATUS_SUCCESS' ? 'gone' : 'leaving';
    if (one.state === 'gone') {
      this.recorder.record({ kind: 'deregistered', registration: one.label });
    }
    return { result: status };
  }

  await(number: number): Answer {
    const one = this.all.get(number);
    if (!one || one.state !== 'leaving') return noSuchProvider;
    const registration = one.label;
    this.recorder.record({ kind: 'deregister-wait', registration, phase: 'entered' });
    const { limit, isGoingOn, isHeld } = this.waits;
    const status = isHeld(registration)
      ? this.observer.waitInVain(one.index, isGoingOn)
      : this.observer.wait(one.index, limit, isGoingOn);
    this.take();
    if (status !== 'STATUS_SUCCESS') {
      this.recorder.record({ kind: 'deregister-wait', registration, phase: 'never' });
      return { result: status };
    }
    one.state = 'gone';
    this.recorder.record({ kind: 'deregistered', registration });
    this.recorder.record({ kind: 'deregister-wait', registration, phase: 'returned', status });
    return { result: status };
  }
}
