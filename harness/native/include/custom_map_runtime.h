/*
 * The flat C face of a library that plays the eBPF runtime (eBPFCore) and is itself the subject of
 * the suite: `mapcert runtime LIBRARY`. The library exports cmc_runtime_open; the harness registers
 * its own observing provider through the table, plays users and BPF programs, and watches what the
 * provider is told.
 *
 * This file can be included alone, in C (C11) and C++. Where the real ebpf_extension.h is wanted,
 * include it first.
 */
#ifndef CUSTOM_MAP_RUNTIME_H
#define CUSTOM_MAP_RUNTIME_H

#include "custom_map_conformance.h"
#if !defined(EBPF_MAP_PROVIDER_DATA_CURRENT_VERSION)
#include "cmc_contract.h"
#endif

#define CMC_RUNTIME_VERSION 1u

/*
 * `flags` of the element operations. Bit 0: a BPF program is the caller, otherwise a user process.
 */
#define CMC_RUNTIME_HELPER 0x01u

/* What `irql` and `lock_depth` answer of the calling thread. */
#define CMC_PASSIVE_LEVEL 0u
#define CMC_DISPATCH_LEVEL 2u

/*
 * A map of the runtime. Whatever it is, the provider's map context lies at MAP_CONTEXT(map,
 * map_context_offset()), and
 * find_element_function of the client table takes this same pointer.
 */
typedef struct _cmc_map cmc_map_t;

/* Where an update_batch stopped. */
typedef struct _cmc_batch {
    uint32_t count;     /* in: elements handed over */
    uint32_t processed; /* out: elements that were stored */
} cmc_batch_t;

/*
 * Every function may be called from several threads at once, and from inside a provider's callback
 * as far as the contract allows. All but the marked members are required.
 *
 * Buffers: a key has key_size bytes, a value value_size bytes, and both sizes are those that the
 * user states: a runtime that is given others than the map's refuses the operation. A BPF program
 * states none: with CMC_RUNTIME_HELPER sizes mean nothing, keys and values have the map's sizes.
 */
