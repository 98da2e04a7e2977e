/**
 * The face of a runtime under test, as TypeScript sees it: what a library that plays eBPFCore
 * offers (`custom_map_runtime.h`). Results and statuses are names, maps and handles opaque numbers,
 * 0n none. A map's number is what find_element_function of the client table takes.
 */
import type { ProviderCharacteristics } from './module.ts';

export type MapRequest = {
  map_type: number;
  key_size: number;
  value_size: number;
  max_entries: number;
  name: string;
};

export type Found = { result: string; value: Uint8Array | null };

/** Lengths that a user states where they are not the map's. */
export type StatedSizes = { key_size?: number; value_size?: number };

/** Who asks: bit 0 is set for a BPF helper. */
export type CallerFlags = 0 | 1;

export type RuntimePort = {
  nmr_register_provider: (
    characteristics: ProviderCharacteristics,
    provider_context: unknown,
  ) => { status: string; handle: bigint };
  nmr_deregister_provider: (handle: bigint) => string;
  /** STATUS_TIMEOUT: it did not come to an end although nothing is left to wait for. */
  nmr_wait_for_provider_deregister_complete: (handle: bigint) => string;
  map_create: (request: MapRequest) => { result: string; map: bigint };
  map_reference: (map: bigint) => void;
  map_close: (map: bigint) => void;
  find: (map: bigint, key: Uint8Array, flags: CallerFlags, stated?: StatedSizes) => Found;
  update: (
    map: bigint,
    key: Uint8Array,
    value: Uint8Array,
    option: number,
    flags: CallerFlags,
  ) => string;
  delete_entry: (map: bigint, key: Uint8Array, flags: CallerFlags) => string;
  lookup_and_delete: (
    map: bigint,
    key: Uint8Array,
    flags: CallerFlags,
    stated?: StatedSizes,
  ) => Found;
  next_key: (map: bigint, key: Uint8Array | null) => { result: string; key: Uint8Array | null };
  associate: (map: bigint, program_type: string) => string;
  find_element: (map: bigint, key: Uint8Array) => Found;
  map_context_offset: () => number;
  /** Lets deferred work run until none is left. */
  drain: () => void;
  /**
   * Locks held now and the current IRQL, as a provider could ask; null where the library cannot
   * tell.
   */
  lock_depth: () => number | null;
  irql: () => number | null;

  // A runtime may lack any of these; rules that need one of them are then not judged.
  map_pin?: (map: bigint, where: string) => string;
  map_unpin?: (where: string) => string;
  /** The definition that users are shown. */
  map_info?: (map: bigint) => { result: string; definition: Omit<MapRequest, 'name'> | null };
  update_batch?: (
    map: bigint,
    keys: readonly Uint8Array[],
    values: readonly Uint8Array[],
    option: number,
  ) => { result: string; processed: number };
  push?: (map: bigint, value: Uint8Array, flags: CallerFlags) => string;
  pop?: (map: bigint, value: Uint8Array, flags: CallerFlags) => string;
  peek?: (map: bigint, value: Uint8Array, flags: CallerFlags) => string;
  update_with_handle?: (map: bigint, key: Uint8Array, handle: bigint) => string;
  /** What lies at map_context_offset in the map object: the provider's context, null for none. */
  map_context?: (map: bigint) => unknown;
  /** The process whose calls come next, and the one that a callback runs in. */
  enter_process?: (process: number) => void;
  current_process?: () => number;
  /** Bytes of epoch memory; null where they were given back. */
  read_memory?: (address: bigint, length: number) => Uint8Array | null;
};

/** A runtime as a subject: one instance per run. */
export type RuntimeModule = {
  name: string;
  open: (options: { revision: 'merged' | 'draft' }) => RuntimePort;
};

/** A deliberately wrong runtime: a right one with something in between. */
export type RuntimeDeviation = (right: RuntimePort) => RuntimePort;
