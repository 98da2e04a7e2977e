/**
 * The boundary between the runtime and an adapter. An adapter marshals: it turns these neutral
 * calls into calls of a TypeScript module or of C function pointers, and reads structures back.
 * Contexts are opaque values (any JavaScript value, or a native pointer as bigint); null is NULL.
 */
import type { Place } from '../trace/place.ts';
import type { ClientFunction, DispatchCallback } from '../abi/callbacks.ts';
import type { BufferName, Damage } from '../trace/damage.ts';
import type { HeaderFacts, RegistrationFacts } from '../trace/registration-facts.ts';

/**
 * Memory as the subject addresses it: simulated for TypeScript, real for native. Addresses are
 * bigint; 0n is NULL.
 */
export type MemorySpace = {
  /**
   * A block of `size` bytes filled with `fill`, guarded on both sides; 0n when it cannot be had.
   */
  allocate: (size: number, fill: number, protection?: 'read-only', alignment?: number) => bigint;
  /** Ends a block: later access faults (simulated) or hits poison or an unmapped page (native). */
  reclaim: (address: bigint) => void;
  /** Copy of bytes, for the harness itself: no fault is the subject's. Null when unreadable. */
  peek: (address: bigint, length: number) => Uint8Array | null;
  /** Write by the harness itself. */
  poke: (address: bigint, bytes: Uint8Array) => void;
  /**
   * A map object of the runtime: read-only to the subject, with `slot` (8 bytes) at `offset`. 0n
   * when it cannot be had.
   */
  allocateMapObject: (offset: number, slot: bigint) => bigint;
  /**
   * What the harness should tell about bytes around a live block that changed; null when intact.
   */
  overrun: (address: bigint) => { offset: number } | null;
};

/** A call that did not come back as a call should. */
export type Loss = { how: 'crash' | 'hang'; error: string; detail: string; place?: Place };

/**
 * What came back from any entry point. `result` is a name, null for void, `not a result: …`
 * otherwise.
 */
export type Outcome = { result: string | null; damage: Damage[]; lost?: Loss };

export type AttachCall = {
  bindingHandle: bigint;
  moduleId: string;
  /** Opaque and unreadable; never NULL. */
  clientBindingContext: bigint;
  client: ClientPresentation;
};

/** Client data and table as the provider sees them through ClientRegistrationInstance. */
export type ClientPresentation = {
  /** null: NpiSpecificCharacteristics is NULL. */
  data: HeaderFacts | null;
  map_context_offset: bigint;
  table: HeaderFacts;
  /** Members that are not NULL. */
  members: readonly ClientFunction[];
  services: ClientServices;
  /** Hand a usable table as ClientDispatch too. */
  dispatch: boolean;
};

/** The runtime's services to one binding, addresses as bigint. */
export type ClientServices = {
  find_element_function: (map: bigint, key: Uint8Array | null) => { result: string; value: bigint };
  epoch_enter: (state: bigint) => void;
  epoch_exit: (state: bigint) => void;
  epoch_allocate_with_tag: (size: number, tag: number) => bigint;
  epoch_allocate_cache_aligned_with_tag: (size: number, tag: number) => bigint;
  epoch_free: (address: bigint) => void;
  epoch_free_cache_aligned: (address: bigint) => void;
  /** Key length of the map with this address: how much of a native key pointer is read. */
  keySizeOf: (map: bigint) => number;
};

export type AttachOutcome = Outcome & {
  context: unknown;
  wroteContext: boolean;
  dispatch: unknown;
  wroteDispatch: boolean;
};

export type DispatchArguments = {
  binding_context: unknown;
  map_context: unknown;
  key?: Uint8Array | null;
  key_size?: number;
  value?: Uint8Array | null;
  value_size?: number;
  /** null: out_value is NULL and its size 0. */
  out_size?: number | null;
  /** Bytes behind out_value that are there, in a run that is repeated (simulated). */
  out_room?: number;
  fill?: number;
  flags?: number;
  map_type?: number;
  create_key_size?: number;
  create_value_size?: number;
  max_entries?: number;
  program_type?: string;
  misaligned?: boolean;
};

export type DispatchOutcome = Outcome & {
  out?: Uint8Array | null;
  actual_value_size?: number | null;
  wroteActualValueSize?: boolean;
  map_context?: unknown;
  wroteMapContext?: boolean;
};

