// A small provider in C++ to begin with; your own sources go in its place. Users write 8 bytes, the
// map keeps the address of an object that holds them. The headers are stand-ins for those of the
// driver kit.
#include <ntddk.h>
#include <netioddk.h>

#include "cmc_contract.h" // In your build: ebpf_extension.h.
#include "my_provider.h"

#include <new>

namespace {

constexpr uint32_t tag = 0x4d796d79; // Mymy
constexpr uint32_t map_type_id = BPF_MAP_TYPE_SAMPLE_HASH_MAP; // Your map type.

struct object {
    uint64_t payload;
};

// One for each client: what is called of it, copied, since its table may vanish after cleanup.
class binding {
  public:
    // Null where the client's structures are older or other than what is called here.
    static const ebpf_base_map_client_dispatch_table_t*
    table_of(const NPI_REGISTRATION_INSTANCE* client)
    {
        auto data = static_cast<const ebpf_map_client_data_t*>(client->NpiSpecificCharacteristics);
        if (data == nullptr || data->header.version != 1 ||
            data->header.size < CMC_SIZE_THROUGH(ebpf_map_client_data_t, base_client_table)) {
            return nullptr;
        }
        auto table = data->base_client_table;
        bool fits = table != nullptr && table->header.version == 1 &&
                    table->header.size >= CMC_SIZE_THROUGH(ebpf_base_map_client_dispatch_table_t, epoch_free);
        return fits ? table : nullptr;
    }

    explicit binding(const ebpf_base_map_client_dispatch_table_t* table)
        : allocate_(table->epoch_allocate_with_tag), free_(table->epoch_free)
    {
    }

    // In epoch memory, so that a reader under way never meets reclaimed memory. Null: there is none
    // left.
    template <typename T>
    T*
    make() const
    {
        void* memory = allocate_(sizeof(T), tag);
        return memory == nullptr ? nullptr : new (memory) T{};
    }

    void
    release(void* memory) const
    {
        free_(memory);
    }

  private:
    decltype(ebpf_base_map_client_dispatch_table_t::epoch_allocate_with_tag) allocate_;
    decltype(ebpf_base_map_client_dispatch_table_t::epoch_free) free_;
};

struct map {
    uint32_t max_entries;
};

ebpf_result_t
create(void* context, uint32_t map_type, uint32_t key_size, uint32_t value_size, uint32_t max_entries,
    uint32_t* actual_value_size, void** map_context)
{
    if (map_type != map_type_id) {
        return EBPF_OPERATION_NOT_SUPPORTED;
    }
    if (key_size == 0 || max_entries == 0 || value_size != sizeof(uint64_t)) {
        return EBPF_INVALID_ARGUMENT;
    }
    auto made = static_cast<binding*>(context)->make<map>();
    if (made == nullptr) {
        return EBPF_NO_MEMORY;
    }
    made->max_entries = max_entries;
    *actual_value_size = sizeof(object*); // What the base map stores for each entry.
    *map_context = made;
    return EBPF_SUCCESS;
}

void
delete_map(void* context, void* map_context)
{
    static_cast<binding*>(context)->release(map_context);
}

ebpf_result_t
associate(void*, void*, const ebpf_program_type_t* program_type)
{
    return program_type == nullptr ? EBPF_INVALID_ARGUMENT : EBPF_SUCCESS;
}

// Shows the value of an entry: that of the object, never its address. Buffers may lie at odd
// addresses.
ebpf_result_t
find(void*, void*, size_t, const uint8_t*, size_t in_size, const uint8_t* in, size_t out_size, uint8_t* out, uint32_t)
{
    object* stored;
    if (in == nullptr || in_size != sizeof(stored) || out == nullptr || out_size != sizeof(stored->payload)) {
        return EBPF_INVALID_ARGUMENT;
    }
    memcpy(&stored, in, sizeof(stored));
    memcpy(out, &stored->payload, sizeof(stored->payload));
    return EBPF_SUCCESS;
}

// Makes the object; what is written to `out` is stored.
ebpf_result_t
update(void* context, void*, size_t, const uint8_t*, size_t in_size, const uint8_t* in, size_t out_size, uint8_t* out,
    uint32_t flags)
{
    if (flags & EBPF_MAP_OPERATION_HELPER) {
        return EBPF_OPERATION_NOT_SUPPORTED; // BPF programs do not write into this map.
    }
    if (in == nullptr || in_size != sizeof(object::payload) || out == nullptr || out_size != sizeof(object*)) {
        return EBPF_INVALID_ARGUMENT;
    }
    auto made = static_cast<binding*>(context)->make<object>();
    if (made == nullptr) {
        return EBPF_NO_MEMORY;
    }
    memcpy(&made->payload, in, sizeof(made->payload));
    memcpy(out, &made, sizeof(made));
    return EBPF_SUCCESS;
}

// A value has left the map, whatever the reason: its object goes when the epoch ends.
void
delete_element(void* context, void*, size_t, const uint8_t*, size_t value_size, const uint8_t* value, uint32_t)
{
    object* stored;
    if (value == nullptr || value_size != sizeof(stored)) {
        return;
    }
    memcpy(&stored, value, sizeof(stored));
    static_cast<binding*>(context)->release(stored);
}

// A client is a map.
NTSTATUS
attach(HANDLE, void*, const NPI_REGISTRATION_INSTANCE* client, void*, const void*, void** context, const void** dispatch)
{
    auto table = binding::table_of(client);
    if (table == nullptr) {
        return STATUS_NOINTERFACE;
    }
    void* memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(binding), tag);
    if (memory == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *context = new (memory) binding(table);
    *dispatch = nullptr;
    return STATUS_SUCCESS;
}

// Maps may outlive this call: their binding goes in cleanup.
NTSTATUS
detach(void*)
{
    return STATUS_SUCCESS;
}

void
cleanup(void* context)
{
    static_cast<binding*>(context)->~binding();
    ExFreePoolWithTag(context, tag);
}

ebpf_base_map_provider_properties_t properties = {
    CMC_HEADER(ebpf_base_map_provider_properties_t, updates_original_value), true};
ebpf_base_map_provider_dispatch_table_t dispatch_table = {
    CMC_HEADER(ebpf_base_map_provider_dispatch_table_t, postprocess_map_delete_element), create, delete_map, associate,
    find, update, nullptr, delete_element};
ebpf_map_provider_data_t provider_data = {CMC_HEADER(ebpf_map_provider_data_t, base_provider_table), map_type_id,
    BPF_MAP_TYPE_HASH, &properties, &dispatch_table};

const NPIID map_info = CMC_MAP_INFO_EXTENSION_IID;
// Your own GUID.
const NPI_MODULEID module_id = {
    sizeof(NPI_MODULEID), MIT_GUID, {{0x8d27b9e4, 0x51c3, 0x4a0f, {0xb6, 0x1d, 0x93, 0xfe, 0x28, 0x47, 0xac, 0x50}}}};
const NPI_PROVIDER_CHARACTERISTICS characteristics = {0, sizeof(NPI_PROVIDER_CHARACTERISTICS), attach, detach, cleanup,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &map_info, &module_id, 0, &provider_data}};

HANDLE provider = nullptr;

} // namespace

NTSTATUS
MyProviderRegister()
{
    return NmrRegisterProvider(&characteristics, nullptr, &provider);
}

void
MyProviderUnregister()
{
    if (NmrDeregisterProvider(provider) == STATUS_PENDING) {
        NmrWaitForProviderDeregisterComplete(provider);
    }
}
