/*
 * The contract between the eBPF runtime and a custom-map provider, in our own words: structures,
 * callback types, flags and result codes. For providers that do not build against the eBPF for
 * Windows headers; the binary layout is the same.
 */
#ifndef CMC_CONTRACT_H
#define CMC_CONTRACT_H

#include "custom_map_conformance.h"

#if defined(EBPF_MAP_PROVIDER_DATA_CURRENT_VERSION)
#error "Include either ebpf_extension.h or cmc_contract.h: both declare the same names."
#endif

#define CMC_RESULTS(X)                                                                                              \
    X(SUCCESS, 0) X(VERIFICATION_FAILED, 1) X(JIT_COMPILATION_FAILED, 2) X(PROGRAM_LOAD_FAILED, 3)                  \
    X(INVALID_FD, 4) X(INVALID_OBJECT, 5) X(INVALID_ARGUMENT, 6) X(OBJECT_NOT_FOUND, 7) X(OBJECT_ALREADY_EXISTS, 8) \
    X(FILE_NOT_FOUND, 9) X(ALREADY_PINNED, 10) X(NOT_PINNED, 11) X(NO_MEMORY, 12) X(PROGRAM_TOO_LARGE, 13)          \
    X(RPC_EXCEPTION, 14) X(ALREADY_INITIALIZED, 15) X(ELF_PARSING_FAILED, 16) X(FAILED, 17)                         \
    X(OPERATION_NOT_SUPPORTED, 18) X(KEY_NOT_FOUND, 19) X(ACCESS_DENIED, 20) X(BLOCKED_BY_POLICY, 21)               \
    X(ARITHMETIC_OVERFLOW, 22) X(EXTENSION_FAILED_TO_LOAD, 23) X(INSUFFICIENT_BUFFER, 24) X(NO_MORE_KEYS, 25)       \
    X(KEY_ALREADY_EXISTS, 26) X(NO_MORE_TAIL_CALLS, 27) X(PENDING, 28) X(OUT_OF_SPACE, 29) X(CANCELED, 30)          \
    X(INVALID_POINTER, 31) X(TIMEOUT, 32) X(STALE_ID, 33) X(INVALID_STATE, 34)

#define CMC_RESULT_CODE(name, code) EBPF_##name = code,
typedef enum _ebpf_result { CMC_RESULTS(CMC_RESULT_CODE) EBPF_RESULT_COUNT = 35 } ebpf_result_t;
#undef CMC_RESULT_CODE

/* Why a callback runs. Bits; a provider ignores those it does not know. */
#define EBPF_MAP_OPERATION_HELPER 0x01u      /* Issued by a BPF program. */
#define EBPF_MAP_OPERATION_UPDATE 0x02u      /* A delete that belongs to an update: displaced or rolled back value. */
#define EBPF_MAP_OPERATION_MAP_CLEANUP 0x04u /* A delete that belongs to the map's destruction. */

/* Map types of the Windows enumeration that this suite deals in. */
#define BPF_MAP_TYPE_HASH 1u
#define BPF_MAP_TYPE_ARRAY 2u
#define BPF_MAP_TYPE_SAMPLE_HASH_MAP 15u
#define BPF_MAP_TYPE_XSKMAP 16u

typedef GUID ebpf_program_type_t;

/*
 * Every versioned structure begins with its version, its size without tail padding, and its size
 * with it.
 */
typedef struct _ebpf_extension_header {
    uint16_t version;
    size_t size;
    size_t total_size;
} ebpf_extension_header_t;

#define CMC_SIZE_THROUGH(type, field) (offsetof(type, field) + sizeof(((type*)0)->field))
#define CMC_HEADER(type, last_field) {1, CMC_SIZE_THROUGH(type, last_field), sizeof(type)}

/* ---- What the provider offers. ---- */

typedef ebpf_result_t (*ebpf_preprocess_map_create_t)(void* binding_context, uint32_t map_type, uint32_t key_size,
    uint32_t value_size, uint32_t max_entries, uint32_t* actual_value_size, void** map_context);
typedef void (*ebpf_postprocess_map_delete_t)(void* binding_context, void* map_context);
typedef ebpf_result_t (*ebpf_preprocess_map_associate_program_type_t)(
    void* binding_context, void* map_context, const ebpf_program_type_t* program_type);
typedef ebpf_result_t (*ebpf_postprocess_map_find_element_t)(void* binding_context, void* map_context, size_t key_size,
    const uint8_t* key, size_t in_value_size, const uint8_t* in_value, size_t out_value_size, uint8_t* out_value,
    uint32_t flags);
typedef ebpf_result_t (*ebpf_preprocess_map_update_element_t)(void* binding_context, void* map_context, size_t key_size,
    const uint8_t* key, size_t in_value_size, const uint8_t* in_value, size_t out_value_size, uint8_t* out_value,
    uint32_t flags);
typedef ebpf_result_t (*ebpf_preprocess_map_delete_element_t)(void* binding_context, void* map_context, size_t key_size,
    const uint8_t* key, size_t value_size, const uint8_t* value, uint32_t flags);
