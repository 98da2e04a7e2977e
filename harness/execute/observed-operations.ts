/**
 * Operations of a plan on one map of a native runtime, and the order in which those of several
 * actors come.
 */
import type { RuntimeInstance, Found } from '../adapters/native-runtime.ts';
import { OPERATION_KINDS, type TogetherOperation } from '../adapters/observer-layout.ts';
import type { Actor, KeyRef, MapOption, Operation, ValueRef } from '../trace/plan.ts';
import { fromHex, toHex } from '../trace/recorder.ts';
import { indexKey, plainValue, resized } from './run-data.ts';

export type Definition = {
  map_type: number;
  key_size: number;
  value_size: number;
  max_entries: number;
};
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
/** What an operation answers its caller. */
export type Answer = { result: string; out?: unknown; map?: string; given?: string };

const options: Record<string, number> = { EBPF_ANY: 0, EBPF_NOEXIST: 1, EBPF_EXIST: 2 };
const optionOf = (option: MapOption | undefined): number =>
  typeof option === 'number' ? option : (options[option ?? 'EBPF_ANY'] ?? 0);

export const noSuchMap: Answer = { result: 'NO_SUCH_MAP' };
export const notOffered: Answer = { result: 'NOT_OFFERED' };
/** Answers of operations that were not carried out. */
export const skipped = new Set([noSuchMap.result, notOffered.result]);
/** What buffers hold before a lookup, by turns. */
export const fills = [0xcc, 0] as const;
const elementOperations = new Set(['find', 'update', 'delete']);

/** Carries one operation out on a map. */
export const performOn = (
  runtime: RuntimeInstance,
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
      const { result, value } = runtime.findElement(handle, key, slot.actual);
      return { result, ...(value ? { out: toHex(value) } : {}) };
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

export type Placed = { operation: Operation; actor: Actor; index: number };

/**
 * With several actors: what the first does up to its first element operation, all element
 * operations, and the rest.
 */
export const phasesOf = (
  actors: readonly Actor[],
): Record<'before' | 'together' | 'after', Placed[]> => {
  const placed = actors.flatMap((actor, index) =>
    actor.operations.map((operation) => ({ operation, actor, index })),
  );
  if (actors.length < 2) return { before: placed, together: [], after: [] };
  const first = placed.filter(({ index }) => index === 0);
  const from = first.findIndex(({ operation }) => elementOperations.has(operation.op));
  const before = from < 0 ? first : first.slice(0, from);
  const rest = placed.filter((one) => !before.includes(one));
  const isElement = ({ operation }: Placed): boolean => elementOperations.has(operation.op);
  return { before, together: rest.filter(isElement), after: rest.filter((one) => !isElement(one)) };
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

const keyBytes = (key: KeyRef, size: number): Uint8Array | null =>
  key === null ? null : typeof key === 'string' ? fromHex(key) : indexKey(size, key);

const valueBytes = (value: ValueRef, size: number): Uint8Array =>
  typeof value === 'string'
    ? fromHex(value)
    : plainValue(size, typeof value === 'number' ? value : 0);
