/*
 * The observing provider's C face; see custom_map_observer.h. Its parts are the headers beside this
 * file.
 */
#ifndef _WIN32
#define _DEFAULT_SOURCE /* mmap's anonymous pages */
#define _DARWIN_C_SOURCE
#endif

#include "together.h"

void
cmc_observer_default(cmc_observer_provider_t* provider)
{
    memset(provider, 0, sizeof(*provider));
    provider->map_type = BPF_MAP_TYPE_SAMPLE_HASH_MAP;
    provider->base_map_type = BPF_MAP_TYPE_HASH;
    provider->members = 1u << CMC_MEMBER_CREATE | 1u << CMC_MEMBER_MAP_DELETE | 1u << CMC_MEMBER_ASSOCIATE |
                        1u << CMC_MEMBER_FIND | 1u << CMC_MEMBER_UPDATE | 1u << CMC_MEMBER_POST_DELETE;
    provider->data_version = 1;
    provider->data_size = CMC_SIZE_THROUGH(ebpf_map_provider_data_t, base_provider_table);
    provider->data_total = sizeof(ebpf_map_provider_data_t);
    provider->properties_version = 1;
    provider->properties_size = CMC_SIZE_THROUGH(ebpf_base_map_provider_properties_t, updates_original_value);
    provider->properties_total = sizeof(ebpf_base_map_provider_properties_t);
    provider->table_version = 1;
    provider->table_size =
        CMC_SIZE_THROUGH(ebpf_base_map_provider_dispatch_table_t, postprocess_map_delete_element);
    provider->table_total = sizeof(ebpf_base_map_provider_dispatch_table_t);
    provider->protection = CMC_PROTECT_GUARD | CMC_PROTECT_READ_ONLY;
    provider->probes = CMC_PROBE_LOOKUP | CMC_PROBE_EPOCH;
}

int32_t
cmc_observer_open(const cmc_observer_provider_t* configured, uint32_t count, uint32_t records_max)
{
    if (records != NULL || count == 0 || count > PROVIDERS_MAX || records_max == 0) {
        return -1;
    }
    records = calloc(records_max, sizeof(*records));
    if (records == NULL) {
        return -1;
    }
    records_room = records_max;
    records_read = 0;
    atomic_store(&records_made, 0);
    atomic_store(&moments, 0);
    generation += 1;
    atomic_store(&bindings.made, 0);
    atomic_store(&map_contexts.made, 0);
    memset(bindings.all, 0, sizeof(bindings.all));
    memset(map_contexts.all, 0, sizeof(map_contexts.all));
    memset(providers, 0, sizeof(providers));
    provider_count = count;
    watch_faults();
    for (uint32_t number = 0; number < count; number += 1) {
        providers[number].does = configured[number];
        if (!lay_out(number)) {
            cmc_observer_close();
            return -1;
        }
        characterise(number);
    }
    return 0;
}

void
cmc_observer_close(void)
{
    if (records == NULL) {
        return;
    }
    cmc_observer_give_up();
    cmc_observer_settle();
    meanwhile.count = 0;
    forget_faults();
    release_guarded();
    free(records);
    records = NULL;
    records_room = 0;
    provider_count = 0;
    subject = NULL;
}

int32_t
cmc_observer_register(const cmc_runtime_t* runtime, uint32_t provider)
{
    if (provider >= provider_count) {
        return (int32_t)STATUS_INVALID_PARAMETER;
    }
    subject = runtime;
    provider_t* registered = &providers[provider];
    return (int32_t)runtime->nmr_register_provider(&registered->characteristics, registered, &registered->handle);
}

int32_t
cmc_observer_deregister(uint32_t provider)
{
    if (provider >= provider_count || subject == NULL) {
        return (int32_t)STATUS_INVALID_PARAMETER;
    }
    return (int32_t)subject->nmr_deregister_provider(providers[provider].handle);
}

int32_t
cmc_observer_detach_complete(void)
{
    for (uint32_t index = 0; index < CONTEXTS_MAX && bindings.all[index].number != 0; index += 1) {
        if (atomic_exchange(&bindings.all[index].detach_pends, 0) != 0) {
            if (subject == NULL || !CMC_RUNTIME_HAS(subject, nmr_provider_detach_client_complete)) {
                return -1;
            }
            subject->nmr_provider_detach_client_complete(bindings.all[index].nmr_binding);
            return 0;
        }
    }
    return -1;
}

void
cmc_observer_set(uint32_t provider, const cmc_observer_provider_t* behaviour, uint32_t restarted)
{
    if (provider < provider_count) {
        providers[provider].does = *behaviour;
        for (uint32_t list = 0; list < LISTS; list += 1) {
            if ((restarted & (1u << list)) != 0) {
                atomic_store(&providers[provider].asked[list], 0);
            }
        }
    }
}

void
cmc_observer_mutate(uint32_t provider, uint32_t structure, uint32_t offset, uint32_t word)
{
    if (provider < provider_count && structure < STRUCTURES) {
        size_t size = providers[provider].structure_size[structure];
        size_t room = offset < size ? size - offset : 0;
        put(&providers[provider], structure, offset, &word, room < sizeof(word) ? room : sizeof(word));
        memcpy(providers[provider].original[structure], providers[provider].structure[structure],
            providers[provider].structure_size[structure]);
    }
}

void
cmc_observer_map(uint32_t context, const cmc_map_t* map)
{
    if (context != 0 && context <= CONTEXTS_MAX) {
        atomic_store(&map_contexts.all[context - 1].map, map);
    }
}

uint32_t
cmc_observer_context_at(const cmc_map_t* map)
{
    uint32_t last = atomic_load(&bindings.made);
    if (last == 0 && (subject == NULL || subject->map_context_offset == NULL)) {
        return CMC_UNTOLD;
    }
    uint64_t offset = last == 0 ? subject->map_context_offset() : bindings.all[last - 1].offset;
    void* context;
    memcpy(&context, (const uint8_t*)map + offset, sizeof(context));
    return number_of(&map_contexts, context);
}

uint32_t
cmc_observer_find_element(const cmc_map_t* map, const uint8_t* key, uint8_t** value)
{
    uint32_t made = atomic_load(&bindings.made);
    for (uint32_t index = made < CONTEXTS_MAX ? made : CONTEXTS_MAX; index > 0; index -= 1) {
        const ebpf_base_map_client_dispatch_table_t* client = bindings.all[index - 1].client;
        if (client != NULL) {
            return (uint32_t)client->find_element_function(map, key, value);
        }
    }
    return CMC_UNTOLD;
}

int32_t
cmc_observer_next(cmc_observer_record_t* record)
{
    uint32_t made = atomic_load(&records_made);
    if (records_read >= made || records_read >= records_room) {
        return 0;
    }
    *record = records[records_read];
    records_read += 1;
    return 1;
}

uint32_t
cmc_observer_lost(void)
{
    uint32_t made = atomic_load(&records_made);
    return made > records_room ? made - records_room : 0;
}
