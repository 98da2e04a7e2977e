/*
 * The callbacks: one set for all providers. Which provider is meant is read from the binding
 * context; where that is none of ours, or the table is reached without one, it is the provider that
 * the trampoline belongs to.
 */
#ifndef OBSERVER_CALLBACKS_H
#define OBSERVER_CALLBACKS_H

#include "operations.h"
#include "meanwhile.h"

enum { TURN = 0xa5, FILLER_UPDATE = 0xee, FILLER_FIND = 0xdd, PROBE_BYTES = 192, PROBE_PATTERN = 0x3c };
#define OBSERVER_TAG 0x7276624fu /* "Obvr" */

/* ---- What every callback does. ---- */

typedef struct {
    cmc_observer_record_t* record;
    uint32_t outer; /* What this thread was in before. */
} visit_t;

static visit_t
enter(uint32_t callback, uint32_t provider, uint32_t binding, uint32_t context)
{
    visit_t visit = {reserve_record(CMC_RECORD_CALLBACK, callback), running};
    if (visit.record == NULL) {
        visit.record = &unread;
    }
    visit.record->provider = provider;
    visit.record->binding = binding;
    visit.record->context = context;
    visit.record->changed = changed_bytes(&providers[provider]);
    running = visit.record->entered;
    if (callback < CMC_ENTRY_ATTACH) {
        note_called();
    }
    return visit;
}

static void
leave(visit_t visit, uint32_t result)
{
    visit.record->result = result;
    running = visit.outer;
    visit.record->returned = next_moment();
}

/* ---- Probes. ---- */

/* The client behind a binding; for a NULL one that of the provider's last attach. */
static const ebpf_base_map_client_dispatch_table_t*
client_of(const void* binding_context, uint32_t provider)
{
    const context_t* binding = known(&bindings, binding_context);
    if (binding != NULL) {
        return binding->client;
    }
    return binding_context == NULL && providers[provider].does.null_binding != 0 ? providers[provider].client : NULL;
}

static void
probe_lookup(visit_t visit, const void* binding_context, const context_t* map_context, const uint8_t* key,
    const uint8_t* value)
{
    const ebpf_base_map_client_dispatch_table_t* client = client_of(binding_context, visit.record->provider);
    const cmc_map_t* map = map_context == NULL ? NULL : atomic_load(&map_context->map);
    if (client == NULL || client->find_element_function == NULL || map == NULL || key == NULL) {
        return;
    }
    cmc_observer_record_t* record = visit.record;
    uint8_t* found = NULL;
    record->looked_up = 1;
    record->lookup_result = (uint32_t)client->find_element_function(map, key, &found);
    if (record->lookup_result == EBPF_SUCCESS) {
        record->lookup_is_argument = found == value ? 1 : 0;
        record->lookup_length = keep_bytes(record->lookup, found, map_context->stored_size);
    }
}

/*
 * A runtime that fails the probe has given the block back: looking at it all the same is the point.
 */
#if defined(__GNUC__)
__attribute__((no_sanitize("address"))) __attribute__((no_sanitize("thread")))
#endif
static bool
is_intact(const uint8_t* memory)
{
    /*
     * What the runtime keeps of a block it freed may lie at the begin; the other half must be as it
     * was left.
     */
    for (uint32_t byte = PROBE_BYTES / 2; byte < PROBE_BYTES; byte += 1) {
        if (((const volatile uint8_t*)memory)[byte] != PROBE_PATTERN) {
            return false;
        }
    }
    return true;
}

/*
 * Blocks freed in this thread's last callbacks: one that is handed out again was reclaimed
 * meanwhile. A control, as a runtime of which nothing ever comes back shows nothing by keeping what
 * an epoch protects.
 */
enum { FREED_KEPT = 32 };
static uint32_t generation; /* counts cmc_observer_open: moments begin anew */
static CMC_THREAD_LOCAL struct {
    uint32_t generation, next;
    const void* block[FREED_KEPT];
    uint32_t moment[FREED_KEPT];
} freed;

static void
note_freed(const cmc_observer_record_t* record, const void* block)
{
    if (freed.generation != generation) {
        memset(&freed, 0, sizeof(freed));
        freed.generation = generation;
    }
    uint32_t place = freed.next++ % FREED_KEPT;
    freed.block[place] = block;
    freed.moment[place] = record->entered;
}

static void
note_allocated(cmc_observer_record_t* record, const void* block)
{
    for (uint32_t place = 0; block != NULL && freed.generation == generation && place < FREED_KEPT; place += 1) {
        if (freed.block[place] == block && freed.moment[place] != record->entered) {
            record->reused = freed.moment[place];
        }
    }
}

/*
 * A block that is freed stays as it is while an epoch is open, the runtime's or our own (EPOCH-010,
 * EPOCH-011).
 */
