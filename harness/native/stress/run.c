/*
 * One run: load, start, rehearse, let the threads go, look at the books while they rest, let the
 * provider stop while maps still live, and look again. The calling thread is the watchdog.
 */
#include "stress.h"

#include <stdio.h>

enum { LOOK_EVERY_MS = 20, THREADS_DEFAULT = 4, THREADS_MOST = 24 };

run_t run;
static cmc_thread_t stopper;
static atomic_bool has_stopped;
static atomic_bool is_start_done;
static bool has_started;

static bool
load(cmc_stress_result_t* result)
{
    void* library = library_open(run.options.library, result->reason, sizeof(result->reason));
    if (library == NULL) {
        return false;
    }
    *(void**)&run.start = library_symbol(library, "cmc_provider_start");
    *(void**)&run.stop = library_symbol(library, "cmc_provider_stop");
    *(void**)&run.make_value = library_symbol(library, "cmc_make_value");
    *(void**)&run.release_value = library_symbol(library, "cmc_release_value");
    *(void**)&run.resource_count = library_symbol(library, "cmc_resource_count");
    *(void**)&run.drain = library_symbol(library, "cmc_drain");
    if (run.start == NULL || run.stop == NULL) {
        snprintf(result->reason, sizeof(result->reason), "the library lacks cmc_provider_start or cmc_provider_stop");
        return false;
    }
    return true;
}

static bool
start(char* reason, size_t size)
{
    thread_t* thread = self();
    thread->process = 7;
    frame_t frame = callback_enter(thread, IN_START, NO_BINDING);
    int answer = run.start(&run.host);
    callback_leave(thread, &frame);
    const ebpf_map_provider_data_t* data = answer == 0 ? registrar_choose(run.options.map_type) : NULL;
    if (data == NULL) {
        snprintf(reason, size,
            answer == 0 ? "no provider of that map type was registered" : "cmc_provider_start failed");
        return false;
    }
    run.options.map_type = data->map_type;
    map_use_table(data);
    values_open();
    plan_rehearse();
    if (!plan_open()) {
        snprintf(reason, size, "no map could be created with the sizes given");
        return false;
    }
    return true;
}

/* On a thread of its own, so that this one can watch it. */
static cmc_thread_result_t CMC_THREAD_ROUTINE
start_alone(void* argument)
{
    cmc_stress_result_t* result = argument;
    has_started = start(result->reason, sizeof(result->reason));
    atomic_store(&is_start_done, true);
    return (cmc_thread_result_t)0;
}

/* ---- The watchdog. ---- */

static void
say_hang(const thread_t* stuck)
{
    int place = atomic_load(&stuck->place);
    char others[CMC_STRESS_TEXT_MAX / 2] = "";
    bool in_update = place == IN_UPDATE;
    bool in_delete = place == IN_DELETE;
    for (uint32_t i = 0; i < THREAD_RECORDS; i += 1) {
        const thread_t* thread = thread_record(i);
        int there = thread == NULL ? IN_NONE : atomic_load(&thread->place);
        size_t used = strlen(others);
        if (thread == NULL || thread == stuck || there == IN_NONE || thread->stuck_ms == 0) {
            continue;
        }
        in_update = in_update || there == IN_UPDATE;
        in_delete = in_delete || there == IN_DELETE;
        snprintf(others + used, sizeof(others) - used, "%s%s", used == 0 ? "; others stood in " : ", ",
            place_name(there));
    }
    saw(place == IN_STOP ? "stop-stuck" : "callback-stuck", true, "%s did not return within %u ms%s", place_name(place),
        (unsigned)run.options.hang_ms, others);
    if (in_update && in_delete) {
        saw("update-and-delete-stuck", true, "%s did not return within %u ms%s", place_name(place), (unsigned)run.options.hang_ms, others);
    }
}

/* The thread that has been inside a callback without a sign of life for longest. */
static const thread_t*
look_around(void)
{
    const thread_t* stuck = NULL;
    for (uint32_t i = 0; i < THREAD_RECORDS; i += 1) {
        thread_t* thread = thread_record(i);
        if (thread == NULL || thread == self()) {
            continue;
        }
        uint64_t progress = atomic_load(&thread->progress);
        bool is_inside = atomic_load(&thread->place) != IN_NONE;
        if (!is_inside || progress != thread->watched) {
            thread->stuck_ms = 0;
            thread->watched = progress;
            continue;
        }
        /* The first look at a standstill only says from where to count. */
        uint32_t spent = load_spent_ms(thread, LOOK_EVERY_MS);
        thread->stuck_ms += thread->stuck_ms == 0 ? 1 : spent;
        if (stuck == NULL || thread->stuck_ms > stuck->stuck_ms) {
            stuck = thread;
        }
    }
    return stuck;
}

/*
 * Between two looks the threads are held up, one now and then, so that they meet in the middle of a
 * callback even where processors are few. A thread that seems stuck may only be starved, by the
 * others or by the machine: the others then stay where they are between operations, and it gets the
 * same time again. Time in which the machine was busy with others does not count (load.c), so a
 * machine that stood still is no hang.
 */
static bool
is_stuck(void)
{
    bool is_held = atomic_load(&run.is_held);
    for (uint32_t i = 0; i < LOOK_EVERY_MS; i += 1) {
        sleep_ms(1);
        if (atomic_load(&run.has_begun) && !is_held) {
            plan_disturb();
        }
    }
    const thread_t* stuck = look_around();
    uint32_t stuck_ms = stuck == NULL ? 0 : stuck->stuck_ms;
    if (is_held && stuck_ms < run.options.hang_ms) {
        atomic_store(&run.is_held, false); /* It has got on since. */
    } else if (stuck_ms >= run.options.hang_ms) {
        atomic_store(&run.is_held, true);
    }
    if (stuck_ms >= 2 * run.options.hang_ms && !atomic_exchange(&run.is_hung, true)) {
        say_hang(stuck);
    }
    return atomic_load(&run.is_hung);
}