typedef void (*ebpf_postprocess_map_delete_element_t)(void* binding_context, void* map_context, size_t key_size,
    const uint8_t* key, size_t value_size, const uint8_t* value, uint32_t flags);

typedef struct _ebpf_base_map_provider_properties {
    ebpf_extension_header_t header;
    bool updates_original_value; /* What is stored differs from what the user wrote. */
} ebpf_base_map_provider_properties_t;

typedef struct _ebpf_map_provider_dispatch_table {
    ebpf_extension_header_t header;
    ebpf_preprocess_map_create_t preprocess_map_create;
    ebpf_postprocess_map_delete_t postprocess_map_delete;
    ebpf_preprocess_map_associate_program_type_t preprocess_associate_program_type;
    ebpf_postprocess_map_find_element_t postprocess_map_find_element;
    ebpf_preprocess_map_update_element_t preprocess_map_update_element;
    ebpf_preprocess_map_delete_element_t preprocess_map_delete_element; /* Deprecated; never beside the next one. */
    ebpf_postprocess_map_delete_element_t postprocess_map_delete_element;
} ebpf_base_map_provider_dispatch_table_t;

typedef struct _ebpf_map_provider_data {
    ebpf_extension_header_t header;
    uint32_t map_type;
    uint32_t base_map_type;
    ebpf_base_map_provider_properties_t* base_properties;
    ebpf_base_map_provider_dispatch_table_t* base_provider_table;
} ebpf_map_provider_data_t;

/* ---- What the runtime offers. ---- */

typedef ebpf_result_t (*ebpf_map_find_element_t)(const void* map, const uint8_t* key, uint8_t** value);
typedef void (*ebpf_epoch_enter_t)(void* epoch_state);
typedef void (*ebpf_epoch_exit_t)(void* epoch_state);
typedef void* (*ebpf_epoch_allocate_with_tag_t)(size_t size, uint32_t tag);
typedef void* (*ebpf_epoch_allocate_cache_aligned_with_tag_t)(size_t size, uint32_t tag);
typedef void (*ebpf_epoch_free_t)(void* memory);
typedef void (*ebpf_epoch_free_cache_aligned_t)(void* memory);

typedef struct _ebpf_map_client_dispatch_table {
    ebpf_extension_header_t header;
    ebpf_map_find_element_t find_element_function;
    ebpf_epoch_enter_t epoch_enter;
    ebpf_epoch_exit_t epoch_exit;
    ebpf_epoch_allocate_with_tag_t epoch_allocate_with_tag;
    ebpf_epoch_allocate_cache_aligned_with_tag_t epoch_allocate_cache_aligned_with_tag;
    ebpf_epoch_free_t epoch_free;
    ebpf_epoch_free_cache_aligned_t epoch_free_cache_aligned;
} ebpf_base_map_client_dispatch_table_t;

typedef struct _ebpf_map_client_data {
    ebpf_extension_header_t header;
    uint64_t map_context_offset; /* Where the runtime's map object keeps the provider's map context. */
    ebpf_base_map_client_dispatch_table_t* base_client_table;
} ebpf_map_client_data_t;

/* The storage that epoch_enter and epoch_exit need. */
typedef struct _epoch_state {
    uint64_t opaque[4];
} epoch_state_t;

/* The address of the slot in which a map object keeps its provider's context. */
#define MAP_CONTEXT(map, offset) ((void**)((uint8_t*)(map) + (offset)))

/* ---- How a user declares a map. ---- */

typedef enum ebpf_pin_type { LIBBPF_PIN_NONE = 0, LIBBPF_PIN_BY_NAME = 1 } ebpf_pin_type_t;

typedef struct _ebpf_map_definition_in_memory {
    uint32_t type;
    uint32_t key_size;
    uint32_t value_size;
    uint32_t max_entries;
    uint32_t inner_map_id;
    ebpf_pin_type_t pinning;
} ebpf_map_definition_in_memory_t;

typedef struct _ebpf_map_definition_in_file {
    uint32_t type;
    uint32_t key_size;
    uint32_t value_size;
    uint32_t max_entries;
    uint32_t inner_map_idx;
    ebpf_pin_type_t pinning;
    uint32_t id;
    uint32_t inner_id;
} ebpf_map_definition_in_file_t;

/* ---- GUIDs, as initialisers. ---- */

#define CMC_MAP_INFO_EXTENSION_IID {0x3c2b0f4e, 0x8b0e, 0x4e5e, {0x8e, 0x1b, 0x7f, 0x4b, 0x1f, 0x0e, 0x1f, 0x0e}}
#define CMC_PROGRAM_TYPE_XDP {0xf1832a85, 0x85d5, 0x45b0, {0x98, 0xa0, 0x70, 0x69, 0xd6, 0x30, 0x13, 0xb0}}
#define CMC_PROGRAM_TYPE_SAMPLE {0xf788ef4a, 0x207d, 0x4dc3, {0x85, 0xcf, 0x0f, 0x2e, 0xa1, 0x07, 0x21, 0x3c}}

#endif
