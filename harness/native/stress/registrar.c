/*
 * The registrar (NMR): one client for each map, attached when the map is made and detached when it
 * is gone, in eBPFCore's order. Deregistration is pending as long as clients are bound.
 */
#include "stress.h"

enum { REGISTRATIONS = 8 };

typedef struct {
    bool is_registered;
    NPI_PROVIDER_CHARACTERISTICS entry; /* A copy, made at registration. */
    void* context;
} registration_t;

typedef struct {
    atomic_bool is_used;
    bool is_bound;
    void* context;
    atomic_bool detach_completed;
} binding_t;

static cmc_mutex_t mutex = CMC_MUTEX_INITIALISER;
static registration_t registrations[REGISTRATIONS];
static registration_t* chosen;
static binding_t bindings[BINDINGS];
static uint32_t next_binding;
static atomic_int bound;
static atomic_bool closing;

NTSTATUS
registrar_register(const NPI_PROVIDER_CHARACTERISTICS* characteristics, void* context, HANDLE* handle)
{
    static const NPIID map_info_interface = CMC_MAP_INFO_EXTENSION_IID;
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    if (characteristics == NULL || handle == NULL || characteristics->ProviderAttachClient == NULL ||
        characteristics->ProviderDetachClient == NULL || characteristics->ProviderRegistrationInstance.NpiId == NULL) {
        return status;
    }
    const NPIID* interface_id = characteristics->ProviderRegistrationInstance.NpiId;
    cmc_mutex_lock(&mutex);
    for (uint32_t i = 0; i < REGISTRATIONS && status != STATUS_SUCCESS; i += 1) {
        if (!registrations[i].is_registered) {
            registrations[i] = (registration_t){
                memcmp(interface_id, &map_info_interface, sizeof(*interface_id)) == 0, *characteristics, context};
            *handle = &registrations[i];
            status = STATUS_SUCCESS;
        }
    }
    cmc_mutex_unlock(&mutex);
    return status;
}

const ebpf_map_provider_data_t*
registrar_choose(uint32_t map_type)
{
    for (uint32_t i = 0; i < REGISTRATIONS; i += 1) {
        const ebpf_map_provider_data_t* data =
            registrations[i].is_registered
                ? registrations[i].entry.ProviderRegistrationInstance.NpiSpecificCharacteristics
                : NULL;
        if (data != NULL && data->base_properties != NULL && data->base_provider_table != NULL &&
            (map_type == 0 || data->map_type == map_type)) {
            chosen = &registrations[i];
            return data;
        }
    }
    return NULL;
}

