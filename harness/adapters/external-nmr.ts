/**
 * A library that exports the NMR itself (usersim's, for one): the harness is its client. One
 * instance a process, since whoever is linked against the library shares it. Callbacks must come on
 * the thread that caused them, as they do where registering and deregistering call them.
 */
import path from 'node:path';
import { EBPF_MAP_INFO_EXTENSION_IID, guidToBytes } from '../abi/guid.ts';
import { LAYOUTS, NPI } from '../abi/layout.ts';
import { isNtSuccess, readStatus, valueOf } from '../abi/result.ts';
import { HarnessFault, SubjectError, UsageError } from '../errors/errors.ts';
import { printable } from '../trace/printable.ts';
import type { CallBuffers } from './call-buffers.ts';
import {
  addressOf,
  functionAt,
  loadLibrary,
  viewMemory,
  type NativeFunction,
  type NativeLibrary,
  type Signature,
} from './koffi-binding.ts';
import { checkLibraryFile } from './library-file.ts';
import { callNative, nativeCallback } from './native-crossing.ts';
import { addressBytes, addressIn } from './native-table.ts';

const pointer = 'uint64_t';
const status = 'int32_t';

/**
 * What the library must export: all of the NMR, since a driver may need what the harness does not.
 */
const functions = {
  NmrRegisterProvider: { result: status, parameters: [pointer, pointer, pointer] },
  NmrDeregisterProvider: { result: status, parameters: [pointer] },
  NmrWaitForProviderDeregisterComplete: { result: status, parameters: [pointer] },
  NmrProviderDetachClientComplete: { result: 'void', parameters: [pointer] },
  NmrRegisterClient: { result: status, parameters: [pointer, pointer, pointer] },
  NmrDeregisterClient: { result: status, parameters: [pointer] },
  NmrWaitForClientDeregisterComplete: { result: status, parameters: [pointer] },
  NmrClientAttachProvider: {
    result: status,
    parameters: [pointer, pointer, pointer, pointer, pointer],
  },
  NmrClientDetachProviderComplete: { result: 'void', parameters: [pointer] },
} as const satisfies Record<string, Signature>;

type Name = keyof typeof functions;

/**
 * A provider as the library offers it: where its registration instance is kept, and the bytes of
 * that.
 */
export type Offered = { instance: bigint; bytes: Uint8Array };

/** What one client shows, and what is asked of it while it is bound. */
export type ExternalClient = {
  /** NPI_REGISTRATION_INSTANCE of the client. */
  instance: Uint8Array;
  bindingContext: bigint;
  dispatch: bigint;
  /** The one provider that it attaches to. */
  provider: bigint;
  /** The provider deregisters: returns when the client is done with it. */
  onDetach: () => void;
};

/** What came of an attach; without a provider in reach, its status is null. */
export type ExternalAttach = {
  handle: bigint;
  status: unknown;
  isBound: boolean;
  context: bigint | null;
  dispatch: bigint | null;
};

/** What an untouched out parameter holds: never a pointer that somebody means. */
const untouched = 0x0bad_c0de_0bad_c0den;
const instanceBytes = LAYOUTS.NPI_REGISTRATION_INSTANCE.size;
const code = (name: string): number => valueOf(name) | 0;

export class ExternalNmr {
  /** The file's name, for sentences. */
  readonly shown: string;
  readonly file: string;
  private readonly library: NativeLibrary;
  private readonly call: Readonly<Record<Name, NativeFunction>>;
  private readonly attachProvider: bigint;
  private readonly detachProvider: bigint;
  private readonly bound = new Map<bigint, ExternalClient>();
  private contexts = 0n;
  /** What the registration that is under way does with a provider that is offered to it. */
  private offer: { context: bigint; take: (binding: bigint, instance: bigint) => number } | null =
    null;

