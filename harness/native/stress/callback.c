/*
 * What surrounds every call into the provider: where the thread is, and that it leaves as it came.
 */
#include "stress.h"

static atomic_int inside[PLACES];
static atomic_int inside_any;
static atomic_int inside_lives; /* Callbacks of a binding's or map's life. */

static bool
is_life(int place)
{
    return place <= IN_DELETE_MAP;
}

int
callbacks_inside(place_t place)
{
    return atomic_load(&inside[place]);
}

frame_t
callback_enter(thread_t* thread, int place, int binding)
{
    frame_t frame = {atomic_load(&thread->place), atomic_load(&thread->binding), thread->locks, thread->states,
        thread->irql};
    atomic_store(&thread->place, place);
    atomic_store(&thread->binding, binding);
    atomic_fetch_add_explicit(&thread->progress, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&thread->calls[place], 1, memory_order_relaxed);
    atomic_fetch_add(&inside[place], 1);
    if (atomic_fetch_add(&inside_any, 1) > 0 && place < CMC_STRESS_KINDS) {
        met(MET_OVERLAP);
    }
    if (is_life(place) && atomic_fetch_add(&inside_lives, 1) > 0) {
        met(MET_LIVES);
    }
    if (place == IN_DELETE) {
        met(MET_DELETE);
        if (atomic_load(&inside[IN_UPDATE]) > 0) {
            met(MET_DELETE_DURING_UPDATE);
        }
        if (thread->irql >= 2) {
            met(MET_DELETE_AT_DISPATCH);
        }
    }
    if (place < CMC_STRESS_KINDS && registrar_is_closing()) {
        met(MET_UNLOADING);
    }
    met(MET_IRQL);
    thread_perturb(thread);
    return frame;
}

void
callback_leave(thread_t* thread, const frame_t* frame)
{
    int place = atomic_load(&thread->place);
    if (thread->locks != frame->locks) {
        SAW("locks-left", "%s returned with %d more than before",
            place_name(place), (int)thread->locks - (int)frame->locks);
        thread->locks = frame->locks;
    } else if (thread->irql != frame->irql) {
        SAW("irql-changed", "%s was called at %u, returned at %u",
            place_name(place), (unsigned)frame->irql, (unsigned)thread->irql);
    }
    thread->irql = frame->irql;
    if (thread->states != frame->states) {
        SAW("epochs-left", "%s returned with %d more than before",
            place_name(place), (int)thread->states - (int)frame->states);
        while (thread->states > frame->states) {
            thread->states -= 1;
            atomic_store(&thread->state[thread->states].address, 0);
            epoch_exit(thread);
        }
    }
    atomic_fetch_sub(&inside[place], 1);
    atomic_fetch_sub(&inside_any, 1);
    if (is_life(place)) {
        atomic_fetch_sub(&inside_lives, 1);
    }
    atomic_store(&thread->place, frame->place);
    atomic_store(&thread->binding, frame->binding);
    atomic_fetch_add_explicit(&thread->progress, 1, memory_order_relaxed);
}
