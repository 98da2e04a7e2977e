/**
 * Callbacks called directly with chosen arguments, and helpers: the probes that no flow of the
 * runtime makes.
 */
import {
  DISPATCH_LEVEL,
  EBPF_MAP_OPERATION_HELPER,
  EBPF_MAP_OPERATION_MAP_CLEANUP,
  EBPF_MAP_OPERATION_UPDATE,
  PASSIVE_LEVEL,
} from '../abi/flags.ts';
import { DISPATCH_CALLBACKS, type DispatchCallback } from '../abi/callbacks.ts';
import type { DispatchOutcome } from '../provider/port.ts';
import type { Thread } from '../provider/thread.ts';
import type { DirectCall, Operation, ValueRef } from '../trace/plan.ts';
import { toHex } from '../trace/recorder.ts';
import type { Answer, CustomMap } from './custom-map.ts';
import type { Core } from './core.ts';
import { recordMisuse } from './misuse.ts';

type HelperCall = Extract<Operation, { op: 'helper' }>;

/** What a helper's destination holds before the call. */
const destinationFill = 0xcc;

export class DirectCalls {
  private readonly runtime: Core;
  /** Stored representations kept by name for later deletes. */
  private readonly saved = new Map<string, Uint8Array>();

  constructor(runtime: Core) {
    this.runtime = runtime;
  }

  /** One dispatch member, in an epoch, at the chosen IRQL. */
  call(thread: Thread, call: DirectCall): Answer {
    const map = this.runtime.maps.at(call.map);
    const callback = call.callback as DispatchCallback;
    if (!map || !DISPATCH_CALLBACKS.includes(callback)) return { result: 'NO_SUCH_MAP' };
    if (!map.has(callback)) return { result: 'NO_SUCH_CALLBACK' };
    const helper = ((call.flags ?? 0) & EBPF_MAP_OPERATION_HELPER) !== 0;
    const irql = thread.irql;
    thread.irql = call.irql ?? (helper ? DISPATCH_LEVEL : irql);
    this.runtime.memory.epochs.enterRuntime(thread);
    const answer =
      callback === 'preprocess_map_create'
        ? this.create(thread, map, call)
        : callback === 'preprocess_associate_program_type'
          ? named(
              map.invoke(
                thread,
                callback,
                { program_type: call.program_type ?? '' },
                { direct: true },
              ),
            )
          : this.element(thread, map, callback, call);
    this.runtime.memory.epochs.exitRuntime(thread);
    thread.irql = irql;
    return answer;
  }

  /** A creation on this binding; a map that comes of it is deleted at once. */
  private create(thread: Thread, map: CustomMap, call: DirectCall): Answer {
    const before = { context: map.context, actual: map.actualValueSize };
    const outcome = map.invoke(
      thread,
      'preprocess_map_create',
      {
        map_type: call.map_type ?? map.definition.map_type,
        create_key_size: call.create_key_size ?? map.definition.key_size,
        create_value_size: call.create_value_size ?? map.definition.value_size,
        max_entries: call.max_entries ?? map.definition.max_entries,
        ...(call.fill === undefined ? {} : { fill: call.fill }),
      },
      { direct: true },
    );
    const made = outcome.result === 'EBPF_SUCCESS';
    const context = outcome.map_context ?? null;
    // A failed create that left a context is deleted as the shipped runtime does (CRE-009).
    if (made || context !== null) {
      map.context = context;
      map.invoke(thread, 'postprocess_map_delete', {}, { direct: true });
      map.context = before.context;
    }
    return named(outcome);
  }

