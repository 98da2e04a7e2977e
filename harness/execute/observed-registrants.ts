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
type Registration = Extract<Operation, { op: 'register' }>;
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
  /** Registrations of the plan: the observer knows its providers by their order in it. */
  private awaited: (Registration | null)[] = [];

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

  /** Begins a run; what the observer is opened with. */
  expect(registrations: readonly Registration[]): void {
    this.awaited = [...registrations];
  }

  /** The observer's number of a provider that is to be registered; each is taken once. */
  placeOf(operation: Registration): number {
    const place = this.awaited.indexOf(operation);
    this.awaited[place] = null;
    return place;
  }

  /** The observer's number of a provider of the plan, registered or not yet. */
  indexOf(number: number): number {
    const known = this.all.get(number)?.index;
    return known ?? this.awaited.findIndex((one) => one?.provider === number);
  }

  register(operation: Registration): Answer {
    const index = this.placeOf(operation);
    return this.came(operation, index, () => this.observer.register(this.runtime.table, index));
  }

  /** A provider came; `attempt` answers with which status. */
  came({ provider, as }: Registration, index: number, attempt: () => string): Answer {
    const label = this.recorder.fresh('registration');
    const transforms = as.transforms ?? false;
    this.labels.addProvider(index, { label, transforms, sizes: headerSizes(as) });
    const status = attempt();
    const facts = registrationFacts(as);
    // Attaches that come with the registration are shown after it.
    this.recorder.record({ kind: 'registered', registration: label, facts, status, inert: false });
    this.all.set(provider, { index, label, state: status === 'STATUS_SUCCESS' ? 'live' : 'gone' });
    return { result: status };
  }

  deregister(number: number): Answer {
    return this.left(number, (index) => this.observer.deregister(index));
  }

  /** A provider left; `attempt` answers with which status. */
  left(number: number, attempt: (index: number) => string): Answer {
    const one = this.all.get(number);
    if (!one || one.state !== 'live') return noSuchProvider;
    const status = attempt(one.index);
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