static bool
is_started(void)
{
    return atomic_load(&is_start_done);
}

static bool
has_rested(void)
{
    return plan_is_at_rest() && host_work_pending() == 0;
}

static bool
has_finished(void)
{
    return plan_is_finished() && atomic_load(&has_stopped) && host_work_pending() == 0;
}

/* False: hung. */
static bool
watch_until(bool (*is_reached)(void))
{
    while (!is_reached()) {
        if (is_stuck()) {
            return false;
        }
    }
    return true;
}

/* ---- Books. ---- */

/* Nobody calls the provider now, so what it counts must be what the maps hold. */
static void
check_at_rest(void)
{
    if (run.drain != NULL) {
        thread_t* thread = self();
        frame_t frame = callback_enter(thread, IN_EXPORT, NO_BINDING);
        run.drain();
        callback_leave(thread, &frame);
    }
    epoch_settle();
    met(MET_BALANCE);
    if (run.counts_resources && run.resource_count() != (int64_t)plan_entries()) {
        SAW("count-off", "cmc_resource_count is %lld while %u values are stored and all threads rest",
            (long long)run.resource_count(), (unsigned)plan_entries());
    }
}

static void
check_at_end(void)
{
    epoch_settle();
    host_check_objects();
    if (run.counts_resources && run.resource_count() != 0) {
        SAW("count-left", "cmc_resource_count is %lld though every value was deleted", (long long)run.resource_count());
    }
    memory_finish();
}

static void
count(cmc_stress_result_t* result)
{
    result->threads = run.options.threads;
    for (uint32_t i = 0; i < THREAD_RECORDS; i += 1) {
        const thread_t* thread = thread_record(i);
        for (uint32_t kind = 0; thread != NULL && kind < CMC_STRESS_KINDS && i < run.options.threads; kind += 1) {
            uint64_t calls = atomic_load(&thread->calls[kind]);
            result->per_kind[kind] += calls;
            result->per_thread[i] += calls;
            result->callbacks += calls;
        }
        result->work_items += thread == NULL ? 0 : atomic_load(&thread->calls[IN_WORK]);
    }
    result->values_stored = atomic_load(&tokens.stored);
    result->values_deleted = atomic_load(&tokens.deleted);
    result->updates_refused = atomic_load(&tokens.refused);
    records_collect(result);
}

static cmc_thread_result_t CMC_THREAD_ROUTINE
stop(void* argument)
{
    (void)argument;
    thread_t* thread = self();
    frame_t frame = callback_enter(thread, IN_STOP, NO_BINDING);
    run.stop();
    callback_leave(thread, &frame);
    if (registrar_bindings() != 0) {
        SAW("stopped-too-soon", "cmc_provider_stop returned while maps were alive");
    }
    atomic_store(&has_stopped, true);
    return (cmc_thread_result_t)0;
}

/*
 * Lets the threads work for the duration, and beyond it until they have computed or slept for as
 * long: beside other work they get less done in the same time. False: hung.
 */
static bool
work(void)
{
    uint64_t began = clock_ms();
    uint64_t cpu_began = load_cpu_ms();
    uint64_t idle_ms = 0;
    while (!plan_is_at_rest()) {
        uint64_t used_ms = load_cpu_ms() - cpu_began + idle_ms;
        if (clock_ms() - began >= run.options.duration_ms && used_ms >= run.options.duration_ms) {
            break;
        }
        if (is_stuck()) {
            return false;
        }
        idle_ms += load_are_asleep(run.options.threads) ? LOOK_EVERY_MS : 0; /* More time is no more work. */
    }
    return true;
}

/* False: hung. */
static bool
go(void)
{
    say_begun();
    atomic_store(&run.has_begun, true); /* The watchdog is this thread, so it looks after the start. */
    plan_start(run.options.threads);
    if (!work()) {
        return false;
    }
    atomic_store(&run.is_over, true);
    if (!watch_until(has_rested)) {
        return false;
    }
    check_at_rest();
    if (!cmc_thread_start(&stopper, stop, NULL)) {
        abort();
    }
    plan_close();
    if (!watch_until(has_finished)) {
        return false;
    }
    plan_join(run.options.threads);
    cmc_thread_join(stopper);
    host_close();
    check_at_end();
    values_close();
    return true;
}

void
cmc_stress_run(const cmc_stress_options_t* options, cmc_stress_result_t* result)
{
    memset(result, 0, sizeof(*result));
    run.options = *options;
    if (run.options.threads == 0 || run.options.threads > THREADS_MOST) {
        run.options.threads = THREADS_DEFAULT;
    }
    uint64_t began = clock_ms();
    watch_faults();
    watch_disturbances();
    host_open(&run.host);
    result->outcome = CMC_STRESS_NOT_STARTED;
    cmc_thread_t starter;
    if (load(result) && cmc_thread_start(&starter, start_alone, result)) {
        if (!watch_until(is_started)) {
            snprintf(result->reason, sizeof(result->reason),
                "a callback did not return though no other thread was there");
        } else {
            cmc_thread_join(starter);
            if (has_started) {
                result->outcome = go() ? CMC_STRESS_DONE : CMC_STRESS_HUNG;
            }
        }
    }
    result->elapsed_ms = clock_ms() - began;
    count(result);
}