/** The dispatch table as copied at attach: which members there are and how to call them. */
export type DispatchTable = {
  members: ReadonlySet<DispatchCallback>;
  invoke: (callback: DispatchCallback, args: DispatchArguments) => DispatchOutcome;
};

/** One NMR registration of the subject. */
export type Registration = {
  /** Reads all structures now. */
  facts: () => RegistrationFacts;
  attach: (call: AttachCall) => AttachOutcome;
  detach: (context: unknown, bindingHandle: bigint) => Outcome;
  cleanup: (context: unknown) => Outcome;
  /** Copies the dispatch table as it stands now, `header.size` bytes of it. */
  table: () => DispatchTable;
  /** The client data shown to a binding is no longer to be read (its memory is poisoned). */
  retire?: (bindingHandle: bigint) => void;
  /**
   * A client is done with a binding. True: a registrar elsewhere is detaching it and says when it
   * has (NmrBindingEnded); the provider is not to be called for that.
   */
  isEndedElsewhere?: (bindingHandle: bigint) => boolean;
};

/**
 * Buffers of a native subject that lie between guard bytes instead of pages without access, so that
 * a call that was lost can be made again and looked at: `open` ones may be written too, `longer`
 * ones only if they may be anyway.
 */
export type Relaxation = { buffers: BufferName | 'all'; access: 'open' | 'longer' };

/** The module under test. Every call may be lost. */
export type Subject = {
  space: MemorySpace;
  /**
   * Its registrar is a library of its own, which answers as it likes and detaches when it likes.
   */
  hasOwnRegistrar?: boolean;
  /**
   * Its pool stands in for a stack as well, as a module's does, which has no memory of its own with
   * an address: only allocations that are known to be none of that fail (`pool_fails`).
   */
  hasStackInPool?: boolean;
  start: (host: HostServices) => Outcome;
  stop: () => Outcome;
  makeValue: ((mapType: number, valueSize: number, index: number) => Uint8Array | null) | null;
  releaseValue: ((mapType: number, value: Uint8Array) => void) | null;
  resourceCount: (() => number) | null;
  drain: (() => void) | null;
  invokeHelper: ((helper: number, args: bigint[]) => Outcome & { value: bigint }) | null;
  /** Contents of kept buffers of earlier calls that were touched since (harm seen late). */
  inspectKept?: () => { call: number; damage: Damage }[];
  /** How a context is written into the map object's slot (8 bytes). */
  contextAddress: (context: unknown) => bigint;
  /** The run is over: reclaim what the adapter holds for it. */
  endRun: () => void;
};

/** What the subject may ask of the world; adapters expose it in their own shape. */
export type HostServices = {
  NmrRegisterProvider: (registration: Registration) => { status: string; handle: bigint };
  NmrDeregisterProvider: (handle: bigint) => string;
  NmrWaitForProviderDeregisterComplete: (handle: bigint) => string;
  NmrProviderDetachClientComplete: (bindingHandle: bigint) => void;
  /**
   * A registrar elsewhere has ended a binding that it was asked to (Registration.isEndedElsewhere).
   */
  NmrBindingEnded: (bindingHandle: bigint) => void;
  KeGetCurrentIrql: () => number;
  KeRaiseIrql: (level: number) => number;
  KeLowerIrql: (level: number) => void;
  checkIrql: (maximum: number, what: string) => void;
  poolAllocate: (size: number, tag: number) => bigint;
  poolFree: (address: bigint) => void;
  lockAcquire: (lock: bigint) => void;
  lockRelease: (lock: bigint) => void;
  /** 0 signalled, 258 timed out. */
  wait: (object: bigint, timeoutMs: number) => number;
  signal: (object: bigint) => void;
  queueWork: (routine: () => Outcome) => void;
  /** Runs what was queued, now: before a wait of which the harness knows nothing. */
  runQueuedWork: () => void;
  currentProcess: () => bigint;
  objectReference: (handle: bigint) => bigint;
  objectDereference: (object: bigint) => void;
  log: (text: string) => void;
  /** A bad access to the simulated address space, told before it throws. */
  memoryFault: (fault: MemoryFault) => void;
};

/** An access the memory space refused. */
export type MemoryFault = {
  fault: 'null' | 'freed' | 'bounds' | 'unmapped' | 'read-only' | 'epoch-value';
  address: bigint;
  length: number;
  write: boolean;
};