static void
probe_epoch(visit_t visit, const void* binding_context)
{
    const ebpf_base_map_client_dispatch_table_t* client = client_of(binding_context, visit.record->provider);
    if (client == NULL || client->epoch_enter == NULL || client->epoch_exit == NULL ||
        client->epoch_allocate_with_tag == NULL || client->epoch_free == NULL) {
        return;
    }
    cmc_observer_record_t* record = visit.record;
    epoch_state_t state;
    memset(&state, 0, sizeof(state));
    record->epoch_tried = 1;
    for (uint32_t round = 0; round < 2; round += 1) {
        if (round == 1) {
            client->epoch_enter(&state);
        }
        uint8_t* block = client->epoch_allocate_with_tag(PROBE_BYTES, OBSERVER_TAG);
        note_allocated(record, block);
        if (block == NULL) {
            record->epoch_failed += 1;
        } else {
            memset(block, PROBE_PATTERN, PROBE_BYTES);
            client->epoch_free(block);
            if (subject != NULL && CMC_RUNTIME_HAS(subject, reclaim)) {
                subject->reclaim();
            }
            uint8_t* next = client->epoch_allocate_with_tag(PROBE_BYTES, OBSERVER_TAG);
            uint32_t intact = next != block && is_intact(block) ? 1 : 0;
            if (round == 0) {
                record->epoch_survived = intact;
            } else {
                record->epoch_held = intact;
            }
            note_allocated(record, next);
            client->epoch_free(next);
            note_freed(record, block);
            note_freed(record, next);
        }
    }
    client->epoch_exit(&state);
}

static void
probe(visit_t visit, const void* binding_context, const context_t* map_context, const uint8_t* key,
    const uint8_t* value)
{
    uint32_t probes = providers[visit.record->provider].does.probes;
    if ((probes & CMC_PROBE_LOOKUP) != 0) {
        probe_lookup(visit, binding_context, map_context, key, value);
    }
    if ((probes & CMC_PROBE_EPOCH) != 0) {
        probe_epoch(visit, binding_context);
    }
}

/* ---- The dispatch table. `trampoline` is the provider whose table was called. ---- */

static uint32_t
provider_of(const void* binding_context, uint32_t trampoline)
{
    const context_t* binding = known(&bindings, binding_context);
    return binding == NULL ? trampoline : binding->provider;
}

static ebpf_result_t
on_create(uint32_t trampoline, void* binding_context, uint32_t map_type, uint32_t key_size, uint32_t value_size,
    uint32_t max_entries, uint32_t* actual_value_size, void** map_context)
{
    uint32_t number = provider_of(binding_context, trampoline);
    provider_t* provider = &providers[number];
    visit_t visit = enter(CMC_MEMBER_CREATE, number, number_of(&bindings, binding_context), CMC_NONE);
    let_others(number, CMC_MEMBER_CREATE);
    uint32_t result = answer(provider, ASKED_CREATE, &provider->does.create);
    cmc_observer_record_t* record = visit.record;
    record->map_type = map_type;
    record->map_key_size = key_size;
    record->map_value_size = value_size;
    record->max_entries = max_entries;
    provider->key_size = key_size;
    record->actual_value_size = CMC_FOREIGN;
    uint32_t actual = provider->does.actual_mode == CMC_ACTUAL_VALUE ? provider->does.actual_value_size : value_size;
    if (provider->does.actual_mode != CMC_ACTUAL_UNSET && actual_value_size != NULL) {
        *actual_value_size = actual;
        record->actual_value_size = actual;
    }
    uint32_t mode = provider->does.create_context;
    if (mode == CMC_CONTEXT_SET || (mode == CMC_CONTEXT_AS_RESULT && result == EBPF_SUCCESS)) {
        context_t* made = make_context(&map_contexts, number);
        if (made != NULL) {
            made->key_size = key_size;
            made->value_size = value_size;
            made->stored_size = actual;
            record->made = made->number;
        }
        *map_context = made;
        record->wrote_context = 1;
    } else if (mode == CMC_CONTEXT_NULL) {
        *map_context = NULL;
        record->wrote_context = 1;
    }
    probe(visit, binding_context, NULL, NULL, NULL);
    leave(visit, result);
    return (ebpf_result_t)result;
}

static void
on_map_delete(uint32_t trampoline, void* binding_context, void* map_context)
{
    uint32_t number = provider_of(binding_context, trampoline);
    visit_t visit = enter(CMC_MEMBER_MAP_DELETE, number, number_of(&bindings, binding_context),
        number_of(&map_contexts, map_context));
    probe(visit, binding_context, NULL, NULL, NULL);
    leave(visit, EBPF_SUCCESS);
}

static ebpf_result_t
on_associate(uint32_t trampoline, void* binding_context, void* map_context, const ebpf_program_type_t* program_type)
{
    uint32_t number = provider_of(binding_context, trampoline);
    provider_t* provider = &providers[number];
    visit_t visit = enter(CMC_MEMBER_ASSOCIATE, number, number_of(&bindings, binding_context),
        number_of(&map_contexts, map_context));
    if (program_type != NULL) {
        memcpy(visit.record->program_type, program_type, sizeof(visit.record->program_type));
    }
    probe(visit, binding_context, NULL, NULL, NULL);
    uint32_t result = answer(provider, ASKED_ASSOCIATE, &provider->does.associate);
    leave(visit, result);
    return (ebpf_result_t)result;
}

