/**
 * The shape of a simulated provider: what a TypeScript module exports and what the harness hands
 * it. Callbacks take the C parameters in the C order under the C names. Everything read from a
 * module is checked; these types help authors, they are no promise the harness relies on.
 */
import type { DeclaredProfile } from './profile.ts';

/**
 * A C name or the number.
 * @example const refused: ResultLike = 'EBPF_INVALID_ARGUMENT';
 */
export type ResultLike = string | number;

/**
 * An out parameter.
 * @example
 * const answer = (actual_value_size: Box<number>): void => void (actual_value_size.value = 8);
 */
export type Box<T> = { value: T };

export type ExtensionHeader = { version: number; size: number; total_size: number };

export type ElementCallback = (
  binding_context: unknown,
  map_context: unknown,
  key_size: number,
  key: Uint8Array | null,
  in_value_size: number,
  in_value: Uint8Array | null,
  out_value_size: number,
  out_value: Uint8Array | null,
  flags: number,
) => ResultLike;

export type DeleteCallback<R> = (
  binding_context: unknown,
  map_context: unknown,
  key_size: number,
  key: Uint8Array | null,
  value_size: number,
  value: Uint8Array | null,
  flags: number,
) => R;

/**
 * ebpf_base_map_provider_dispatch_table_t; an absent member is NULL.
 * @example
 * const table: ProviderTable = {
 *   header: HEADERS.ebpf_base_map_provider_dispatch_table_t,
 *   preprocess_map_update_element: () => 'EBPF_SUCCESS',
 * };
 */
export type ProviderTable = {
  header: ExtensionHeader;
  preprocess_map_create?:
    | ((
        binding_context: unknown,
        map_type: number,
        key_size: number,
        value_size: number,
        max_entries: number,
        actual_value_size: Box<number>,
        map_context: Box<unknown>,
      ) => ResultLike)
    | null;
  postprocess_map_delete?: ((binding_context: unknown, map_context: unknown) => void) | null;
  preprocess_associate_program_type?:
    ((binding_context: unknown, map_context: unknown, program_type: string) => ResultLike) | null;
  postprocess_map_find_element?: ElementCallback | null;
  preprocess_map_update_element?: ElementCallback | null;
  preprocess_map_delete_element?: DeleteCallback<ResultLike> | null;
  postprocess_map_delete_element?: DeleteCallback<void> | null;
};

/**
 * ebpf_map_provider_data_t: what a provider shows of itself at registration.
 * @example
 * const own = (table: ProviderTable): ProviderData => ({
 *   header: HEADERS.ebpf_map_provider_data_t,
 *   map_type: mapTypes.BPF_MAP_TYPE_SAMPLE_HASH_MAP,
 *   base_map_type: mapTypes.BPF_MAP_TYPE_HASH,
 *   base_properties: null,
 *   base_provider_table: table,
 * });
 */
export type ProviderData = {
  header: ExtensionHeader;
  map_type: number;
  base_map_type: number;
  base_properties: { header: ExtensionHeader; updates_original_value: boolean } | null;
  base_provider_table: ProviderTable | null;
};

/**
 * ebpf_base_map_client_dispatch_table_t as a simulated provider sees it.
 * @example const allocate = (client: ClientTable): bigint => client.epoch_allocate_with_tag(64, 0);
 */
export type ClientTable = {
  header: ExtensionHeader;
  find_element_function: (map: bigint, key: Uint8Array | null, value: Box<bigint>) => string;
  epoch_enter: (epoch_state: bigint) => void;
  epoch_exit: (epoch_state: bigint) => void;
  epoch_allocate_with_tag: (size: number, tag: number) => bigint;
  epoch_allocate_cache_aligned_with_tag: (size: number, tag: number) => bigint;
  epoch_free: (memory: bigint) => void;
  epoch_free_cache_aligned: (memory: bigint) => void;
};

/**
 * ebpf_map_client_data_t: what a client shows at attach.
 * @example const functionsOf = (client: ClientData): ClientTable => client.base_client_table;
 */
export type ClientData = {
  header: ExtensionHeader;
  map_context_offset: number;
  base_client_table: ClientTable;
};

export type NpiRegistrationInstance<T> = {
  Version: number;
  Size: number;
  NpiId: string;
  ModuleId: { Length: number; Type: number; Guid: string };
  Number: number;
  NpiSpecificCharacteristics: T;
};

/**
 * NPI_PROVIDER_CHARACTERISTICS: what NmrRegisterProvider is handed.
 * @example
 * const register = (host: Host, own: ProviderCharacteristics): bigint =>
 *   host.NmrRegisterProvider(own).handle;
 */
export type ProviderCharacteristics = {
  Version: number;
  Length: number;
  ProviderAttachClient: (
    NmrBindingHandle: bigint,
    ProviderContext: unknown,
    ClientRegistrationInstance: NpiRegistrationInstance<ClientData>,
    ClientBindingContext: unknown,
    ClientDispatch: unknown,
    ProviderBindingContext: Box<unknown>,
    ProviderDispatch: Box<unknown>,
  ) => ResultLike;
  ProviderDetachClient: (ProviderBindingContext: unknown) => ResultLike;
  ProviderCleanupBindingContext?: ((ProviderBindingContext: unknown) => void) | null;
  ProviderRegistrationInstance: NpiRegistrationInstance<ProviderData | null>;
};

/**
 * The kernel around a simulated provider. Addresses and handles are bigint, 0n is NULL.
 * @example
 * const start = (host: Host): void => {
 *   const address = host.memory.allocate(16);
 *   host.memory.write(address, new Uint8Array(16));
 * };
 */
export type Host = {
  NmrRegisterProvider: (
    characteristics: ProviderCharacteristics,
    providerContext?: unknown,
  ) => { status: string; handle: bigint };
  NmrDeregisterProvider: (handle: bigint) => string;
  NmrWaitForProviderDeregisterComplete: (handle: bigint) => string;
  NmrProviderDetachClientComplete: (NmrBindingHandle: bigint) => void;
  KeGetCurrentIrql: () => number;
  KeRaiseIrql: (level: number) => number;
  KeLowerIrql: (level: number) => void;
  /** A mark of the current process; 0n: none. */
  currentProcess: () => bigint;
  objectReference: (handle: bigint | number) => bigint;
  objectDereference: (object: bigint) => void;
  defer: (fn: () => void) => void;
  log: (text: string) => void;
  memory: {
    allocate: (size: number, tag?: number) => bigint;
    free: (address: bigint) => void;
    read: (address: bigint, length: number) => Uint8Array;
    write: (address: bigint, bytes: Uint8Array) => void;
    view: (address: bigint, length: number) => Uint8Array;
  };
};

/**
 * A simulated provider module: the default export of a subject file.
 * @example
 * const module: ProviderModule = { name: 'mine', start: () => {}, stop: () => {} };
 * export default module;
 */
export type ProviderModule = {
  name: string;
  profile?: DeclaredProfile;
  start: (host: Host) => void;
  stop: () => void;
  makeValue?: (valueSize: number, index: number) => Uint8Array | null;
  releaseValue?: (bytes: Uint8Array) => void;
  drain?: () => void;
  resourceCount?: () => number;
  invokeHelper?: (helperId: number, args: bigint[]) => bigint | number;
};
