/**
 * A provider that registered with an external NMR, as the simulated registrar sees it: every
 * binding is a client of the library's, and attach, detach and cleanup are the library's calls.
 */
import { LAYOUTS, NPI } from '../abi/layout.ts';
import { readStatus } from '../abi/result.ts';
import type { AttachCall, AttachOutcome, HostServices, Registration } from '../provider/port.ts';
import type { ExternalNmr, Offered } from './external-nmr.ts';
import { viewMemory } from './koffi-binding.ts';
import { nativeClient, type NativeClient } from './native-client-table.ts';
import { factsReader, readDispatch } from './native-facts.ts';
import type { World } from './native-registration.ts';
import { contextOf, nativeTable } from './native-table.ts';

type Bound = { client: bigint; context: bigint; isEnded: boolean };

const FOREVER = 0xffffffff;
/** What is not known of the characteristics is taken for set: the library accepted them. */
const accepted = 1n;

export class ExternalRegistration {
  /** Where the library keeps the registration instance: the provider's name there. */
  readonly instance: bigint;
  private readonly nmr: ExternalNmr;
  private readonly services: HostServices;
  private readonly world: World;
  private readonly bound = new Map<bigint, Bound>();
  private readonly shown = new Map<bigint, NativeClient>();
  private handle = 0n;
  private isLeaving = false;
  private isGone = false;

  constructor(
    { instance, bytes }: Offered,
    parts: { nmr: ExternalNmr; services: HostServices; world: World },
  ) {
    this.instance = instance;
    this.nmr = parts.nmr;
    this.services = parts.services;
    this.world = parts.world;
    const { address } = parts.world.buffers.layOut(characteristics(bytes));
    const registration = this.registration(address);
    this.handle = this.services.NmrRegisterProvider(registration).handle;
  }

  /** The module has stopped and the library offers the provider no more: it was deregistered. */
  close(): void {
    if (this.handle === 0n) return;
    this.isGone = true;
    if (!this.isLeaving) this.services.NmrDeregisterProvider(this.handle);
    const ended = [...this.bound].filter(([, one]) => one.isEnded);
    const late = ended.filter(([binding]) => !this.detach(binding));
    for (const [binding] of ended) this.services.NmrBindingEnded(binding);
    // Who stopped while a binding was still being detached did not wait as it had to.
    if (this.isLeaving && late.length === 0) {
      this.services.NmrWaitForProviderDeregisterComplete(this.handle);
    }
    this.handle = 0n;
  }

  private registration(address: bigint): Registration {
    const { buffers } = this.world;
    const read = factsReader(address);
    let last = read();
    return {
      // Once deregistered, the structures are the provider's to free.
      facts: () => (this.isGone ? last : (last = read())),
      attach: (call) => this.attach(call),
      detach: (_, binding) => {
        this.detach(binding);
        return { result: 'STATUS_SUCCESS', damage: buffers.written() };
      },
      // The library has called it already, where there is one.
      cleanup: () => ({ result: null, damage: buffers.written() }),
      table: () => nativeTable(readDispatch(address), this.world),
      isEndedElsewhere: (binding) => this.isEndedElsewhere(binding),
      retire: (binding) => {
        // A binding without a context ends without ProviderDetachClient.
        this.detach(binding);
        this.shown.get(binding)?.retire();
        this.shown.delete(binding);
      },
    };
  }

  private attach(call: AttachCall): AttachOutcome {
    const { buffers } = this.world;
    const shown = nativeClient(call, buffers);
    const context = call.clientBindingContext;
    const made = this.nmr.attach(
      {
        instance: viewMemory(shown.instance, LAYOUTS.NPI_REGISTRATION_INSTANCE.size).slice(),
        bindingContext: context,
        dispatch: shown.dispatch,
        provider: this.instance,
        onDetach: () => this.onDetach(call.bindingHandle),
      },
      buffers,
    );
    this.bound.set(call.bindingHandle, { client: made.handle, context, isEnded: false });
    this.shown.set(call.bindingHandle, shown);
    return {
      result: readStatus(made.status) ?? 'not a result',
      damage: buffers.written(),
      context: made.context === null ? null : contextOf(made.context),
      wroteContext: made.isBound,
      dispatch: made.dispatch === null ? null : contextOf(made.dispatch),
      wroteDispatch: made.isBound,
    };
  }

  /** Ends the binding on both sides, once. False when the provider was still at it. */
  private detach(binding: bigint): boolean {
    const one = this.bound.get(binding);
    if (!one) return true;
    this.bound.delete(binding);
    if (this.nmr.detach(one.client, one.context)) return true;
    // Nothing can get on while the library waits, so what the provider queued with the harness goes
    // first.
    this.services.runQueuedWork();
    this.nmr.wait(one.client);
    return false;
  }

  /** The provider deregisters: its maps live on until they are closed, and so does this call. */
  private onDetach(binding: bigint): void {
    const one = this.bound.get(binding);
    if (!one || this.handle === 0n) return;
    if (!this.isLeaving) {
      this.isLeaving = true;
      this.services.NmrDeregisterProvider(this.handle);
    }
    if (!one.isEnded) this.services.wait(one.context, FOREVER);
  }

  private isEndedElsewhere(binding: bigint): boolean {
    const one = this.bound.get(binding);
    if (!one || !this.isLeaving || one.isEnded) return false;
    one.isEnded = true;
    this.services.signal(one.context);
    return true;
  }
}

/** NPI_PROVIDER_CHARACTERISTICS as they must have been; the instance is the provider's own. */
const characteristics = (instance: Uint8Array): Uint8Array => {
  const { size, fields } = LAYOUTS.NPI_PROVIDER_CHARACTERISTICS;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint16(fields.Version, NPI.characteristics.Version, true);
  view.setUint16(fields.Length, NPI.characteristics.Length, true);
  for (const name of [
    'ProviderAttachClient',
    'ProviderDetachClient',
    'ProviderCleanupBindingContext',
  ] as const) {
    view.setBigUint64(fields[name], accepted, true);
  }
  bytes.set(instance, fields.ProviderRegistrationInstance);
  return bytes;
};
