/** What DriverEntry is called with: a DRIVER_OBJECT that says nothing, and a registry path. */
import type { MemorySpace } from '../provider/port.ts';
import { viewMemory } from './koffi-binding.ts';
import { addressBytes, addressIn } from './native-table.ts';

/** Of x64 Windows, as harness/native/include/shadow/wdm.h declares it. */
const driverObject = { size: 336, type: 4, unloadOffset: 104 };
const unicodeString = { size: 16, bufferOffset: 8 };
const servicePath = '\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\provider';

export type DriverArguments = { object: bigint; registryPath: bigint };

/** Both in memory of the run. */
export const makeDriverObject = (memory: MemorySpace): DriverArguments => {
  const lay = (bytes: Uint8Array): bigint => {
    const address = memory.allocate(bytes.length, 0);
    viewMemory(address, bytes.length).set(bytes);
    return address;
  };
  const object = new Uint8Array(driverObject.size);
  new DataView(object.buffer).setUint16(0, driverObject.type, true);
  new DataView(object.buffer).setUint16(2, driverObject.size, true);
  const text = Buffer.from(servicePath, 'utf16le');
  const path = new Uint8Array(unicodeString.size);
  new DataView(path.buffer).setUint16(0, text.length, true);
  new DataView(path.buffer).setUint16(2, text.length, true);
  path.set(addressBytes(lay(text)), unicodeString.bufferOffset);
  return { object: lay(object), registryPath: lay(path) };
};

/** DriverUnload of a live object; 0n when it is not set. */
export const unloadRoutine = (object: bigint): bigint =>
  addressIn(viewMemory(object + BigInt(driverObject.unloadOffset), 8));