  private element(
    thread: Thread,
    map: CustomMap,
    callback: DispatchCallback,
    call: DirectCall,
  ): Answer {
    const { data } = this.runtime;
    const { key_size, value_size } = map.definition;
    const isUpdate = callback === 'preprocess_map_update_element';
    const isFind = callback === 'postprocess_map_find_element';
    const natural = isUpdate ? value_size : map.actualValueSize;
    const key =
      call.key === undefined
        ? data.key(0, key_size)
        : call.key === null
          ? null
          : data.key(call.key, key_size);
    const value = this.value(map, call.value ?? 0, natural, isUpdate);
    // What was never stored cannot be asked for: an update that the plan counted on was refused.
    if (value === null && call.value !== undefined && call.value !== null)
      return { result: 'NO_SUCH_VALUE' };
    const size = call.value_size ?? natural;
    const out = isUpdate ? map.actualValueSize : value_size;
    const out_size = call.out_size !== undefined ? call.out_size : map.transforms ? out : null;
    const outcome = map.invoke(
      thread,
      callback,
      {
        key: key && key.slice(0, Math.max(call.key_size ?? key_size, 0)),
        key_size: call.key_size ?? (key ? key_size : 0),
        value: value && sized(value, size),
        value_size: size,
        ...(isUpdate || isFind ? { out_size, fill: call.fill ?? 0 } : {}),
        flags: call.flags ?? 0,
        ...(call.misaligned ? { misaligned: true } : {}),
      },
      { direct: true },
    );
    const stored = map.transforms && isUpdate ? (outcome.out ?? null) : value;
    const isNatural =
      size === natural &&
      key !== null &&
      (call.key_size ?? key_size) === key_size &&
      (!isUpdate || out_size === (map.transforms ? out : null));
    if (isUpdate && outcome.result === 'EBPF_SUCCESS' && stored) {
      if (call.save) this.saved.set(call.save, stored);
      if (isNatural && key) map.owed.push({ key, value: stored });
    } else if (!isUpdate && !isFind && value) {
      const isRefused = outcome.result !== null && outcome.result !== 'EBPF_SUCCESS';
      if (!isRefused || isNeverRefused(call)) this.settle(map, call, value, isNatural);
    }
    return { ...named(outcome), ...(outcome.out ? { out: toHex(outcome.out) } : {}) };
  }

  /**
   * A value was given back and not refused: it is owed no longer. After sizes or keys of the plan's
   * own nobody knows what became of it, and the plan may ask once more; otherwise it is gone, and
   * no later call names it.
   */
  private settle(
    map: CustomMap,
    { value: ref }: DirectCall,
    value: Uint8Array,
    isNatural: boolean,
  ): void {
    map.forgive(value);
    const isNamed = ref !== null && typeof ref === 'object' && 'stored' in ref;
    if (isNamed && isNatural) this.saved.delete(ref.stored);
  }

  /**
   * Bytes for a value argument: by name, or for find and delete what the provider would have
   * stored.
   */
  private value(
    map: CustomMap,
    ref: ValueRef,
    natural: number,
    isUpdate: boolean,
  ): Uint8Array | null {
    if (ref !== null && typeof ref === 'object' && 'stored' in ref) {
      return this.saved.get(ref.stored) ?? null;
    }
    return this.runtime.data.value(ref, isUpdate ? map.definition.value_size : natural);
  }

