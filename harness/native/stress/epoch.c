/*
 * Epochs. A thread announces the epoch in which it began; what was retired is reclaimed once every
 * thread that was inside then has left. Beside the runtime's own entries there are those of the
 * provider, with states of its own.
 */
#include "stress.h"

enum { RECLAIM_FROM = 64, PENDING_MAX = 4096 };

static atomic_ullong now = 1;
static atomic_ullong nonces = 1;

void
epoch_enter(thread_t* thread)
{
    if (thread->epoch_depth++ == 0) {
        atomic_store(&thread->epoch, atomic_load(&now));
    }
}

void
epoch_exit(thread_t* thread)
{
    if (thread->epoch_depth > 0 && --thread->epoch_depth == 0) {
        atomic_store(&thread->epoch, 0);
    }
}

/* The epoch that the longest thread inside announced. */
static uint64_t
oldest_inside(void)
{
    uint64_t oldest = UINT64_MAX;
    for (uint32_t i = 0; i < THREAD_RECORDS; i += 1) {
        const thread_t* thread = thread_record(i);
        uint64_t epoch = thread == NULL ? 0 : atomic_load(&thread->epoch);
        if (epoch != 0 && epoch < oldest) {
            oldest = epoch;
        }
    }
    return oldest;
}

static void
reclaim_before(thread_t* thread, uint64_t limit)
{
    while (thread->oldest != NULL && thread->oldest->stamp < limit) {
        retired_t* retired = thread->oldest;
        thread->oldest = retired->later;
        if (thread->oldest == NULL) {
            thread->newest = NULL;
        }
        thread->pending -= 1;
        retired->reclaim(retired);
    }
}

void
epoch_retire(thread_t* thread, retired_t* retired)
{
    retired->later = NULL;
    retired->stamp = atomic_load(&now);
    if (thread->newest == NULL) {
        thread->oldest = retired;
    } else {
        thread->newest->later = retired;
    }
    thread->newest = retired;
    thread->pending += 1;
}

void
epoch_tidy(thread_t* thread)
{
    while (thread->pending >= RECLAIM_FROM) {
        atomic_fetch_add(&now, 1);
        reclaim_before(thread, oldest_inside());
        if (thread->pending < PENDING_MAX || atomic_load(&run.is_hung)) {
            return;
        }
        sleep_ms(1); /* Some thread is inside for long: what it may see must not pile up. */
    }
}

void
epoch_settle(void)
{
    for (uint32_t i = 0; i < THREAD_RECORDS; i += 1) {
        thread_t* thread = thread_record(i);
        if (thread != NULL) {
            reclaim_before(thread, UINT64_MAX);
        }
    }
}

/* ---- States of the provider. ---- */

static uint64_t
word_of(const void* state, uint64_t nonce, uint32_t index)
{
    return ((uint64_t)(uintptr_t)state ^ nonce * 0x9e3779b97f4a7c15ull) + index * 0x0101010101010101ull;
}

/* The place of a state in a thread's stack, counted from its bottom; -1: not there. */
static int
depth_of(const thread_t* thread, const void* state)
{
    int found = -1;
    for (uint32_t i = 0; i < STATES_MAX; i += 1) {
        if (atomic_load(&thread->state[i].address) == (uintptr_t)state) {
            found = (int)i;
        }
    }
    return found;
}

static bool
is_used_by_another(const thread_t* thread, const void* state)
{
    for (uint32_t i = 0; i < THREAD_RECORDS; i += 1) {
        const thread_t* other = thread_record(i);
        if (other != NULL && other != thread && depth_of(other, state) >= 0) {
            return true;
        }
    }
    return false;
}

void
epoch_enter_state(thread_t* thread, void* state)
{
    const char* place = place_name(atomic_load(&thread->place));
    met(MET_EPOCH_STATE);
    epoch_enter(thread);
    if (state == NULL || thread->states == STATES_MAX) {
        SAW("enter-unpaired", "%s entered %s", place, state == NULL ? "with NULL" : "again and again without an exit");
        return;
    }
    held_state_t* held = &thread->state[thread->states++];
    held->nonce = atomic_fetch_add(&nonces, 1);
    held->irql = thread->irql;
    /* First announced, then looked around: of two threads at least one sees the other. */
    atomic_store(&held->address, (uintptr_t)state);
    if (is_used_by_another(thread, state)) {
        SAW("state-shared", "%s entered with a state that another thread had entered with", place);
        return; /* The other thread's bytes stay as they are. */
    }
    for (uint32_t i = 0; i < 4; i += 1) {
        uint64_t word = word_of(state, held->nonce, i);
        memcpy((uint8_t*)state + i * sizeof(word), &word, sizeof(word));
    }
}

static void
check_state(const held_state_t* held, const void* state, const char* place)
{
    for (uint32_t i = 0; i < 4; i += 1) {
        uint64_t word;
        memcpy(&word, (const uint8_t*)state + i * sizeof(word), sizeof(word));
        if (word != word_of(state, held->nonce, i)) {
            SAW("state-written", "byte %u of the state had changed at the exit in %s", (unsigned)(i * sizeof(word)), place);
            return;
        }
    }
}

void
epoch_exit_state(thread_t* thread, void* state)
{
    const char* place = place_name(atomic_load(&thread->place));
    met(MET_EPOCH_EXIT);
    int at = state == NULL ? -1 : depth_of(thread, state);
    if (at < 0) {
        bool is_anothers = state != NULL && is_used_by_another(thread, state);
        saw(is_anothers ? "state-shared" : "exit-unpaired", false, "%s left with a state that %s", place,
            is_anothers ? "another thread had entered with" : "nobody had entered with");
        return;
    }
    held_state_t* held = &thread->state[at];
    if ((uint32_t)at + 1 != thread->states) {
        SAW("exit-out-of-order", "%s left state %d of %u", place, at + 1, (unsigned)thread->states);
    } else if (!is_used_by_another(thread, state)) {
        check_state(held, state, place);
    }
    if (held->irql != thread->irql) {
        SAW("exit-at-other-irql", "%s entered at %u and left at %u",
            place, (unsigned)held->irql, (unsigned)thread->irql);
    }
    for (uint32_t i = (uint32_t)at; i + 1 < thread->states; i += 1) {
        thread->state[i].nonce = thread->state[i + 1].nonce;
        thread->state[i].irql = thread->state[i + 1].irql;
        atomic_store(&thread->state[i].address, atomic_load(&thread->state[i + 1].address));
    }
    thread->states -= 1;
    atomic_store(&thread->state[thread->states].address, 0);
    epoch_exit(thread);
}
