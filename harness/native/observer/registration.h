/**
 * The registrar's entry points, and a set of table members for each provider, so that a call
 * without contexts is known.
 */
#ifndef OBSERVER_REGISTRATION_H
#define OBSERVER_REGISTRATION_H

#include "callbacks.h"

/* ---- Attach, detach, cleanup. ---- */

static uint32_t
members_of(const ebpf_base_map_client_dispatch_table_t* client, size_t size)
{
    const size_t first = offsetof(ebpf_base_map_client_dispatch_table_t, find_element_function);
    uint32_t members = 0;
    for (uint32_t index = 0; index < 7 && first + (index + 1) * sizeof(void*) <= size; index += 1) {
        void* member;
        memcpy(&member, (const uint8_t*)client + first + index * sizeof(void*), sizeof(member));
        members |= member == NULL ? 0 : 1u << index;
    }
    return members;
}

static void
record_client(cmc_observer_record_t* record, const NPI_REGISTRATION_INSTANCE* instance)
{
    if (instance == NULL) {
        return;
    }
    record->has_interface = instance->NpiId != NULL && memcmp(instance->NpiId, &map_info_interface, 16) == 0 ? 1 : 0;
    if (instance->ModuleId != NULL) {
        record->module_length = instance->ModuleId->Length;
        record->module_type = (uint32_t)instance->ModuleId->Type;
        memcpy(record->program_type, &instance->ModuleId->Guid, sizeof(record->program_type));
    }
    const ebpf_map_client_data_t* data = instance->NpiSpecificCharacteristics;
    if (data == NULL) {
        return;
    }
    record->data_version = data->header.version;
    record->data_bytes = data->header.size;
    record->data_total = data->header.total_size;
    if (data->header.size < CMC_SIZE_THROUGH(ebpf_map_client_data_t, base_client_table)) {
        return;
    }
    record->map_context_offset = data->map_context_offset;
    const ebpf_base_map_client_dispatch_table_t* client = data->base_client_table;
    if (client != NULL) {
        record->table_version = client->header.version;
        record->table_bytes = client->header.size;
        record->table_total = client->header.total_size;
        record->table_members = members_of(client, client->header.size);
    }
}

static NTSTATUS
on_attach(HANDLE nmr_binding, void* provider_context, const NPI_REGISTRATION_INSTANCE* instance, void* client_context,
    const void* client_dispatch, void** binding_context, const void** provider_dispatch)
{
    provider_t* provider = provider_context;
    uint32_t number = (uint32_t)(provider - providers);
    context_t* made = make_context(&bindings, number);
    visit_t visit = enter(CMC_ENTRY_ATTACH, number, made == NULL ? CMC_FOREIGN : made->number, CMC_NONE);
    cmc_observer_record_t* record = visit.record;
    record_client(record, instance);
    record->has_dispatch = client_dispatch != NULL ? 1 : 0;
    record->has_client_context = client_context != NULL ? 1 : 0;
    let_others(number, CMC_ENTRY_ATTACH);
    be_late();
    uint32_t status = made == NULL ? (uint32_t)STATUS_INSUFFICIENT_RESOURCES
                                   : answer(provider, ASKED_ATTACH, &provider->does.attach);
    bool accepts = status == (uint32_t)STATUS_SUCCESS || status == (uint32_t)STATUS_PENDING;
    *provider_dispatch = NULL;
    *binding_context = NULL;
    if (made != NULL) {
        made->nmr_binding = nmr_binding;
        bool all = record->table_members == 0x7f;
        const ebpf_map_client_data_t* data = instance == NULL ? NULL : instance->NpiSpecificCharacteristics;
        made->client = all && data != NULL ? data->base_client_table : NULL;
        made->offset = record->map_context_offset;
        provider->client = made->client;
        bool sets = accepts ? provider->does.null_binding == 0 : provider->does.context_on_refusal != 0;
        *binding_context = sets ? made : NULL;
        record->wrote_context = sets ? 1 : 0;
        record->made = made->number;
    }
    leave(visit, status);
    return (NTSTATUS)status;
}

static NTSTATUS
on_detach(void* binding_context)
{
    context_t* binding = known(&bindings, binding_context);
    uint32_t number = binding == NULL ? 0 : binding->provider;
    visit_t visit = enter(CMC_ENTRY_DETACH, number, number_of(&bindings, binding_context), CMC_NONE);
    bool pends = binding != NULL && providers[number].does.detach_pends != 0;
    if (pends) {
        atomic_store(&binding->detach_pends, 1);
    }
    leave(visit, (uint32_t)(pends ? STATUS_PENDING : STATUS_SUCCESS));
    return pends ? STATUS_PENDING : STATUS_SUCCESS;
}

static void
on_cleanup(void* binding_context)
{
    context_t* binding = known(&bindings, binding_context);
    uint32_t number = binding == NULL ? 0 : binding->provider;
    visit_t visit = enter(CMC_ENTRY_CLEANUP, number, number_of(&bindings, binding_context), CMC_NONE);
    leave(visit, (uint32_t)STATUS_SUCCESS);
    if (binding != NULL) {
        binding->client = NULL;
    }
}

