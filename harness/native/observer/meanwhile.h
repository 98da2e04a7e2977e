/*
 * What others do while a callback of a provider runs for the first time: each operation on a thread
 * of its own. The callback comes back when all are done, or hold an attach open, or nothing has come
 * of them for a while; in which order is for the runtime to say, and for the records to tell.
 */
#ifndef OBSERVER_MEANWHILE_H
#define OBSERVER_MEANWHILE_H

#include "provider.h"

enum { STEPS_MAX = 8, HELD_UP_MS = 500 };

typedef struct {
    cmc_observer_step_t asked;
    cmc_thread_t thread;
    bool has_arrived;
} step_t;

static struct {
    cmc_mutex_t mutex;
    cmc_condition_t changed;
    uint32_t provider;
    uint32_t callback;
    uint32_t count;
    uint32_t started;
    uint32_t arrived;
    uint32_t called; /* Callbacks of dispatch tables since the steps began. */
    atomic_bool has_begun; /* Looked at by every callback, so without the mutex. */
    bool is_over;
    step_t steps[STEPS_MAX];
} meanwhile = {.mutex = CMC_MUTEX_INITIALISER, .changed = CMC_CONDITION_INITIALISER};

/* The step that this thread carries out; NULL: none. */
static CMC_THREAD_LOCAL step_t* own_step;

/* With the mutex held: a step has come as far as it will while the callback waits for it. */
static void
arrive(step_t* step)
{
    meanwhile.arrived += step->has_arrived ? 0 : 1;
    step->has_arrived = true;
    cmc_condition_wake_all(&meanwhile.changed);
}

static uint32_t
take_step(const cmc_observer_step_t* asked, cmc_observer_record_t* record)
{
    cmc_map_t* map = NULL;
    ebpf_result_t result;
    switch (asked->kind) {
    case CMC_OPERATION_REGISTER:
        return (uint32_t)cmc_observer_register(subject, asked->provider);
    case CMC_OPERATION_DEREGISTER:
        return (uint32_t)cmc_observer_deregister(asked->provider);
    default:
        result = subject->map_create(
            asked->map_type, asked->key_size, asked->value_size, asked->max_entries, "observed", &map);
        record->made_map = (uint64_t)(uintptr_t)(result == EBPF_SUCCESS ? map : NULL);
        return (uint32_t)result;
    }
}

static cmc_thread_result_t CMC_THREAD_ROUTINE
do_step(void* argument)
{
    step_t* step = argument;
    own_step = step;
    if (CMC_RUNTIME_HAS(subject, enter_process)) {
        subject->enter_process(step->asked.process);
    }
    static CMC_THREAD_LOCAL cmc_observer_record_t without_room;
    cmc_observer_record_t* record = reserve_record(CMC_RECORD_OPERATION, step->asked.kind);
    if (record == NULL) {
        record = &without_room;
    }
    record->option = step->asked.number;
    record->result = take_step(&step->asked, record);
    record->returned = next_moment();
    cmc_mutex_lock(&meanwhile.mutex);
    arrive(step);
    cmc_mutex_unlock(&meanwhile.mutex);
    return 0;
}

/* With the mutex held. */
static bool
waits_for_steps(void)
{
    return meanwhile.arrived < meanwhile.started && !meanwhile.is_over;
}

/* Begins the steps, if they are due in this callback, and waits for them. */
static void
let_others(uint32_t provider, uint32_t callback)
{
    cmc_mutex_lock(&meanwhile.mutex);
    bool is_due = meanwhile.count != 0 && !atomic_load(&meanwhile.has_begun) && meanwhile.provider == provider &&
                  meanwhile.callback == callback;
    if (is_due) {
        atomic_store(&meanwhile.has_begun, true);
    }
    while (is_due && meanwhile.started < meanwhile.count) {
        step_t* step = &meanwhile.steps[meanwhile.started];
        if (!cmc_thread_start(&step->thread, do_step, step)) {
            break;
        }
        meanwhile.started += 1;
    }
    bool in_time = is_due;
    while (in_time && waits_for_steps()) {
        in_time = cmc_condition_wait_for(&meanwhile.changed, &meanwhile.mutex, HELD_UP_MS);
    }
    cmc_mutex_unlock(&meanwhile.mutex);
}

/* A member of a dispatch table was called. */
static void
note_called(void)
{
    if (!atomic_load(&meanwhile.has_begun)) {
        return;
    }
    cmc_mutex_lock(&meanwhile.mutex);
    meanwhile.called += 1;
    cmc_condition_wake_all(&meanwhile.changed);
    cmc_mutex_unlock(&meanwhile.mutex);
}

/* An attach on the thread of a step that is late stays where it is until something was called. */
static void
be_late(void)
{
    if (own_step == NULL || own_step->asked.late == 0) {
        return;
    }
    cmc_mutex_lock(&meanwhile.mutex);
    uint32_t called = meanwhile.called;
    arrive(own_step);
    bool in_time = true;
    while (in_time && meanwhile.called == called && !meanwhile.is_over) {
        in_time = cmc_condition_wait_for(&meanwhile.changed, &meanwhile.mutex, HELD_UP_MS);
    }
    cmc_mutex_unlock(&meanwhile.mutex);
}

int32_t
cmc_observer_meanwhile(uint32_t provider, uint32_t callback, const cmc_observer_step_t* steps, uint32_t count)
{
    if (provider >= provider_count || count > STEPS_MAX || (atomic_load(&meanwhile.has_begun) && meanwhile.count != 0)) {
        return -1;
    }
    meanwhile.provider = provider;
    meanwhile.callback = callback;
    meanwhile.count = count;
    meanwhile.started = meanwhile.arrived = meanwhile.called = 0;
    atomic_store(&meanwhile.has_begun, false);
    meanwhile.is_over = false;
    for (uint32_t index = 0; index < count; index += 1) {
        meanwhile.steps[index] = (step_t){.asked = steps[index]};
    }
    return 0;
}

void
cmc_observer_settle(void)
{
    cmc_mutex_lock(&meanwhile.mutex);
    bool has_begun = atomic_load(&meanwhile.has_begun);
    uint32_t started = has_begun ? meanwhile.started : 0;
    meanwhile.is_over = has_begun;
    cmc_condition_wake_all(&meanwhile.changed);
    cmc_mutex_unlock(&meanwhile.mutex);
    for (uint32_t index = 0; index < started; index += 1) {
        cmc_thread_join(meanwhile.steps[index].thread);
    }
    if (has_begun) {
        meanwhile.count = meanwhile.started = 0;
        atomic_store(&meanwhile.has_begun, false);
    }
}

#endif
