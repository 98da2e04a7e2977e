/**
 * The maps of a run by slot: creation, references, destruction, and the operations that need no
 * phases.
 */
import type { Thread } from '../provider/thread.ts';
import { newThread } from '../provider/thread.ts';
import type { Operation, ValueRef } from '../trace/plan.ts';
import { toHex } from '../trace/recorder.ts';
import { answerForType, createCustomMap, type CreationParts } from './create.ts';
import type { MapDefinition } from './bound-map.ts';
import type { Answer, CustomMap, Phases } from './custom-map.ts';
import { NativeMap, nextKey } from './native-map.ts';
import type { Binding } from './registered.ts';
import type { Core } from './core.ts';

type MapOperation = Extract<Operation, { map: number }>;

/** A slot: a custom map or a native one. */
type Slot = {
  label: string;
  map: CustomMap | null;
  native: NativeMap | null;
  references: number;
  users?: number;
};

const noSuchMap: Answer = { result: 'NO_SUCH_MAP' };

export class MapTable {
  private readonly slots = new Map<number, Slot>();
  /** Slots whose creation is under way: another actor finds them taken. */
  private readonly beingMade = new Set<number>();
  /** Maps that exist, destruction under way included. */
  private readonly living = new Set<CustomMap>();
  private readonly parts: CreationParts;
  private readonly runtime: Core;
  private readonly coreObjects = new Set<bigint>();

  constructor(parts: CreationParts, runtime: Core) {
    this.parts = parts;
    this.runtime = runtime;
  }

  get findElementCodes(): { missing: string; badMap: string } {
    return this.parts.dialect.findElementShippedCodes
      ? { missing: 'EBPF_OBJECT_NOT_FOUND', badMap: 'EBPF_INVALID_ARGUMENT' }
      : { missing: 'EBPF_KEY_NOT_FOUND', badMap: 'EBPF_INVALID_OBJECT' };
  }

  /** Address of the map object in a slot; 0n when there is none. */
  addressAt(slot: number): bigint {
    const found = this.slots.get(slot);
    return found?.map?.address ?? found?.native?.address ?? 0n;
  }

  at(slot: number): CustomMap | null {
    return this.slots.get(slot)?.map ?? null;
  }

  labelOf(slot: number): string {
    return this.slots.get(slot)?.label ?? '';
  }

  byAddress(address: bigint): CustomMap | null {
    for (const map of this.living) if (map.address === address && address !== 0n) return map;
    return null;
  }

  /** Whether the address is a native map's object: legal to ask about, never found. */
  isCoreObject(address: bigint): boolean {
    return this.coreObjects.has(address);
  }

  /** A native map's object: NULL at map_context_offset. */
  coreObject(): bigint {
    const address = this.runtime.subject.space.allocateMapObject(this.runtime.mapContextOffset, 0n);
    this.coreObjects.add(address);
    return address;
  }

  /** Closes every handle, as the end of all processes does; false when nothing was open. */
  closeAll(thread: Thread): boolean {
    const open = [...this.slots.keys()];
    for (const slot of open) {
      const { references } = this.slots.get(slot)!;
      for (let i = 0; i < references; i += 1) this.close(thread, slot);
    }
    return open.length > 0;
  }

  *perform(thread: Thread, operation: Operation): Phases<Answer> {
    if (!('map' in operation) || typeof operation.map !== 'number')
      return { result: 'EBPF_FAILED' };
    if (operation.op === 'create') return yield* this.create(thread, operation);
    const slot = this.slots.get(operation.map);
    if (!slot) return noSuchMap;
    if (operation.op === 'hold') {
      slot.references += 1;
      return { result: 'OK' };
    }
    if (operation.op === 'close') return this.close(thread, operation.map, operation.process);
    if (slot.native) return this.performNative(thread, slot.native, operation as MapOperation);
    if (!slot.map) return noSuchMap;
    // An operation under way refers to the map: closed meanwhile, the map ends after it (LIFE-007).
    slot.users = (slot.users ?? 0) + 1;
    this.runtime.memory.epochs.enterRuntime(thread);
    const answer = yield* this.performCustom(thread, slot.map, operation as MapOperation);
    this.runtime.memory.epochs.exitRuntime(thread);
    slot.users -= 1;
    if (slot.references === 0 && slot.users === 0) this.destroy(slot.map, thread.process);
    return answer;
  }