  /** A BPF program calls a helper: in an epoch, at the IRQL of programs in this run. */
  helper(thread: Thread, operation: HelperCall): Answer {
    const { runtime } = this;
    const { subject, data, memory } = runtime;
    const declared = data.helpers.find((one) => one.id === operation.helper);
    const { invokeHelper } = subject;
    if (!declared || !invokeHelper) return { result: 'NO_SUCH_HELPER' };
    const map = typeof operation.map === 'number' ? runtime.maps.at(operation.map) : null;
    if (typeof operation.map === 'number' && !map) return { result: 'NO_SUCH_MAP' };
    const size = operation.size ?? data.valueSize;
    const lent: bigint[] = [];
    const lend = (bytes: Uint8Array): bigint => {
      const address = subject.space.allocate(Math.max(bytes.length, 1), 0);
      subject.space.poke(address, bytes);
      lent.push(address);
      return address;
    };
    // A destination of no bytes has an address too; the byte there is nobody's to write.
    const destination = lend(new Uint8Array(Math.max(size, 1)).fill(destinationFill));
    const key = data.key(operation.key ?? 0, map?.definition.key_size ?? data.keySize);
    const role: Record<string, () => bigint> = {
      map: () => this.mapArgument(operation.map, map, lent),
      key: () => (key ? lend(key) : 0n),
      destination: () => destination,
      size: () => BigInt(size),
      flags: () => 0n,
      zero: () => 0n,
    };
    const args = declared.arguments.map((name) => role[name]?.() ?? 0n);
    while (args.length < 5) args.push(0n);
    const irql = thread.irql;
    thread.irql = runtime.conditions.passive_programs ? PASSIVE_LEVEL : DISPATCH_LEVEL;
    memory.epochs.enterRuntime(thread);
    const outcome = runtime.crossing.call(
      thread,
      {
        callback: 'invokeHelper',
        direct: true,
        ...(map ? { map: map.label } : {}),
        key: key && toHex(key),
        value_size: size,
        flags: declared.id,
      },
      () => {
        const back = invokeHelper(declared.id, args);
        this.noteOverrun(thread, lent, { destination, size });
        return back;
      },
      (back) => ({ out: `0x${BigInt.asUintN(64, back.value).toString(16)}` }),
    );
    const wrote = subject.space.peek(destination, size);
    const points = memory.pointee(BigInt.asUintN(64, outcome.value));
    memory.epochs.exitRuntime(thread);
    thread.irql = irql;
    for (const address of lent) subject.space.reclaim(address);
    return {
      result: outcome.result ?? 'OK',
      out: {
        returned: `0x${BigInt.asUintN(64, outcome.value).toString(16)}`,
        destination: wrote && toHex(wrote),
        points,
      },
    };
  }

  /** Writes beyond what was lent to a helper, while its call is the present one. */
  private noteOverrun(
    thread: Thread,
    lent: readonly bigint[],
    { destination, size }: { destination: bigint; size: number },
  ): void {
    const { space } = this.runtime.subject;
    const isEmpty = size === 0 && space.peek(destination, 1)?.[0] !== destinationFill;
    const overrun = isEmpty
      ? { offset: 0 }
      : lent.map((address) => space.overrun(address)).find((found) => found !== null);
    if (!overrun) return;
    const detail = `the helper wrote at offset ${overrun.offset} of a buffer of ${size} bytes`;
    recordMisuse(this.runtime.recorder, thread, 'out-of-bounds', detail);
  }

  private mapArgument(which: HelperCall['map'], map: CustomMap | null, lent: bigint[]): bigint {
    const { runtime } = this;
    const { space } = runtime.subject;
    if (map) return map.address;
    // Unreadable on purpose: no client attached yet, so the offset is unknown (HELP-010).
    if (which === 'unattached') return 0x0bad_0000_0000n;
    if (which === 'foreign') {
      // A readable context of somebody else's: 64 bytes of another tag (HELP-005).
      const foreign = space.allocate(64, 0x5f);
      const address = space.allocateMapObject(runtime.mapContextOffset, foreign);
      lent.push(foreign, address);
      return address;
    }
    return runtime.maps.coreObject();
  }
}

/** A delete callback may refuse what a user or program asks for, and nothing else. */
const isNeverRefused = ({ flags = 0 }: DirectCall): boolean =>
  (flags & (EBPF_MAP_OPERATION_UPDATE | EBPF_MAP_OPERATION_MAP_CLEANUP)) !== 0;

const named = (outcome: DispatchOutcome): Answer => ({ result: outcome.result ?? 'OK' });

/** Exactly `size` bytes: cut, or continued with zeros. */
const sized = (bytes: Uint8Array, size: number): Uint8Array => {
  if (bytes.length === size) return bytes;
  const exact = new Uint8Array(Math.max(size, 0));
  exact.set(bytes.subarray(0, exact.length));
  return exact;
};