/*
 * How much of a buffer may be read: what was stated, but never more than such a buffer of this
 * map has. A map without a
 * context is only what it is said to be.
 */
static size_t
bounded(size_t stated, const void* map_context, size_t expected)
{
    return map_context == NULL ? stated : stated < expected ? stated : expected;
}

/*
 * Bytes of a key: what the map declared, whatever is stated; without a context that of the
 * provider's last map.
 */
static size_t
key_bytes(const provider_t* provider, const void* map_context, const context_t* context)
{
    return context != NULL ? context->key_size : map_context == NULL ? provider->key_size : 0;
}

static void
write_out(uint8_t* out, size_t out_size, const uint8_t* in, size_t in_size, uint32_t how, uint8_t filler)
{
    size_t until = how == CMC_WRITE_HALF ? out_size / 2 : out_size;
    for (size_t byte = 0; out != NULL && how != CMC_WRITE_NOTHING && byte < until; byte += 1) {
        out[byte] = byte < in_size ? (uint8_t)(in[byte] ^ TURN) : filler;
    }
}

/* Find and update, which have the same parameters. */
typedef struct {
    uint32_t callback;
    void* binding_context;
    void* map_context;
    size_t key_size;
    const uint8_t* key;
    size_t in_size;
    const uint8_t* in_value;
    size_t out_size;
    uint8_t* out_value;
    uint32_t flags;
} element_t;

static ebpf_result_t
on_element(uint32_t trampoline, const element_t* call)
{
    bool is_find = call->callback == CMC_MEMBER_FIND;
    uint32_t number = provider_of(call->binding_context, trampoline);
    provider_t* provider = &providers[number];
    const context_t* context = known(&map_contexts, call->map_context);
    visit_t visit = enter(call->callback, number, number_of(&bindings, call->binding_context),
        number_of(&map_contexts, call->map_context));
    cmc_observer_record_t* record = visit.record;
    size_t in_room = context == NULL ? 0 : is_find ? context->stored_size : context->value_size;
    size_t out_room = context == NULL ? 0 : is_find ? context->value_size : context->stored_size;
    size_t in_size = bounded(call->in_size, call->map_context, in_room);
    size_t out_size = bounded(call->out_size, call->map_context, out_room);
    record->key_size = call->key_size;
    record->in_size = call->in_size;
    record->out_size = call->out_size;
    record->flags = call->flags;
    record->key_length = keep_bytes(record->key, call->key, key_bytes(provider, call->map_context, context));
    record->in_length = keep_bytes(record->in_value, call->in_value, in_size);
    record->out_length = keep_bytes(record->out_before, call->out_value, out_size);
    probe(visit, call->binding_context, context, call->key, call->in_value);
    const cmc_observer_provider_t* does = &provider->does;
    uint32_t result = answer(
        provider, is_find ? ASKED_FIND : ASKED_UPDATE, is_find ? &does->find : &does->update);
    reenter(provider, context, is_find ? does->reenter_find : does->reenter_update);
    if (call->in_value != NULL) {
        write_out(call->out_value, out_size, call->in_value, in_size, is_find ? does->find_write : does->update_write,
            is_find ? FILLER_FIND : FILLER_UPDATE);
    }
    (void)keep_bytes(record->out_after, call->out_value, out_size);
    leave(visit, result);
    return (ebpf_result_t)result;
}

static ebpf_result_t
on_delete(uint32_t trampoline, uint32_t callback, void* binding_context, void* map_context, size_t key_size,
    const uint8_t* key, size_t value_size, const uint8_t* value, uint32_t flags)
{
    uint32_t number = provider_of(binding_context, trampoline);
    provider_t* provider = &providers[number];
    const context_t* context = known(&map_contexts, map_context);
    visit_t visit =
        enter(callback, number, number_of(&bindings, binding_context), number_of(&map_contexts, map_context));
    cmc_observer_record_t* record = visit.record;
    record->key_size = key_size;
    record->in_size = value_size;
    record->flags = flags;
    record->key_length = keep_bytes(record->key, key, key_bytes(provider, map_context, context));
    size_t in_size = bounded(value_size, map_context, context == NULL ? 0 : context->stored_size);
    record->in_length = keep_bytes(record->in_value, value, in_size);
    probe(visit, binding_context, context, key, value);
    uint32_t result = EBPF_SUCCESS;
    if (callback == CMC_MEMBER_PRE_DELETE) {
        result = answer_delete(provider, flags);
    }
    if ((flags & EBPF_MAP_OPERATION_MAP_CLEANUP) == 0) {
        reenter(provider, context, provider->does.reenter_delete);
    }
    leave(visit, result);
    return (ebpf_result_t)result;
}

#endif
