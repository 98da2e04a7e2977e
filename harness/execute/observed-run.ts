/**
 * One run of a plan against a native runtime: operations carried out in C, what its providers saw
 * turned into events.
 */
import type { RuntimeInstance } from '../adapters/native-runtime.ts';
import type { Observer } from '../adapters/observer.ts';
import type { Limit } from '../adapters/process-load.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { Actor, Operation, Plan } from '../trace/plan.ts';
import { Recorder } from '../trace/recorder.ts';
import { noSuchMap, notOffered, skipped, type Answer } from './answer.ts';
import type { Situation } from './observed-arguments.ts';
import { ObservedEvents } from './observed-events.ts';
import { observerBytes } from './observed-provider.ts';
import { Others } from './observed-others.ts';
import { Registrants } from './observed-registrants.ts';
import { turnsOf, type ThreadsRun } from './observed-together.ts';
import { contextAt, definitionOf, fills, performOn, type Slot } from './observed-operations.ts';
import { phasesOf, registrationsIn, type Placed } from './turns.ts';

type Caller = Situation['program'];

/** A wait may go on for so long when nobody says otherwise. */
const waitLimit: Limit = { cpuMs: 12_000, sleptMs: 12_000 };

/** Called before every operation, so that a process that dies can be asked in which. */
export type OperationMarker = (op: number) => void;

class ObservedRun {
  readonly recorder: Recorder;
  readonly runtime: RuntimeInstance;
  readonly observer: Observer;
  private readonly events: ObservedEvents;
  private readonly marker: OperationMarker;
  private readonly slots = new Map<number, Slot>();
  private readonly registrants: Registrants;
  private readonly threads: ThreadsRun;
  private readonly others: Others;
  /** Maps without a reference whose end the provider has not been told yet. */
  private closed: Slot[] = [];
  private operations = 0;
  private now: Situation = { op: 0, actor: 0, process: 1, program: false, map: undefined };

  constructor(runtime: RuntimeInstance, observer: Observer, watch: Watch) {
    this.runtime = runtime;
    this.observer = observer;
    this.recorder = new Recorder(watch.sink ?? null);
    this.marker = watch.marker ?? (() => undefined);
    this.events = new ObservedEvents(this.recorder, runtime.has('current_process'));
    this.registrants = new Registrants(
      runtime,
      observer,
      this.events.labels,
      this.recorder,
      () => this.take(),
      {
        limit: watch.waits ?? waitLimit,
        // A wait has a limit of its own: to the watchdog it is alive.
        isGoingOn: () => this.marker(this.now.op),
        isHeld: (registration) =>
          [...this.slots.values()].some((slot) => slot.registration === registration),
      },
    );
    this.threads = {
      begin: (operation, by, actor) => {
        const { now } = this.situationOf(operation, by, actor);
        this.started(now, operation);
        return now;
      },
      made: (now, operation, answer) => this.made(now, operation, answer),
      end: (now, operation, answer) => this.ended(now, operation, answer),
    };
    this.others = new Others(observer, this.registrants, this.threads);
  }

  run(plan: Plan, conditions: NonNullable<Plan['conditions']>): TraceEvent[] {
    const { recorder } = this;
    const registrations = registrationsIn(plan.actors.flatMap((actor) => actor.operations));
    this.registrants.expect(registrations);
    const configs = registrations.map(({ as }) => as);
    this.observer.open((configs.length ? configs : [{ map_type: 0 }]).map(observerBytes));
    recorder.record({
      kind: 'run-started',
      plan: plan.name,
      probes: plan.probes ?? [],
      conditions,
      choices: 0,
    });
    for (const name of ['irql', 'lock_depth', 'current_process', 'in_epoch', 'reclaim'] as const) {
      if (this.runtime.has(name)) continue;
      recorder.record({ kind: 'service', call: 0, name, result: notOffered.result });
    }
    const { before, together, after } = phasesOf(plan.actors);
    for (const one of before) this.perform(one.operation, one.actor, 0);
    if (together.length) this.performTogether(together);
    for (const one of after) this.perform(one.operation, one.actor, 0);
    this.finish();
    if (this.observer.lost() > 0)
      recorder.record({ kind: 'bound-reached', bound: 'recordsMax', limit: this.observer.lost() });
    // Once and last: what an allocator hands out again differs from run to run.
    const result = this.events.cameBack ? 'SEEN' : 'NOT_SEEN';
    recorder.record({ kind: 'service', call: 0, name: 'reclaim', result });
    recorder.record({
      kind: 'run-ended',
      operations: this.operations,
      callbacks: this.events.count,
    });
    return recorder.events;
  }

