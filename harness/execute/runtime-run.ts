/**
 * One run of a plan against a runtime under test: operations carried out through its face, events
 * recorded.
 */
import { readFacts } from '../adapters/module-facts.ts';
import { EBPF_MAP_INFO_EXTENSION_IID } from '../abi/guid.ts';
import { Observation, type ObservedMap, type Situation } from '../explore/observation.ts';
import { ObservingProvider } from '../explore/observing-provider.ts';
import type { CallerFlags, Found, RuntimePort, StatedSizes } from '../provider/runtime-port.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { Actor, KeyRef, MapOption, Operation, Plan, ValueRef } from '../trace/plan.ts';
import { Recorder, fromHex, toHex } from '../trace/recorder.ts';
import { indexKey, plainValue, resized } from './run-data.ts';

type Slot = {
  label: string;
  handle: bigint;
  references: number;
  key_size: number;
  value_size: number;
  made: ObservedMap | null;
};
type Registrant = {
  provider: ObservingProvider;
  handle: bigint;
  state: 'live' | 'leaving' | 'gone';
};
type Answer = { result: string; out?: unknown; map?: string; given?: string };

const options: Record<string, number> = { EBPF_ANY: 0, EBPF_NOEXIST: 1, EBPF_EXIST: 2 };
const optionOf = (option: MapOption | undefined): number =>
  typeof option === 'number' ? option : (options[option ?? 'EBPF_ANY'] ?? 0);

