/* What map.c (lives of maps) and element.c (operations on entries) share. */
#ifndef STRESS_MAP_H
#define STRESS_MAP_H

#include "stress.h"

enum { KEY_SIZE_MAX = 512 };

typedef struct {
    retired_t retired; /* First. */
    int32_t value;     /* Of the pool; -1: plain. */
    uint64_t sum;      /* Of the stored bytes. */
    uint8_t bytes[];   /* As the user wrote it, then as it is stored. */
} entry_t;

typedef struct {
    _Atomic(entry_t*) current;
    atomic_int updating;
    atomic_int changing;
} slot_t;

struct map {
    uint8_t of_the_runtime[0x58];
    void* context; /* Where map_context_offset leads. */
    int binding;
    uint32_t stored_size;
    atomic_uint entries;
    atomic_flag locks[BUCKETS];
    slot_t slots[KEYS];
};

/* The provider's table, as it was registered. */
typedef struct {
    const ebpf_base_map_provider_dispatch_table_t* members;
    ebpf_postprocess_map_delete_element_t postprocess_delete; /* NULL also where the table ends before it. */
    bool transforms;                                            /* updates_original_value */
    uint8_t keys[KEYS][KEY_SIZE_MAX];
} provider_table_t;
extern provider_table_t table;

uint8_t* stored_in(entry_t* entry);
bool notifies_deletes(void);
ebpf_result_t notify_delete(thread_t* thread, map_t* map, uint32_t key, entry_t* entry, uint32_t flags);
entry_t* unlink_entry(map_t* map, uint32_t key);
void retire_entry(thread_t* thread, entry_t* entry);

#endif
