/*
 * Several threads at work at the same time, each operation a record; and a wait that does not
 * outlast its welcome.
 */
#ifndef OBSERVER_TOGETHER_H
#define OBSERVER_TOGETHER_H

#include "registration.h"

enum { ACTORS_MAX = 16 };

typedef struct {
    const cmc_runtime_t* runtime;
    const cmc_observer_operation_t* operations;
    uint32_t count;
    uint32_t actor;
    uint32_t actors;
    atomic_uint* ready;
} worker_t;

static cmc_thread_result_t CMC_THREAD_ROUTINE
work(void* argument)
{
    const worker_t* worker = argument;
    atomic_fetch_add(worker->ready, 1);
    while (atomic_load(worker->ready) < worker->actors) {
        cmc_thread_yield();
    }
    for (uint32_t index = 0; index < worker->count; index += 1) {
        if (worker->operations[index].actor == worker->actor) {
            carry_out(worker->runtime, &worker->operations[index], index);
        }
    }
    return 0;
}

static bool
are_operations_sound(const cmc_observer_operation_t* operations, uint32_t count)
{
    for (uint32_t index = 0; index < count; index += 1) {
        const cmc_observer_operation_t* one = &operations[index];
        if (one->actor >= ACTORS_MAX || one->key_size > CMC_OBSERVED_BYTES || one->value_size > CMC_OBSERVED_BYTES) {
            return false;
        }
    }
    return true;
}

int32_t
cmc_observer_together(const cmc_runtime_t* runtime, const cmc_observer_operation_t* operations, uint32_t count)
{
    worker_t workers[ACTORS_MAX];
    cmc_thread_t threads[ACTORS_MAX];
    atomic_uint ready;
    uint32_t actors = 0;
    if (!are_operations_sound(operations, count)) {
        return -1;
    }
    for (uint32_t index = 0; index < count; index += 1) {
        actors = operations[index].actor >= actors ? operations[index].actor + 1 : actors;
    }
    atomic_init(&ready, 0);
    uint32_t started = 0;
    for (; started < actors; started += 1) {
        workers[started] = (worker_t){runtime, operations, count, started, actors, &ready};
        if (!cmc_thread_start(&threads[started], work, &workers[started])) {
            break;
        }
    }
    if (started < actors) {
        atomic_store(&ready, actors); /* Those that are there must not wait for the others. */
    }
    for (uint32_t index = 0; index < started; index += 1) {
        cmc_thread_join(threads[index]);
    }
    return started == actors ? 0 : -1;
}

/* ---- Waiting. ---- */

/* Shared by who waits and the thread that waits for it; the last of the two frees it. */
typedef struct {
    cmc_mutex_t mutex;
    cmc_condition_t done;
    const cmc_runtime_t* runtime;
    HANDLE handle;
    NTSTATUS status;
    bool is_done;
    bool is_abandoned;
} patience_t;

static cmc_thread_result_t CMC_THREAD_ROUTINE
wait_for_completion(void* argument)
{
    patience_t* patience = argument;
    NTSTATUS status = patience->runtime->nmr_wait_for_provider_deregister_complete(patience->handle);
    cmc_mutex_lock(&patience->mutex);
    patience->status = status;
    patience->is_done = true;
    bool is_abandoned = patience->is_abandoned;
    cmc_condition_wake_all(&patience->done);
    cmc_mutex_unlock(&patience->mutex);
    if (is_abandoned) {
        free(patience);
    }
    return 0;
}

/* The wait that was not over when it was asked for last. */
static patience_t* pending_wait;
static cmc_thread_t pending_waiter;

static bool
begin_wait(uint32_t provider)
{
    static const cmc_mutex_t open = CMC_MUTEX_INITIALISER;
    static const cmc_condition_t unset = CMC_CONDITION_INITIALISER;
    patience_t* patience = calloc(1, sizeof(*patience));
    if (patience == NULL) {
        return false;
    }
    patience->mutex = open;
    patience->done = unset;
    patience->runtime = subject;
    patience->handle = providers[provider].handle;
    if (!cmc_thread_start(&pending_waiter, wait_for_completion, patience)) {
        free(patience);
        return false;
    }
    pending_wait = patience;
    return true;
}

int32_t
cmc_observer_wait(uint32_t provider, uint32_t milliseconds_max)
{
    if (provider >= provider_count || subject == NULL) {
        return (int32_t)STATUS_INVALID_PARAMETER;
    }
    if (pending_wait == NULL && !begin_wait(provider)) {
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    }
    patience_t* patience = pending_wait;
    cmc_mutex_lock(&patience->mutex);
    bool in_time = true;
    while (!patience->is_done && in_time) {
        in_time = cmc_condition_wait_for(&patience->done, &patience->mutex, milliseconds_max);
    }
    bool is_done = patience->is_done;
    NTSTATUS status = is_done ? patience->status : (NTSTATUS)STATUS_TIMEOUT;
    cmc_mutex_unlock(&patience->mutex);
    if (is_done) {
        cmc_thread_join(pending_waiter);
        free(patience);
        pending_wait = NULL;
    }
    return (int32_t)status;
}

void
cmc_observer_give_up(void)
{
    patience_t* patience = pending_wait;
    if (patience == NULL) {
        return;
    }
    pending_wait = NULL;
    cmc_mutex_lock(&patience->mutex);
    bool is_done = patience->is_done;
    patience->is_abandoned = !is_done;
    cmc_mutex_unlock(&patience->mutex);
    if (is_done) {
        cmc_thread_join(pending_waiter);
        free(patience);
    } else {
        cmc_thread_detach(pending_waiter);
    }
}

#endif
