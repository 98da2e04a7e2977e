/** One run of a plan against a native runtime: operations carried out in C, what its providers saw turned into events. */
import { RuntimeInstance, type Found } from '../adapters/native-runtime.ts';
import type { Observer } from '../adapters/observer.ts';
import { OPERATION_KINDS, type ObserverRecord, type TogetherOperation } from '../adapters/observer-layout.ts';
import { readResult } from '../abi/result.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { Actor, KeyRef, MapOption, Operation, Plan, ValueRef } from '../trace/plan.ts';
import { fromHex, Recorder, toHex } from '../trace/recorder.ts';
import { ObservedEvents, type Situation, type TogetherTurn } from './observed-events.ts';
import { headerSizes, observerBytes, registrationFacts } from './observed-provider.ts';
import { indexKey, plainValue } from './run-data.ts';

type Definition = { map_type: number; key_size: number; value_size: number; max_entries: number };
type Slot = { label: string; handle: bigint; references: number; context: number; actual: number } & Definition;
type Registrant = { index: number; label: string; state: 'live' | 'leaving' | 'gone' };
type Answer = { result: string; out?: unknown; map?: string; given?: string };
type Caller = Situation['program'];

/** Called before every operation, so that a process that dies can be asked in which. */
export type OperationMarker = (op: number) => void;

const options: Record<string, number> = { EBPF_ANY: 0, EBPF_NOEXIST: 1, EBPF_EXIST: 2 };
const optionOf = (option: MapOption | undefined): number =>
  typeof option === 'number' ? option : (options[option ?? 'EBPF_ANY'] ?? 0);

const noSuchMap: Answer = { result: 'NO_SUCH_MAP' };
const notOffered: Answer = { result: 'NOT_OFFERED' };
const skipped = new Set([noSuchMap.result, notOffered.result]);
const fills = [0xcc, 0] as const;
const elementOperations = new Set(['find', 'update', 'delete']);

class ObservedRun {
  readonly recorder: Recorder;
  private readonly runtime: RuntimeInstance;
  private readonly observer: Observer;
  private readonly events: ObservedEvents;
  private readonly marker: OperationMarker;
  private readonly slots = new Map<number, Slot>();
  private readonly registrants = new Map<number, Registrant>();
  /** Maps without a reference whose end the provider has not been told yet. */
  private closed: Slot[] = [];
  private operations = 0;
  private providers = 0;
  private now: Situation = { op: 0, actor: 0, process: 1, program: false, map: undefined };

  constructor(runtime: RuntimeInstance, observer: Observer, watch: Watch) {
    this.runtime = runtime;
    this.observer = observer;
    this.recorder = new Recorder(watch.sink ?? null);
    this.marker = watch.marker ?? (() => undefined);
    this.events = new ObservedEvents(this.recorder, runtime.has('current_process'));
  }

  run(plan: Plan, conditions: NonNullable<Plan['conditions']>): TraceEvent[] {
    const { recorder } = this;
    const all = plan.actors.flatMap((actor) => actor.operations);
    const configs = all.flatMap((operation) => (operation.op === 'register' ? [operation.as] : []));
    this.observer.open((configs.length ? configs : [{ map_type: 0 }]).map(observerBytes));
    recorder.record({ kind: 'run-started', plan: plan.name, probes: plan.probes ?? [], conditions, choices: 0 });
    const { before, together, after } = phasesOf(plan.actors);
    for (const one of before) this.perform(one.operation, one.actor, 0);
    if (together.length) this.performTogether(together);
    for (const one of after) this.perform(one.operation, one.actor, 0);
    this.finish();
    if (this.observer.lost() > 0) recorder.record({ kind: 'bound-reached', bound: 'recordsMax', limit: this.observer.lost() });
    recorder.record({ kind: 'run-ended', operations: this.operations, callbacks: this.events.count });
    return recorder.events;
  }

  private situationOf(operation: Operation, by: Pick<Actor, 'caller' | 'process'>, actor: number): { now: Situation; slot: Slot | undefined } {
    const op = (this.operations += 1);
    const caller = 'caller' in operation && operation.caller ? operation.caller : by.caller;
    const slot = 'map' in operation && typeof operation.map === 'number' ? this.slots.get(operation.map) : undefined;
    const map = operation.op === 'create' ? this.recorder.fresh('map') : slot?.label;
    return { now: { op, actor, process: by.process, program: caller === 'program', map }, slot };
  }

