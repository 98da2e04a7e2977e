/* Element operations that the observer carries out itself, each of them a record. */
#ifndef OBSERVER_OPERATIONS_H
#define OBSERVER_OPERATIONS_H

#include "provider.h"

enum { REENTRY_BYTE = 0x77 };

/* A record that nobody reads, for calls that come when there is no room. */
static CMC_THREAD_LOCAL cmc_observer_record_t unread;

/* `index` is what the record calls the operation by. */
static void
carry_out(const cmc_runtime_t* runtime, const cmc_observer_operation_t* asked, uint32_t index)
{
    uint8_t value[CMC_OBSERVED_BYTES];
    memcpy(value, asked->value, sizeof(value));
    cmc_observer_record_t* record = reserve_record(CMC_RECORD_OPERATION, asked->kind);
    if (record == NULL) {
        record = &unread;
    }
    record->option = index;
    record->flags = asked->flags;
    record->key_length = keep_bytes(record->key, asked->key, asked->key_size);
    if (asked->process != 0 && CMC_RUNTIME_HAS(runtime, enter_process)) {
        runtime->enter_process(asked->process);
    }
    switch (asked->kind) {
    case CMC_OPERATION_UPDATE:
        record->in_length = keep_bytes(record->in_value, value, asked->value_size);
        record->result = (uint32_t)runtime->update(
            asked->map, asked->key, asked->key_size, value, asked->value_size, asked->option, asked->flags);
        break;
    case CMC_OPERATION_DELETE:
        record->result = (uint32_t)runtime->delete_entry(asked->map, asked->key, asked->key_size, asked->flags);
        break;
    default:
        record->result =
            (uint32_t)(asked->kind == CMC_OPERATION_FIND ? runtime->find : runtime->lookup_and_delete)(
                asked->map, asked->key, asked->key_size, value, asked->value_size, asked->flags);
        record->out_length = keep_bytes(record->out_after, value, asked->value_size);
    }
    record->returned = next_moment();
}

static CMC_THREAD_LOCAL bool is_reentering;

/* An operation on the map that a callback is about, from inside it; `what` as in the configuration. */
static void
reenter(const provider_t* provider, const context_t* context, uint32_t what)
{
    const cmc_map_t* map = context == NULL ? NULL : atomic_load(&context->map);
    if (what == 0 || is_reentering || map == NULL || subject == NULL || context->key_size > CMC_OBSERVED_BYTES ||
        context->value_size > CMC_OBSERVED_BYTES) {
        return;
    }
    cmc_observer_operation_t asked;
    memset(&asked, 0, sizeof(asked));
    asked.map = (cmc_map_t*)(uintptr_t)map;
    asked.kind = what - 1;
    asked.key_size = context->key_size;
    asked.value_size = context->value_size;
    memcpy(asked.key, &provider->does.reenter_key, sizeof(provider->does.reenter_key));
    memset(asked.value, REENTRY_BYTE, sizeof(asked.value));
    is_reentering = true;
    carry_out(subject, &asked, 0);
    is_reentering = false;
}

#endif