  /** Throws UsageError in one sentence when the file is no such library. */
  constructor(file: string) {
    this.shown = printable(path.basename(file), 100);
    this.file = path.resolve(file);
    this.library = openRegistrar(file, this.shown);
    const entries = Object.entries(functions).map(([name, signature]) => [
      name,
      functionAt(this.library.symbol(name), signature),
    ]);
    this.call = Object.fromEntries(entries) as Readonly<Record<Name, NativeFunction>>;
    const parameters = ['void*', 'void*', 'void*'];
    this.attachProvider = nativeCallback(
      { result: status, parameters },
      (...args) => this.onAttach(args.map(addressOf)),
      code('STATUS_NOINTERFACE'),
    );
    this.detachProvider = nativeCallback({ result: status, parameters: ['void*'] }, (context) => {
      this.bound.get(addressOf(context))?.onDetach();
      return code('STATUS_SUCCESS');
    });
  }

  /**
   * Every provider of maps that is registered now, in the library's order; none of them is attached
   * to.
   */
  offered(buffers: CallBuffers): Offered[] {
    const found: Offered[] = [];
    const handle = this.register(lookingInstance(buffers), buffers, (_, instance) => {
      found.push({ instance, bytes: viewMemory(instance, instanceBytes).slice() });
      return code('STATUS_NOINTERFACE');
    });
    this.deregister(handle);
    return found;
  }

  /** Registers a client that attaches to one provider. */
  attach(client: ExternalClient, buffers: CallBuffers): ExternalAttach {
    const made: ExternalAttach = {
      ...{ handle: 0n, status: null, isBound: false },
      ...{ context: null, dispatch: null },
    };
    made.handle = this.register(client.instance, buffers, (binding, instance) => {
      if (instance !== client.provider) return code('STATUS_NOINTERFACE');
      return this.attachTo(binding, client, made, buffers);
    });
    if (made.status !== null) return made;
    this.deregister(made.handle);
    throw new HarnessFault(
      `"${this.shown}" did not offer a provider that it had offered before to a client that registered: ` +
        'it must call ClientAttachProvider from NmrRegisterClient.',
    );
  }

  /**
   * The client leaves, and the library detaches both sides. False: the provider has not finished,
   * `wait` for it.
   */
  detach(handle: bigint, bindingContext: bigint): boolean {
    const answer = readStatus(this.deregister(handle));
    this.bound.delete(bindingContext);
    return answer !== 'STATUS_PENDING';
  }

  /** Until a client that left is detached: by another thread, since this one is in here. */
  wait(handle: bigint): void {
    callNative(() => this.call.NmrWaitForClientDeregisterComplete(handle));
  }

  private attachTo(
    binding: bigint,
    client: ExternalClient,
    made: ExternalAttach,
    buffers: CallBuffers,
  ): number {
    const boxes = [0, 1].map(() => buffers.lendBox('map_context', addressBytes(untouched)));
    const [context, dispatch] = boxes as [(typeof boxes)[0], (typeof boxes)[0]];
    this.bound.set(client.bindingContext, client);
    made.status = callNative(() =>
      this.call.NmrClientAttachProvider(
        binding,
        client.bindingContext,
        client.dispatch,
        context.address,
        dispatch.address,
      ),
    );
    made.isBound = isNtSuccess(readStatus(made.status) ?? 'STATUS_UNSUCCESSFUL');
    if (made.isBound) {
      // The library writes both, the provider's values or its own: NULL where the provider wrote
      // none.
      made.context = withoutSentinel(addressIn(buffers.bytes(context)));
      made.dispatch = withoutSentinel(addressIn(buffers.bytes(dispatch)));
    } else this.bound.delete(client.bindingContext);
    buffers.retire('ProviderAttachClient', boxes);
    return Number(made.status);
  }

