/*
 * A small provider to begin with; your own sources go in its place. Users write 8 bytes, the map
 * keeps the address of an object that holds them. It is compiled as driver sources are: the headers
 * are stand-ins for those of the kit.
 */
#include <ntddk.h>
#include <netioddk.h>

#include "cmc_contract.h" /* In your build: ebpf_extension.h. */
#include "my_provider.h"

#define MY_TAG 'ymyM'
#define MY_MAP_TYPE BPF_MAP_TYPE_SAMPLE_HASH_MAP /* Your map type. */

/* One for each client: what is called of it, copied, since its table may vanish after cleanup. */
typedef struct _MY_BINDING {
    ebpf_base_map_client_dispatch_table_t Client;
} MY_BINDING;

typedef struct _MY_MAP {
    MY_BINDING* Binding;
} MY_MAP;

typedef struct _MY_OBJECT {
    UINT64 Payload;
} MY_OBJECT;

static HANDLE g_Provider;

static ebpf_result_t
MyCreate(void* bindingContext, uint32_t mapType, uint32_t keySize, uint32_t valueSize, uint32_t maxEntries,
    uint32_t* actualValueSize, void** mapContext)
{
    MY_BINDING* binding = bindingContext;
    MY_MAP* map;
    if (mapType != MY_MAP_TYPE) {
        return EBPF_OPERATION_NOT_SUPPORTED;
    }
    if (keySize == 0 || maxEntries == 0 || valueSize != sizeof(UINT64)) {
        return EBPF_INVALID_ARGUMENT;
    }
    map = binding->Client.epoch_allocate_with_tag(sizeof(*map), MY_TAG);
    if (map == NULL) {
        return EBPF_NO_MEMORY;
    }
    map->Binding = binding;
    *actualValueSize = sizeof(MY_OBJECT*); /* What the base map stores for each entry. */
    *mapContext = map;
    return EBPF_SUCCESS;
}

static void
MyDelete(void* bindingContext, void* mapContext)
{
    MY_BINDING* binding = bindingContext;
    binding->Client.epoch_free(mapContext);
}

static ebpf_result_t
MyAssociate(void* bindingContext, void* mapContext, const ebpf_program_type_t* programType)
{
    UNREFERENCED_PARAMETER(bindingContext);
    UNREFERENCED_PARAMETER(mapContext);
    return programType == NULL ? EBPF_INVALID_ARGUMENT : EBPF_SUCCESS;
}

/*
 * Shows the value of an entry: that of the object, never its address. Buffers may lie at odd
 * addresses.
 */
static ebpf_result_t
MyFind(void* bindingContext, void* mapContext, size_t keySize, const uint8_t* key, size_t inValueSize,
    const uint8_t* inValue, size_t outValueSize, uint8_t* outValue, uint32_t flags)
{
    const MY_OBJECT* object;
    UNREFERENCED_PARAMETER(bindingContext);
    UNREFERENCED_PARAMETER(mapContext);
    UNREFERENCED_PARAMETER(keySize);
    UNREFERENCED_PARAMETER(key);
    UNREFERENCED_PARAMETER(flags);
    if (inValue == NULL || inValueSize != sizeof(object) || outValue == NULL || outValueSize != sizeof(UINT64)) {
        return EBPF_INVALID_ARGUMENT;
    }
    RtlCopyMemory(&object, inValue, sizeof(object));
    RtlCopyMemory(outValue, &object->Payload, sizeof(object->Payload));
    return EBPF_SUCCESS;
}

/* Makes the object; what is written to outValue is stored. */
static ebpf_result_t
MyUpdate(void* bindingContext, void* mapContext, size_t keySize, const uint8_t* key, size_t inValueSize,
    const uint8_t* inValue, size_t outValueSize, uint8_t* outValue, uint32_t flags)
{
    MY_BINDING* binding = bindingContext;
    MY_OBJECT* object;
    UNREFERENCED_PARAMETER(mapContext);
    UNREFERENCED_PARAMETER(keySize);
    UNREFERENCED_PARAMETER(key);
    if (flags & EBPF_MAP_OPERATION_HELPER) {
        return EBPF_OPERATION_NOT_SUPPORTED; /* BPF programs do not write into this map. */
    }
    if (inValue == NULL || inValueSize != sizeof(UINT64) || outValue == NULL || outValueSize != sizeof(object)) {
        return EBPF_INVALID_ARGUMENT;
    }
    object = binding->Client.epoch_allocate_with_tag(sizeof(*object), MY_TAG);
    if (object == NULL) {
        return EBPF_NO_MEMORY;
    }
    RtlCopyMemory(&object->Payload, inValue, sizeof(object->Payload));
    RtlCopyMemory(outValue, &object, sizeof(object));
    return EBPF_SUCCESS;
}

