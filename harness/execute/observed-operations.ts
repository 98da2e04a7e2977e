/** Operations of a plan on one map of a native runtime. */
import { optionOf } from '../abi/flags.ts';
import type { RuntimeInstance, Found } from '../adapters/native-runtime.ts';
import type { Observer } from '../adapters/observer.ts';
import { FOREIGN, OPERATION_KINDS, type TogetherOperation } from '../adapters/observer-layout.ts';
import type { Actor, Operation } from '../trace/plan.ts';
import { toHex } from '../trace/recorder.ts';
import { notOffered, type Answer } from './answer.ts';
import { indexKey, keyBytes, resized, valueBytes } from './run-data.ts';

export type Definition = {
  map_type: number;
  key_size: number;
  value_size: number;
  max_entries: number;
};

/** What a creation asks for. */
export const definitionOf = (operation: Extract<Operation, { op: 'create' }>): Definition => ({
  map_type: operation.map_type ?? 15,
  key_size: operation.key_size ?? 4,
  value_size: operation.value_size ?? 4,
  max_entries: operation.max_entries ?? 8,
});
/** A map of the run. */
export type Slot = {
  label: string;
  handle: bigint;
  references: number;
  context: number;
  /** Of the provider that serves it, if one does. */
  registration: string | null;
  actual: number;
} & Definition;

/** What buffers hold before a lookup, by turns. */
export const fills = [0xcc, 0] as const;

/** What MAP_CONTEXT shows; `context` is a number of the observer's, null where nothing tells. */
export const contextAt = (
  context: number | null,
  labels: { context: (number: number) => string | null },
): Answer => {
  if (context === null) return notOffered;
  const out = context === FOREIGN ? 'something else' : labels.context(context);
  return { result: 'EBPF_SUCCESS', out };
};

/** Carries one operation out on a map. */
export const performOn = (
  { runtime, observer }: { runtime: RuntimeInstance; observer: Observer },
  operation: Operation,
  flags: number,
  slot: Slot,
  fill: number,
): Answer => {
  const { handle, key_size } = slot;
  switch (operation.op) {
    case 'find':
      return find(runtime, operation, flags, slot, fill);
    case 'update': {
      const value = resized(
        valueBytes(operation.value, slot.value_size),
        operation.value_size ?? slot.value_size,
      );
      const key = keyBytes(operation.key, operation.key_size ?? key_size);
      const result = runtime.update(handle, key, value, optionOf(operation.option), flags);
      return { result, given: toHex(resized(value, slot.value_size)) };
    }
    case 'delete':
      return {
        result: runtime.remove(
          handle,
          keyBytes(operation.key, operation.key_size ?? key_size),
          flags,
        ),
      };
    case 'associate':
      return { result: runtime.associate(handle, operation.program_type) };
    case 'find_element': {
      const key = keyBytes(operation.key, key_size) ?? new Uint8Array(key_size);
      const found = runtime.findElement(handle, key, slot.actual, observer);
      if (!found) return notOffered;
      return { result: found.result, ...(found.value ? { out: toHex(found.value) } : {}) };
    }
    case 'next_key': {
      const stated = operation.key_size ?? key_size;
      const { result, key } = runtime.nextKey(handle, keyBytes(operation.key, stated), stated);
      return { result, ...(result === 'EBPF_SUCCESS' ? { out: toHex(key) } : {}) };
    }
    default:
      return performBeyond(runtime, operation, flags, slot);
  }
};

/** Lengths are the map's unless the operation states others; the buffer is filled before. */
const find = (
  runtime: RuntimeInstance,
  operation: Extract<Operation, { op: 'find' }>,
  flags: number,
  slot: Slot,
  fill: number,
): Answer => {
  const key = keyBytes(operation.key, slot.key_size);
  const stated = {
    keySize: operation.key_size ?? slot.key_size,
    valueSize: operation.buffer ?? slot.value_size,
  };
  const found: Found = runtime.find(slot.handle, key, stated, {
    flags,
    removes: operation.delete ?? false,
    fill,
  });
  const isShown = found.result === 'EBPF_SUCCESS' || found.value.some((byte) => byte !== fill);
  return { result: found.result, ...(isShown ? { out: toHex(found.value) } : {}) };
};

/** Operations that a runtime may lack. */
const performBeyond = (
  runtime: RuntimeInstance,
  operation: Operation,
  flags: number,
  slot: Slot,
): Answer => {
  const { handle, key_size, value_size } = slot;
  switch (operation.op) {
    case 'batch_update': {
      if (!runtime.has('update_batch')) return notOffered;
      const keys = Buffer.concat(
        operation.entries.map((one) => keyBytes(one.key, key_size) ?? new Uint8Array(key_size)),
      );
      const values = Buffer.concat(
        operation.entries.map((one) => valueBytes(one.value, value_size)),
      );
      const { result, done } = runtime.updateBatch(
        handle,
        keys,
        key_size,
        values,
        value_size,
        optionOf(operation.option),
      );
      return { result, out: { done } };
    }
    case 'push':
    case 'pop':
    case 'peek':
      if (!runtime.has(operation.op)) return notOffered;
      return {
        result: runtime.atEnds(
          operation.op,
          handle,
          valueBytes(operation.value ?? 0, value_size),
          flags,
        ),
      };
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
};

/**
 * The operation as the threads of the observing provider carry it out; null: it is none of theirs.
 */
export const requestOf = (
  operation: Operation,
  by: Pick<Actor, 'caller' | 'process'>,
  slot: Slot,
  actor: number,
): TogetherOperation | null => {
  if (operation.op !== 'find' && operation.op !== 'update' && operation.op !== 'delete')
    return null;
  const key = keyBytes(operation.key, slot.key_size);
  if (!key) return null;
  const kind =
    operation.op === 'find' ? (operation.delete ? 'lookup_and_delete' : 'find') : operation.op;
  return {
    map: slot.handle,
    actor,
    kind: OPERATION_KINDS[kind],
    option: operation.op === 'update' ? optionOf(operation.option) : 0,
    flags: (operation.caller ?? by.caller) === 'program' ? 1 : 0,
    process: by.process,
    reserved: 0,
    key_size: slot.key_size,
    value_size: slot.value_size,
    key,
    value:
      operation.op === 'update'
        ? valueBytes(operation.value, slot.value_size)
        : new Uint8Array(slot.value_size),
  };
};
