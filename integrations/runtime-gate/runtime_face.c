/*
 * The face of a runtime for `mapcert runtime`: one function for each entry point. Copy this file, fill
 * one function in, replace its TO_DO in the table at the end, and go on: the gate names the next one
 * that is missing. C11 and C++17 both take it; name it runtime_face.cpp for C++.
 *
 * Include your runtime's headers here, before ours. Where they bring ebpf_extension.h, ours declare
 * nothing twice. The rules behind each comment: `mapcert explain ID`.
 */
#include "cmc_threads.h" /* First: on Windows it brings the system's headers. */
#include "custom_map_runtime.h"

#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunused-parameter" /* Until all is filled in. */
#elif defined(_MSC_VER)
#pragma warning(disable : 4100)
#endif

/* What is not filled in is NULL in the table; its type is checked all the same. */
#define TO_DO(function) (0 ? (function) : NULL)

/* ---- Registrar. ---- */

/*
 * Keep: the structures are the provider's and may lie in read-only memory; it may be called while maps
 * are created on other threads.
 * Trap: attach happens at map_create for providers that are there by then; a registration alone calls
 * nothing (DISC-004).
 */
static NTSTATUS
nmr_register_provider(
    const NPI_PROVIDER_CHARACTERISTICS* characteristics, void* provider_context, HANDLE* provider_handle)
{
    return STATUS_NOT_IMPLEMENTED;
}

/*
 * Deregisters, and comes back when it is complete: no map of the provider is left, and it was detached
 * and cleaned up. If the registrar answers STATUS_PENDING, wait for it here.
 * Trap: one that blocks is right here and nowhere else. The gate closes the maps only after the
 * deregistration has answered; so this runs on a thread of its own, see below.
 */
static NTSTATUS
deregister_and_wait(HANDLE provider_handle)
{
    return STATUS_NOT_IMPLEMENTED;
}

/*
 * NmrProviderDetachClientComplete: a detach that answered STATUS_PENDING is over (optional).
 * Trap: it may come before that detach has returned.
 */
static void
nmr_provider_detach_client_complete(HANDLE nmr_binding_handle)
{
}

/* ---- Maps. ---- */

/*
 * Keep: all that a user's creation does, on this thread; *map is NULL on failure.
 * Trap: the layer below the handlers of user requests, with one reference for the caller: a handle table
 * in between holds another one, and the map never ends.
 */
static ebpf_result_t
map_create(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t max_entries, const char* name,
    cmc_map_t** map)
{
    return EBPF_OPERATION_NOT_SUPPORTED;
}

static void
map_reference(cmc_map_t* map)
{
}

/* Gives one reference back. The last one ends the map, here or in drain. */
static void
map_close(cmc_map_t* map)
{
}

/* ---- Elements. flags & CMC_RUNTIME_HELPER: a BPF program asks, otherwise a user. ---- */

/*
 * Keep: the sizes that the user states go on as they are, wrong ones too (SIZE-005); a program states
 * none: hand over what your helpers hand over.
 * Trap: a helper's lookup gives a pointer to what is stored. Copy the map's value size from there; NULL
 * without a result of its own is EBPF_OBJECT_NOT_FOUND. A user's lookup fills `value` itself.
 */
static ebpf_result_t
find(cmc_map_t* map, const uint8_t* key, size_t key_size, uint8_t* value, size_t value_size, uint32_t flags)
{
    return EBPF_OPERATION_NOT_SUPPORTED;
}

/*
 * Keep: `option` as it is, also beyond 2.
 * Trap: the epoch that a program runs in, and what the handlers of user requests do for users (the
 * epoch, the process), are yours to enter here and in the other element operations.
 */
static ebpf_result_t
update(cmc_map_t* map, const uint8_t* key, size_t key_size, const uint8_t* value, size_t value_size, uint32_t option,
    uint32_t flags)
{
    return EBPF_OPERATION_NOT_SUPPORTED;
}

