/**
 * The host table a simulated provider's start() receives (provider/module.ts), over the host
 * services.
 */
import type { Host, ProviderCharacteristics } from '../provider/module.ts';
import type { HostServices, Outcome, Registration } from '../provider/port.ts';
import { toAddress } from './client-objects.ts';

type Parts = {
  view: (address: bigint, length: number, write: boolean) => Uint8Array;
  registration: (characteristics: ProviderCharacteristics, context: unknown) => Registration;
  simple: (act: () => unknown) => Outcome;
};

export const moduleHost = (services: HostServices, parts: Parts): Host => ({
  NmrRegisterProvider: (characteristics, context) =>
    services.NmrRegisterProvider(parts.registration(characteristics, context)),
  NmrDeregisterProvider: (handle) => services.NmrDeregisterProvider(toAddress(handle)),
  NmrWaitForProviderDeregisterComplete: (handle) =>
    services.NmrWaitForProviderDeregisterComplete(toAddress(handle)),
  NmrProviderDetachClientComplete: (handle) =>
    services.NmrProviderDetachClientComplete(toAddress(handle)),
  KeGetCurrentIrql: services.KeGetCurrentIrql,
  KeRaiseIrql: (level) => services.KeRaiseIrql(Number(level)),
  KeLowerIrql: (level) => services.KeLowerIrql(Number(level)),
  currentProcess: services.currentProcess,
  objectReference: (handle) => services.objectReference(toAddress(handle)),
  objectDereference: (object) => services.objectDereference(toAddress(object)),
  defer: (fn) => services.queueWork(() => parts.simple(fn)),
  log: (text) => services.log(String(text)),
  memory: {
    allocate: (size) => services.poolAllocate(Number(size), 0),
    free: (address) => services.poolFree(toAddress(address)),
    read: (address, length) => parts.view(address, length, false).slice(),
    write: (address, bytes) => parts.view(address, bytes.length, true).set(bytes),
    view: (address, length) => parts.view(address, length, false),
  },
});
