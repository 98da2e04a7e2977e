/**
 * Calls the members of a native dispatch table: buffers guarded, boxes with sentinels, results
 * named.
 */
import type { Damage } from '../trace/damage.ts';
import type { DispatchCallback } from '../abi/callbacks.ts';
import { guidToBytes, isGuid } from '../abi/guid.ts';
import { readResult } from '../abi/result.ts';
import type { DispatchArguments, DispatchOutcome, DispatchTable } from '../provider/port.ts';
import { staleDamage, type CallBuffers, type LentBuffer } from './call-buffers.ts';
import { addressOf, functionAt, type Signature } from './koffi-binding.ts';
import { callNative } from './native-crossing.ts';
import type { NativeMemory } from './native-memory.ts';

export type TableParts = { buffers: CallBuffers; memory: NativeMemory };

const pointer = 'uint64_t';
const element = [
  pointer,
  pointer,
  'size_t',
  pointer,
  'size_t',
  pointer,
  'size_t',
  pointer,
  'uint32_t',
];
const deletion = [pointer, pointer, 'size_t', pointer, 'size_t', pointer, 'uint32_t'];
const result = 'int32_t';

const signatures: Record<DispatchCallback, Signature> = {
  preprocess_map_create: {
    result,
    parameters: [pointer, 'uint32_t', 'uint32_t', 'uint32_t', 'uint32_t', pointer, pointer],
  },
  postprocess_map_delete: { result: 'void', parameters: [pointer, pointer] },
  preprocess_associate_program_type: { result, parameters: [pointer, pointer, pointer] },
  postprocess_map_find_element: { result, parameters: element },
  preprocess_map_update_element: { result, parameters: element },
  preprocess_map_delete_element: { result, parameters: deletion },
  postprocess_map_delete_element: { result: 'void', parameters: deletion },
};

/**
 * Out parameters start at NULL and 0 as the runtime has them, or at values that cannot be meant.
 */
const contextSentinel = 0x0bad_c0de_0bad_c0den;

/** A context of a native provider is its address; NULL is null. */
export const contextOf = (address: bigint): bigint | null => (address === 0n ? null : address);
export const addressIn = (bytes: Uint8Array): bigint =>
  new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
export const addressBytes = (address: bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, address), true);
  return bytes;
};

/** A pointer argument: NULL for null, else where the buffer lies. */
const at = (buffer: LentBuffer | null): bigint => (buffer ? buffer.address : 0n);

const named = (answer: unknown): string => readResult(answer) ?? 'not a result';

/** The table as copied now. */
export const nativeTable = (
  members: ReadonlyMap<DispatchCallback, bigint>,
  parts: TableParts,
): DispatchTable => {
  let calls = 0;
  return {
    members: new Set(members.keys()),
    invoke: (callback, args) => {
      calls += 1;
      const address = members.get(callback);
      if (address === undefined) throw new Error(`${callback} is NULL and was called`);
      const member = functionAt(address, signatures[callback]);
      const call = (...values: unknown[]): unknown =>
        callNative(() => member(addressOf(args.binding_context), ...values));
      switch (callback) {
        case 'preprocess_map_create':
          return create(call, args, calls, parts);
        case 'postprocess_map_delete':
          call(addressOf(args.map_context));
          return { result: null, damage: parts.buffers.written() };
        case 'preprocess_associate_program_type':
          return associate(call, args, parts);
        case 'postprocess_map_find_element':
        case 'preprocess_map_update_element':
          return crossElement(call, callback, args, parts);
        case 'preprocess_map_delete_element':
        case 'postprocess_map_delete_element':
          return crossDeletion(call, callback, args, parts);
      }
    },
  };
};

type Call = (...values: unknown[]) => unknown;

/** Lends buffers to one call and takes them back, whatever becomes of it. */
const lending = <T>(
  callback: string,
  { buffers }: TableParts,
  lent: readonly (LentBuffer | null)[],
  act: () => T,
): T => {
  buffers.watch(lent);
  try {
    return act();
  } finally {
    buffers.retire(callback, lent);
  }
};

/** What was done to the buffers of one call. */
const harm = (buffers: CallBuffers, lent: readonly (LentBuffer | null)[]): Damage[] =>
  lent.flatMap((one) => (one ? buffers.inspect(one) : []));

