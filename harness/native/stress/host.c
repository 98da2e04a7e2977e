/*
 * cmc_host_t on real threads: pool, one worker for deferred work, object handles. Locks and waits
 * are lock.c.
 */
#include "stress.h"

enum { OBJECTS = 256, HANDLE_STEP = 4, WORKER = CMC_STRESS_THREADS_MAX - 1 };

thread_t*
host_begin(void)
{
    thread_t* thread = self();
    atomic_fetch_add_explicit(&thread->progress, 1, memory_order_relaxed);
    thread_perturb(thread);
    return thread;
}

/* ---- Pool. ---- */

static void*
pool_allocate(size_t size, uint32_t tag)
{
    host_begin();
    return memory_allocate(IN_POOL, size, tag);
}

static void
pool_free(void* memory)
{
    host_begin();
    memory_free(IN_POOL, memory);
}

/* ---- Deferred work: one worker, first come, first served. ---- */

typedef struct work {
    struct work* next;
    void (*routine)(void* argument);
    void* argument;
} work_t;

static cmc_mutex_t work_mutex = CMC_MUTEX_INITIALISER;
static cmc_condition_t work_there = CMC_CONDITION_INITIALISER;
static work_t* first_work;
static work_t* last_work;
static bool is_closing;
static atomic_ullong work_pending;
static cmc_thread_t worker;

static void
queue_work(void (*routine)(void* argument), void* argument)
{
    host_begin();
    work_t* work = malloc(sizeof(*work));
    if (work == NULL) {
        abort();
    }
    *work = (work_t){NULL, routine, argument};
    atomic_fetch_add(&work_pending, 1);
    cmc_mutex_lock(&work_mutex);
    if (last_work == NULL) {
        first_work = work;
        cmc_condition_wake_all(&work_there);
    } else {
        last_work->next = work;
    }
    last_work = work;
    cmc_mutex_unlock(&work_mutex);
}

uint64_t
host_work_pending(void)
{
    return atomic_load(&work_pending);
}

static cmc_thread_result_t CMC_THREAD_ROUTINE
do_work(void* argument)
{
    (void)argument;
    thread_claim(WORKER);
    thread_t* thread = self();
    cmc_mutex_lock(&work_mutex);
    for (;;) {
        work_t* work = first_work;
        if (work == NULL) {
            if (is_closing) {
                break;
            }
            cmc_condition_wait(&work_there, &work_mutex);
            continue;
        }
        first_work = work->next;
        if (first_work == NULL) {
            last_work = NULL;
        }
        cmc_mutex_unlock(&work_mutex);
        frame_t frame = callback_enter(thread, IN_WORK, NO_BINDING);
        work->routine(work->argument);
        callback_leave(thread, &frame);
        free(work);
        atomic_fetch_sub(&work_pending, 1);
        epoch_tidy(thread);
        cmc_mutex_lock(&work_mutex);
    }
    cmc_mutex_unlock(&work_mutex);
    return (cmc_thread_result_t)0;
}

void
host_close(void)
{
    cmc_mutex_lock(&work_mutex);
    is_closing = true;
    cmc_condition_wake_all(&work_there);
    cmc_mutex_unlock(&work_mutex);
    cmc_thread_join(worker);
}

/* ---- Objects: handles 4, 8 … 1024 of the one process that users live in. ---- */

static struct {
    atomic_llong references;
} objects[OBJECTS];

static uint64_t
current_process(void)
{
    return self()->process;
}

static uint64_t
object_reference(uint64_t handle)
{
    const thread_t* thread = host_begin();
    if (handle == 0 || handle % HANDLE_STEP != 0 || handle > OBJECTS * HANDLE_STEP || thread->process == 0) {
        return 0;
    }
    atomic_fetch_add(&objects[handle / HANDLE_STEP - 1].references, 1);
    return (uint64_t)(uintptr_t)&objects[handle / HANDLE_STEP - 1];
}

static void
object_dereference(uint64_t object)
{
    const thread_t* thread = host_begin();
    uint64_t offset = object - (uint64_t)(uintptr_t)objects;
    if (offset >= sizeof(objects) || offset % sizeof(objects[0]) != 0) {
        SAW("dereferenced-no-object", "%s dereferenced something else",
            place_name(atomic_load(&thread->place)));
    } else if (atomic_fetch_sub(&objects[offset / sizeof(objects[0])].references, 1) <= 0) {
        SAW("dereferenced-too-often", "%s dereferenced an object that had no reference left", place_name(atomic_load(&thread->place)));
    }
}

int64_t
host_references(void)
{
    int64_t held = 0;
    for (uint32_t i = 0; i < OBJECTS; i += 1) {
        held += atomic_load(&objects[i].references);
    }
    return held;
}

void
host_check_objects(void)
{
    int64_t left = host_references();
    if (left > 0 && !run.leaks_objects) {
        SAW("references-left", "%lld references are left, once every map is gone and the provider stopped", (long long)left);
    }
    if (left > 0) {
        SAW("references-left-by-deletes", "%lld references are left though every value was deleted", (long long)left);
    }
}

static void
log_text(const char* text)
{
    (void)text; /* Words of the subject are nothing to judge by, and threads talk at once. */
    host_begin();
}

/* ---- The table. ---- */

void
host_open(cmc_host_t* host)
{
    *host = (cmc_host_t){CMC_HOST_VERSION, sizeof(*host), registrar_register, registrar_deregister, registrar_wait,
        registrar_detach_complete, host_get_irql, host_raise_irql, host_lower_irql, host_check_irql, pool_allocate,
        pool_free, host_lock_acquire,
        host_lock_release, host_wait, host_signal, queue_work, current_process, object_reference, object_dereference,
        log_text};
    if (!cmc_thread_start(&worker, do_work, NULL)) {
        abort();
    }
}