  private situationOf(
    operation: Operation,
    by: Pick<Actor, 'caller' | 'process'>,
    actor: number,
  ): { now: Situation; slot: Slot | undefined } {
    const op = (this.operations += 1);
    const caller = 'caller' in operation && operation.caller ? operation.caller : by.caller;
    const slot =
      'map' in operation && typeof operation.map === 'number'
        ? this.slots.get(operation.map)
        : undefined;
    const map = operation.op === 'create' ? this.recorder.fresh('map') : slot?.label;
    return { now: { op, actor, process: by.process, program: caller === 'program', map }, slot };
  }

  private started(now: Situation, operation: Operation): void {
    this.recorder.actor = now.actor;
    const { op, process, program } = now;
    this.recorder.record({
      kind: 'operation-started',
      op,
      operation,
      caller: program ? 'program' : 'user',
      process,
    });
  }

  private ended(now: Situation, operation: Operation, answer: Answer): void {
    this.recorder.actor = now.actor;
    this.recorder.record({
      kind: 'operation-ended',
      op: now.op,
      operation,
      ...(now.map !== undefined && operation.op !== 'create' ? { map: now.map } : {}),
      ...answer,
      ...(skipped.has(answer.result) ? { skipped: true } : {}),
    });
  }

  private perform(
    operation: Operation,
    by: Pick<Actor, 'caller' | 'process'>,
    actor: number,
  ): void {
    const { now, slot } = this.situationOf(operation, by, actor);
    this.now = now;
    this.started(now, operation);
    this.marker(now.op);
    this.runtime.enterProcess(by.process);
    const answer = this.carryOut(operation, now.program, slot);
    this.take();
    this.ended(now, operation, answer);
    const isGone = ({ context }: Slot): boolean => this.events.deleted.has(context);
    for (const { label } of this.closed.filter(isGone))
      this.recorder.record({ kind: 'map-gone', map: label, balance: null });
    this.closed = this.closed.filter((slot) => !isGone(slot));
  }

  /** Turns what was recorded so far into events. */
  private take(): void {
    this.events.record(this.observer.records(), this.now, this.others.settled());
  }

  private carryOut(operation: Operation, program: Caller, slot: Slot | undefined): Answer {
    switch (operation.op) {
      case 'register':
        this.others.expect(operation, this.now.process);
        return this.registrants.register(operation);
      case 'deregister':
        return this.registrants.deregister(operation.provider);
      case 'await_deregistration':
        return this.registrants.await(operation.provider);
      case 'create':
        return this.create(operation);
      case 'drain':
        this.drain();
        return { result: 'OK' };
      default:
        return slot ? this.onMap(operation, program ? 1 : 0, slot) : noSuchMap;
    }
  }

  private drain(): void {
    this.runtime.drain();
    this.take();
    this.events.drained();
  }

  // ---- Maps.

  private create(operation: Extract<Operation, { op: 'create' }>): Answer {
    if (this.slots.has(operation.map)) return { result: 'SLOT_IN_USE' };
    const { map_type, key_size, value_size, max_entries } = definitionOf(operation);
    if (operation.program !== undefined && !this.runtime.has('program_load')) return notOffered;
    const { result, map } =
      operation.program === undefined
        ? this.runtime.create(map_type, key_size, value_size, max_entries)
        : this.runtime.loadProgram(operation.program, map_type, key_size, value_size, max_entries);
    this.take();
    return this.made(this.now, operation, { result, map });
  }

