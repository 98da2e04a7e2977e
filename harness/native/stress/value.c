/*
 * The values that users write: the module's own where it makes them, otherwise each a different
 * one.
 */
#include "stress.h"

enum { POOL_MAX = 256, TRIES = 8 };

static uint8_t* pool; /* The module's values, one after another. */
static uint32_t pool_size;
static atomic_bool in_use[POOL_MAX];

void
values_open(void)
{
    uint32_t size = run.options.value_size;
    if (run.make_value == NULL || (pool = malloc((size_t)POOL_MAX * size)) == NULL) {
        return;
    }
    thread_t* thread = self();
    frame_t frame = callback_enter(thread, IN_EXPORT, NO_BINDING);
    while (pool_size < POOL_MAX &&
           run.make_value(run.options.map_type, size, pool_size, pool + (size_t)pool_size * size) == 0) {
        pool_size += 1;
    }
    callback_leave(thread, &frame);
}

void
values_close(void)
{
    thread_t* thread = self();
    frame_t frame = callback_enter(thread, IN_EXPORT, NO_BINDING);
    for (uint32_t i = 0; i < pool_size && run.release_value != NULL; i += 1) {
        run.release_value(run.options.map_type, run.options.value_size, pool + (size_t)i * run.options.value_size);
    }
    callback_leave(thread, &frame);
    free(pool);
    pool = NULL;
}

/* Every byte follows from the number, so that a value is whole or it is not. */
static void
make_plain(thread_t* thread, uint8_t* value)
{
    uint64_t number = ++thread->values * THREAD_RECORDS + thread->index;
    for (uint32_t i = 0; i < run.options.value_size; i += 1) {
        value[i] = (uint8_t)(i < sizeof(number) ? number >> 8 * i : number * 31 + i);
    }
}

bool
value_take(thread_t* thread, uint8_t* value, int32_t* index)
{
    *index = -1;
    if (pool_size == 0) {
        make_plain(thread, value);
        return true;
    }
    for (uint32_t i = 0; i < TRIES; i += 1) {
        uint32_t at = (uint32_t)(thread_random(thread) % pool_size);
        if (run.options.duplicates != 0 || !atomic_exchange(&in_use[at], true)) {
            memcpy(value, pool + (size_t)at * run.options.value_size, run.options.value_size);
            *index = (int32_t)at;
            return true;
        }
    }
    return false;
}

void
value_give_back(int32_t index)
{
    if (index >= 0) {
        atomic_store(&in_use[index], false);
    }
}