  private *create(thread: Thread, operation: Extract<Operation, { op: 'create' }>): Phases<Answer> {
    const { data, recorder, memory, subject } = this.runtime;
    if (this.slots.has(operation.map) || this.beingMade.has(operation.map)) {
      return { result: 'SLOT_IN_USE' };
    }
    const definition: MapDefinition = {
      map_type: operation.map_type ?? data.mapType,
      key_size: operation.key_size ?? data.keySize,
      value_size: operation.value_size ?? data.valueSize,
      max_entries: operation.max_entries ?? data.maxEntries,
    };
    const native = answerForType(this.parts, definition, operation);
    if (native) {
      if (native.result === 'EBPF_SUCCESS') {
        const made = new NativeMap(definition, this.coreObject(), this.parts.nextVersion);
        this.slots.set(operation.map, {
          label: recorder.fresh('map'),
          map: null,
          native: made,
          references: 1,
        });
      }
      return native;
    }
    memory.epochs.enterRuntime(thread);
    const { client } = operation;
    const parts = client
      ? {
          ...this.parts,
          present: (binding: Binding) => this.runtime.clients.present(binding, client),
          clientContext: this.runtime.clients.shownContext(client),
        }
      : this.parts;
    this.beingMade.add(operation.map);
    const { fail_allocation } = operation;
    if (fail_allocation !== undefined) memory.failures.failNext(fail_allocation);
    const { made, ...answer } = yield* createCustomMap(
      parts,
      thread,
      definition,
      recorder.fresh('map'),
    );
    if (fail_allocation !== undefined) memory.failures.failNext(null);
    this.beingMade.delete(operation.map);
    memory.epochs.exitRuntime(thread);
    if (!made) return answer;
    made.address = subject.space.allocateMapObject(
      this.runtime.mapContextOffset,
      made.context === null ? 0n : subject.contextAddress(made.context),
    );
    this.living.add(made);
    this.slots.set(operation.map, { label: made.label, map: made, native: null, references: 1 });
    return answer;
  }

  private close(thread: Thread, at: number, process?: number): Answer {
    const slot = this.slots.get(at);
    if (!slot) return noSuchMap;
    slot.references -= 1;
    if (slot.references > 0) return { result: 'OK', out: { last: false } };
    this.slots.delete(at);
    const { map, native } = slot;
    if (native) {
      this.coreObjects.delete(native.address);
      this.runtime.subject.space.reclaim(native.address);
    }
    if (map && !slot.users) this.destroy(map, process ?? thread.process);
    return { result: 'OK', out: { last: true } };
  }

  private destroy(map: CustomMap, process: number): void {
    const worker = newThread(-1, 'user', process);
    this.runtime.scheduler.addBackground(worker, this.destruction(worker, map));
  }

  private *destruction(thread: Thread, map: CustomMap): Phases<void> {
    yield* map.destroy(thread);
    const { recorder, nmr, subject } = this.runtime;
    this.living.delete(map);
    if (map.address !== 0n) subject.space.reclaim(map.address);
    const shared = [...this.living].some((other) => other.context === map.context);
    if (map.context !== null && !shared) recorder.forget('context', map.context);
    recorder.actor = thread.actor;
    recorder.record({ kind: 'map-gone', map: map.label, balance: null });
    yield;
    // In the order in which they were attached.
    for (const binding of [...map.pendingBindings, map.binding])
      nmr.bindings.release(thread, binding);
  }