  private register(
    instance: Uint8Array,
    buffers: CallBuffers,
    take: (binding: bigint, instance: bigint) => number,
  ): bigint {
    const context = (this.contexts += 1n);
    const characteristics = buffers.layOut(this.characteristics(instance));
    const box = buffers.lendBox('map_context', addressBytes(0n));
    const outer = this.offer;
    this.offer = { context, take };
    let answer: unknown;
    try {
      answer = callNative(() =>
        this.call.NmrRegisterClient(characteristics.address, context, box.address),
      );
    } finally {
      this.offer = outer;
    }
    const handle = addressIn(buffers.bytes(box));
    buffers.retire('NmrRegisterClient', [box]);
    if (readStatus(answer) === 'STATUS_SUCCESS') return handle;
    throw new HarnessFault(
      `NmrRegisterClient of "${this.shown}" answered ${readStatus(answer) ?? 'no status'}: ` +
        'the harness cannot be its client.',
    );
  }

  private deregister(handle: bigint): unknown {
    return callNative(() => this.call.NmrDeregisterClient(handle));
  }

  /**
   * NPI_CLIENT_CHARACTERISTICS. Without a cleanup routine: it might be called on whichever thread
   * detached last.
   */
  private characteristics(instance: Uint8Array): Uint8Array {
    const { size, fields } = LAYOUTS.NPI_CLIENT_CHARACTERISTICS;
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    view.setUint16(fields.Version, NPI.characteristics.Version, true);
    view.setUint16(fields.Length, NPI.characteristics.Length, true);
    view.setBigUint64(fields.ClientAttachProvider, this.attachProvider, true);
    view.setBigUint64(fields.ClientDetachProvider, this.detachProvider, true);
    bytes.set(instance, fields.ClientRegistrationInstance);
    return bytes;
  }

  /** ClientAttachProvider: only the client that is registering now takes what it is offered. */
  private onAttach([binding, context, instance]: bigint[]): number {
    const { offer } = this;
    if (!offer || offer.context !== context) return code('STATUS_NOINTERFACE');
    return offer.take(binding!, instance!);
  }
}

const withoutSentinel = (address: bigint): bigint | null =>
  address === untouched || address === 0n ? null : address;

const openRegistrar = (file: string, shown: string): NativeLibrary => {
  let library: NativeLibrary;
  try {
    checkLibraryFile(file);
    library = loadLibrary(path.resolve(file), true);
  } catch (reason) {
    const words = reason instanceof Error ? reason.message : String(reason);
    const sentence =
      reason instanceof SubjectError ? words : `"${shown}" could not be loaded: ${words}.`;
    throw new UsageError(`--nmr: ${printable(sentence, 400)}`);
  }
  const missing = Object.keys(functions).filter((name) => library.symbol(name) === 0n);
  if (missing.length === 0) return library;
  throw new UsageError(
    `--nmr: "${shown}" does not export ${missing.join(', ')}: name a library that exports the whole NMR.`,
  );
};

/** The client that only looks who is there: it shows no data, and nobody is attached to it. */
const lookingInstance = (buffers: CallBuffers): Uint8Array => {
  const { NPI_REGISTRATION_INSTANCE, NPI_MODULEID, GUID } = LAYOUTS;
  const ids = new Uint8Array(GUID.size + NPI_MODULEID.size);
  const view = new DataView(ids.buffer);
  ids.set(guidToBytes(EBPF_MAP_INFO_EXTENSION_IID));
  view.setUint16(GUID.size + NPI_MODULEID.fields.Length, NPI.moduleId.Length, true);
  view.setUint32(GUID.size + NPI_MODULEID.fields.Type, NPI.moduleId.Type, true);
  ids.set(guidToBytes(lookingModule), GUID.size + NPI_MODULEID.fields.Guid);
  const { address } = buffers.layOut(ids);
  const instance = new Uint8Array(NPI_REGISTRATION_INSTANCE.size);
  const { fields } = NPI_REGISTRATION_INSTANCE;
  const of = new DataView(instance.buffer);
  of.setUint16(fields.Size, NPI.registrationInstance.Size, true);
  of.setBigUint64(fields.NpiId, address, true);
  of.setBigUint64(fields.ModuleId, address + BigInt(GUID.size), true);
  return instance;
};

const lookingModule = '6c6f6f6b-0c11-4e17-8000-000000000000';
