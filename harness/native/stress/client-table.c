/*
 * The runtime's side of a binding. The contract's functions are not told who calls, so each binding
 * gets functions of its own: a call then tells whose table it came from.
 */
#include "stress.h"

typedef struct {
    atomic_bool is_open;
    NPI_MODULEID module_id;
    NPI_REGISTRATION_INSTANCE instance;
    ebpf_map_client_data_t data;
    ebpf_base_map_client_dispatch_table_t table;
} client_t;

static client_t clients[BINDINGS];
static atomic_ullong foreign_calls;

/* Every service begins here. Outside a callback any table of an open binding may be used. */
static thread_t*
begin(int binding, const char* service)
{
    thread_t* thread = self();
    atomic_fetch_add_explicit(&thread->progress, 1, memory_order_relaxed);
    thread_perturb(thread);
    int own = atomic_load(&thread->binding);
    bool is_open = client_is_open(binding);
    if (is_open && (own == NO_BINDING || own == binding)) {
        return thread;
    }
    if (own == NO_BINDING) {
        SAW("table-after-cleanup", "%s used %s of it",
            place_name(atomic_load(&thread->place)), service);
        return thread;
    }
    atomic_fetch_add(&foreign_calls, 1);
    if (run.is_faithful) {
        SAW("table-of-another", "%s used %s of the client table of another binding%s", place_name(atomic_load(&thread->place)), service,
            is_open ? "" : ", which was cleaned up by then");
    }
    return thread;
}

/* Detach, cleanup and work items run outside an epoch (EPOCH-001). */
static void
check_epoch(const thread_t* thread, const char* service)
{
    met(MET_EPOCH_SERVICE);
    if (thread->epoch_depth == 0) {
        SAW("service-outside-epoch", "%s in %s, outside any epoch",
            service, place_name(atomic_load(&thread->place)));
    }
}

static ebpf_result_t
find_element(int binding, const void* map, const uint8_t* key, uint8_t** value)
{
    begin(binding, "find_element_function");
    return map_find_element(map, key, value);
}

static void
enter(int binding, void* state)
{
    epoch_enter_state(begin(binding, "epoch_enter"), state);
}

static void
leave(int binding, void* state)
{
    epoch_exit_state(begin(binding, "epoch_exit"), state);
}

static void*
allocate(int binding, memory_kind_t kind, size_t size, uint32_t tag)
{
    check_epoch(begin(binding, "an allocation"), "epoch_allocate");
    return memory_allocate(kind, size, tag);
}

static void
release(int binding, memory_kind_t kind, void* memory)
{
    thread_t* thread = begin(binding, "a free");
    if (memory != NULL) {
        check_epoch(thread, "epoch_free");
    }
    memory_free(kind, memory);
}

/* ---- 64 of each, by number. ---- */

#define CLIENT_FUNCTIONS(n)                                                                                         \
    static ebpf_result_t find_##n(const void* map, const uint8_t* key, uint8_t** value)                             \
    {                                                                                                               \
        return find_element(n, map, key, value);                                                                    \
    }                                                                                                               \
    static void enter_##n(void* state) { enter(n, state); }                                                         \
    static void leave_##n(void* state) { leave(n, state); }                                                         \
    static void* make_##n(size_t size, uint32_t tag) { return allocate(n, IN_EPOCH, size, tag); }                   \
    static void* make_aligned_##n(size_t size, uint32_t tag) { return allocate(n, IN_EPOCH_ALIGNED, size, tag); }   \
    static void free_##n(void* memory) { release(n, IN_EPOCH, memory); }                                            \
    static void free_aligned_##n(void* memory) { release(n, IN_EPOCH_ALIGNED, memory); }

#define CLIENT_TABLE(n)                                                                                             \
    {CMC_HEADER(ebpf_base_map_client_dispatch_table_t, epoch_free_cache_aligned), find_##n, enter_##n, leave_##n,   \
        make_##n, make_aligned_##n, free_##n, free_aligned_##n},

#define BY_NUMBER(X)                                                                                                \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19)   \
    X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31) X(32) X(33) X(34) X(35) X(36) X(37)     \
    X(38) X(39) X(40) X(41) X(42) X(43) X(44) X(45) X(46) X(47) X(48) X(49) X(50) X(51) X(52) X(53) X(54) X(55)     \
    X(56) X(57) X(58) X(59) X(60) X(61) X(62) X(63)

BY_NUMBER(CLIENT_FUNCTIONS)

static const ebpf_base_map_client_dispatch_table_t tables[BINDINGS] = {BY_NUMBER(CLIENT_TABLE)};

/* ---- Bindings. ---- */

void
client_open(int binding)
{
    static const NPIID map_info_interface = CMC_MAP_INFO_EXTENSION_IID;
    client_t* client = &clients[binding];
    client->module_id.Length = sizeof(client->module_id);
    client->module_id.Type = MIT_GUID;
    client->module_id.Guid.Data1 = (uint32_t)thread_random(self()); /* A fresh client for each map (REG-015). */
    client->table = tables[binding];
    client->data = (ebpf_map_client_data_t){
        CMC_HEADER(ebpf_map_client_data_t, base_client_table), map_context_offset(), &client->table};
    memset(&client->instance, 0, sizeof(client->instance));
    client->instance.Size = sizeof(client->instance);
    client->instance.NpiId = &map_info_interface;
    client->instance.ModuleId = &client->module_id;
    client->instance.NpiSpecificCharacteristics = &client->data;
    atomic_store(&client->is_open, true);
}

void
client_close(int binding)
{
    atomic_store(&clients[binding].is_open, false);
    memset(&clients[binding].data, POISON_BYTE, sizeof(clients[binding].data));
}

bool
client_is_open(int binding)
{
    return atomic_load(&clients[binding].is_open);
}

const NPI_REGISTRATION_INSTANCE*
client_instance(int binding)
{
    return &clients[binding].instance;
}

uint64_t
client_foreign_calls(void)
{
    return atomic_load(&foreign_calls);
}