typedef struct _cmc_runtime {
    uint32_t version; /* CMC_RUNTIME_VERSION */
    uint32_t size;    /* sizeof(cmc_runtime_t) as the runtime was built; what lies beyond is not there */

    /*
     * The registrar. deregister answers STATUS_SUCCESS, or STATUS_PENDING while maps of the
     * provider are alive.
     */
    NTSTATUS (*nmr_register_provider)(
        const NPI_PROVIDER_CHARACTERISTICS* characteristics, void* provider_context, HANDLE* provider_handle);
    NTSTATUS (*nmr_deregister_provider)(HANDLE provider_handle);
    NTSTATUS (*nmr_wait_for_provider_deregister_complete)(HANDLE provider_handle); /* blocks until it is complete */

    /*
     * Maps. A map is made with one reference; handles, pins and programs that use a map each hold
     * one.
     */
    ebpf_result_t (*map_create)(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t max_entries,
        const char* name, cmc_map_t** map);
    void (*map_reference)(cmc_map_t* map);
    void (*map_close)(cmc_map_t* map); /* gives one reference back; the last one ends the map, at once or in drain */

    /*
     * Elements, as users and BPF programs reach them. `option` is an ebpf_map_option_t: 0 any, 1
     * new, 2 present.
     */
    ebpf_result_t (*find)(
        cmc_map_t* map, const uint8_t* key, size_t key_size, uint8_t* value, size_t value_size, uint32_t flags);
    ebpf_result_t (*update)(cmc_map_t* map, const uint8_t* key, size_t key_size, const uint8_t* value,
        size_t value_size, uint32_t option, uint32_t flags);
    ebpf_result_t (*delete_entry)(cmc_map_t* map, const uint8_t* key, size_t key_size, uint32_t flags);
    ebpf_result_t (*lookup_and_delete)(
        cmc_map_t* map, const uint8_t* key, size_t key_size, uint8_t* value, size_t value_size, uint32_t flags);
    /* The key after previous_key, the first for NULL. next_key may be the same buffer. */
    ebpf_result_t (*next_key)(cmc_map_t* map, const uint8_t* previous_key, size_t key_size, uint8_t* next_key);

    /* A program of this type is about to use the map. */
    ebpf_result_t (*associate)(cmc_map_t* map, const ebpf_program_type_t* program_type);

    /*
     * What find_element_function of the client table answers: the stored bytes themselves. Both of
     * these may be NULL: then what an attach showed is used, and before the first one neither is asked
     * for.
     */
    ebpf_result_t (*find_element)(const cmc_map_t* map, const uint8_t* key, uint8_t** value);
    uint64_t (*map_context_offset)(void);

    void (*drain)(void);           /* returns when no deferred work is left: ended maps are gone, freed memory too */
    uint32_t (*lock_depth)(void);  /* may be NULL. Locks of the runtime that the calling thread holds. */
    uint8_t (*irql)(void);         /* may be NULL. Level at which the calling thread runs. */

    /*
     * Appended: a runtime may end before any of these, and each may be NULL. Rules that need one of
     * them are then not judged.
     */
    void (*nmr_provider_detach_client_complete)(HANDLE nmr_binding_handle); /* after a detach that is pending */
    ebpf_result_t (*map_pin)(cmc_map_t* map, const char* path);             /* takes a reference of its own */
    ebpf_result_t (*map_unpin)(const char* path);                           /* gives it back */
    ebpf_result_t (*map_info)(const cmc_map_t* map, ebpf_map_definition_in_memory_t* definition);
    ebpf_result_t (*update_batch)(cmc_map_t* map, const uint8_t* keys, size_t key_size, const uint8_t* values,
        size_t value_size, uint32_t option, cmc_batch_t* batch); /* keys and values one after another */
    ebpf_result_t (*push)(cmc_map_t* map, const uint8_t* value, size_t value_size, uint32_t flags);
    ebpf_result_t (*pop)(cmc_map_t* map, uint8_t* value, size_t value_size, uint32_t flags);
    ebpf_result_t (*peek)(cmc_map_t* map, uint8_t* value, size_t value_size, uint32_t flags);
    ebpf_result_t (*update_with_handle)(
        cmc_map_t* map, const uint8_t* key, size_t key_size, uint64_t handle, uint32_t option);
    /*
     * Loads a program that declares these maps: creates and associates each, all or none. maps[i]
     * are references.
     */
    ebpf_result_t (*program_load)(const ebpf_program_type_t* program_type,
        const ebpf_map_definition_in_memory_t* definitions, uint32_t count, cmc_map_t** maps);
    /**
     * The user process in whose context a thread runs; 0: none. A call that is made for process 7
     * runs in process 7.
     */
    void (*enter_process)(uint64_t process);
    uint64_t (*current_process)(void);
    /*
     * Whether the calling thread is in an epoch of the runtime's, not counting those that providers
     * entered.
     */
    uint32_t (*in_epoch)(void);
    /*
     * Reclaims at once what may be reclaimed, as if time had passed: memory that no open epoch
     * protects. Returns; may be called in a callback. Without it a runtime that reclaims late
     * cannot be seen to reclaim too early.
     */
    void (*reclaim)(void);
    void (*close)(void); /* The last call, when no provider, map or thread is left: ends what open began. */
} cmc_runtime_t;

/* How much of the table every runtime has: all that comes before the appended members. */
#define CMC_RUNTIME_SIZE_0 offsetof(cmc_runtime_t, nmr_provider_detach_client_complete)

/* Whether a runtime has a member: its table reaches that far and the pointer is set. */
#define CMC_RUNTIME_HAS(runtime, member)                                                      \
    ((runtime)->size >= offsetof(cmc_runtime_t, member) + sizeof((runtime)->member) &&        \
        (runtime)->member != NULL)

/*
 * The runtime's table, the same at every call; it lives as long as the library. NULL: it cannot
 * start.
 */
CMC_EXPORT const cmc_runtime_t* cmc_runtime_open(void);

#endif
