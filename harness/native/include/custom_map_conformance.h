/*
 * What a native provider module and the conformance harness say to each other.
 *
 * The module exports cmc_provider_start and cmc_provider_stop. The harness hands start a table of
 * services that play the kernel: the registrar, IRQL, pool, locks, waits, work items and object
 * handles. The table grows at its end only; `size` tells how much of it is there, and it lives
 * until cmc_provider_stop returns.
 *
 * This file can be included alone, in C (C11) and C++, or after the real Windows headers.
 */
#ifndef CUSTOM_MAP_CONFORMANCE_H
#define CUSTOM_MAP_CONFORMANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shadow/netioddk.h" /* Declares only what is not there yet. */

#ifdef __cplusplus
#define CMC_EXTERN_C extern "C"
#else
#define CMC_EXTERN_C
#endif

#if defined(_WIN32) || defined(__CYGWIN__)
#define CMC_EXPORT CMC_EXTERN_C __declspec(dllexport)
#elif defined(__GNUC__)
#define CMC_EXPORT CMC_EXTERN_C __attribute__((visibility("default")))
#else
#define CMC_EXPORT CMC_EXTERN_C
#endif

#define CMC_HOST_VERSION 1u
#define CMC_WAIT_SIGNALLED 0
#define CMC_WAIT_TIMED_OUT 258
#define CMC_WAIT_FOR_EVER 0xFFFFFFFFu

typedef struct _cmc_host {
    uint32_t version; /* CMC_HOST_VERSION */
    uint32_t size;    /* sizeof(cmc_host_t) as the harness was built */

    /* The registrar. */
    NTSTATUS (*nmr_register_provider)(
        const NPI_PROVIDER_CHARACTERISTICS* characteristics, void* provider_context, HANDLE* provider_handle);
    NTSTATUS (*nmr_deregister_provider)(HANDLE provider_handle);
    NTSTATUS (*nmr_wait_for_provider_deregister_complete)(HANDLE provider_handle);
    void (*nmr_provider_detach_client_complete)(HANDLE nmr_binding_handle);

    /*
     * IRQL. A pageable or blocking routine calls check_irql with the highest level that it allows.
     */
    uint8_t (*get_irql)(void);
    uint8_t (*raise_irql)(uint8_t new_irql); /* Returns the old one. */
    void (*lower_irql)(uint8_t irql);
    void (*check_irql)(uint8_t maximum, const char* what);

    /* Pool memory; NULL when there is none. */
    void* (*pool_allocate)(size_t size, uint32_t tag);
    void (*pool_free)(void* memory);

    /*
     * Spin locks: any zeroed storage of at least 8 bytes, one address a lock. Acquiring raises to
     * DISPATCH_LEVEL.
     */
    void (*lock_acquire)(void* lock);
    void (*lock_release)(void* lock);

    /*
     * Waits let deferred work run. A signal stays until a wait takes it. Waiting at DISPATCH_LEVEL
     * is a finding.
     */
    int32_t (*wait)(void* object, uint32_t timeout_ms); /* CMC_WAIT_SIGNALLED or CMC_WAIT_TIMED_OUT */
    void (*signal)(void* object);
    void (*queue_work)(void (*routine)(void* argument), void* argument);

    /* Caller context. */
    uint64_t (*current_process)(void);              /* A mark; 0: none. */
    uint64_t (*object_reference)(uint64_t handle);  /* Handle of the current process to referenced object; 0: bad. */
    void (*object_dereference)(uint64_t object);

    void (*log)(const char* text); /* NULL is ignored. */
} cmc_host_t;

/* Starts the module: registers its providers. 0: started. */
CMC_EXPORT int cmc_provider_start(const cmc_host_t* host);

/* Deregisters and waits, as the unload routine of the driver does. */
CMC_EXPORT void cmc_provider_stop(void);

/* Optional: makes the index-th valid value, each index a different one. 0: made. */
CMC_EXPORT int cmc_make_value(uint32_t map_type, uint32_t value_size, uint64_t index, uint8_t* value);

/* Optional: the harness no longer needs a value that cmc_make_value made. */
CMC_EXPORT void cmc_release_value(uint32_t map_type, uint32_t value_size, const uint8_t* value);

/* Optional: values accepted and not yet released. */
CMC_EXPORT int64_t cmc_resource_count(void);

/* Optional: returns when all deferred releases are done. */
CMC_EXPORT void cmc_drain(void);

/* Optional: calls a BPF helper function of the module, in an epoch and at DISPATCH_LEVEL. */
CMC_EXPORT uint64_t cmc_invoke_helper(uint32_t helper_id, const uint64_t arguments[5]);

#endif
