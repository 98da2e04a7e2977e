/**
 * The client dispatch table of one binding: find_element_function and the epoch services, with
 * their rules watched.
 */
import type { Misuse } from '../trace/misuse.ts';
import { toHex } from '../trace/recorder.ts';
import type { ClientServices } from '../provider/port.ts';
import type { Thread } from '../provider/thread.ts';
import type { BlockKind } from './epoch-memory.ts';
import type { Binding } from './registered.ts';
import type { Core } from './core.ts';
import { recordMisuse } from './misuse.ts';

/** Calls in which the runtime's own epoch protects the provider although nothing entered one. */
const isProtectedCall = (callback: string | undefined): boolean =>
  callback !== undefined &&
  (callback.startsWith('preprocess_') ||
    callback.startsWith('postprocess_') ||
    callback === 'invokeHelper' ||
    // Observed: attach happens inside the epoch of the creation.
    callback === 'ProviderAttachClient');

/** `isPoisoned`: nobody may call the table, so every call through it is recorded (ABI-008). */
export const clientServices = (
  runtime: Core,
  binding: Binding,
  isPoisoned: boolean,
): ClientServices => {
  const { memory, recorder, crossing } = runtime;
  const callback = (thread: Thread): string | undefined =>
    crossing.inFlight.get(thread.calls.at(-1) ?? 0);
  const misuse = (thread: Thread, what: Misuse, detail: string): void =>
    recordMisuse(recorder, thread, what, detail, { binding: binding.label });

  /** Checks that hold for every service; throws when the run is over. */
  const enter = (name: string): Thread => {
    if (crossing.ended) throw crossing.ended;
    const { thread } = runtime;
    recorder.actor = thread.actor;
    if (isPoisoned) recorder.record({ kind: 'service', call: thread.calls.at(-1) ?? 0, name });
    const isOver = binding.state === 'cleaned' || binding.state === 'refused';
    // Function pointers copied at an attach stay good while any binding of the registration lives:
    // they are the runtime's own, the same for every client.
    const alive = [...binding.registered.bindings].some(
      (one) => one.state !== 'cleaned' && one.state !== 'refused',
    );
    if (alive && isOver) return thread;
    if (isOver) {
      misuse(thread, 'service-after-cleanup', `${name} was called after the binding's cleanup`);
    } else if (
      (binding.detachedByProvider || binding.state === 'detached') &&
      !/^(pre|post)process_/.test(callback(thread) ?? '')
    ) {
      misuse(
        thread,
        'service-after-detach',
        `${name} was called after ProviderDetachClient returned`,
      );
    }
    return thread;
  };
  const needEpoch = (thread: Thread, what: Misuse, name: string): void => {
    if (memory.epochs.isProtected(thread) || isProtectedCall(callback(thread))) return;
    misuse(
      thread,
      what,
      `${name} was called outside an epoch, in ${callback(thread) ?? 'no callback'}`,
    );
  };
  const allocate =
    (kind: BlockKind, name: string) =>
    (size: number): bigint => {
      const thread = enter(name);
      needEpoch(thread, 'allocate-outside-epoch', name);
      return memory.allocate(thread, kind, size);
    };
  const free =
    (kind: BlockKind, name: string) =>
    (address: bigint): void => {
      const thread = enter(name);
      if (address === 0n) return;
      needEpoch(thread, 'free-outside-epoch', name);
      memory.free(thread, kind, address);
    };

  return {
    find_element_function: (address, key) =>
      findElement(runtime, enter('find_element_function'), address, key, needEpoch),
    epoch_enter: (state) => {
      const thread = enter('epoch_enter');
      memory.noteEpochState(thread, state);
      memory.epochs.enter(thread, state);
    },
    epoch_exit: (state) => memory.epochs.exit(enter('epoch_exit'), state),
    epoch_allocate_with_tag: allocate('epoch', 'epoch_allocate_with_tag'),
    epoch_allocate_cache_aligned_with_tag: allocate(
      'epoch-aligned',
      'epoch_allocate_cache_aligned_with_tag',
    ),
    epoch_free: free('epoch', 'epoch_free'),
    epoch_free_cache_aligned: free('epoch-aligned', 'epoch_free_cache_aligned'),
    keySizeOf: (address) => runtime.maps.byAddress(address)?.definition.key_size ?? 0,
  };
};

const findElement = (
  runtime: Core,
  thread: Thread,
  address: bigint,
  key: Uint8Array | null,
  needEpoch: (thread: Thread, what: Misuse, name: string) => void,
): { result: string; value: bigint } => {
  const { memory, recorder } = runtime;
  const call = thread.calls.at(-1) ?? 0;
  needEpoch(thread, 'find-outside-epoch', 'find_element_function');
  const map = runtime.maps.byAddress(address);
  const answered = (result: string, value: bigint, more: { map?: string; entry?: number } = {}) => {
    recorder.record({
      kind: 'service',
      call,
      name: 'find_element_function',
      result,
      ...(key ? { key: toHex(key) } : {}),
      ...more,
    });
    return { result, value };
  };
  const codes = runtime.maps.findElementCodes;
  if (!map || map.context === null) {
    if (!map && !runtime.maps.isCoreObject(address)) {
      recordMisuse(
        recorder,
        thread,
        'find-wrong-map',
        'find_element_function was given something that is no map of the runtime',
      );
    }
    return answered(codes.badMap, 0n);
  }
  if (key === null || key.length < map.definition.key_size) {
    return answered('EBPF_INVALID_ARGUMENT', 0n, { map: map.label });
  }
  const entry = map.base.find(key.subarray(0, map.definition.key_size));
  if (!entry) return answered(codes.missing, 0n, { map: map.label });
  const stored = entry.value;
  const value = memory.lent.lend(thread, stored, (bytes) => stored.set(bytes));
  return answered('EBPF_SUCCESS', value, { map: map.label, entry: entry.version });
};
