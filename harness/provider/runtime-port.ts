/**
 * The face of a runtime under test, as TypeScript sees it: what a library that plays eBPFCore offers
 * (`custom_map_runtime.h`). Results and statuses are names, maps and handles opaque numbers, 0n none.
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
  find: (map: bigint, key: Uint8Array, flags: CallerFlags) => Found;
  update: (
    map: bigint,
    key: Uint8Array,
    value: Uint8Array,
    option: number,
    flags: CallerFlags,
  ) => string;
  delete_entry: (map: bigint, key: Uint8Array, flags: CallerFlags) => string;
  lookup_and_delete: (map: bigint, key: Uint8Array, flags: CallerFlags) => Found;
  next_key: (map: bigint, key: Uint8Array | null) => { result: string; key: Uint8Array | null };
  associate: (map: bigint, program_type: string) => string;
  find_element: (map: bigint, key: Uint8Array) => Found;
  map_context_offset: () => number;
  /** Lets deferred work run until none is left. */
  drain: () => void;
  /** Locks held now and the current IRQL, as a provider could ask; null where the library cannot tell. */
  lock_depth: () => number | null;
  irql: () => number | null;
};

/** A runtime as a subject: one instance per run. */
export type RuntimeModule = {
  name: string;
  open: (options: { revision: 'merged' | 'draft' }) => RuntimePort;
};

/** A deliberately wrong runtime: a right one with something in between. */
export type RuntimeDeviation = (right: RuntimePort) => RuntimePort;
