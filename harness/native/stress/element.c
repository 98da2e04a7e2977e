/*
 * Operations on a map's entries, in the contract's order: update callback, write under the bucket
 * lock, then the delete callback for what was displaced or rolled back, the lock released;
 * postprocess delete after the removal, preprocess delete before it and under the lock. A lookup
 * holds no lock: entries are epoch memory.
 */
#include "map.h"

enum { FIND_FILL = 0xCC, GUARD = 0x5A, HELPER_ONE_IN = 8, OPTION_NOEXIST = 1, OPTION_EXIST = 2 };

answers_t answers;
tokens_t tokens;

static uint64_t
sum_of(const uint8_t* bytes, uint32_t size)
{
    uint64_t sum = 1469598103934665603ull;
    for (uint32_t i = 0; i < size; i += 1) {
        sum = (sum ^ bytes[i]) * 1099511628211ull;
    }
    return sum;
}

uint8_t*
stored_in(entry_t* entry)
{
    return entry->bytes + run.options.value_size;
}

static void
reclaim_entry(retired_t* retired)
{
    free(retired);
}

void
retire_entry(thread_t* thread, entry_t* entry)
{
    value_give_back(entry->value);
    entry->retired.reclaim = reclaim_entry;
    epoch_retire(thread, &entry->retired);
}

static void
lock_bucket(map_t* map, uint32_t key)
{
    atomic_flag* lock = &map->locks[key % BUCKETS];
    for (uint32_t looks = 0; atomic_flag_test_and_set_explicit(lock, memory_order_acquire); looks += 1) {
        thread_pause(looks);
    }
}

static void
unlock_bucket(map_t* map, uint32_t key)
{
    atomic_flag_clear_explicit(&map->locks[key % BUCKETS], memory_order_release);
}

/* A BPF program is the caller now and then, where it may be: at DISPATCH_LEVEL. */
static uint32_t
begin(thread_t* thread)
{
    bool is_helper = !table.transforms && thread_random(thread) % HELPER_ONE_IN == 0;
    epoch_enter(thread);
    thread->irql = is_helper ? 2 : 0;
    return is_helper ? EBPF_MAP_OPERATION_HELPER : 0;
}

static void
end(thread_t* thread)
{
    thread->irql = 0;
    epoch_exit(thread);
}

/* ---- Deletes. ---- */

bool
notifies_deletes(void)
{
    return table.members->preprocess_map_delete_element != NULL || table.postprocess_delete != NULL;
}

ebpf_result_t
notify_delete(thread_t* thread, map_t* map, uint32_t key, entry_t* entry, uint32_t flags)
{
    ebpf_result_t result = EBPF_SUCCESS;
    uint32_t size = map->stored_size;
    void* binding_context = registrar_context(map->binding);
    met(MET_DELETE_BYTES);
    if (sum_of(stored_in(entry), size) != entry->sum) {
        SAW("value-changed", "it had changed before its delete callback ran");
    }
    frame_t frame = callback_enter(thread, IN_DELETE, map->binding);
    if (table.members->preprocess_map_delete_element != NULL) {
        result = table.members->preprocess_map_delete_element(
            binding_context, map->context, run.options.key_size, table.keys[key], size, stored_in(entry), flags);
    } else {
        table.postprocess_delete(
            binding_context, map->context, run.options.key_size, table.keys[key], size, stored_in(entry), flags);
    }
    callback_leave(thread, &frame);
    if (sum_of(stored_in(entry), size) != entry->sum) {
        SAW("value-changed-by-delete", "the stored value was changed");
    }
    if (result == EBPF_SUCCESS || (flags & ~EBPF_MAP_OPERATION_HELPER) != 0) {
        atomic_fetch_add_explicit(&tokens.deleted, 1, memory_order_relaxed);
    }
    return result;
}

entry_t*
unlink_entry(map_t* map, uint32_t key)
{
    entry_t* entry = atomic_exchange(&map->slots[key].current, NULL);
    if (entry != NULL) {
        atomic_fetch_sub(&map->entries, 1);
    }
    return entry;
}

