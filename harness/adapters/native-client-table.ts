/**
 * Client data and client dispatch table in native memory, one set of C callbacks per binding, so
 * that a call tells which binding it belongs to. Sets are used again by later runs, never within
 * one.
 */
import { CLIENT_FUNCTIONS, type ClientFunction } from '../abi/callbacks.ts';
import { EBPF_MAP_INFO_EXTENSION_IID, guidToBytes } from '../abi/guid.ts';
import { LAYOUTS, NPI } from '../abi/layout.ts';
import { valueOf } from '../abi/result.ts';
import type { AttachCall, ClientPresentation, ClientServices } from '../provider/port.ts';
import type { HeaderFacts } from '../trace/registration-facts.ts';
import { addressOf, type Signature } from './koffi-binding.ts';
import { nativeCallback } from './native-crossing.ts';
import type { CallBuffers } from './call-buffers.ts';
import { realMemory } from './real-memory.ts';

/** Seven callbacks each, of the 8192 a process can have. */
const setsMax = 1000;
/** More bindings than this are rare in a run. */
const setsReady = 128;
/**
 * What retired client data reads as; the members of the table stay, so that a late call is seen and
 * told.
 */
const poisonByte = 0xdd;
const headerBytes = LAYOUTS.ebpf_extension_header_t.size;

type CallbackSet = {
  services: ClientServices | null;
  /** Tells a buffer of a call in progress from memory of an epoch. */
  buffers: CallBuffers | null;
  members: Record<ClientFunction, bigint>;
};

const sets: CallbackSet[] = [];
let used = 0;

/** The run is over: its sets serve the next one. */
export const releaseClientSets = (): void => {
  for (const set of sets) set.services = null;
  used = 0;
};

/**
 * Opens sets ahead, outside of any call: a callback that koffi (3.3.4) registers while C is on the
 * stack cannot be called when that C has returned ("Maximum call stack size exceeded"), and a
 * provider that waits lets clients attach meanwhile.
 */
export const readyClientSets = (): void => {
  while (sets.length < setsReady) sets.push(openSet());
};

const takeSet = (services: ClientServices, buffers: CallBuffers): CallbackSet => {
  // Beyond the bound the oldest binding's set is taken: it was retired long ago.
  const at = used % setsMax;
  used += 1;
  const set = (sets[at] ??= openSet());
  set.services = services;
  set.buffers = buffers;
  return set;
};

const pointer = 'void*';
const address = 'uint64_t';
const signatures: Record<ClientFunction, Signature> = {
  find_element_function: { result: 'int32_t', parameters: [pointer, pointer, pointer] },
  epoch_enter: { result: 'void', parameters: [pointer] },
  epoch_exit: { result: 'void', parameters: [pointer] },
  epoch_allocate_with_tag: { result: address, parameters: ['size_t', 'uint32_t'] },
  epoch_allocate_cache_aligned_with_tag: { result: address, parameters: ['size_t', 'uint32_t'] },
  epoch_free: { result: 'void', parameters: [pointer] },
  epoch_free_cache_aligned: { result: 'void', parameters: [pointer] },
};

const openSet = (): CallbackSet => {
  const set: CallbackSet = {
    services: null,
    buffers: null,
    members: {} as CallbackSet['members'],
  };
  const isLent = (memory: unknown): boolean => set.buffers?.release(addressOf(memory)) ?? false;
  const act: Record<ClientFunction, (services: ClientServices, args: unknown[]) => unknown> = {
    find_element_function: findElement,
    epoch_enter: (services, [state]) => services.epoch_enter(addressOf(state)),
    epoch_exit: (services, [state]) => services.epoch_exit(addressOf(state)),
    epoch_allocate_with_tag: (services, [size, tag]) =>
      services.epoch_allocate_with_tag(Number(addressOf(size)), Number(tag)),
    epoch_allocate_cache_aligned_with_tag: (services, [size, tag]) =>
      services.epoch_allocate_cache_aligned_with_tag(Number(addressOf(size)), Number(tag)),
    epoch_free: (services, [memory]) => {
      if (!isLent(memory)) services.epoch_free(addressOf(memory));
    },
    epoch_free_cache_aligned: (services, [memory]) => {
      if (!isLent(memory)) services.epoch_free_cache_aligned(addressOf(memory));
    },
  };
  for (const name of CLIENT_FUNCTIONS) {
    const serve = (...args: unknown[]): unknown =>
      set.services ? act[name](set.services, args) : 0;
    set.members[name] = nativeCallback(signatures[name], serve);
  }
  return set;
};