static ebpf_result_t
delete_entry(cmc_map_t* map, const uint8_t* key, size_t key_size, uint32_t flags)
{
    return EBPF_OPERATION_NOT_SUPPORTED;
}

/* As find, and then as delete_entry, in one call of the runtime's: two of them are something else. */
static ebpf_result_t
lookup_and_delete(
    cmc_map_t* map, const uint8_t* key, size_t key_size, uint8_t* value, size_t value_size, uint32_t flags)
{
    return EBPF_OPERATION_NOT_SUPPORTED;
}

/*
 * Keep: NULL asks for the first key; next_key may be the same buffer as previous_key.
 * Trap: the map's own, not the handler's above it: with a key that is not there the map answers
 * EBPF_KEY_NOT_FOUND, and the handler of eBPFCore then begins anew.
 */
static ebpf_result_t
next_key(cmc_map_t* map, const uint8_t* previous_key, size_t key_size, uint8_t* next)
{
    return EBPF_OPERATION_NOT_SUPPORTED;
}

/* A program of this type is about to use the map (ASSOC-001). No program need exist. */
static ebpf_result_t
associate(cmc_map_t* map, const ebpf_program_type_t* program_type)
{
    return EBPF_OPERATION_NOT_SUPPORTED;
}

/*
 * What providers get as find_element_function and map_context_offset. Both optional: leave them NULL,
 * and what the observing provider is shown at attach is used.
 */
static ebpf_result_t
find_element(const cmc_map_t* map, const uint8_t* key, uint8_t** value)
{
    return EBPF_OPERATION_NOT_SUPPORTED;
}

static uint64_t
map_context_offset(void)
{
    return 0;
}

/* ---- Deferred work, and what a thread is in. ---- */

/*
 * Comes back when no deferred work is left: ended maps are gone, memory that was freed is reclaimed.
 * Trap: wait for what ends by itself (epochs, work items, timers of your own), and never for a provider:
 * a detach or a deregistration that is pending ends after drain has come back, or not at all.
 */
static void
drain(void)
{
}

/* Locks of the runtime that this thread holds, those that raise to DISPATCH_LEVEL (optional). */
static uint32_t
lock_depth(void)
{
    return 0;
}

/* Its level: CMC_PASSIVE_LEVEL or CMC_DISPATCH_LEVEL (optional; without it no IRQL rule is judged). */
static uint8_t
irql(void)
{
    return CMC_PASSIVE_LEVEL;
}

/*
 * Whether this thread is in an epoch of the runtime's (optional).
 * Trap: one that a provider entered through its client table does not count.
 */
static uint32_t
in_epoch(void)
{
    return 0;
}

/*
 * Reclaims at once what no open epoch protects (optional; called inside callbacks).
 * Trap: it must not wait for an epoch: the caller is in one.
 */
static void
reclaim(void)
{
}

/* The user process that this thread works for from now on, 0 for none; both optional (PROC-001). */
static void
enter_process(uint64_t process)
{
}

static uint64_t
current_process(void)
{
    return 0;
}

/*
 * The last call after each plan, when no provider, map or thread of the gate's is left: ends what
 * cmc_runtime_open began (threads, timers, the epoch module).
 * Trap: the next plan gets a fresh copy of the library, in the same process. What is not ended here runs
 * on, a few hundred times.
 */
static void
close_runtime(void)
{
}

/* Begins the runtime. False: it cannot start. Called more than once; begin once only. */
static bool
open_runtime(void)
{
    return true;
}

/*
 * ---- Ready made: a deregistration that may block, on a thread. Leave it as it is. It answers
 * STATUS_PENDING when the deregistration is not over after a moment.
 */

enum { MOMENT_MS = 100 };

typedef struct _leaving {
    struct _leaving* next;
    HANDLE handle;
    NTSTATUS status;
    bool is_done;
} leaving_t;

