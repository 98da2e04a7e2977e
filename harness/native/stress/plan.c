/*
 * What the threads do: a mix of operations on shared maps and few keys, so that they meet, and
 * between them maps of their own from attach to cleanup. First a rehearsal on one thread tells what
 * the provider answers without others.
 */
#include "stress.h"

enum { SHARED_MAPS = 4, SHARED_KEYS_HOT = 4, OWN_UPDATES = 6, CLOSING_OPERATIONS = 300, WORK_MAX = 4096, REHEARSED = 8,
    CLOSING_WAIT_MS = 500 };

static map_t* shared[SHARED_MAPS];
static uint32_t shared_used;
static cmc_thread_t threads[CMC_STRESS_THREADS_MAX];
static uint32_t started;
static atomic_uint at_rest;
static atomic_bool may_close;
static atomic_uint done_with_shared;
static atomic_uint finished;

/* ---- Rehearsal. ---- */

static void
wait_for_work(void)
{
    if (run.drain != NULL) {
        thread_t* thread = self();
        frame_t frame = callback_enter(thread, IN_EXPORT, NO_BINDING);
        run.drain();
        callback_leave(thread, &frame);
    }
    while (host_work_pending() > 0) {
        sleep_ms(1);
    }
}

static int64_t
count_resources(void)
{
    return run.resource_count == NULL ? 0 : run.resource_count();
}

static void
rehearse_elements(map_t* map)
{
    run.is_identity = run.options.identity != 0;
    run.counts_resources = run.resource_count != NULL;
    for (uint32_t i = 0; i < REHEARSED; i += 1) {
        int64_t before = count_resources();
        map_update(map, 0, 0);
        int64_t after = count_resources();
        bool is_stored = map_entries(map) == 1;
        if (is_stored) {
            map_find(map, 0, false);
            run.find_result = answers.find;
            run.is_identity = run.is_identity && answers.found_what_was_written;
        }
        map_delete(map, 0);
        wait_for_work();
        run.counts_resources =
            run.counts_resources && (!is_stored || (after == before + 1 && count_resources() == before));
    }
    map_associate(map);
    run.associate_result = answers.associate;
}

/* Every way in which a value leaves a map. */
static void
rehearse_departures(map_t* map)
{
    map_update(map, 1, 0);
    map_update(map, 1, 0); /* Displaced. */
    map_update(map, 1, 1); /* Rolled back: there is one. */
    map_update(map, 2, 2); /* Rolled back: there is none. */
    map_find(map, 1, true);
    map_update(map, 3, 0); /* Left to the map's cleanup. */
}

static void
rehearse_maps(void)
{
    map_t* maps[2] = {map_create(), map_create()};
    for (uint32_t i = 0; i < 2; i += 1) {
        if (maps[i] != NULL) {
            rehearse_elements(maps[i]);
            rehearse_departures(maps[i]);
        }
    }
    for (uint32_t i = 0; i < 2; i += 1) {
        if (maps[i] != NULL) {
            map_destroy(maps[i]);
        }
    }
    wait_for_work();
    epoch_settle();
}

/* Twice: what the first time leaves may be a cache, what the second adds is a leak. */
void
plan_rehearse(void)
{
    uint64_t foreign_before = client_foreign_calls();
    uint64_t blocks[MEMORY_KINDS];
    run.is_rehearsal = true;
    run.has_own_contexts = true;
    rehearse_maps();
    int64_t references = host_references();
    for (int kind = 0; kind < MEMORY_KINDS; kind += 1) {
        blocks[kind] = memory_live((memory_kind_t)kind);
    }
    rehearse_maps();
    run.leaks_objects = host_references() > references;
    for (int kind = 0; kind < MEMORY_KINDS; kind += 1) {
        run.leaks_memory[kind] = memory_live((memory_kind_t)kind) > blocks[kind];
    }
    run.is_faithful = client_foreign_calls() == foreign_before;
    run.is_rehearsal = false;
}

bool
plan_open(void)
{
    while (shared_used < SHARED_MAPS && (shared[shared_used] = map_create()) != NULL) {
        shared_used += 1;
        if (run.options.map_limit != 0 && shared_used + 1 >= run.options.map_limit) {
            break; /* Room for a map that comes and goes. */
        }
    }
    return shared_used > 0;
}

