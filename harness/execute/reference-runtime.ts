/**
 * The reference runtime behind the face of a runtime under test. It reads a provider's structures
 * as eBPFCore does: as far as their headers say, and never writes them.
 */
import { DISPATCH_CALLBACKS } from '../abi/callbacks.ts';
import { LAYOUTS, POINTER_SIZE } from '../abi/layout.ts';
import type {
  Host,
  ProviderCharacteristics,
  ProviderData,
  ProviderTable,
} from '../provider/module.ts';
import type { Found, MapRequest, RuntimePort, StatedSizes } from '../provider/runtime-port.ts';
import type { RunData } from '../sim/core.ts';
import { SimulatedRuntime } from '../sim/runtime.ts';
import type { Caller, DialectName, KeyRef, Operation, ValueRef } from '../trace/plan.ts';
import { Recorder, fromHex, toHex } from '../trace/recorder.ts';
import { openModule } from '../adapters/in-process.ts';
import { resized } from './run-data.ts';

const bytesOf = (ref: KeyRef | ValueRef): Uint8Array | null =>
  typeof ref === 'string' ? fromHex(ref) : null;

const runData: RunData = {
  mapType: 15,
  keySize: 4,
  valueSize: 4,
  maxEntries: 8,
  key: bytesOf,
  value: bytesOf,
  extraTypes: [],
  helpers: [],
};

const isCovered = (size: number, offset: number, width: number): boolean => offset + width <= size;

/** The table as far as header.size reaches; members that are cut off are NULL. */
const readTable = (table: ProviderTable): ProviderTable => {
  const { header } = table;
  const offsets = LAYOUTS.ebpf_base_map_provider_dispatch_table_t.fields;
  const copy: Record<string, unknown> = { header: { ...header } };
  for (const name of DISPATCH_CALLBACKS) {
    copy[name] = isCovered(header.size, offsets[name], POINTER_SIZE) ? table[name] : null;
  }
  return copy as ProviderTable;
};

/** The provider data as the runtime reads it. */
const readData = (data: ProviderData | null): ProviderData | null => {
  if (!data) return null;
  const { header } = data;
  if (header.size < LAYOUTS.ebpf_map_provider_data_t.size) {
    return { header: { ...header } } as ProviderData;
  }
  const { base_properties: properties, base_provider_table: table } = data;
  const at = LAYOUTS.ebpf_base_map_provider_properties_t.fields.updates_original_value;
  return {
    header: { ...header },
    map_type: data.map_type,
    base_map_type: data.base_map_type,
    base_properties: properties && {
      header: { ...properties.header },
      updates_original_value:
        isCovered(properties.header.size, at, 1) && properties.updates_original_value,
    },
    base_provider_table: table && readTable(table),
  };
};

/** Characteristics whose structures are read through readData each time somebody asks. */
const asRead = (characteristics: ProviderCharacteristics): ProviderCharacteristics => ({
  ...characteristics,
  get ProviderRegistrationInstance() {
    const instance = characteristics.ProviderRegistrationInstance;
    return {
      ...instance,
      NpiSpecificCharacteristics: readData(instance.NpiSpecificCharacteristics),
    };
  },
});