const create = (
  call: Call,
  args: DispatchArguments,
  calls: number,
  parts: TableParts,
): DispatchOutcome => {
  const { buffers } = parts;
  const fill = args.fill ?? (calls % 2 ? 0 : 0xdeadbeef);
  const sentinel = fill === 0 ? 0n : contextSentinel;
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, fill, true);
  const actual = buffers.lendBox('actual_value_size', size);
  const context = buffers.lendBox('map_context', addressBytes(sentinel));
  return lending('preprocess_map_create', parts, [actual, context], () => {
    const answer = call(
      args.map_type,
      args.create_key_size,
      args.create_value_size,
      args.max_entries,
      actual.address,
      context.address,
    );
    const wrote = new DataView(buffers.bytes(actual).buffer).getUint32(0, true);
    const held = addressIn(buffers.bytes(context));
    const wroteActualValueSize = wrote !== fill >>> 0;
    return {
      result: named(answer),
      damage: [...harm(buffers, [actual, context]), ...buffers.written()],
      actual_value_size: wroteActualValueSize ? wrote : null,
      wroteActualValueSize,
      map_context: held === sentinel ? null : contextOf(held),
      wroteMapContext: held !== sentinel,
    };
  });
};

const associate = (call: Call, args: DispatchArguments, parts: TableParts): DispatchOutcome => {
  const { program_type } = args;
  const bytes = isGuid(program_type) ? guidToBytes(program_type) : null;
  const { buffers } = parts;
  // Writable on purpose, as the runtime's own variable is: what is changed, then or later, is told
  // by name (ASSOC-005).
  const type = bytes && buffers.lendOut('program_type', bytes);
  return lending('preprocess_associate_program_type', parts, [type], () => {
    const result = named(call(addressOf(args.map_context), at(type)));
    const isIntact = !type || buffers.bytes(type).every((byte, i) => byte === bytes[i]);
    const modified: Damage[] = isIntact ? [] : [{ what: 'modified', buffer: 'program_type' }];
    return { result, damage: [...modified, ...buffers.written()] };
  });
};

const crossElement = (
  call: Call,
  callback: DispatchCallback,
  args: DispatchArguments,
  parts: TableParts,
): DispatchOutcome => {
  const { buffers, memory } = parts;
  const given = args.value ? memory.mask.reveal(args.value) : null;
  const key = args.key ? buffers.lendConst('key', args.key, args.misaligned) : null;
  const value = given && buffers.lendConst('in_value', given, args.misaligned);
  const size = args.out_size ?? null;
  const filled = size === null ? null : new Uint8Array(size).fill(args.fill ?? 0);
  const out = filled && buffers.lendOut('out_value', filled);
  return lending(callback, parts, [key, value, out], () => {
    const answer = call(
      addressOf(args.map_context),
      args.key_size,
      at(key),
      args.value_size,
      at(value),
      size ?? 0,
      at(out),
      args.flags,
    );
    const wrote = out && buffers.bytes(out);
    const damage = [...harm(buffers, [key, value, out]), ...buffers.written()];
    if (wrote) damage.push(...staleDamage(callback, wrote, [args.key, given]));
    return {
      result: named(answer),
      damage,
      out: wrote && memory.mask.hide(wrote, given),
    };
  });
};

const crossDeletion = (
  call: Call,
  callback: DispatchCallback,
  args: DispatchArguments,
  parts: TableParts,
): DispatchOutcome => {
  const { buffers, memory } = parts;
  const given = args.value ? memory.mask.reveal(args.value) : null;
  const key = args.key ? buffers.lendConst('key', args.key, args.misaligned) : null;
  const value = given && buffers.lendConst('value', given, args.misaligned);
  return lending(callback, parts, [key, value], () => {
    const answer = call(
      addressOf(args.map_context),
      args.key_size,
      at(key),
      args.value_size,
      at(value),
      args.flags,
    );
    if (given) memory.mask.release(given);
    const returns = callback === 'preprocess_map_delete_element';
    const damage = [...harm(buffers, [key, value]), ...buffers.written()];
    return { result: returns ? named(answer) : null, damage };
  });
};