  private *performCustom(thread: Thread, map: CustomMap, operation: MapOperation): Phases<Answer> {
    const { data } = this.runtime;
    const { key_size, value_size } = map.definition;
    switch (operation.op) {
      case 'find':
        return yield* map.find(thread, data.key(operation.key, key_size), {
          remove: operation.delete ?? false,
          size: operation.buffer ?? null,
          ...(operation.key_size === undefined ? {} : { keySize: operation.key_size }),
        });
      case 'update': {
        const value = data.value(operation.value as ValueRef, value_size);
        if (!value) return { result: 'NO_SUCH_VALUE' };
        const answer = yield* map.update(
          thread,
          data.key(operation.key, key_size),
          value,
          operation.option ?? 'EBPF_ANY',
        );
        return { ...answer, given: toHex(value) };
      }
      case 'batch_update':
        return yield* this.updateBatch(thread, map, operation);
      case 'batch':
        if (!this.parts.dialect.batchLookupsCarriedOut) return refused(thread, map, operation);
        return yield* this.findBatch(thread, map, operation.delete ?? false);
      case 'push':
        return map.push(
          thread,
          operation.value === undefined ? null : data.value(operation.value, value_size),
        );
      case 'delete':
        return yield* map.remove(thread, data.key(operation.key, key_size));
      case 'associate':
        return {
          result:
            map.invoke(thread, 'preprocess_associate_program_type', {
              program_type: operation.program_type,
            }).result ?? 'EBPF_FAILED',
        };
      case 'next_key':
        return nextKey(map.base, data.key(operation.key, key_size));
      case 'iterate':
        return { result: 'EBPF_NO_MORE_KEYS', out: map.base.all().map((entry) => entry.hex) };
      case 'find_element':
        return this.findElement(map, data.key(operation.key, key_size));
      case 'map_context':
        return {
          result: 'EBPF_SUCCESS',
          out: map.labelOf(map.context),
        };
      default:
        return refused(thread, map, operation);
    }
  }

  /**
   * One request with several updates: done one by one, up to the first that fails (CRUD-UPD-018).
   */
  private *updateBatch(
    thread: Thread,
    map: CustomMap,
    operation: Extract<Operation, { op: 'batch_update' }>,
  ): Phases<Answer> {
    const { data } = this.runtime;
    const { key_size, value_size } = map.definition;
    let done = 0;
    for (const entry of operation.entries) {
      const value = data.value(entry.value, value_size);
      if (!value) return { result: 'NO_SUCH_VALUE', out: { done } };
      const answer = yield* map.update(
        thread,
        data.key(entry.key, key_size),
        value,
        operation.option ?? 'EBPF_ANY',
      );
      if (answer.result !== 'EBPF_SUCCESS') return { result: answer.result, out: { done } };
      done += 1;
    }
    return { result: 'EBPF_SUCCESS', out: { done } };
  }

  /** One request for all entries, as the user-mode libraries offer it (C-22). */
  private *findBatch(thread: Thread, map: CustomMap, remove: boolean): Phases<Answer> {
    let done = 0;
    for (const { key } of map.base.all()) {
      const answer = yield* map.find(thread, key, { remove, size: null });
      if (answer.result !== 'EBPF_SUCCESS') return { result: answer.result, out: { done } };
      done += 1;
    }
    return { result: 'EBPF_SUCCESS', out: { done } };
  }

  /** find_element_function called by the harness itself, not by the provider. */
  private findElement(map: CustomMap, key: Uint8Array | null): Answer {
    if (map.context === null || key === null) return { result: 'EBPF_INVALID_ARGUMENT' };
    const entry = map.base.find(key);
    if (!entry) return { result: this.findElementCodes.missing };
    return { result: 'EBPF_SUCCESS', out: toHex(entry.value) };
  }

  private performNative(thread: Thread, map: NativeMap, operation: MapOperation): Answer {
    const { data } = this.runtime;
    const { key_size, value_size } = map.definition;
    const key = 'key' in operation ? operation.key : undefined;
    const value = 'value' in operation ? operation.value : undefined;
    return map.perform(operation, {
      key: key === undefined ? null : data.key(key, key_size),
      value: value === undefined ? null : data.value(value, value_size),
      size: ('buffer' in operation ? operation.buffer : undefined) ?? value_size,
      program: thread.caller === 'program',
    });
  }
}

/**
 * What custom maps on a hash base refuse without asking the provider (CRUD-UPD-019, CRUD-FIND-016).
 */
const refused = (thread: Thread, map: CustomMap, operation: MapOperation): Answer => {
  switch (operation.op) {
    case 'peek':
    case 'pop':
      return {
        result:
          thread.caller === 'program' && map.transforms && operation.op !== 'pop'
            ? 'EBPF_OPERATION_NOT_SUPPORTED'
            : 'EBPF_INVALID_ARGUMENT',
      };
    case 'value_address':
      return { result: 'EBPF_INVALID_ARGUMENT' };
    case 'effective_value_size':
      return { result: 'OK', out: map.definition.value_size };
    case 'info':
      return { result: 'EBPF_SUCCESS', out: { ...map.definition } };
    default:
      return { result: 'EBPF_OPERATION_NOT_SUPPORTED' };
  }
};
