/*
 * What the observing provider registers, and the numbers under which its bindings and map contexts
 * go.
 */
#ifndef OBSERVER_PROVIDER_H
#define OBSERVER_PROVIDER_H

#include "records.h"

/* Lists of answers, in the order of the configuration. */
enum {
    ASKED_ATTACH = 0,
    ASKED_CREATE,
    ASKED_ASSOCIATE,
    ASKED_FIND,
    ASKED_UPDATE,
    ASKED_PRE_DELETE,
    ASKED_PRE_DELETE_ALWAYS,
    LISTS,
};

enum { PROVIDERS_MAX = 32, CONTEXTS_MAX = 8192, STRUCTURES = 3, STRUCTURE_BYTES_MAX = 256 };

typedef struct {
    cmc_observer_provider_t does;
    atomic_uint asked[LISTS]; /* Calls so far of each list of answers. */
    uint8_t* structure[STRUCTURES];
    size_t structure_size[STRUCTURES];
    uint8_t original[STRUCTURES][STRUCTURE_BYTES_MAX];
    NPI_PROVIDER_CHARACTERISTICS characteristics;
    HANDLE handle;
    const ebpf_base_map_client_dispatch_table_t* client; /* Of the last attach. */
    uint32_t key_size;                                   /* Of the last map. */
} provider_t;

/* A context that is handed to the runtime: of a binding or of a map. */
typedef struct {
    uint32_t number;
    uint32_t provider;
    HANDLE nmr_binding;
    const ebpf_base_map_client_dispatch_table_t* client;
    uint64_t offset;
    uint32_t key_size; /* of the map */
    uint32_t value_size;
    uint32_t stored_size;
    _Atomic(const cmc_map_t*) map;
    _Atomic(uint32_t) detach_pends;
} context_t;

typedef struct {
    context_t all[CONTEXTS_MAX]; /* In order of making; a number is an index plus one. */
    atomic_uint made;
} contexts_t;

static provider_t providers[PROVIDERS_MAX];
static uint32_t provider_count;
static contexts_t bindings;
static contexts_t map_contexts;

static const NPIID map_info_interface = CMC_MAP_INFO_EXTENSION_IID;
static const NPIID program_info_interface = {
    0x2934ad50, 0x2154, 0x44b6, {0x96, 0x22, 0x6c, 0x52, 0x8c, 0x06, 0x84, 0x11}};
static const NPI_MODULEID module_id = {
    sizeof(NPI_MODULEID), MIT_GUID, {{0x2a3f7c11, 0x90d4, 0x4be2, {0x8f, 0x07, 0x6d, 0x21, 0x5e, 0xb3, 0x4c, 0x9a}}}};

/* A new context with the next number. NULL: there are too many. */
static context_t*
make_context(contexts_t* contexts, uint32_t provider)
{
    uint32_t index = atomic_fetch_add(&contexts->made, 1);
    if (index >= CONTEXTS_MAX) {
        return NULL;
    }
    context_t* context = &contexts->all[index];
    context->number = index + 1;
    context->provider = provider;
    return context;
}

/* The context that a pointer is; NULL for NULL and for pointers that were never handed out. */
static context_t*
known(contexts_t* contexts, const void* pointer)
{
    uintptr_t begin = (uintptr_t)contexts->all;
    uintptr_t distance = (uintptr_t)pointer - begin;
    bool is_ours = (uintptr_t)pointer >= begin && distance < sizeof(contexts->all) && distance % sizeof(context_t) == 0;
    context_t* context = is_ours ? &contexts->all[distance / sizeof(context_t)] : NULL;
    return context != NULL && context->number != 0 ? context : NULL;
}

static uint32_t
number_of(contexts_t* contexts, const void* pointer)
{
    const context_t* context = known(contexts, pointer);
    return context != NULL ? context->number : pointer == NULL ? CMC_NONE : CMC_FOREIGN;
}

/* ---- The structures. ---- */

static void
put_header(uint8_t* at, uint32_t version, uint32_t size, uint32_t total)
{
    ebpf_extension_header_t header;
    memset(&header, 0, sizeof(header));
    header.version = (uint16_t)version;
    header.size = size;
    header.total_size = total;
    memcpy(at, &header, sizeof(header));
}

static size_t
extent_of(uint32_t size)
{
    size_t least = sizeof(ebpf_extension_header_t);
    return size < least ? least : size > STRUCTURE_BYTES_MAX ? STRUCTURE_BYTES_MAX : size;
}

