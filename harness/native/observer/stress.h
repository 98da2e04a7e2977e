/* Several threads at work on one map, each operation a record. Every update carries a value that no other has. */
#ifndef OBSERVER_STRESS_H
#define OBSERVER_STRESS_H

#include "registration.h"

enum { STRESS_THREADS_MAX = 16, STRESS_BYTES_MAX = CMC_OBSERVED_BYTES };

typedef struct {
    const cmc_runtime_t* runtime;
    cmc_map_t* map;
    const cmc_observer_stress_t* stress;
    uint32_t number;
    uint32_t state; /* Of the random sequence. */
    atomic_uint* ready;
} worker_t;

static uint32_t
draw(worker_t* worker, uint32_t below)
{
    worker->state ^= worker->state << 13;
    worker->state ^= worker->state >> 17;
    worker->state ^= worker->state << 5;
    return worker->state % below;
}

static void
operate(worker_t* worker, uint32_t turn)
{
    static const uint32_t kinds[] = {CMC_OPERATION_UPDATE, CMC_OPERATION_UPDATE, CMC_OPERATION_UPDATE,
        CMC_OPERATION_DELETE, CMC_OPERATION_LOOKUP_AND_DELETE, CMC_OPERATION_FIND};
    const cmc_observer_stress_t* stress = worker->stress;
    const cmc_runtime_t* runtime = worker->runtime;
    uint32_t kind = kinds[draw(worker, sizeof(kinds) / sizeof(kinds[0]))];
    uint32_t flags = (stress->flags & CMC_RUNTIME_HELPER) != 0 && worker->number % 2 == 1 ? CMC_RUNTIME_HELPER : 0;
    uint8_t key[STRESS_BYTES_MAX] = {0};
    uint8_t value[STRESS_BYTES_MAX] = {0};
    key[0] = (uint8_t)draw(worker, stress->keys);
    uint32_t token = (worker->number + 1) << 24 | turn;
    memcpy(value, &token, sizeof(token));
    cmc_observer_record_t scratch;
    cmc_observer_record_t* record = reserve_record(CMC_RECORD_OPERATION, kind);
    if (record == NULL) {
        record = &scratch;
    }
    record->option = kind == CMC_OPERATION_UPDATE ? draw(worker, 3) : 0;
    record->flags = flags;
    record->key_length = keep_bytes(record->key, key, stress->key_size);
    if (kind == CMC_OPERATION_UPDATE) {
        record->in_length = keep_bytes(record->in_value, value, stress->value_size);
        record->result = (uint32_t)runtime->update(
            worker->map, key, stress->key_size, value, stress->value_size, record->option, flags);
    } else if (kind == CMC_OPERATION_DELETE) {
        record->result = (uint32_t)runtime->delete_entry(worker->map, key, stress->key_size, flags);
    } else {
        record->result = (uint32_t)(kind == CMC_OPERATION_FIND ? runtime->find : runtime->lookup_and_delete)(
            worker->map, key, stress->key_size, value, stress->value_size, flags);
        record->out_length = keep_bytes(record->out_after, value, stress->value_size);
    }
    record->returned = next_moment();
}

static cmc_thread_result_t CMC_THREAD_ROUTINE
work(void* argument)
{
    worker_t* worker = argument;
    atomic_fetch_add(worker->ready, 1);
    while (atomic_load(worker->ready) < worker->stress->threads) {
        cmc_thread_yield();
    }
    for (uint32_t turn = 1; turn <= worker->stress->operations; turn += 1) {
        operate(worker, turn);
    }
    return 0;
}

int32_t
cmc_observer_stress(const cmc_runtime_t* runtime, cmc_map_t* map, const cmc_observer_stress_t* stress)
{
    if (stress->threads == 0 || stress->threads > STRESS_THREADS_MAX || stress->keys == 0 || stress->keys > 256 ||
        stress->key_size == 0 || stress->key_size > STRESS_BYTES_MAX || stress->value_size < sizeof(uint32_t) ||
        stress->value_size > STRESS_BYTES_MAX) {
        return -1;
    }
    worker_t workers[STRESS_THREADS_MAX];
    cmc_thread_t threads[STRESS_THREADS_MAX];
    atomic_uint ready;
    atomic_init(&ready, 0);
    uint32_t started = 0;
    for (; started < stress->threads; started += 1) {
        workers[started] = (worker_t){runtime, map, stress, started, (stress->seed + started) * 2654435761u | 1u, &ready};
        if (!cmc_thread_start(&threads[started], work, &workers[started])) {
            break;
        }
    }
    if (started < stress->threads) {
        atomic_store(&ready, stress->threads); /* Those that are there must not wait for the others. */
    }
    for (uint32_t index = 0; index < started; index += 1) {
        cmc_thread_join(threads[index]);
    }
    return started == stress->threads ? 0 : -1;
}

#endif
