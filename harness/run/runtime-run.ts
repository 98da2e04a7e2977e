/** One run of a plan against a runtime under test: operations carried out through its face, events recorded. */
import { readFacts } from '../adapters/module-facts.ts';
import { EBPF_MAP_INFO_EXTENSION_IID } from '../abi/guid.ts';
import { Observation, type Situation } from '../explore/observation.ts';
import { ObservingProvider } from '../explore/observing-provider.ts';
import type { CallerFlags, RuntimePort } from '../provider/runtime-port.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { KeyRef, MapOption, Operation, Plan, ValueRef } from '../trace/plan.ts';
import { Recorder, fromHex, toHex } from '../trace/recorder.ts';
import { indexKey, plainValue } from './run-data.ts';

type Slot = {
  label: string;
  handle: bigint;
  references: number;
  key_size: number;
  value_size: number;
  observed: boolean;
};
type Registrant = {
  provider: ObservingProvider;
  handle: bigint;
  state: 'live' | 'leaving' | 'gone';
};
type Answer = { result: string; out?: unknown; map?: string };

const options: Record<string, number> = { EBPF_ANY: 0, EBPF_NOEXIST: 1, EBPF_EXIST: 2 };
const optionOf = (option: MapOption | undefined): number =>
  typeof option === 'number' ? option : (options[option ?? 'EBPF_ANY'] ?? 0);

const noSuchMap: Answer = { result: 'NO_SUCH_MAP' };
const errorCharactersMax = 200;

class RuntimeRun {
  readonly recorder = new Recorder();
  private readonly port: RuntimePort;
  private readonly observation: Observation;
  private readonly slots = new Map<number, Slot>();
  private readonly registrants = new Map<number, Registrant>();
  private operations = 0;
  private now: Situation = { op: 0, process: 1, irql: 0, locks: 0, map: undefined };

  constructor(port: RuntimePort) {
    this.port = port;
    this.observation = new Observation(this.recorder, () => ({
      ...this.now,
      irql: port.irql() ?? this.now.irql,
      locks: port.lock_depth() ?? 0,
    }));
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
      for (const actor of plan.actors) {
        for (const operation of actor.operations)
          this.perform(operation, actor.caller, actor.process);
      }
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
    const answer = this.carryOut(operation, by === 'program' ? 1 : 0, slot);
    this.recorder.record({
      kind: 'operation-ended',
      op,
      operation,
      ...answer,
      ...(slot ? { map: slot.label } : {}),
      ...(answer.result === noSuchMap.result ? { skipped: true } : {}),
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
    const found = ({ result, value }: { result: string; value: Uint8Array | null }): Answer => ({
      result,
      ...(value ? { out: toHex(value) } : {}),
    });
    switch (operation.op) {
      case 'hold':
        port.map_reference(handle);
        slot.references += 1;
        return { result: 'OK' };
      case 'close':
        return this.close(operation.map, slot);
      case 'find': {
        const key = keyBytes(operation.key, key_size);
        return found(
          operation.delete
            ? port.lookup_and_delete(handle, key, flags)
            : port.find(handle, key, flags),
        );
      }
      case 'update': {
        const value = valueBytes(operation.value, value_size);
        return {
          result: port.update(
            handle,
            keyBytes(operation.key, key_size),
            value,
            optionOf(operation.option),
            flags,
          ),
        };
      }
      case 'delete':
        return { result: port.delete_entry(handle, keyBytes(operation.key, key_size), flags) };
      case 'associate':
        return { result: port.associate(handle, operation.program_type) };
      case 'find_element':
        return found(port.find_element(handle, keyBytes(operation.key, key_size)));
      case 'next_key': {
        const { result, key } = port.next_key(
          handle,
          operation.key === null ? null : keyBytes(operation.key, key_size),
        );
        return { result, ...(key ? { out: toHex(key) } : {}) };
      }
      default:
        return { result: 'EBPF_OPERATION_NOT_SUPPORTED' };
    }
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
      observed: made !== null,
      ...request,
    });
    if (made) {
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

  private close(number: number, slot: Slot): Answer {
    slot.references -= 1;
    this.port.map_close(slot.handle);
    this.port.drain();
    const last = slot.references === 0;
    if (!last) return { result: 'OK', out: { last } };
    this.slots.delete(number);
    if (slot.observed) this.recorder.record({ kind: 'map-gone', map: slot.label, balance: null });
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
): TraceEvent[] => new RuntimeRun(port).run(plan, conditions);
