/*
 * Levels, spin locks and waits of the host. A spin lock's storage holds the number of the thread
 * that has it, counted from 1; that is how waiting in a circle is told from waiting for long.
 */
#include "stress.h"

enum { SIGNALS_MAX = 1024, SPINS_BEFORE_LOOK = 200 };

/* ---- Levels. ---- */

uint8_t
host_get_irql(void)
{
    return self()->irql;
}

uint8_t
host_raise_irql(uint8_t irql)
{
    thread_t* thread = host_begin();
    uint8_t before = thread->irql;
    thread->irql = irql > before ? irql : before;
    return before;
}

void
host_lower_irql(uint8_t irql)
{
    self()->irql = irql;
}

void
host_check_irql(uint8_t maximum, const char* what)
{
    const thread_t* thread = self();
    if (thread->irql > maximum) {
        bool is_delete = atomic_load(&thread->place) == IN_DELETE;
        saw(is_delete ? "blocking-in-delete" : "blocking-at-dispatch", false, "%s called %.60s at level %u",
            place_name(atomic_load(&thread->place)), what == NULL ? "" : what, (unsigned)thread->irql);
    }
}

/* ---- Spin locks. ---- */

/*
 * Whether this wait can never end: the owners, each waiting for the next one's lock, lead back
 * here.
 */
static bool
is_circle(const thread_t* thread, void* lock, const thread_t** other)
{
    const atomic_ullong* word = lock;
    for (uint32_t i = 0; i < THREAD_RECORDS; i += 1) {
        uint64_t owner = atomic_load(word);
        if (owner == 0 || owner > THREAD_RECORDS) {
            return false;
        }
        if (owner == thread->index + 1) {
            return true;
        }
        *other = thread_record((uint32_t)owner - 1);
        uintptr_t next = *other == NULL ? 0 : atomic_load(&(*other)->waits_for);
        if (next == 0) {
            return false;
        }
        word = (const atomic_ullong*)next;
    }
    return false;
}

static void
say_deadlock(const thread_t* thread, const thread_t* other)
{
    int mine = atomic_load(&thread->place);
    int others = other == NULL ? mine : atomic_load(&other->place);
    if (other == NULL) {
        saw("lock-circle", true, "%s acquired a spin lock that its own thread already has", place_name(mine));
    } else {
        saw("lock-circle", true, "%s and %s on two threads each wait for a spin lock of the other", place_name(mine), place_name(others));
    }
    bool is_update_and_delete = (mine == IN_UPDATE && others == IN_DELETE) ||
                                (mine == IN_DELETE && others == IN_UPDATE);
    if (is_update_and_delete) {
        saw("update-and-delete-stuck", true, "each waits for a spin lock that the other has");
    }
    atomic_store(&run.is_hung, true);
}

void
host_lock_acquire(void* lock)
{
    thread_t* thread = host_begin();
    atomic_ullong* word = lock;
    uint8_t before = thread->irql;
    unsigned long long expected = 0;
    if (thread->irql < 2) {
        thread->irql = 2;
    }
    atomic_store(&thread->waits_for, (uintptr_t)lock);
    for (uint32_t spins = 1; !atomic_compare_exchange_weak(word, &expected, thread->index + 1); spins += 1) {
        const thread_t* other = NULL;
        expected = 0;
        if (spins % SPINS_BEFORE_LOOK == 0 && is_circle(thread, lock, &other)) {
            sleep_ms(5); /* Two looks at one moment may see two moments; a circle stays. */
            if (is_circle(thread, lock, &other) && !atomic_load(&run.is_hung)) {
                say_deadlock(thread, other);
            }
        }
        if (atomic_load(&run.is_hung)) {
            sleep_ms(100); /* The process ends soon. */
        }
        thread_pause(spins);
    }
    atomic_store(&thread->waits_for, 0);
    atomic_fetch_add_explicit(&thread->progress, 1, memory_order_relaxed);
    if (thread->locks < LOCKS_HELD_MAX) {
        thread->lock[thread->locks++] = (held_lock_t){lock, before};
    }
}

void
host_lock_release(void* lock)
{
    thread_t* thread = self();
    atomic_ullong* word = lock;
    uint32_t at = thread->locks;
    while (at > 0 && thread->lock[at - 1].lock != lock) {
        at -= 1;
    }
    if (at == 0 || atomic_load(word) != thread->index + 1) {
        SAW("lock-of-another", "%s released one that it did not have",
            place_name(atomic_load(&thread->place)));
        return;
    }
    uint8_t before = thread->lock[at - 1].irql;
    memmove(&thread->lock[at - 1], &thread->lock[at], (thread->locks - at) * sizeof(thread->lock[0]));
    thread->locks -= 1;
    atomic_store(word, 0);
    thread->irql = before;
    thread_perturb(thread);
}

/* ---- Signals: addresses that are set until a wait takes them. ---- */

static cmc_mutex_t signal_mutex = CMC_MUTEX_INITIALISER;
static const void* signals[SIGNALS_MAX];
static uint32_t signals_used;
static atomic_uint signals_set;

static bool
take_signal(const void* object)
{
    bool is_set = false;
    cmc_mutex_lock(&signal_mutex);
    for (uint32_t i = 0; i < signals_used && !is_set; i += 1) {
        if (signals[i] == object) {
            signals[i] = signals[--signals_used];
            is_set = true;
        }
    }
    atomic_store(&signals_set, signals_used);
    cmc_mutex_unlock(&signal_mutex);
    return is_set;
}

void
host_signal(void* object)
{
    host_begin();
    cmc_mutex_lock(&signal_mutex);
    uint32_t i = 0;
    while (i < signals_used && signals[i] != object) {
        i += 1;
    }
    if (i == signals_used && signals_used < SIGNALS_MAX) {
        signals[signals_used++] = object;
    }
    atomic_store(&signals_set, signals_used);
    cmc_mutex_unlock(&signal_mutex);
}

/* Memory that is gone keeps no signal: the next block at its place is another object. */
void
host_forget_signals(const void* from, size_t size)
{
    if (atomic_load(&signals_set) == 0) {
        return;
    }
    cmc_mutex_lock(&signal_mutex);
    for (uint32_t i = 0; i < signals_used;) {
        if ((uintptr_t)signals[i] - (uintptr_t)from < size) {
            signals[i] = signals[--signals_used];
        } else {
            i += 1;
        }
    }
    atomic_store(&signals_set, signals_used);
    cmc_mutex_unlock(&signal_mutex);
}

int32_t
host_wait(void* object, uint32_t timeout_ms)
{
    thread_t* thread = host_begin();
    uint64_t began = clock_ms();
    host_check_irql(1, "a wait");
    for (uint32_t looks = 0; !take_signal(object); looks += 1) {
        if (timeout_ms != CMC_WAIT_FOR_EVER) {
            if (clock_ms() - began >= timeout_ms) {
                return CMC_WAIT_TIMED_OUT;
            }
            /* A wait that ends by itself is no hang. */
            atomic_fetch_add_explicit(&thread->progress, 1, memory_order_relaxed);
        }
        thread_pause(looks);
    }
    return CMC_WAIT_SIGNALLED;
}