  private started(now: Situation, operation: Operation): void {
    this.recorder.actor = now.actor;
    const { op, process, program } = now;
    this.recorder.record({ kind: 'operation-started', op, operation, caller: program ? 'program' : 'user', process });
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

  private perform(operation: Operation, by: Pick<Actor, 'caller' | 'process'>, actor: number): void {
    const { now, slot } = this.situationOf(operation, by, actor);
    this.now = now;
    this.started(now, operation);
    this.marker(now.op);
    this.runtime.enterProcess(by.process);
    const answer = this.carryOut(operation, now.program, slot);
    this.take();
    this.ended(now, operation, answer);
    const isGone = ({ context }: Slot): boolean => this.events.deleted.has(context);
    for (const { label } of this.closed.filter(isGone)) this.recorder.record({ kind: 'map-gone', map: label, balance: null });
    this.closed = this.closed.filter((slot) => !isGone(slot));
  }

  /** Turns what was recorded so far into events. */
  private take(): void {
    this.events.record(this.observer.records(), this.now);
  }

  private carryOut(operation: Operation, program: Caller, slot: Slot | undefined): Answer {
    switch (operation.op) {
      case 'register':
        return this.register(operation);
      case 'deregister':
        return this.deregister(operation.provider);
      case 'await_deregistration':
        return this.awaitDeregistration(operation.provider);
      case 'create':
        return this.create(operation);
      case 'drain':
        this.runtime.drain();
        return { result: 'OK' };
      default:
        return slot ? this.onMap(operation, program ? 1 : 0, slot) : noSuchMap;
    }
  }

  // ---- Providers.

  private register({ provider, as }: Extract<Operation, { op: 'register' }>): Answer {
    const { recorder, runtime, observer } = this;
    const index = this.providers;
    this.providers += 1;
    const label = recorder.fresh('registration');
    this.events.addProvider(label, as.transforms ?? false, headerSizes(as));
    const status = observer.register(runtime.table, index);
    // Attaches that come with the registration are shown after it.
    recorder.record({ kind: 'registered', registration: label, facts: registrationFacts(as), status, inert: false });
    this.registrants.set(provider, { index, label, state: status === 'STATUS_SUCCESS' ? 'live' : 'gone' });
    return { result: status };
  }

  private deregister(number: number): Answer {
    const one = this.registrants.get(number);
    if (!one || one.state !== 'live') return { result: 'NO_SUCH_PROVIDER' };
    const status = this.observer.deregister(one.index);
    this.recorder.record({ kind: 'deregister', registration: one.label, status, bindings: 0 });
    one.state = status === 'STATUS_SUCCESS' ? 'gone' : 'leaving';
    if (one.state === 'gone') this.recorder.record({ kind: 'deregistered', registration: one.label });
    return { result: status };
  }

  private awaitDeregistration(number: number): Answer {
    const one = this.registrants.get(number);
    if (!one || one.state !== 'leaving') return { result: 'NO_SUCH_PROVIDER' };
    const registration = one.label;
    this.recorder.record({ kind: 'deregister-wait', registration, phase: 'entered' });
    const status = this.observer.wait(one.index);
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

  // ---- Maps.

  private create(operation: Extract<Operation, { op: 'create' }>): Answer {
    if (this.slots.has(operation.map)) return { result: 'SLOT_IN_USE' };
    const definition: Definition = {
      map_type: operation.map_type ?? 15,
      key_size: operation.key_size ?? 4,
      value_size: operation.value_size ?? 4,
      max_entries: operation.max_entries ?? 8,
    };
    const { map_type, key_size, value_size, max_entries } = definition;
    const label = this.now.map ?? this.recorder.fresh('map');
    this.events.lastMade = null;
    if (operation.program !== undefined && !this.runtime.has('program_load')) return notOffered;
    const { result, map } =
      operation.program === undefined
        ? this.runtime.create(map_type, key_size, value_size, max_entries)
        : this.runtime.loadProgram(operation.program, map_type, key_size, value_size, max_entries);
    this.take();
    if (result !== 'EBPF_SUCCESS' || map === 0n) return { result };
    const made = this.events.lastMade as ObservedEvents['lastMade'];
    const context = made?.context ?? 0;
    this.slots.set(operation.map, { label, handle: map, references: 1, context, actual: made?.actual ?? value_size, ...definition });
    if (made) {
      this.observer.tellMap(context, map);
      this.recorder.record({
        kind: 'map-created',
        map: label,
        binding: made.binding,
        registration: made.registration,
        ...definition,
        actual_value_size: made.actual,
        context: this.events.contextLabel(context),
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
    this.runtime.drain();
    this.take();
    if (!last) return { result: 'OK', out: { last } };
    this.slots.delete(operation.map);
    this.closed.push(slot);
    return { result: 'OK', out: { last } };
  }

  private onMap(operation: Operation, flags: number, slot: Slot): Answer {
    const { runtime } = this;
    const { handle, key_size } = slot;
    switch (operation.op) {
      case 'hold':
        return this.hold(operation, slot);
      case 'close':
        return this.close(operation, slot);
      case 'find':
        return this.find(operation, flags, slot);
      case 'update': {
        const value = valueBytes(operation.value, slot.value_size);
        const result = runtime.update(handle, keyBytes(operation.key, key_size), value, optionOf(operation.option), flags);
        return { result, given: toHex(value) };
      }
      case 'delete':
        return { result: runtime.remove(handle, keyBytes(operation.key, key_size), flags) };
      case 'associate':
        return { result: runtime.associate(handle, operation.program_type) };
      case 'find_element': {
        const { result, value } = runtime.findElement(handle, keyBytes(operation.key, key_size) ?? new Uint8Array(key_size), slot.actual);
        return { result, ...(value ? { out: toHex(value) } : {}) };
      }
      case 'next_key': {
        const { result, key } = runtime.nextKey(handle, keyBytes(operation.key, key_size), key_size);
        return { result, ...(result === 'EBPF_SUCCESS' ? { out: toHex(key) } : {}) };
      }
      case 'map_context':
        return { result: 'EBPF_SUCCESS', out: this.contextAt(slot) };
      default:
        return this.beyondElements(operation, flags, slot);
    }
  }

  private hold(operation: Extract<Operation, { op: 'hold' }>, slot: Slot): Answer {
    if (operation.pin && !this.runtime.has('map_pin')) return notOffered;
    if (operation.pin) this.runtime.pin(slot.handle, slot.label);
    else this.runtime.reference(slot.handle);
    slot.references += 1;
    return { result: 'OK' };
  }

  private contextAt(slot: Slot): string | null {
    const context = this.observer.contextAt(slot.handle);
    return context === 0xffff_ffff ? 'something else' : this.events.contextLabel(context);
  }

  /** Lengths are the map's unless the operation states others; the buffer holds a pattern before. */
  private find(operation: Extract<Operation, { op: 'find' }>, flags: number, slot: Slot): Answer {
    const key = keyBytes(operation.key, slot.key_size);
    const fill = fills[this.now.op % 2] ?? 0;
    const stated = { keySize: operation.key_size ?? slot.key_size, valueSize: operation.buffer ?? slot.value_size };
    const found: Found = this.runtime.find(slot.handle, key, stated, { flags, removes: operation.delete ?? false, fill });
    const isShown = found.result === 'EBPF_SUCCESS' || found.value.some((byte) => byte !== fill);
    return { result: found.result, ...(isShown ? { out: toHex(found.value) } : {}) };
  }

  private beyondElements(operation: Operation, flags: number, slot: Slot): Answer {
    const { runtime } = this;
    const { handle, key_size, value_size } = slot;
    switch (operation.op) {
      case 'batch_update': {
        if (!runtime.has('update_batch')) return notOffered;
        const keys = Buffer.concat(operation.entries.map((one) => keyBytes(one.key, key_size) ?? new Uint8Array(key_size)));
        const values = Buffer.concat(operation.entries.map((one) => valueBytes(one.value, value_size)));
        const { result, done } = runtime.updateBatch(handle, keys, key_size, values, value_size, optionOf(operation.option));
        return { result, out: { done } };
      }
      case 'push':
      case 'pop':
      case 'peek':
        if (!runtime.has(operation.op)) return notOffered;
        return { result: runtime.atEnds(operation.op, handle, valueBytes(operation.value ?? 0, value_size), flags) };
      case 'update_with_handle':
        if (!runtime.has('update_with_handle')) return notOffered;
        return { result: runtime.updateWithHandle(handle, indexKey(key_size, 0)) };
      case 'info': {
        if (!runtime.has('map_info')) return notOffered;
        const { result, definition } = runtime.info(handle);
        return { result, out: definition };
      }
      default:
        return notOffered;
    }
  }

  // ---- Several at once.

  private performTogether(together: readonly Placed[]): void {
    const asked: TogetherOperation[] = [];
    const turns: TogetherTurn[] = [];
    for (const { operation, actor, index } of together) {
      const slot = 'map' in operation && typeof operation.map === 'number' ? this.slots.get(operation.map) : undefined;
      const request = slot && requestOf(operation, actor.caller === 'program' ? 1 : 0, slot, index);
      if (!slot || !request) continue;
      asked.push(request);
      turns.push(this.turnOf(operation, actor, index, request));
    }
    this.marker(this.operations + 1);
    if (!this.observer.together(this.runtime.table, asked)) throw new Error('the threads of the observing provider could not be started');
    this.events.record(this.observer.records(), this.now, turns);
  }

  private turnOf(operation: Operation, by: Actor, index: number, request: TogetherOperation): TogetherTurn {
    let now = this.now;
    return {
      start: () => {
        now = this.situationOf(operation, by, index).now;
        this.started(now, operation);
        return now;
      },
      end: (record: ObserverRecord) =>
        this.ended(now, operation, {
          result: readResult(record.result) ?? 'not a result',
          ...(operation.op === 'update' ? { given: toHex(request.value) } : {}),
          ...(record.out_after && record.result === 0 ? { out: toHex(record.out_after) } : {}),
        }),
    };
  }

  /** Maps are closed and providers leave, as operations of their own. */
  private finish(): void {
    const by = { caller: 'user', process: 1 } as const;
    for (const [map, slot] of [...this.slots]) {
      while (slot.references > 0) this.perform({ op: 'close', map }, by, 0);
    }
    this.perform({ op: 'drain' }, by, 0);
    for (const [provider, registrant] of this.registrants) {
      if (registrant.state === 'live') this.perform({ op: 'deregister', provider }, by, 0);
      if ((registrant.state as Registrant['state']) === 'leaving') this.perform({ op: 'await_deregistration', provider }, by, 0);
    }
  }
}

type Placed = { operation: Operation; actor: Actor; index: number };

/** With several actors: what the first does up to its first element operation, all element operations, and the rest. */
const phasesOf = (actors: readonly Actor[]): Record<'before' | 'together' | 'after', Placed[]> => {
  const placed = actors.flatMap((actor, index) => actor.operations.map((operation) => ({ operation, actor, index })));
  if (actors.length < 2) return { before: placed, together: [], after: [] };
  const first = placed.filter(({ index }) => index === 0);
  const from = first.findIndex(({ operation }) => elementOperations.has(operation.op));
  const before = from < 0 ? first : first.slice(0, from);
  const rest = placed.filter((one) => !before.includes(one));
  const isElement = ({ operation }: Placed): boolean => elementOperations.has(operation.op);
  return { before, together: rest.filter(isElement), after: rest.filter((one) => !isElement(one)) };
};

const requestOf = (operation: Operation, flags: number, slot: Slot, actor: number): TogetherOperation | null => {
  if (operation.op !== 'find' && operation.op !== 'update' && operation.op !== 'delete') return null;
  const key = keyBytes(operation.key, slot.key_size);
  if (!key) return null;
  const kind = operation.op === 'find' ? (operation.delete ? 'lookup_and_delete' : 'find') : operation.op;
  return {
    map: slot.handle,
    actor,
    kind: OPERATION_KINDS[kind],
    option: operation.op === 'update' ? optionOf(operation.option) : 0,
    flags: operation.caller === 'program' ? 1 : flags,
    key_size: slot.key_size,
    value_size: slot.value_size,
    key,
    value: operation.op === 'update' ? valueBytes(operation.value, slot.value_size) : new Uint8Array(slot.value_size),
  };
};

const keyBytes = (key: KeyRef, size: number): Uint8Array | null =>
  key === null ? null : typeof key === 'string' ? fromHex(key) : indexKey(size, key);

const valueBytes = (value: ValueRef, size: number): Uint8Array =>
  typeof value === 'string' ? fromHex(value) : plainValue(size, typeof value === 'number' ? value : 0);

export type Watch = { sink?: ((event: TraceEvent) => void) | null; marker?: OperationMarker | null };

/** Runs a plan against a fresh instance of a native runtime. */
export const runObserved = (
  runtime: RuntimeInstance,
  observer: Observer,
  plan: Plan,
  conditions: NonNullable<Plan['conditions']>,
  watch: Watch = {},
): TraceEvent[] => new ObservedRun(runtime, observer, watch).run(plan, conditions);