static void
remove_notified(thread_t* thread, map_t* map, uint32_t key, uint32_t flags)
{
    lock_bucket(map, key);
    entry_t* entry = atomic_load(&map->slots[key].current);
    bool is_removed = entry != NULL;
    if (is_removed && table.members->preprocess_map_delete_element != NULL) {
        uint8_t irql = thread->irql;
        thread->irql = table.transforms ? irql : 2;
        is_removed = notify_delete(thread, map, key, entry, flags) == EBPF_SUCCESS;
        thread->irql = irql;
    }
    if (is_removed) {
        unlink_entry(map, key);
    }
    unlock_bucket(map, key);
    if (is_removed && table.postprocess_delete != NULL && table.members->preprocess_map_delete_element == NULL) {
        notify_delete(thread, map, key, entry, flags);
    }
    if (is_removed) {
        retire_entry(thread, entry);
    }
}

void
map_delete(map_t* map, uint32_t key)
{
    thread_t* thread = self();
    uint32_t flags = begin(thread);
    atomic_fetch_add(&map->slots[key].changing, 1);
    remove_notified(thread, map, key, flags);
    atomic_fetch_sub(&map->slots[key].changing, 1);
    end(thread);
}

/* ---- Find. ---- */

/* Space for what the provider writes, with bytes around it that it must not. */
static uint8_t*
lend_out(thread_t* thread, uint32_t size, int fill)
{
    memset(thread->out, GUARD, GUARD_BYTES);
    memset(thread->out + GUARD_BYTES, fill, size);
    memset(thread->out + GUARD_BYTES + size, GUARD, GUARD_BYTES);
    return thread->out + GUARD_BYTES;
}

static void
check_out(const thread_t* thread, uint32_t size, place_t place)
{
    for (uint32_t i = 0; i < GUARD_BYTES; i += 1) {
        if (thread->out[i] != GUARD || thread->out[GUARD_BYTES + size + i] != GUARD) {
            saw(place == IN_FIND ? "find-wrote-beside" : "update-wrote-beside", false,
                "%s changed bytes beside the %u of out_value", place_name(place), (unsigned)size);
            return;
        }
    }
}

static void
judge_find(map_t* map, uint32_t key, entry_t* entry, ebpf_result_t result, const uint8_t* out)
{
    bool stayed = atomic_load(&map->slots[key].current) == entry;
    bool is_right = !table.transforms || memcmp(out, entry->bytes, run.options.value_size) == 0;
    if (run.is_rehearsal) {
        answers.find = result;
        answers.found_what_was_written = result == EBPF_SUCCESS && is_right;
    } else if (result == EBPF_SUCCESS && run.is_identity && !is_right) {
        SAW("lookup-torn",
            "it answered something else, while the entry %s", stayed ? "stayed in the map" : "left the map");
    } else if (result != run.find_result && stayed) {
        SAW("lookup-answered-otherwise", "it answered %d instead of %d", (int)result, (int)run.find_result);
    }
}

static bool
find_notified(thread_t* thread, map_t* map, uint32_t key, uint32_t flags)
{
    slot_t* slot = &map->slots[key];
    entry_t* entry = atomic_load(&slot->current);
    if (entry == NULL || table.members->postprocess_map_find_element == NULL) {
        return entry != NULL;
    }
    uint32_t out_size = table.transforms ? run.options.value_size : 0;
    uint8_t* out = table.transforms ? lend_out(thread, out_size, FIND_FILL) : NULL;
    bool is_contended = atomic_load(&slot->changing) > 0;
    frame_t frame = callback_enter(thread, IN_FIND, map->binding);
    ebpf_result_t result = table.members->postprocess_map_find_element(registrar_context(map->binding), map->context,
        run.options.key_size, table.keys[key], map->stored_size, stored_in(entry), out_size, out, flags);
    callback_leave(thread, &frame);
    if (is_contended || atomic_load(&slot->changing) > 0) {
        met(MET_FIND_DURING_CHANGE);
    }
    met(MET_FIND_BYTES);
    if (table.transforms) {
        met(MET_FIND_OUT);
        check_out(thread, out_size, IN_FIND);
    }
    if (sum_of(stored_in(entry), map->stored_size) != entry->sum) {
        SAW("value-changed-by-find", "the stored value was changed");
    }
    judge_find(map, key, entry, result, out);
    return result == EBPF_SUCCESS;
}

void
map_find(map_t* map, uint32_t key, bool remove)
{
    thread_t* thread = self();
    uint32_t flags = begin(thread);
    if (find_notified(thread, map, key, flags) && remove) {
        atomic_fetch_add(&map->slots[key].changing, 1);
        remove_notified(thread, map, key, flags);
        atomic_fetch_sub(&map->slots[key].changing, 1);
    }
    end(thread);
}