const findElement = (services: ClientServices, args: unknown[]): number => {
  const [map, key, box] = args.map(addressOf) as [bigint, bigint, bigint];
  const size = services.keySizeOf(map);
  const bytes = key === 0n ? null : realMemory().read(Number(key), size);
  const found = services.find_element_function(map, bytes);
  const value = new Uint8Array(8);
  new DataView(value.buffer).setBigUint64(0, found.value, true);
  realMemory().write(Number(box), value);
  return valueOf(found.result) | 0;
};

const writeHeader = (view: DataView, header: HeaderFacts): void => {
  view.setUint16(0, header.version & 0xffff, true);
  view.setBigUint64(8, BigInt.asUintN(64, BigInt(header.size)), true);
  view.setBigUint64(16, BigInt.asUintN(64, BigInt(header.total_size)), true);
};

/** One binding's view of its client. */
export type NativeClient = {
  /** ClientRegistrationInstance. */
  instance: bigint;
  dispatch: bigint;
  retire: () => void;
};

/** Lays the structures out, each against a page without access and read-only. */
export const nativeClient = (call: AttachCall, buffers: CallBuffers): NativeClient => {
  const { client } = call;
  const set = takeSet(client.services, buffers);
  const table = buffers.layOut(tableBytes(client, set));
  const data = client.data ? buffers.layOut(dataBytes(client, table.address)) : null;
  return {
    instance: layInstance(call, data?.address ?? 0n, buffers),
    dispatch: client.dispatch ? table.address : 0n,
    retire: () => {
      for (const [lent, bytes] of [
        [table, headerBytes],
        [data, data?.size ?? 0],
      ] as const) {
        if (lent) buffers.overwrite(lent, new Uint8Array(bytes).fill(poisonByte));
      }
    },
  };
};

/** As many bytes as the header says and the members need, in whole words, within a page. */
const tableBytes = (client: ClientPresentation, set: CallbackSet): Uint8Array => {
  const needed = headerBytes + 8 * client.members.length;
  const declared = Math.max(client.table.size, client.table.total_size);
  const size = Math.min(4096, Math.max(needed, Math.ceil(declared / 8) * 8));
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  writeHeader(view, client.table);
  const { fields } = LAYOUTS.ebpf_base_map_client_dispatch_table_t;
  for (const name of client.members) view.setBigUint64(fields[name], set.members[name], true);
  return bytes;
};

const dataBytes = (client: ClientPresentation, table: bigint): Uint8Array => {
  const header = client.data!;
  const layout = LAYOUTS.ebpf_map_client_data_t;
  const declared = Math.max(header.size, header.total_size);
  const size = Math.min(4096, Math.max(layout.size, Math.ceil(declared / 8) * 8));
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  writeHeader(view, header);
  view.setBigUint64(layout.fields.map_context_offset, client.map_context_offset, true);
  view.setBigUint64(layout.fields.base_client_table, table, true);
  return bytes;
};

const interfaceId = guidToBytes(EBPF_MAP_INFO_EXTENSION_IID);

/** The registration instance and, before it, the two ids it points to. */
const layInstance = (call: AttachCall, data: bigint, buffers: CallBuffers): bigint => {
  const idBytes = LAYOUTS.GUID.size;
  const moduleBytes = LAYOUTS.NPI_MODULEID.size;
  const instanceAt = idBytes + moduleBytes;
  const bytes = new Uint8Array(instanceAt + LAYOUTS.NPI_REGISTRATION_INSTANCE.size);
  const view = new DataView(bytes.buffer);
  const lent = buffers.layOut(bytes);
  const start = lent.address;
  bytes.set(interfaceId, 0);
  view.setUint16(idBytes, NPI.moduleId.Length, true);
  view.setUint32(idBytes + LAYOUTS.NPI_MODULEID.fields.Type, NPI.moduleId.Type, true);
  bytes.set(guidToBytes(call.moduleId), idBytes + LAYOUTS.NPI_MODULEID.fields.Guid);
  const { fields } = LAYOUTS.NPI_REGISTRATION_INSTANCE;
  const put = (field: keyof typeof fields, value: bigint): void =>
    view.setBigUint64(instanceAt + fields[field], value, true);
  view.setUint16(instanceAt + fields.Version, NPI.registrationInstance.Version, true);
  view.setUint16(instanceAt + fields.Size, NPI.registrationInstance.Size, true);
  put('NpiId', start);
  put('ModuleId', start + BigInt(idBytes));
  view.setUint32(instanceAt + fields.Number, NPI.registrationInstance.Number, true);
  put('NpiSpecificCharacteristics', data);
  buffers.overwrite(lent, bytes);
  return start + BigInt(instanceAt);
};