/** A fresh reference runtime. */
export const openReferenceRuntime = (
  options: { revision?: 'merged' | 'draft'; dialect?: DialectName } = {},
): RuntimePort => {
  const { revision = 'merged', dialect = 'as-documented' } = options;
  let captured: Host | null = null;
  const subject = openModule({
    name: 'observing providers',
    start: (given) => {
      captured = given;
    },
    stop: () => undefined,
  });
  const runtime = new SimulatedRuntime({
    conditions: { dialect, revision },
    recorder: new Recorder(),
    subject,
    data: runData,
  });
  runtime.performNow({ op: 'start' });
  const host = captured as Host | null;
  if (!host) throw new Error('the reference runtime did not start');
  let slots = 0;
  let process = 1;
  const slotOf = new Map<bigint, number>();
  const pins = new Map<string, bigint>();

  // A map without an object is none: operations on it answer NO_SUCH_MAP.
  const on = (map: bigint): number => slotOf.get(map) ?? slots;
  /**
   * Whether the lengths that a user states are the map's (SIZE-005); the shipped reading asks
   * nobody (C-11).
   */
  const fits = (
    map: bigint,
    flags: number,
    key: Uint8Array | null,
    value?: Uint8Array,
  ): boolean => {
    const definition = runtime.maps.at(on(map))?.definition;
    if (!definition || (flags & 1) !== 0 || dialect === 'as-shipped') return true;
    const hasKey = key === null || key.length === definition.key_size;
    return hasKey && (value === undefined || value.length === definition.value_size);
  };
  /** What is read of buffers whose lengths nobody looked at. */
  const readAs = (map: bigint, key: Uint8Array, value: Uint8Array) => {
    const { key_size = key.length, value_size = value.length } =
      runtime.maps.at(on(map))?.definition ?? {};
    return { key: toHex(resized(key, key_size)), value: toHex(resized(value, value_size)) };
  };
  const refused = 'EBPF_INVALID_ARGUMENT';
  const perform = (operation: Operation, flags = 0) => {
    const caller: Caller = flags & 1 ? 'program' : 'user';
    return runtime.performNow(operation, caller, process);
  };
  const found = (operation: Operation, flags: number): Found => {
    const { result, out } = perform(operation, flags);
    return {
      result,
      value: result === 'EBPF_SUCCESS' && typeof out === 'string' ? fromHex(out) : null,
    };
  };
  const statedIn = ({
    key_size,
    value_size,
  }: StatedSizes): { key_size?: number; buffer?: number } => ({
    ...(key_size === undefined ? {} : { key_size }),
    ...(value_size === undefined ? {} : { buffer: value_size }),
  });
  const atEnds =
    (op: 'push' | 'pop' | 'peek') =>
    (map: bigint, value: Uint8Array, flags: number): string =>
      perform({ op, map: on(map), value: toHex(value) }, flags).result;

  return {
    nmr_register_provider: (characteristics, context) =>
      host.NmrRegisterProvider(asRead(characteristics), context),
    nmr_deregister_provider: (handle) => {
      const status = host.NmrDeregisterProvider(handle);
      runtime.settle();
      return status;
    },
    nmr_wait_for_provider_deregister_complete: (handle) => {
      runtime.settle();
      return runtime.nmr.waitable(handle)?.complete ? 'STATUS_SUCCESS' : 'STATUS_TIMEOUT';
    },
    map_create: ({ name, ...request }) => {
      // Taken at once: others may create maps before this one is made.
      const slot = slots;
      slots += 1;
      const { result } = perform({ op: 'create', map: slot, ...request, name_length: name.length });
      if (result !== 'EBPF_SUCCESS') return { result, map: 0n };
      const map = runtime.maps.addressAt(slot);
      slotOf.set(map, slot);
      return { result, map };
    },
    map_reference: (map) => void perform({ op: 'hold', map: on(map) }),
    map_close: (map) => void perform({ op: 'close', map: on(map) }),
    find: (map, key, flags, stated = {}) =>
      found({ op: 'find', map: on(map), key: toHex(key), ...statedIn(stated) }, flags),
    update: (map, key, value, option, flags) =>
      fits(map, flags, key, value)
        ? perform({ op: 'update', map: on(map), ...readAs(map, key, value), option }, flags).result
        : refused,
    delete_entry: (map, key, flags) =>
      fits(map, flags, key)
        ? perform({ op: 'delete', map: on(map), key: readAs(map, key, key).key }, flags).result
        : refused,
    lookup_and_delete: (map, key, flags, stated = {}) =>
      found(
        { op: 'find', map: on(map), key: toHex(key), delete: true, ...statedIn(stated) },
        flags,
      ),
    next_key: (map, key) => {
      if (!fits(map, 0, key)) return { result: refused, key: null };
      const { result, out } = perform({ op: 'next_key', map: on(map), key: key && toHex(key) });
      return { result, key: typeof out === 'string' ? fromHex(out) : null };
    },
    associate: (map, program_type) =>
      perform({ op: 'associate', map: on(map), program_type }).result,
    find_element: (map, key) => found({ op: 'find_element', map: on(map), key: toHex(key) }, 0),
    map_context_offset: () => runtime.mapContextOffset,
    drain: () => runtime.settle(),
    lock_depth: () => runtime.thread.locks,
    irql: () => runtime.thread.irql,
    map_pin: (map, where) => {
      pins.set(where, map);
      return perform({ op: 'hold', map: on(map), pin: true }).result;
    },
    map_unpin: (where) => {
      const map = pins.get(where) ?? 0n;
      return pins.delete(where)
        ? perform({ op: 'close', map: on(map) }).result
        : 'EBPF_OBJECT_NOT_FOUND';
    },
    map_info: (map) => {
      const { result, out } = perform({ op: 'info', map: on(map) });
      return { result, definition: (out ?? null) as Omit<MapRequest, 'name'> | null };
    },
    update_batch: (map, keys, values, option) => {
      const entries = keys.map((key, index) => ({ key: toHex(key), value: toHex(values[index]!) }));
      const { result, out } = perform({ op: 'batch_update', map: on(map), entries, option });
      return { result, processed: (out as { done: number }).done };
    },
    push: atEnds('push'),
    pop: atEnds('pop'),
    peek: atEnds('peek'),
    update_with_handle: (map) => perform({ op: 'update_with_handle', map: on(map) }).result,
    map_context: (map) => runtime.maps.at(on(map))?.context ?? null,
    enter_process: (next) => void (process = next),
    current_process: () => runtime.thread.process,
    read_memory: (address, length) => subject.space.peek(address, length),
  };
};