uint32_t
plan_entries(void)
{
    uint32_t entries = 0;
    for (uint32_t i = 0; i < shared_used; i += 1) {
        entries += map_entries(shared[i]);
    }
    return entries;
}

/* ---- The threads. ---- */

/* Most operations meet on few keys of few maps; the others fill the maps to their bound. */
static uint32_t
choose_key(thread_t* thread)
{
    uint64_t chance = thread_random(thread);
    return (uint32_t)(chance % 4 != 0 ? chance / 4 % SHARED_KEYS_HOT : chance / 4 % KEYS);
}

static void
live_with_own_map(thread_t* thread)
{
    map_t* map = map_create();
    if (map == NULL) {
        return; /* Refused, or the provider is stopping. */
    }
    uint64_t updates = thread_random(thread) % OWN_UPDATES;
    for (uint64_t i = 0; i < updates; i += 1) {
        map_update(map, (uint32_t)(thread_random(thread) % KEYS), 0);
    }
    if (updates % 2 == 0) {
        map_delete(map, 0);
    } else {
        map_associate(map);
    }
    map_destroy(map);
}

static void
do_operation(thread_t* thread)
{
    while (atomic_load(&run.is_held)) {
        sleep_ms(1);
    }
    epoch_tidy(thread);
    uint32_t chance = (uint32_t)(thread_random(thread) % 200);
    map_t* map = shared[thread_random(thread) % shared_used];
    uint32_t key = choose_key(thread);
    if (chance < 8) {
        live_with_own_map(thread);
    } else if (chance < 70) {
        map_find(map, key, false);
    } else if (chance < 80) {
        map_find(map, key, true);
    } else if (chance < 130) {
        map_update(map, key, 0);
    } else if (chance < 146) {
        map_update(map, key, 1);
    } else if (chance < 162) {
        map_update(map, key, 2);
    } else if (chance < 196) {
        map_delete(map, key);
    } else {
        map_associate(map);
    }
}

static void
destroy_shared(uint32_t index)
{
    /* Nobody else may still use them. */
    atomic_fetch_add(&done_with_shared, 1);
    while (atomic_load(&done_with_shared) < started) {
        sleep_ms(1);
    }
    for (uint32_t i = index; i < shared_used; i += started) {
        map_destroy(shared[i]);
    }
}

static cmc_thread_result_t CMC_THREAD_ROUTINE
follow_plan(void* argument)
{
    uint32_t index = (uint32_t)(uintptr_t)argument;
    thread_claim(index);
    thread_t* thread = self();
    thread->process = 7;
    for (uint64_t i = 0; !atomic_load(&run.is_over); i += 1) {
        if (run.options.operations != 0 && i >= run.options.operations) {
            break;
        }
        while (host_work_pending() > WORK_MAX && !atomic_load(&run.is_over)) {
            sleep_ms(1); /* One worker serves all. */
        }
        do_operation(thread);
    }
    atomic_fetch_add(&at_rest, 1);
    while (!atomic_load(&may_close)) {
        sleep_ms(1);
    }
    for (uint32_t i = 0; i < CLOSING_OPERATIONS; i += 1) {
        do_operation(thread);
    }
    destroy_shared(index);
    atomic_fetch_add(&finished, 1);
    return (cmc_thread_result_t)0;
}

void
plan_start(uint32_t count)
{
    started = count;
    for (uint32_t i = 0; i < count; i += 1) {
        if (!cmc_thread_start(&threads[i], follow_plan, (void*)(uintptr_t)i)) {
            abort();
        }
    }
}

bool
plan_is_at_rest(void)
{
    return atomic_load(&at_rest) == started;
}

/* The threads go on once the provider's deregistration is pending, or soon, should it never be. */
void
plan_close(void)
{
    for (uint32_t i = 0; i < CLOSING_WAIT_MS && !registrar_is_closing(); i += 1) {
        sleep_ms(1);
    }
    atomic_store(&may_close, true);
}

bool
plan_is_finished(void)
{
    return atomic_load(&finished) == started;
}

void
plan_join(uint32_t count)
{
    for (uint32_t i = 0; i < count; i += 1) {
        cmc_thread_join(threads[i]);
    }
}

void
plan_disturb(void)
{
    thread_disturb(threads[thread_random(self()) % started]);
}