  /** What became of a creation. */
  private made(
    { op, map: label = this.recorder.fresh('map') }: Situation,
    operation: Extract<Operation, { op: 'create' }>,
    { result, map }: { result: string; map: bigint },
  ): Answer {
    if (result !== 'EBPF_SUCCESS' || map === 0n) return { result };
    const definition = definitionOf(operation);
    const made = this.events.made.get(op);
    const context = made?.context ?? 0;
    this.slots.set(operation.map, {
      label,
      handle: map,
      references: 1,
      context,
      registration: made?.registration ?? null,
      actual: made?.actual ?? definition.value_size,
      ...definition,
    });
    if (made) {
      this.observer.tellMap(context, map);
      this.recorder.record({
        kind: 'map-created',
        map: label,
        binding: made.binding,
        registration: made.registration,
        ...definition,
        actual_value_size: made.actual,
        context: this.events.labels.context(context),
      });
    }
    return { result, map: label };
  }

  private close(operation: Extract<Operation, { op: 'close' }>, slot: Slot): Answer {
    slot.references -= 1;
    const last = slot.references === 0;
    // What the map object's address means after this, nobody knows.
    if (last && slot.context !== 0) this.observer.tellMap(slot.context, 0n);
    if (operation.pin) this.runtime.unpin(slot.label);
    else this.runtime.close(slot.handle);
    this.drain();
    this.take();
    if (!last) return { result: 'OK', out: { last } };
    this.slots.delete(operation.map);
    this.closed.push(slot);
    return { result: 'OK', out: { last } };
  }

  private onMap(operation: Operation, flags: number, slot: Slot): Answer {
    switch (operation.op) {
      case 'hold':
        return this.hold(operation, slot);
      case 'close':
        return this.close(operation, slot);
      case 'map_context':
        return contextAt(this.observer.contextAt(slot.handle), this.events.labels);
      default:
        // Buffers of lookups hold one pattern or the other before.
        return performOn(this, operation, flags, slot, fills[this.now.op % 2] ?? 0);
    }
  }

  private hold(operation: Extract<Operation, { op: 'hold' }>, slot: Slot): Answer {
    if (operation.pin && !this.runtime.has('map_pin')) return notOffered;
    if (operation.pin) this.runtime.pin(slot.handle, slot.label);
    else this.runtime.reference(slot.handle);
    slot.references += 1;
    return { result: 'OK' };
  }

  // ---- Several at once.

  private performTogether(together: readonly Placed[]): void {
    const slotOf = (map: unknown): Slot | undefined =>
      typeof map === 'number' ? this.slots.get(map) : undefined;
    const { asked, turns } = turnsOf(together, slotOf, this.threads);
    this.marker(this.operations + 1);
    if (!this.observer.together(this.runtime.table, asked))
      throw new Error('the threads of the observing provider could not be started');
    this.events.record(this.observer.records(), this.now, turns);
  }

  /** Maps are closed and providers leave, as operations of their own. */
  private finish(): void {
    const by = { caller: 'user', process: 1 } as const;
    for (const [map, slot] of [...this.slots]) {
      while (slot.references > 0) this.perform({ op: 'close', map }, by, 0);
    }
    this.perform({ op: 'drain' }, by, 0);
    for (const provider of this.registrants.numbers()) {
      if (this.registrants.stateOf(provider) === 'live') {
        this.perform({ op: 'deregister', provider }, by, 0);
      }
      if (this.registrants.stateOf(provider) === 'leaving') {
        this.perform({ op: 'await_deregistration', provider }, by, 0);
      }
    }
    const numbers = [...this.registrants.numbers()];
    if (numbers.every((one) => this.registrants.stateOf(one) === 'gone')) this.runtime.end();
  }
}

export type Watch = {
  sink?: ((event: TraceEvent) => void) | null;
  marker?: OperationMarker | null;
  /** How long a wait for a deregistration may go on. */
  waits?: Limit;
};

/** Runs a plan against a fresh instance of a native runtime. */
export const runObserved = (
  runtime: RuntimeInstance,
  observer: Observer,
  plan: Plan,
  conditions: NonNullable<Plan['conditions']>,
  watch: Watch = {},
): TraceEvent[] => new ObservedRun(runtime, observer, watch).run(plan, conditions);
