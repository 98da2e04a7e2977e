/**
 * One run of a plan against a runtime under test: operations carried out through its face, events
 * recorded.
 */
import { Observation, type Situation } from '../explore/observation.ts';
import type { CallerFlags, RuntimePort } from '../provider/runtime-port.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { Meanwhile, Operation, Plan } from '../trace/plan.ts';
import { Recorder } from '../trace/recorder.ts';
import { noSuchMap, notOffered, skipped, type Answer } from './answer.ts';
import { performOn, type Slot } from './port-operations.ts';
import { PortRegistrants } from './port-registrants.ts';
import { inTurns } from './turns.ts';

const errorCharactersMax = 200;

/** Who hears of events as they happen, and of every operation before it is made. */
export type RunWatch = {
  sink?: ((event: TraceEvent) => void) | null;
  marker?: ((op: number) => void) | null;
};

class RuntimeRun {
  readonly recorder: Recorder;
  private readonly marker: (op: number) => void;
  private readonly port: RuntimePort;
  private readonly observation: Observation;
  private readonly slots = new Map<number, Slot>();
  private readonly registrants: PortRegistrants;
  private operations = 0;
  private now: Situation = { op: 0, process: 1, irql: 0, locks: 0, map: undefined };

  constructor(port: RuntimePort, watch: RunWatch) {
    this.recorder = new Recorder(watch.sink ?? null);
    this.marker = watch.marker ?? (() => undefined);
    this.port = port;
    this.observation = new Observation(this.recorder, () => ({
      ...this.now,
      irql: port.irql() ?? this.now.irql,
      locks: port.lock_depth() ?? 0,
      process: port.current_process?.() ?? this.now.process,
    }));
    this.observation.memory = port.read_memory ?? null;
    this.observation.meanwhile = (operations) => this.meanwhile(operations);
    this.registrants = new PortRegistrants(port, this.observation);
  }

  run(plan: Plan, conditions: Plan['conditions']): TraceEvent[] {
    const { recorder } = this;
    recorder.record({
      kind: 'run-started',
      plan: plan.name,
      probes: plan.probes ?? [],
      conditions: conditions ?? {},
      choices: 0,
    });
    try {
      for (const { operation, actor, index } of inTurns(plan.actors)) {
        recorder.actor = index;
        this.perform(operation, actor.caller, actor.process);
      }
      recorder.actor = 0;
      this.finish();
    } catch (reason) {
      const error = reason instanceof Error ? reason.name : typeof reason;
      const detail = String(reason instanceof Error ? reason.message : reason).slice(
        0,
        errorCharactersMax,
      );
      recorder.record({
        kind: 'lost',
        call: 0,
        callback: 'deferred work',
        how: 'crash',
        error,
        detail,
        op: this.now.op,
        during: 'the runtime',
      });
    }
    recorder.record({
      kind: 'run-ended',
      operations: this.operations,
      callbacks: this.observation.calls,
    });
    return recorder.events;
  }

  private perform(operation: Operation, caller: 'user' | 'program', process: number): void {
    const op = (this.operations += 1);
    const by = 'caller' in operation && operation.caller ? operation.caller : caller;
    const slot =
      'map' in operation && typeof operation.map === 'number'
        ? this.slots.get(operation.map)
        : undefined;
    const map = operation.op === 'create' ? this.recorder.fresh('map') : slot?.label;
    this.now = { op, process, irql: by === 'program' ? 2 : 0, locks: 0, map };
    this.recorder.record({ kind: 'operation-started', op, operation, caller: by, process });
    this.marker(op);
    this.port.enter_process?.(process);
    const answer = this.carryOut(operation, by === 'program' ? 1 : 0, slot);
    this.recorder.record({
      kind: 'operation-ended',
      op,
      operation,
      ...answer,
      ...(slot ? { map: slot.label } : {}),
      ...(skipped.has(answer.result) ? { skipped: true } : {}),
    });
    this.now = { op: 0, process, irql: 0, locks: 0, map: undefined };
  }

  /** Operations of others, from inside a callback: what has one thread has no other meanwhile. */
  private meanwhile(operations: Meanwhile['operations']): void {
    const { now, observation, recorder, port } = this;
    const { actor } = recorder;
    const { lastCreated } = observation;
    observation.apart(() =>
      operations.forEach((operation, index) => {
        recorder.actor = actor + index + 1;
        this.perform(operation, 'user', now.process);
      }),
    );
    recorder.actor = actor;
    observation.lastCreated = lastCreated;
    port.enter_process?.(now.process);
    this.marker(now.op);
    this.now = now;
  }