ebpf_result_t
map_find_element(const void* map, const uint8_t* key, uint8_t** value)
{
    const map_t* ours = map;
    bool may_be = map != NULL && key != NULL && key[0] < KEYS;
    entry_t* entry = may_be ? atomic_load(&ours->slots[key[0]].current) : NULL;
    *value = entry == NULL ? NULL : stored_in(entry);
    return entry == NULL ? EBPF_OBJECT_NOT_FOUND : EBPF_SUCCESS;
}

/* ---- Update. ---- */

/* The update callback; what it made of the value is then in the entry. */
static ebpf_result_t
notify_update(thread_t* thread, map_t* map, uint32_t key, entry_t* entry, uint32_t flags)
{
    uint32_t out_size = table.transforms ? map->stored_size : 0;
    uint8_t* out = table.transforms ? lend_out(thread, out_size, 0) : NULL;
    slot_t* slot = &map->slots[key];
    if (atomic_fetch_add(&slot->updating, 1) > 0) {
        met(MET_SAME_KEY_UPDATES);
    }
    frame_t frame = callback_enter(thread, IN_UPDATE, map->binding);
    ebpf_result_t result = table.members->preprocess_map_update_element(registrar_context(map->binding), map->context,
        run.options.key_size, table.keys[key], run.options.value_size, entry->bytes, out_size, out, flags);
    callback_leave(thread, &frame);
    atomic_fetch_sub(&slot->updating, 1);
    if (table.transforms) {
        met(MET_UPDATE_OUT);
        check_out(thread, out_size, IN_UPDATE);
        memcpy(stored_in(entry), out, out_size);
    }
    return result;
}

static entry_t*
make_entry(const map_t* map)
{
    entry_t* entry = malloc(sizeof(*entry) + run.options.value_size + map->stored_size);
    if (entry == NULL) {
        abort();
    }
    return entry;
}

/* The base map's write. False: the option or the map's bound forbids it. */
static bool
write_entry(map_t* map, uint32_t key, entry_t* entry, uint32_t option, entry_t** displaced)
{
    lock_bucket(map, key);
    entry_t* before = atomic_load(&map->slots[key].current);
    bool may = before == NULL ? option != OPTION_EXIST : option != OPTION_NOEXIST;
    if (may && before == NULL && atomic_fetch_add(&map->entries, 1) >= run.options.max_entries) {
        atomic_fetch_sub(&map->entries, 1);
        may = false;
    }
    if (may) {
        atomic_store(&map->slots[key].current, entry);
        *displaced = before;
    }
    unlock_bucket(map, key);
    return may;
}

static void
update_notified(thread_t* thread, map_t* map, uint32_t key, uint32_t option, uint32_t flags)
{
    entry_t* entry = make_entry(map);
    entry_t* displaced = NULL;
    if (!value_take(thread, entry->bytes, &entry->value)) {
        free(entry);
        return;
    }
    bool is_announced = table.members->preprocess_map_update_element != NULL;
    memcpy(stored_in(entry), entry->bytes, table.transforms ? 0 : map->stored_size);
    ebpf_result_t result = is_announced ? notify_update(thread, map, key, entry, flags) : EBPF_SUCCESS;
    if (run.is_rehearsal) {
        answers.update = result;
    }
    if (result != EBPF_SUCCESS) {
        atomic_fetch_add_explicit(&tokens.refused, 1, memory_order_relaxed);
        value_give_back(entry->value);
        free(entry);
        return;
    }
    entry->sum = sum_of(stored_in(entry), map->stored_size);
    bool is_written = write_entry(map, key, entry, option, &displaced);
    if (is_announced || is_written) {
        atomic_fetch_add_explicit(&tokens.stored, 1, memory_order_relaxed);
    }
    entry_t* gone = is_written ? displaced : entry;
    if (gone != NULL && notifies_deletes() && (is_written || is_announced)) {
        notify_delete(thread, map, key, gone, flags | EBPF_MAP_OPERATION_UPDATE);
    }
    if (gone != NULL) {
        retire_entry(thread, gone);
    }
}

void
map_update(map_t* map, uint32_t key, uint32_t option)
{
    thread_t* thread = self();
    uint32_t flags = begin(thread);
    atomic_fetch_add(&map->slots[key].changing, 1);
    update_notified(thread, map, key, option, flags);
    atomic_fetch_sub(&map->slots[key].changing, 1);
    end(thread);
}
