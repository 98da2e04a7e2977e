/** Operations of a plan on one map of a runtime behind its port. */
import { optionOf } from '../abi/flags.ts';
import type { ObservedMap } from '../explore/observation.ts';
import type { CallerFlags, Found, RuntimePort, StatedSizes } from '../provider/runtime-port.ts';
import type { KeyRef, Operation } from '../trace/plan.ts';
import { toHex } from '../trace/recorder.ts';
import { notOffered, type Answer } from './answer.ts';
import { indexKey, keyBytes, resized, valueBytes } from './run-data.ts';

/** A map of the run. */
export type Slot = {
  label: string;
  handle: bigint;
  references: number;
  key_size: number;
  value_size: number;
  made: ObservedMap | null;
};

const someHandle = 4n;

/** Carries one operation out on a map. */
export const performOn = (
  port: RuntimePort,
  operation: Operation,
  flags: CallerFlags,
  slot: Slot,
): Answer => {
  const { handle, key_size, value_size } = slot;
  switch (operation.op) {
    case 'find': {
      const key = keyOf(operation.key, key_size);
      const look = operation.delete ? port.lookup_and_delete : port.find;
      return found(look(handle, key, flags, statedIn(operation)));
    }
    case 'update': {
      const key = keyOf(operation.key, operation.key_size ?? key_size);
      const whole = valueBytes(operation.value, value_size);
      const value = resized(whole, operation.value_size ?? value_size);
      const result = port.update(handle, key, value, optionOf(operation.option), flags);
      return { result, given: toHex(resized(value, value_size)) };
    }
    case 'delete':
      return {
        result: port.delete_entry(
          handle,
          keyOf(operation.key, operation.key_size ?? key_size),
          flags,
        ),
      };
    case 'associate':
      return { result: port.associate(handle, operation.program_type) };
    case 'find_element':
      return found(port.find_element(handle, keyOf(operation.key, key_size)));
    case 'next_key': {
      const { result, key } = port.next_key(
        handle,
        operation.key === null ? null : keyOf(operation.key, operation.key_size ?? key_size),
      );
      return { result, ...(key ? { out: toHex(key) } : {}) };
    }
    default:
      return performBeyond(port, operation, flags, slot);
  }
};

/** What a runtime need not offer. */
const performBeyond = (
  port: RuntimePort,
  operation: Operation,
  flags: CallerFlags,
  slot: Slot,
): Answer => {
  const { handle, key_size, value_size } = slot;
  switch (operation.op) {
    case 'batch_update': {
      if (!port.update_batch) return notOffered;
      const keys = operation.entries.map(({ key }) => keyOf(key, key_size));
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
};

const found = ({ result, value }: Found): Answer => ({
  result,
  ...(value ? { out: toHex(value) } : {}),
});

const statedIn = ({ key_size, buffer }: { key_size?: number; buffer?: number }): StatedSizes => ({
  ...(key_size === undefined ? {} : { key_size }),
  ...(buffer === undefined ? {} : { value_size: buffer }),
});

/** NULL is no key that a port takes. */
const keyOf = (key: KeyRef, size: number): Uint8Array => keyBytes(key ?? 0, size)!;