  private carryOut(operation: Operation, flags: CallerFlags, slot: Slot | undefined): Answer {
    switch (operation.op) {
      case 'register':
        return this.registrants.register(operation);
      case 'deregister':
        return this.registrants.deregister(operation.provider);
      case 'await_deregistration':
        return this.registrants.await(operation.provider);
      case 'create':
        return this.create(operation);
      case 'drain':
        this.port.drain();
        return { result: 'OK' };
      default:
        return slot ? this.onMap(operation, flags, slot) : noSuchMap;
    }
  }

  private onMap(operation: Operation, flags: CallerFlags, slot: Slot): Answer {
    const { port } = this;
    switch (operation.op) {
      case 'hold':
        return this.hold(operation, slot);
      case 'close':
        return this.close(operation, slot);
      case 'map_context':
        if (!port.map_context) return notOffered;
        return { result: 'EBPF_SUCCESS', out: this.contextLabel(port.map_context(slot.handle)) };
      default:
        return performOn(port, operation, flags, slot);
    }
  }

  private contextLabel(context: unknown): string | null {
    if (context === null || context === undefined) return null;
    return this.recorder.label('context', context);
  }

  private hold(operation: Extract<Operation, { op: 'hold' }>, slot: Slot): Answer {
    const { port } = this;
    if (operation.pin && !port.map_pin) return notOffered;
    if (operation.pin) port.map_pin!(slot.handle, slot.label);
    else port.map_reference(slot.handle);
    slot.references += 1;
    return { result: 'OK' };
  }

  private create(operation: Extract<Operation, { op: 'create' }>): Answer {
    const { observation, recorder, port } = this;
    if (this.slots.has(operation.map)) return { result: 'SLOT_IN_USE' };
    const request = {
      map_type: operation.map_type ?? 15,
      key_size: operation.key_size ?? 4,
      value_size: operation.value_size ?? 4,
      max_entries: operation.max_entries ?? 8,
    };
    const label = this.now.map ?? recorder.fresh('map');
    observation.lastCreated = null;
    const { result, map } = port.map_create({ ...request, name: 'observed' });
    if (result !== 'EBPF_SUCCESS') return { result };
    const made = observation.lastCreated as Observation['lastCreated'];
    this.slots.set(operation.map, {
      label,
      handle: map,
      references: 1,
      made,
      ...request,
    });
    if (made) {
      made.handle = map;
      const { binding, registration, actual, label: context } = made;
      recorder.record({
        kind: 'map-created',
        map: label,
        binding,
        registration,
        ...request,
        actual_value_size: actual,
        context,
      });
    }
    return { result, map: label };
  }

  private close(operation: Extract<Operation, { op: 'close' }>, slot: Slot): Answer {
    const { port } = this;
    slot.references -= 1;
    const last = slot.references === 0;
    // What the map's number means after this, nobody knows.
    if (last && slot.made) slot.made.handle = 0n;
    if (operation.pin && port.map_unpin) port.map_unpin(slot.label);
    else port.map_close(slot.handle);
    port.drain();
    if (!last) return { result: 'OK', out: { last } };
    this.slots.delete(operation.map);
    if (slot.made) this.recorder.record({ kind: 'map-gone', map: slot.label, balance: null });
    return { result: 'OK', out: { last } };
  }

  /** Maps are closed and providers leave, as operations of their own. */
  private finish(): void {
    for (const [map, { references }] of [...this.slots]) {
      for (let i = 0; i < references; i += 1) this.perform({ op: 'close', map }, 'user', 1);
    }
    this.perform({ op: 'drain' }, 'user', 1);
    for (const provider of this.registrants.numbers()) {
      if (this.registrants.stateOf(provider) === 'live') {
        this.perform({ op: 'deregister', provider }, 'user', 1);
      }
      if (this.registrants.stateOf(provider) === 'leaving') {
        this.perform({ op: 'await_deregistration', provider }, 'user', 1);
      }
    }
  }
}

/** Runs a plan against a fresh runtime. */
export const runAgainst = (
  port: RuntimePort,
  plan: Plan,
  conditions: Plan['conditions'],
  watch: RunWatch = {},
): TraceEvent[] => new RuntimeRun(port, watch).run(plan, conditions);