static cmc_mutex_t leaving_lock = CMC_MUTEX_INITIALISER;
static cmc_condition_t one_left = CMC_CONDITION_INITIALISER;
static leaving_t* leaving; /* Newest first: a registrar may give a handle again. */

static cmc_thread_result_t CMC_THREAD_ROUTINE
leave(void* argument)
{
    leaving_t* one = (leaving_t*)argument;
    NTSTATUS status = deregister_and_wait(one->handle);
    cmc_mutex_lock(&leaving_lock);
    one->status = status;
    one->is_done = true;
    cmc_condition_wake_all(&one_left);
    cmc_mutex_unlock(&leaving_lock);
    return 0;
}

static NTSTATUS
nmr_deregister_provider(HANDLE provider_handle)
{
    cmc_thread_t thread;
    leaving_t* one = (leaving_t*)calloc(1, sizeof(*one)); /* As many as a plan has deregistrations. */
    if (one == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    one->handle = provider_handle;
    cmc_mutex_lock(&leaving_lock);
    one->next = leaving;
    leaving = one;
    if (!cmc_thread_start(&thread, leave, one)) {
        leaving = one->next;
        cmc_mutex_unlock(&leaving_lock);
        free(one);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    cmc_thread_detach(thread);
    bool in_time = true;
    while (!one->is_done && in_time) {
        in_time = cmc_condition_wait_for(&one_left, &leaving_lock, MOMENT_MS);
    }
    NTSTATUS status = one->is_done ? one->status : (NTSTATUS)STATUS_PENDING;
    cmc_mutex_unlock(&leaving_lock);
    return status;
}

static NTSTATUS
nmr_wait_for_provider_deregister_complete(HANDLE provider_handle)
{
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    cmc_mutex_lock(&leaving_lock);
    leaving_t* one = leaving;
    while (one != NULL && one->handle != provider_handle) {
        one = one->next;
    }
    while (one != NULL && !one->is_done) {
        cmc_condition_wait(&one_left, &leaving_lock);
    }
    if (one != NULL) {
        status = one->status;
    }
    cmc_mutex_unlock(&leaving_lock);
    return status;
}

/*
 * ---- The table. Operations beyond these (pins, batches, map_info, push, pop, peek, update_with_handle,
 * program_load) are in custom_map_runtime.h; each that is left NULL leaves its rules unjudged.
 */

const cmc_runtime_t*
cmc_runtime_open(void)
{
    static cmc_runtime_t face;
    if (!open_runtime()) {
        return NULL;
    }
    face.version = CMC_RUNTIME_VERSION;
    face.size = sizeof(face);
    /* Required. */
    face.nmr_register_provider = TO_DO(nmr_register_provider);
    face.nmr_deregister_provider = TO_DO(nmr_deregister_provider); /* deregister_and_wait is what to fill in */
    face.nmr_wait_for_provider_deregister_complete = nmr_wait_for_provider_deregister_complete;
    face.map_create = TO_DO(map_create);
    face.map_reference = TO_DO(map_reference);
    face.map_close = TO_DO(map_close);
    face.find = TO_DO(find);
    face.update = TO_DO(update);
    face.delete_entry = TO_DO(delete_entry);
    face.lookup_and_delete = TO_DO(lookup_and_delete);
    face.next_key = TO_DO(next_key);
    face.associate = TO_DO(associate);
    face.drain = TO_DO(drain);
    /* Optional: rules that need one are judged once it is there. */
    face.close = TO_DO(close_runtime);
    face.find_element = TO_DO(find_element);
    face.map_context_offset = TO_DO(map_context_offset);
    face.lock_depth = TO_DO(lock_depth);
    face.irql = TO_DO(irql);
    face.in_epoch = TO_DO(in_epoch);
    face.reclaim = TO_DO(reclaim);
    face.enter_process = TO_DO(enter_process);
    face.current_process = TO_DO(current_process);
    face.nmr_provider_detach_client_complete = TO_DO(nmr_provider_detach_client_complete);
    return &face;
}
