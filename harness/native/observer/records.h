/**
 * The records: reserved at entry, filled in at return, read in order. Lock-free, since callbacks
 * come from everywhere.
 */
#ifndef OBSERVER_RECORDS_H
#define OBSERVER_RECORDS_H

#include <stdatomic.h>

#include "guarded-memory.h"

static cmc_observer_record_t* records;
static uint32_t records_room;
static atomic_uint records_made;
static uint32_t records_read;
static atomic_uint moments; /* Counts entries and returns. */
static atomic_uint threads_seen;

static CMC_THREAD_LOCAL uint32_t thread_number;
static CMC_THREAD_LOCAL uint32_t running; /* `entered` of the callback that this thread is in */

static const cmc_runtime_t* subject;

static uint32_t
next_moment(void)
{
    return atomic_fetch_add(&moments, 1) + 1;
}

static uint32_t
this_thread(void)
{
    if (thread_number == 0) {
        thread_number = atomic_fetch_add(&threads_seen, 1) + 1;
    }
    return thread_number;
}

/* NULL: there is no room. */
static cmc_observer_record_t*
reserve_record(uint32_t kind, uint32_t callback)
{
    uint32_t index = atomic_fetch_add(&records_made, 1);
    if (index >= records_room) {
        return NULL;
    }
    cmc_observer_record_t* record = &records[index];
    memset(record, 0, sizeof(*record));
    record->kind = kind;
    record->callback = callback;
    record->thread = this_thread();
    record->within = running;
    record->irql = subject != NULL && subject->irql != NULL ? subject->irql() : CMC_FOREIGN;
    record->locks = subject != NULL && subject->lock_depth != NULL ? subject->lock_depth() : CMC_FOREIGN;
    record->process = subject != NULL && CMC_RUNTIME_HAS(subject, current_process) ? subject->current_process() : 0;
    record->in_epoch = subject != NULL && CMC_RUNTIME_HAS(subject, in_epoch) ? subject->in_epoch() : CMC_FOREIGN;
    record->key_length = CMC_FOREIGN;
    record->in_length = CMC_FOREIGN;
    record->out_length = CMC_FOREIGN;
    record->lookup_length = CMC_FOREIGN;
    record->entered = next_moment();
    return record;
}

/* Keeps at most CMC_OBSERVED_BYTES of a buffer; the length is that of the buffer. */
static uint32_t
keep_bytes(uint8_t* kept, const uint8_t* bytes, size_t size)
{
    if (bytes == NULL) {
        return CMC_FOREIGN;
    }
    memcpy(kept, bytes, size < CMC_OBSERVED_BYTES ? size : CMC_OBSERVED_BYTES);
    return (uint32_t)size;
}

/* Called in a signal handler: touches nothing but its record. */
static void
note_fault(const guarded_t* where, uint32_t offset, bool is_write)
{
    cmc_observer_record_t* record = reserve_record(CMC_RECORD_FAULT, where->structure);
    if (record != NULL) {
        record->provider = where->provider;
        record->option = offset;
        record->flags = is_write ? 1 : 0;
        record->returned = next_moment();
    }
}

#endif
