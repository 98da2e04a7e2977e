/**
 * Runs that repeat one that was lost, but for one circumstance: the lost call is given what an
 * ordinary one is given, or memory that was given back stays where it is.
 */
import type { DispatchCallback } from '../abi/callbacks.ts';
import { PASSIVE_LEVEL } from '../abi/flags.ts';
import type { DispatchArguments } from '../provider/port.ts';
import type { Thread } from '../provider/thread.ts';
import type { Cause } from '../trace/cause.ts';

/**
 * `kept`: blocks that stay readable after they were freed, as far as the subject can tell.
 * `atOnce`: work that is put off runs where it is asked for.
 */
export type Ease =
  { call: number; without: Cause } | { kept: readonly string[] } | { atOnce: true };

type Arguments = Omit<DispatchArguments, 'binding_context' | 'map_context'>;
type Sizes = { key: number; value: number; out_value: number | null };

/** Sizes of an ordinary call (SIZE-003). */
export const ordinarySizes = (
  callback: DispatchCallback,
  map: { key_size: number; value_size: number; actual_value_size: number; transforms: boolean },
): Sizes => {
  const isUpdate = callback === 'preprocess_map_update_element';
  const out = isUpdate ? map.actual_value_size : map.value_size;
  return {
    key: map.key_size,
    value: isUpdate ? map.value_size : map.actual_value_size,
    out_value: map.transforms ? out : null,
  };
};

/**
 * The arguments of a call without one circumstance. The thread is the call's, and is lowered where
 * that is it.
 */
export const eased = (without: Cause, args: Arguments, sizes: Sizes, thread: Thread): Arguments => {
  switch (without.what) {
    case 'flags':
      return { ...args, flags: ((args.flags ?? 0) & ~without.flags) >>> 0 };
    case 'key':
      return { ...args, key: new Uint8Array(sizes.key), key_size: sizes.key };
    case 'size':
      return withSize(args, without.of, sizes);
    case 'level':
      thread.irql = PASSIVE_LEVEL;
      return args;
    case 'bounds':
      return withRoom(args, without.of);
    case 'out':
      return { ...args, out_size: sizes.value };
    default:
      return args;
  }
};

const withSize = (args: Arguments, of: keyof Sizes, sizes: Sizes): Arguments => {
  const size = sizes[of];
  if (of === 'out_value') return { ...args, out_size: size };
  if (of === 'key') return { ...args, key: fitting(args.key, size!), key_size: size! };
  return { ...args, value: fitting(args.value, size!), value_size: size! };
};

/** Zeroes behind a buffer, with its size as it was. */
const room = 256;

const withRoom = (args: Arguments, of: keyof Sizes): Arguments => {
  if (of === 'out_value') return { ...args, out_room: room };
  const bytes = args[of];
  return bytes ? { ...args, [of]: fitting(bytes, bytes.length + room) } : args;
};

/** The bytes cut, or filled up with zeroes. */
const fitting = (bytes: Uint8Array | null | undefined, size: number): Uint8Array => {
  const made = new Uint8Array(size);
  made.set((bytes ?? made).subarray(0, size));
  return made;
};