const noSuchMap: Answer = { result: 'NO_SUCH_MAP' };
const notOffered: Answer = { result: 'NOT_OFFERED' };
const skipped = new Set([noSuchMap.result, notOffered.result]);
const errorCharactersMax = 200;
const elementOperations = new Set(['find', 'update', 'delete']);
const someHandle = 4n;

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
  private readonly registrants = new Map<number, Registrant>();
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

  private carryOut(operation: Operation, flags: CallerFlags, slot: Slot | undefined): Answer {
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
        this.port.drain();
        return { result: 'OK' };
      default:
        return slot ? this.onMap(operation, flags, slot) : noSuchMap;
    }
  }

  private onMap(operation: Operation, flags: CallerFlags, slot: Slot): Answer {
    const { port } = this;
    const { handle, key_size, value_size } = slot;
    switch (operation.op) {
      case 'hold':
        return this.hold(operation, slot);
      case 'close':
        return this.close(operation, slot);
      case 'find': {
        const key = keyBytes(operation.key, key_size);
        const look = operation.delete ? port.lookup_and_delete : port.find;
        return found(look(handle, key, flags, statedIn(operation)));
      }
      case 'update': {
        const key = keyBytes(operation.key, operation.key_size ?? key_size);
        const whole = valueBytes(operation.value, value_size);
        const value = resized(whole, operation.value_size ?? value_size);
        const result = port.update(handle, key, value, optionOf(operation.option), flags);
        return { result, given: toHex(resized(value, value_size)) };
      }
      case 'delete':
        return {
          result: port.delete_entry(
            handle,
            keyBytes(operation.key, operation.key_size ?? key_size),
            flags,
          ),
        };
      case 'associate':
        return { result: port.associate(handle, operation.program_type) };
      case 'find_element':
        return found(port.find_element(handle, keyBytes(operation.key, key_size)));
      case 'next_key': {
        const { result, key } = port.next_key(
          handle,
          operation.key === null ? null : keyBytes(operation.key, operation.key_size ?? key_size),
        );
        return { result, ...(key ? { out: toHex(key) } : {}) };
      }
      default:
        return this.beyondElements(operation, flags, slot);
    }
  }

  /** What a runtime need not offer. */
  private beyondElements(operation: Operation, flags: CallerFlags, slot: Slot): Answer {
    const { port } = this;
    const { handle, key_size, value_size } = slot;
    switch (operation.op) {
      case 'map_context':
        if (!port.map_context) return notOffered;
        return { result: 'EBPF_SUCCESS', out: this.contextLabel(port.map_context(handle)) };
      case 'batch_update': {
        if (!port.update_batch) return notOffered;
        const keys = operation.entries.map(({ key }) => keyBytes(key, key_size));
        const values = operation.entries.map(({ value }) => valueBytes(value, value_size));
        const batch = port.update_batch(handle, keys, values, optionOf(operation.option));
        return { result: batch.result, out: { done: batch.processed } };
      }
      case 'push':
      case 'pop':
      case 'peek': {
        const value = valueBytes(operation.value ?? 0, value_size);
        const result = port[operation.op]?.(handle, value, flags);
        return result === undefined ? notOffered : { result };
      }
      case 'update_with_handle': {
        const result = port.update_with_handle?.(handle, indexKey(key_size, 0), someHandle);
        return result === undefined ? notOffered : { result };
      }
      case 'info': {
        const info = port.map_info?.(handle);
        return info ? { result: info.result, out: info.definition } : notOffered;
      }
      default:
        return notOffered;
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

  private register({ provider: number, as }: Extract<Operation, { op: 'register' }>): Answer {
    const { observation, recorder, port } = this;
    const provider = new ObservingProvider(as, observation);
    provider.label = recorder.fresh('registration');
    const guid = `0b5e27e0-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
    const characteristics = provider.characteristics(guid);
    const facts = observation.quietly(() => readFacts(characteristics));
    const inert = facts.NpiId !== EBPF_MAP_INFO_EXTENSION_IID;
    // Attaches that come with the registration are seen after it.
    recorder.record({
      kind: 'registered',
      registration: provider.label,
      facts,
      status: 'STATUS_SUCCESS',
      inert,
    });
    const { status, handle } = port.nmr_register_provider(characteristics, null);
    this.registrants.set(number, {
      provider,
      handle,
      state: status === 'STATUS_SUCCESS' ? 'live' : 'gone',
    });
    return { result: status };
  }

  private deregister(number: number): Answer {
    const one = this.registrants.get(number);
    if (!one || one.state !== 'live') return { result: 'NO_SUCH_PROVIDER' };
    const { label } = one.provider;
    const status = this.port.nmr_deregister_provider(one.handle);
    const bindings = 0;
    this.recorder.record({ kind: 'deregister', registration: label, status, bindings });
    one.state = status === 'STATUS_SUCCESS' ? 'gone' : 'leaving';
    if (one.state === 'gone') this.recorder.record({ kind: 'deregistered', registration: label });
    return { result: status };
  }

  private awaitDeregistration(number: number): Answer {
    const one = this.registrants.get(number);
    if (!one || one.state !== 'leaving') return { result: 'NO_SUCH_PROVIDER' };
    const registration = one.provider.label;
    this.recorder.record({ kind: 'deregister-wait', registration, phase: 'entered' });
    const status = this.port.nmr_wait_for_provider_deregister_complete(one.handle);
    if (status !== 'STATUS_SUCCESS') {
      this.recorder.record({ kind: 'deregister-wait', registration, phase: 'never' });
      return { result: status };
    }
    one.state = 'gone';
    this.recorder.record({ kind: 'deregistered', registration });
    this.recorder.record({ kind: 'deregister-wait', registration, phase: 'returned', status });
    return { result: status };
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
    for (const [provider, { state }] of this.registrants) {
      if (state === 'live') this.perform({ op: 'deregister', provider }, 'user', 1);
      if (this.registrants.get(provider)?.state === 'leaving') {
        this.perform({ op: 'await_deregistration', provider }, 'user', 1);
      }
    }
  }
}

/**
 * Actors take turns, operation by operation, once the first has done what comes before its first
 * element.
 */
const inTurns = (
  actors: readonly Actor[],
): { operation: Operation; actor: Actor; index: number }[] => {
  const [first, ...others] = actors;
  if (!first) return [];
  const isElement = ({ op }: Operation): boolean => elementOperations.has(op);
  const from = others.length ? Math.max(0, first.operations.findIndex(isElement)) : 0;
  const setUp = first.operations.slice(0, from);
  const lists = [first.operations.slice(from), ...others.map(({ operations }) => operations)];
  const turns = Math.max(...lists.map((list) => list.length));
  const together = Array.from({ length: turns }, (_, turn) =>
    lists.flatMap((list, index) => {
      const operation = list[turn];
      return operation ? [{ operation, actor: actors[index]!, index }] : [];
    }),
  );
  return [...setUp.map((operation) => ({ operation, actor: first, index: 0 })), ...together.flat()];
};

const found = ({ result, value }: Found): Answer => ({
  result,
  ...(value ? { out: toHex(value) } : {}),
});

const statedIn = ({ key_size, buffer }: { key_size?: number; buffer?: number }): StatedSizes => ({
  ...(key_size === undefined ? {} : { key_size }),
  ...(buffer === undefined ? {} : { value_size: buffer }),
});

const keyBytes = (key: KeyRef, size: number): Uint8Array =>
  typeof key === 'string' ? fromHex(key) : indexKey(size, key ?? 0);

const valueBytes = (value: ValueRef, size: number): Uint8Array =>
  typeof value === 'string'
    ? fromHex(value)
    : plainValue(size, typeof value === 'number' ? value : 0);

/** Runs a plan against a fresh runtime. */
export const runAgainst = (
  port: RuntimePort,
  plan: Plan,
  conditions: Plan['conditions'],
  watch: RunWatch = {},
): TraceEvent[] => new RuntimeRun(port, watch).run(plan, conditions);