/* Writes a member of a structure where the structure reaches that far. */
static void
put(provider_t* provider, uint32_t structure, size_t offset, const void* bytes, size_t size)
{
    if (offset + size <= provider->structure_size[structure]) {
        memcpy(provider->structure[structure] + offset, bytes, size);
    }
}

static void put_members(provider_t* provider, uint32_t number);

static bool
lay_out(uint32_t number)
{
    provider_t* provider = &providers[number];
    const cmc_observer_provider_t* does = &provider->does;
    const uint32_t sizes[STRUCTURES] = {does->data_size, does->properties_size, does->table_size};
    const uint32_t versions[STRUCTURES] = {does->data_version, does->properties_version, does->table_version};
    const uint32_t totals[STRUCTURES] = {does->data_total, does->properties_total, does->table_total};
    for (uint32_t structure = 0; structure < STRUCTURES; structure += 1) {
        bool has_more = structure == CMC_STRUCTURE_TABLE && does->table_bytes > sizes[structure];
        provider->structure_size[structure] = extent_of(has_more ? does->table_bytes : sizes[structure]);
        provider->structure[structure] = allocate_guarded(provider->structure_size[structure], number, structure);
        if (provider->structure[structure] == NULL) {
            return false;
        }
        put_header(provider->structure[structure], versions[structure], sizes[structure], totals[structure]);
    }
    uint8_t updates = (uint8_t)does->updates_original_value;
    put(provider, CMC_STRUCTURE_PROPERTIES, offsetof(ebpf_base_map_provider_properties_t, updates_original_value),
        &updates, 1);
    const void* properties = (does->missing & (1u << CMC_STRUCTURE_PROPERTIES)) != 0
                                 ? NULL
                                 : provider->structure[CMC_STRUCTURE_PROPERTIES];
    const void* table =
        (does->missing & (1u << CMC_STRUCTURE_TABLE)) != 0 ? NULL : provider->structure[CMC_STRUCTURE_TABLE];
    put(provider, CMC_STRUCTURE_DATA, offsetof(ebpf_map_provider_data_t, map_type), &does->map_type, 4);
    put(provider, CMC_STRUCTURE_DATA, offsetof(ebpf_map_provider_data_t, base_map_type), &does->base_map_type, 4);
    put(provider, CMC_STRUCTURE_DATA, offsetof(ebpf_map_provider_data_t, base_properties), &properties,
        sizeof(properties));
    put(provider, CMC_STRUCTURE_DATA, offsetof(ebpf_map_provider_data_t, base_provider_table), &table, sizeof(table));
    put_members(provider, number);
    for (uint32_t structure = 0; structure < STRUCTURES; structure += 1) {
        memcpy(provider->original[structure], provider->structure[structure], provider->structure_size[structure]);
    }
    protect_guarded(number, does->protection);
    return true;
}

static uint32_t
changed_bytes(const provider_t* provider)
{
    uint32_t changed = 0;
    for (uint32_t structure = 0; structure < STRUCTURES; structure += 1) {
        for (size_t byte = 0; byte < provider->structure_size[structure]; byte += 1) {
            changed += provider->structure[structure][byte] != provider->original[structure][byte] ? 1 : 0;
        }
    }
    return changed;
}

/* ---- Answers. ---- */

static uint32_t
answer_of(const cmc_results_t* results, uint32_t call)
{
    uint32_t count = results->count < CMC_RESULTS_MAX ? results->count : CMC_RESULTS_MAX;
    return count == 0 ? 0 : results->result[call < count ? call : count - 1];
}

/* The answer of this turn. */
static uint32_t
answer(provider_t* provider, uint32_t list, const cmc_results_t* results)
{
    return answer_of(results, atomic_fetch_add(&provider->asked[list], 1));
}

/*
 * What the next call of a preprocess delete will answer; a right one fails explicit deletes only
 * (CRUD-DEL-006).
 */
static uint32_t
answer_delete(provider_t* provider, uint32_t flags)
{
    const cmc_observer_provider_t* does = &provider->does;
    bool may_reject = (flags & (EBPF_MAP_OPERATION_UPDATE | EBPF_MAP_OPERATION_MAP_CLEANUP)) == 0;
    if (does->pre_delete_everywhere == 0) {
        return may_reject ? answer(provider, ASKED_PRE_DELETE, &does->pre_delete)
                          : answer(provider, ASKED_PRE_DELETE_ALWAYS, &does->pre_delete_always);
    }
    return (flags & EBPF_MAP_OPERATION_MAP_CLEANUP) != 0
               ? answer_of(&does->pre_delete, atomic_load(&provider->asked[ASKED_PRE_DELETE]))
               : answer(provider, ASKED_PRE_DELETE, &does->pre_delete);
}

#endif