/* ---- One set of members for each provider. ---- */

#define ELEMENT_PARAMETERS                                                                                         \
    void *binding_context, void *map_context, size_t key_size, const uint8_t *key, size_t in_size,                 \
        const uint8_t *in_value, size_t out_size, uint8_t *out_value, uint32_t flags
#define ELEMENT_CALL(callback)                                                                                     \
    {                                                                                                              \
        callback, binding_context, map_context, key_size, key, in_size, in_value, out_size, out_value, flags       \
    }
#define DELETE_PARAMETERS                                                                                          \
    void *binding_context, void *map_context, size_t key_size, const uint8_t *key, size_t value_size,              \
        const uint8_t *value, uint32_t flags

#define MEMBERS_OF(n)                                                                                              \
    static ebpf_result_t create_##n(void* binding_context, uint32_t map_type, uint32_t key_size,                   \
        uint32_t value_size, uint32_t max_entries, uint32_t* actual_value_size, void** map_context)                \
    {                                                                                                              \
        return on_create(                                                                                          \
            n, binding_context, map_type, key_size, value_size, max_entries, actual_value_size, map_context);      \
    }                                                                                                              \
    static void map_delete_##n(void* binding_context, void* map_context)                                           \
    {                                                                                                              \
        on_map_delete(n, binding_context, map_context);                                                            \
    }                                                                                                              \
    static ebpf_result_t associate_##n(                                                                            \
        void* binding_context, void* map_context, const ebpf_program_type_t* program_type)                         \
    {                                                                                                              \
        return on_associate(n, binding_context, map_context, program_type);                                        \
    }                                                                                                              \
    static ebpf_result_t find_##n(ELEMENT_PARAMETERS)                                                              \
    {                                                                                                              \
        element_t call = ELEMENT_CALL(CMC_MEMBER_FIND);                                                            \
        return on_element(n, &call);                                                                               \
    }                                                                                                              \
    static ebpf_result_t update_##n(ELEMENT_PARAMETERS)                                                            \
    {                                                                                                              \
        element_t call = ELEMENT_CALL(CMC_MEMBER_UPDATE);                                                          \
        return on_element(n, &call);                                                                               \
    }                                                                                                              \
    static ebpf_result_t pre_delete_##n(DELETE_PARAMETERS)                                                         \
    {                                                                                                              \
        return on_delete(                                                                                          \
            n, CMC_MEMBER_PRE_DELETE, binding_context, map_context, key_size, key, value_size, value, flags);      \
    }                                                                                                              \
    static void post_delete_##n(DELETE_PARAMETERS)                                                                 \
    {                                                                                                              \
        (void)on_delete(                                                                                           \
            n, CMC_MEMBER_POST_DELETE, binding_context, map_context, key_size, key, value_size, value, flags);     \
    }

/*
 * Of more providers than these the first set is used; then the binding context tells which is
 * meant.
 */
MEMBERS_OF(0)
MEMBERS_OF(1)
MEMBERS_OF(2)
MEMBERS_OF(3)

enum { MEMBER_SETS = 4, MEMBERS = 7 };

typedef void (*member_t)(void);
#define SET_OF(n)                                                                                                  \
    {                                                                                                              \
        (member_t)create_##n, (member_t)map_delete_##n, (member_t)associate_##n, (member_t)find_##n,               \
            (member_t)update_##n, (member_t)pre_delete_##n, (member_t)post_delete_##n                              \
    }
static const member_t member_sets[MEMBER_SETS][MEMBERS] = {SET_OF(0), SET_OF(1), SET_OF(2), SET_OF(3)};

static void
put_members(provider_t* provider, uint32_t number)
{
    const size_t first = offsetof(ebpf_base_map_provider_dispatch_table_t, preprocess_map_create);
    for (uint32_t member = 0; member < MEMBERS; member += 1) {
        if ((provider->does.members & (1u << member)) != 0) {
            put(provider, CMC_STRUCTURE_TABLE, first + member * sizeof(member_t),
                &member_sets[number < MEMBER_SETS ? number : 0][member], sizeof(member_t));
        }
    }
}

static void
characterise(uint32_t number)
{
    provider_t* provider = &providers[number];
    NPI_PROVIDER_CHARACTERISTICS* characteristics = &provider->characteristics;
    memset(characteristics, 0, sizeof(*characteristics));
    characteristics->Length = sizeof(*characteristics);
    characteristics->ProviderAttachClient = on_attach;
    characteristics->ProviderDetachClient = on_detach;
    characteristics->ProviderCleanupBindingContext = provider->does.has_no_cleanup != 0 ? NULL : on_cleanup;
    NPI_REGISTRATION_INSTANCE* instance = &characteristics->ProviderRegistrationInstance;
    instance->Size = sizeof(*instance);
    instance->NpiId = provider->does.other_interface != 0 ? &program_info_interface : &map_info_interface;
    instance->ModuleId = &module_id;
    instance->NpiSpecificCharacteristics =
        (provider->does.missing & (1u << CMC_STRUCTURE_DATA)) != 0 ? NULL : provider->structure[CMC_STRUCTURE_DATA];
}

#endif