NTSTATUS
registrar_deregister(HANDLE handle)
{
    if (handle == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    cmc_mutex_lock(&mutex);
    /* Other registrations have no clients here. */
    bool is_pending = (registration_t*)handle == chosen && atomic_load(&bound) > 0;
    if ((registration_t*)handle == chosen) {
        atomic_store(&closing, true);
    }
    cmc_mutex_unlock(&mutex);
    return is_pending ? STATUS_PENDING : STATUS_SUCCESS;
}

NTSTATUS
registrar_wait(HANDLE handle)
{
    thread_t* thread = self();
    host_check_irql(0, "NmrWaitForProviderDeregisterComplete");
    while ((registration_t*)handle == chosen && atomic_load(&bound) > 0) {
        atomic_fetch_add_explicit(&thread->progress, 1, memory_order_relaxed);
        sleep_ms(1);
    }
    return STATUS_SUCCESS;
}

bool
registrar_is_closing(void)
{
    return atomic_load(&closing);
}

int
registrar_bindings(void)
{
    return atomic_load(&bound);
}

/* Bindings are taken in turn, so that one that is gone is not taken again at once. */
static int
take_binding(void)
{
    int binding = NO_BINDING;
    cmc_mutex_lock(&mutex);
    if (!atomic_load(&closing) &&
        (run.options.map_limit == 0 || atomic_load(&bound) < (int)run.options.map_limit)) {
        for (uint32_t i = 0; i < BINDINGS && binding == NO_BINDING; i += 1) {
            uint32_t at = (next_binding + i) % BINDINGS;
            if (!atomic_load(&bindings[at].is_used)) {
                binding = (int)at;
            }
        }
    }
    if (binding != NO_BINDING) {
        next_binding = (uint32_t)binding + 1;
        atomic_store(&bindings[binding].is_used, true);
        atomic_fetch_add(&bound, 1);
    }
    cmc_mutex_unlock(&mutex);
    return binding;
}

static void
give_back(int binding)
{
    client_close(binding);
    cmc_mutex_lock(&mutex);
    atomic_store(&bindings[binding].is_used, false);
    atomic_fetch_sub(&bound, 1);
    cmc_mutex_unlock(&mutex);
}

/*
 * Providers may share one context among all bindings; those that were seen not to must not begin
 * to. False: the context is another binding's, and whoever went on with it would only crash.
 */
static bool
bind(int binding, void* context)
{
    bool is_shared = false;
    cmc_mutex_lock(&mutex);
    for (int i = 0; i < BINDINGS; i += 1) {
        is_shared = is_shared || (i != binding && bindings[i].is_bound && bindings[i].context == context);
    }
    bool is_wrong = !run.is_rehearsal && run.has_own_contexts && (is_shared || memory_is_gone(context));
    bindings[binding].context = context;
    bindings[binding].is_bound = !is_wrong;
    cmc_mutex_unlock(&mutex);
    if (is_shared && run.is_rehearsal) {
        run.has_own_contexts = false;
    }
    if (is_wrong) {
        SAW("binding-shared",
            "a client was given a binding context that %s, where clients that attach one after another get their own",
            is_shared ? "another live binding has" : "was freed with another binding");
    }
    return !is_wrong;
}

int
registrar_attach(void)
{
    thread_t* thread = self();
    int binding = take_binding();
    if (binding == NO_BINDING) {
        return NO_BINDING;
    }
    client_open(binding);
    atomic_store(&bindings[binding].detach_completed, false);
    void* context = NULL;
    const void* dispatch = NULL;
    met(MET_ATTACH);
    epoch_enter(thread); /* As eBPFCore was seen to do. */
    frame_t frame = callback_enter(thread, IN_ATTACH, binding);
    CMC_NPI_PROVIDER_ATTACH_CLIENT_FN* attach =
        (CMC_NPI_PROVIDER_ATTACH_CLIENT_FN*)chosen->entry.ProviderAttachClient;
    NTSTATUS status = attach(&bindings[binding], chosen->context, client_instance(binding),
        &bindings[binding], NULL, &context, &dispatch);
    callback_leave(thread, &frame);
    epoch_exit(thread);
    if (status != STATUS_SUCCESS || !bind(binding, context)) {
        give_back(binding);
        return NO_BINDING;
    }
    return binding;
}

void
registrar_detach_complete(HANDLE handle)
{
    atomic_store(&((binding_t*)handle)->detach_completed, true);
}

void
registrar_detach(int binding)
{
    thread_t* thread = self();
    void* context = bindings[binding].context;
    cmc_mutex_lock(&mutex);
    bindings[binding].is_bound = false; /* From here on the provider may free the context, and reuse its address. */
    cmc_mutex_unlock(&mutex);
    frame_t frame = callback_enter(thread, IN_DETACH, binding);
    NTSTATUS status = ((CMC_NPI_PROVIDER_DETACH_CLIENT_FN*)chosen->entry.ProviderDetachClient)(context);
    if (status == STATUS_PENDING) {
        while (!atomic_load(&bindings[binding].detach_completed)) {
            sleep_ms(1); /* The watchdog ends this. */
        }
    }
    callback_leave(thread, &frame);
    if (status != STATUS_SUCCESS && status != STATUS_PENDING) {
        SAW("detach-failed", "ProviderDetachClient answered 0x%08x", (unsigned)status);
    }
    if (chosen->entry.ProviderCleanupBindingContext != NULL) {
        frame = callback_enter(thread, IN_CLEANUP, binding);
        ((CMC_NPI_PROVIDER_CLEANUP_BINDING_CONTEXT_FN*)chosen->entry.ProviderCleanupBindingContext)(context);
        callback_leave(thread, &frame);
    }
    give_back(binding);
}

void*
registrar_context(int binding)
{
    return bindings[binding].context;
}