/* A value has left the map, whatever the reason: its object goes when the epoch ends. */
static void
MyDeleteElement(void* bindingContext, void* mapContext, size_t keySize, const uint8_t* key, size_t valueSize,
    const uint8_t* value, uint32_t flags)
{
    MY_BINDING* binding = bindingContext;
    MY_OBJECT* object;
    UNREFERENCED_PARAMETER(mapContext);
    UNREFERENCED_PARAMETER(keySize);
    UNREFERENCED_PARAMETER(key);
    UNREFERENCED_PARAMETER(flags);
    if (value == NULL || valueSize != sizeof(object)) {
        return;
    }
    RtlCopyMemory(&object, value, sizeof(object));
    binding->Client.epoch_free(object);
}

/*
 * A client is a map. One whose structures are older or other than what is called here is refused.
 */
static NTSTATUS
MyAttachClient(HANDLE nmrBinding, void* providerContext, const NPI_REGISTRATION_INSTANCE* client, void* clientContext,
    const void* clientDispatch, void** bindingContext, const void** providerDispatch)
{
    const ebpf_map_client_data_t* data = client->NpiSpecificCharacteristics;
    MY_BINDING* binding;
    UNREFERENCED_PARAMETER(nmrBinding);
    UNREFERENCED_PARAMETER(providerContext);
    UNREFERENCED_PARAMETER(clientContext);
    UNREFERENCED_PARAMETER(clientDispatch);
    if (data == NULL || data->header.version != 1 ||
        data->header.size < CMC_SIZE_THROUGH(ebpf_map_client_data_t, base_client_table) ||
        data->base_client_table == NULL || data->base_client_table->header.version != 1 ||
        data->base_client_table->header.size < CMC_SIZE_THROUGH(ebpf_base_map_client_dispatch_table_t, epoch_free)) {
        return STATUS_NOINTERFACE;
    }
    binding = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*binding), MY_TAG);
    if (binding == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    /* Only through the last member that is called. */
    RtlCopyMemory(&binding->Client, data->base_client_table,
        CMC_SIZE_THROUGH(ebpf_base_map_client_dispatch_table_t, epoch_free));
    *bindingContext = binding;
    *providerDispatch = NULL;
    return STATUS_SUCCESS;
}

/* Maps may outlive this call: their binding goes in cleanup. */
static NTSTATUS
MyDetachClient(void* bindingContext)
{
    UNREFERENCED_PARAMETER(bindingContext);
    return STATUS_SUCCESS;
}

static void
MyCleanupBinding(void* bindingContext)
{
    ExFreePoolWithTag(bindingContext, MY_TAG);
}

static ebpf_base_map_provider_properties_t g_Properties = {
    CMC_HEADER(ebpf_base_map_provider_properties_t, updates_original_value), true};
static ebpf_base_map_provider_dispatch_table_t g_Dispatch = {
    CMC_HEADER(ebpf_base_map_provider_dispatch_table_t, postprocess_map_delete_element), MyCreate, MyDelete,
    MyAssociate, MyFind, MyUpdate, NULL, MyDeleteElement};
static ebpf_map_provider_data_t g_Data = {CMC_HEADER(ebpf_map_provider_data_t, base_provider_table), MY_MAP_TYPE,
    BPF_MAP_TYPE_HASH, &g_Properties, &g_Dispatch};

static const NPIID g_MapInfo = CMC_MAP_INFO_EXTENSION_IID;
/* Your own GUID. */
static const NPI_MODULEID g_Module = {
    sizeof(NPI_MODULEID), MIT_GUID, {{0x3f0c5a17, 0x2b8e, 0x4d61, {0x9a, 0x40, 0x7c, 0x15, 0xe2, 0xd8, 0x06, 0xb3}}}};
static const NPI_PROVIDER_CHARACTERISTICS g_Characteristics = {0, sizeof(NPI_PROVIDER_CHARACTERISTICS), MyAttachClient,
    MyDetachClient, MyCleanupBinding, {0, sizeof(NPI_REGISTRATION_INSTANCE), &g_MapInfo, &g_Module, 0, &g_Data}};

NTSTATUS
MyProviderRegister(void)
{
    return NmrRegisterProvider(&g_Characteristics, NULL, &g_Provider);
}

void
MyProviderUnregister(void)
{
    if (NmrDeregisterProvider(g_Provider) == STATUS_PENDING) {
        NmrWaitForProviderDeregisterComplete(g_Provider);
    }
}
