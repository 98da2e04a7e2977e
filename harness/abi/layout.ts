/**
 * * Sizes and offsets of the structures that cross the boundary, for 64-bit targets
 * (docs/contract/LAYOUTS.md, B.8). Numbers only: who reads memory with them (the native adapter,
 * the simulated address space) is elsewhere.
 */

/** One C structure: its sizeof, and the offset of each member. */
export type Layout = { readonly size: number; readonly fields: Readonly<Record<string, number>> };

/**
 * Structures by their C names; sizes and offsets in bytes.
 * @example LAYOUTS.ebpf_map_provider_data_t.size; // 48
 */
export const LAYOUTS = {
  ebpf_extension_header_t: { size: 24, fields: { version: 0, size: 8, total_size: 16 } },

  ebpf_map_provider_data_t: {
    size: 48,
    fields: {
      header: 0,
      map_type: 24,
      base_map_type: 28,
      base_properties: 32,
      base_provider_table: 40,
    },
  },
  ebpf_base_map_provider_properties_t: {
    size: 32,
    fields: { header: 0, updates_original_value: 24 },
  },
  ebpf_base_map_provider_dispatch_table_t: {
    size: 80,
    fields: {
      header: 0,
      preprocess_map_create: 24,
      postprocess_map_delete: 32,
      preprocess_associate_program_type: 40,
      postprocess_map_find_element: 48,
      preprocess_map_update_element: 56,
      preprocess_map_delete_element: 64,
      postprocess_map_delete_element: 72,
    },
  },

  ebpf_map_client_data_t: {
    size: 40,
    fields: { header: 0, map_context_offset: 24, base_client_table: 32 },
  },
  ebpf_base_map_client_dispatch_table_t: {
    size: 80,
    fields: {
      header: 0,
      find_element_function: 24,
      epoch_enter: 32,
      epoch_exit: 40,
      epoch_allocate_with_tag: 48,
      epoch_allocate_cache_aligned_with_tag: 56,
      epoch_free: 64,
      epoch_free_cache_aligned: 72,
    },
  },
  /** Four opaque 64-bit words that the caller provides and nobody but the epoch services reads. */
  epoch_state_t: { size: 32, fields: {} },

  ebpf_map_definition_in_memory_t: {
    size: 24,
    fields: { type: 0, key_size: 4, value_size: 8, max_entries: 12, inner_map_id: 16, pinning: 20 },
  },
  ebpf_map_definition_in_file_t: {
    size: 32,
    fields: {
      type: 0,
      key_size: 4,
      value_size: 8,
      max_entries: 12,
      inner_map_idx: 16,
      pinning: 20,
      id: 24,
      inner_id: 28,
    },
  },

  GUID: { size: 16, fields: { Data1: 0, Data2: 4, Data3: 6, Data4: 8 } },
  /** `Guid` lies in a union with a LUID, `IfLuid`. */
  NPI_MODULEID: { size: 24, fields: { Length: 0, Type: 4, Guid: 8, IfLuid: 8 } },
  NPI_REGISTRATION_INSTANCE: {
    size: 40,
    fields: {
      Version: 0,
      Size: 2,
      NpiId: 8,
      ModuleId: 16,
      Number: 24,
      NpiSpecificCharacteristics: 32,
    },
  },
  NPI_PROVIDER_CHARACTERISTICS: {
    size: 72,
    fields: {
      Version: 0,
      Length: 2,
      ProviderAttachClient: 8,
      ProviderDetachClient: 16,
      ProviderCleanupBindingContext: 24,
      ProviderRegistrationInstance: 32,
    },
  },
  NPI_CLIENT_CHARACTERISTICS: {
    size: 72,
    fields: {
      Version: 0,
      Length: 2,
      ClientAttachProvider: 8,
      ClientDetachProvider: 16,
      ClientCleanupBindingContext: 24,
      ClientRegistrationInstance: 32,
    },
  },
} as const satisfies Record<string, Layout>;

/** The C name of a structure whose layout is known. */
export type StructName = keyof typeof LAYOUTS;

/** What the first 24 bytes of a versioned structure say; `size` leaves out the tail padding. */
export type Header = {
  readonly version: number;
  readonly size: number;
  readonly total_size: number;
};

/**
 * The header that each versioned structure carries today (ABI-001, ABI-002, ABI-003, ABI-010).
 * @example HEADERS.ebpf_map_provider_data_t.size; // 48
 */
export const HEADERS = {
  ebpf_map_provider_data_t: { version: 1, size: 48, total_size: 48 },
  ebpf_base_map_provider_properties_t: { version: 1, size: 25, total_size: 32 },
  ebpf_base_map_provider_dispatch_table_t: { version: 1, size: 80, total_size: 80 },
  ebpf_map_client_data_t: { version: 1, size: 40, total_size: 40 },
  ebpf_base_map_client_dispatch_table_t: { version: 1, size: 80, total_size: 80 },
} as const satisfies Partial<Record<StructName, Header>>;

/**
 * header.size of a dispatch table that ends with preprocess_map_delete_element (ABI-004, ABI-011).
 */
export const EBPF_BASE_MAP_PROVIDER_DISPATCH_TABLE_V1_SIZE_0 = 72;

export const POINTER_SIZE = 8;
/** What epoch_allocate_cache_aligned_with_tag aligns to. */
export const CACHE_LINE_SIZE = 64;

/**
 * Fixed fields of the NMR structures, and the kind of module id that a GUID makes (REG-004,
 * REG-005).
 */
export const NPI = {
  characteristics: { Version: 0, Length: 72 },
  registrationInstance: { Version: 0, Size: 40, Number: 0 },
  moduleId: { Length: 24, Type: 1 },
} as const;
export const MIT_GUID = 1;
