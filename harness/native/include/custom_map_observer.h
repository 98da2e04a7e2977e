/*
 * The observing provider: registers with a runtime under test, does in each callback what its
 * configuration says, and writes down what it was told. A flat C face, so that the harness needs no
 * callback of its own: it calls the runtime, then reads the records.
 *
 * There is one observer in a process. Callbacks may come from any thread; everything else is called
 * from one.
 */
#ifndef CUSTOM_MAP_OBSERVER_H
#define CUSTOM_MAP_OBSERVER_H

#include "custom_map_runtime.h"

enum {
    CMC_OBSERVED_BYTES = 64, /* Of a key or value that a record keeps. */
    CMC_RESULTS_MAX = 15,
};

/* Numbers in records that name nothing. */
#define CMC_NONE 0u             /* A NULL pointer, or a field that this record does not use. */
#define CMC_UNTOLD 0xFFFFFFFEu  /* Nothing was shown yet that could tell. */
#define CMC_FOREIGN 0xFFFFFFFFu /* A pointer that the observer never handed out; bytes that were not there; unknown. */

/* Members of the dispatch table, and bits of `members`: 1u << member. */
enum {
    CMC_MEMBER_CREATE = 0,
    CMC_MEMBER_MAP_DELETE,
    CMC_MEMBER_ASSOCIATE,
    CMC_MEMBER_FIND,
    CMC_MEMBER_UPDATE,
    CMC_MEMBER_PRE_DELETE,
    CMC_MEMBER_POST_DELETE,
    /* The registrar's entry points, as records name them. */
    CMC_ENTRY_ATTACH,
    CMC_ENTRY_DETACH,
    CMC_ENTRY_CLEANUP,
};

/*
 * Structures that are NULL (`missing`), or that a fault was in (1u << bit in `missing`, the number
 * in a record).
 */
enum { CMC_STRUCTURE_DATA = 0, CMC_STRUCTURE_PROPERTIES, CMC_STRUCTURE_TABLE };

/* Where the three structures lie. */
enum {
    CMC_PROTECT_GUARD = 1,     /* A page that cannot be touched follows the last byte that header.size covers, but for
                                  alignment: behind the properties seven bytes of garbage come first. */
    CMC_PROTECT_READ_ONLY = 2, /* Writing to them is a fault. */
};

/* What preprocess_map_create does to *map_context. */
enum { CMC_CONTEXT_AS_RESULT = 0, CMC_CONTEXT_SET, CMC_CONTEXT_UNSET, CMC_CONTEXT_NULL };
/* What it does to *actual_value_size. */
enum { CMC_ACTUAL_SAME = 0, CMC_ACTUAL_UNSET, CMC_ACTUAL_VALUE };
/*
 * What find and update write: each byte of the input turned (^ 0xA5) and a filler behind, nothing,
 * or half of it.
 */
enum { CMC_WRITE_TURNED = 0, CMC_WRITE_NOTHING, CMC_WRITE_HALF };
/* What is tried inside each callback. */
enum { CMC_PROBE_LOOKUP = 1, CMC_PROBE_EPOCH = 2 };

/* Answers in order of calls; the last one stays. None: success. */
typedef struct _cmc_results {
    uint32_t count;
    uint32_t result[CMC_RESULTS_MAX];
} cmc_results_t;

/* One provider. Every field is 32 bits wide. cmc_observer_default fills in a right one. */
typedef struct _cmc_observer_provider {
    /* What is registered. */
    uint32_t map_type;
    uint32_t base_map_type;
    uint32_t updates_original_value;
    uint32_t members;
    uint32_t missing;
    uint32_t data_version;
    uint32_t data_size;
    uint32_t data_total;
    uint32_t properties_version;
    uint32_t properties_size;
    uint32_t properties_total;
    uint32_t table_version;
    uint32_t table_size;
    uint32_t table_total;
    uint32_t table_bytes; /* Bytes of the table that are there, where it is more than header.size says. */
    uint32_t protection;
    uint32_t other_interface;   /* 1: registered under the NPI id of program information. */
    uint32_t has_no_cleanup;    /* 1: ProviderCleanupBindingContext is NULL. */
    /* What the callbacks do. */
    uint32_t context_on_refusal; /* 1: a failing attach sets the binding context nevertheless. */
    uint32_t null_binding;       /* 1: a successful attach leaves it NULL. */
    uint32_t detach_pends;       /* 1: detach answers STATUS_PENDING; see cmc_observer_detach_complete. */
    uint32_t create_context;
    uint32_t actual_mode;
    uint32_t actual_value_size;
    uint32_t update_write;
    uint32_t find_write;
    uint32_t probes;
    uint32_t pre_delete_everywhere; /* 1: pre_delete is asked for every delete, and only looked at for MAP_CLEANUP. */
    /*
     * CMC_OPERATION_… + 1 that these callbacks carry out on their own map, as a user; 0: none. Not in
     * clean-up, and not from what they started themselves.
     */
    uint32_t reenter_find;
    uint32_t reenter_update;
    uint32_t reenter_delete;
    uint32_t reenter_key; /* The first four bytes of the key, as they lie in memory; zeroes follow. */
    cmc_results_t attach; /* NTSTATUS; the others are ebpf_result_t */
    cmc_results_t create;
    cmc_results_t associate;
    cmc_results_t find;
    cmc_results_t update;
    cmc_results_t pre_delete; /* Not asked, and EBPF_SUCCESS, when flags have UPDATE or MAP_CLEANUP, unless: */
    cmc_results_t pre_delete_always; /* what it answers then */
} cmc_observer_provider_t;

enum { CMC_RECORD_CALLBACK = 1, CMC_RECORD_OPERATION, CMC_RECORD_FAULT };
/* Operations of cmc_observer_together, and those of cmc_observer_meanwhile. */
enum {
    CMC_OPERATION_FIND = 0,
    CMC_OPERATION_UPDATE,
    CMC_OPERATION_DELETE,
    CMC_OPERATION_LOOKUP_AND_DELETE,
    CMC_OPERATION_REGISTER,
    CMC_OPERATION_DEREGISTER,
    CMC_OPERATION_CREATE,
};

/* One callback, operation or fault. Fields that do not belong to its kind are 0. */
typedef struct _cmc_observer_record {
    /* 64-bit fields first. */
    uint64_t key_size;
    uint64_t in_size;
    uint64_t out_size;
    uint64_t map_context_offset;
    uint64_t data_bytes; /* header.size of the client data, */
    uint64_t data_total;
    uint64_t table_bytes; /* and of the client table */
    uint64_t table_total;
    uint64_t process; /* of the calling thread, if the runtime tells */
    uint64_t made_map; /* of a creation that others made meanwhile: the map */

    uint32_t kind;
    uint32_t entered;  /* Entries and returns are numbered by one count, so they have one order. */
    uint32_t returned; /* 0: not yet. */
    uint32_t callback; /* CMC_MEMBER_… or CMC_ENTRY_…; of an operation CMC_OPERATION_…; of a fault CMC_STRUCTURE_… */
    uint32_t provider;
    uint32_t binding; /* Numbers of the contexts that were passed, by order of attach and create, from 1. */
    uint32_t context;
    uint32_t thread;
    uint32_t within;  /* `entered` of the callback that this thread was in */
    uint32_t irql;    /* CMC_FOREIGN: the runtime does not tell. */
    uint32_t locks;
    uint32_t result;
    uint32_t flags;   /* of a fault: 1 a write, 0 a read */
    uint32_t changed; /* Bytes of the provider's structures that differ from what was registered. */

    /* preprocess_map_create, and what it answered */
    uint32_t map_type;
    uint32_t map_key_size;
    uint32_t map_value_size;
    uint32_t max_entries;
    uint32_t actual_value_size; /* CMC_FOREIGN: not written */
    uint32_t made;              /* The number of the binding or context that was put out. */
    uint32_t wrote_context;

    /* attach */
    uint32_t data_version;
    uint32_t table_version;
    uint32_t table_members; /* Bits, in table order, of client functions that are not NULL. */
    uint32_t has_dispatch;
    uint32_t has_client_context;
    uint32_t has_interface; /* The client registered under the right NPI id. */
    uint32_t module_length;
    uint32_t module_type;

    /* Bytes kept of each buffer; CMC_FOREIGN: it was NULL. */
    uint32_t key_length;
    uint32_t in_length;
    uint32_t out_length;
    uint32_t lookup_length;

    /* find_element_function for the same key, called from inside the callback */
    uint32_t looked_up; /* 1: it was called */
    uint32_t lookup_result;
    uint32_t lookup_is_argument; /* It showed the very buffer that the callback was given. */

    /* Memory allocated and freed inside the callback */
    uint32_t epoch_tried;
    uint32_t epoch_failed;       /* Allocations that gave NULL. */
    uint32_t epoch_survived;     /* 1: still intact after the free, protected by the runtime's epoch alone */
    uint32_t epoch_held;         /* 1: still intact in an epoch of the provider's own */

    uint32_t option;   /* of an operation: its position; of a fault: the offset in the structure */
    uint32_t in_epoch; /* of the runtime's own, at entry; CMC_FOREIGN: it does not tell */
    uint32_t reused;   /* `entered` of an earlier callback, a block freed in which was handed out here; 0: none */

    uint8_t program_type[16]; /* associate; of attach: the client's module id */
    uint8_t key[CMC_OBSERVED_BYTES];
    uint8_t in_value[CMC_OBSERVED_BYTES];
    uint8_t out_before[CMC_OBSERVED_BYTES];
    uint8_t out_after[CMC_OBSERVED_BYTES];
    uint8_t lookup[CMC_OBSERVED_BYTES];
} cmc_observer_record_t;

/* One operation of several threads at work. */
typedef struct _cmc_observer_operation {
    cmc_map_t* map;
    uint32_t actor; /* Operations of one actor are one thread's, in their order. */
    uint32_t kind;  /* CMC_OPERATION_… */
    uint32_t option;
    uint32_t flags; /* CMC_RUNTIME_HELPER: a BPF program */
    uint32_t key_size;
    uint32_t value_size;
    uint32_t process; /* that the operation is made for */
    uint32_t reserved;
    uint8_t key[CMC_OBSERVED_BYTES];
    uint8_t value[CMC_OBSERVED_BYTES];
} cmc_observer_operation_t;

/* What one of the others does meanwhile. */
typedef struct _cmc_observer_step {
    uint32_t kind;     /* CMC_OPERATION_REGISTER, _DEREGISTER, _CREATE */
    uint32_t number;   /* `option` of its record */
    uint32_t provider; /* that comes or goes */
    uint32_t late;     /* 1: an attach that it leads to waits for another callback, or for the end */
    uint32_t process;
    uint32_t map_type;
    uint32_t key_size;
    uint32_t value_size;
    uint32_t max_entries;
} cmc_observer_step_t;

CMC_EXPORT void cmc_observer_default(cmc_observer_provider_t* provider);

/* Opens with copies of these providers, and room for so many records. 0: opened. */
CMC_EXPORT int32_t cmc_observer_open(const cmc_observer_provider_t* providers, uint32_t count, uint32_t records_max);
/* Ends what open began. No provider may be registered any more. */
CMC_EXPORT void cmc_observer_close(void);

CMC_EXPORT int32_t cmc_observer_register(const cmc_runtime_t* runtime, uint32_t provider);
CMC_EXPORT int32_t cmc_observer_deregister(uint32_t provider);
/*
 * As the registrar's wait, but STATUS_TIMEOUT after so many milliseconds: the wait then goes on,
 * and the next call waits for
 * it again, whichever provider it names.
 */
CMC_EXPORT int32_t cmc_observer_wait(uint32_t provider, uint32_t milliseconds_max);
/* Leaves a wait that goes on to itself. */
CMC_EXPORT void cmc_observer_give_up(void);
/* Ends the oldest detach that is pending. 0: there was one. */
CMC_EXPORT int32_t cmc_observer_detach_complete(void);

/*
 * Takes over what the callbacks of a provider do from now on. What is registered stays. Bits of
 * `restarted` name the lists
 * of answers, in their order, that begin again; the others go on where they are.
 */
CMC_EXPORT void cmc_observer_set(uint32_t provider, const cmc_observer_provider_t* behaviour, uint32_t restarted);
/*
 * Writes one 32-bit word of a structure of a live provider, as far as the structure reaches, as
 * if its driver had done
 * so. Not where it is read-only.
 */
CMC_EXPORT void cmc_observer_mutate(uint32_t provider, uint32_t structure, uint32_t offset, uint32_t word);

/*
 * Says which map object carries a context, so that callbacks of this map can look up in it; NULL
 * ends that.
 */
CMC_EXPORT void cmc_observer_map(uint32_t context, const cmc_map_t* map);
/*
 * The number of the context that a map object carries at the offset that was shown; CMC_NONE,
 * CMC_FOREIGN, CMC_UNTOLD.
 */
CMC_EXPORT uint32_t cmc_observer_context_at(const cmc_map_t* map);

/*
 * find_element_function as the last attach that still holds showed it. CMC_UNTOLD: there is none;
 * otherwise its answer.
 */
CMC_EXPORT uint32_t cmc_observer_find_element(const cmc_map_t* map, const uint8_t* key, uint8_t** value);

/*
 * Has others do this, each on a thread of its own, while a callback of a provider (CMC_MEMBER_CREATE,
 * CMC_ENTRY_ATTACH) runs for the first time. One such list at a time. 0: it is awaited.
 */
CMC_EXPORT int32_t cmc_observer_meanwhile(
    uint32_t provider, uint32_t callback, const cmc_observer_step_t* steps, uint32_t count);
/* The operation in which that callback came is over: waits for the others, if they have begun. */
CMC_EXPORT void cmc_observer_settle(void);

/* Takes the next record, in order of entry. 0: there is none. */
CMC_EXPORT int32_t cmc_observer_next(cmc_observer_record_t* record);
/* Records that there was no room for. */
CMC_EXPORT uint32_t cmc_observer_lost(void);

/*
 * Carries operations out, each actor on a thread of its own, all at the same time. Each operation
 * becomes a record whose
 * `option` is its position in the list. 0: all of them were.
 */
CMC_EXPORT int32_t cmc_observer_together(
    const cmc_runtime_t* runtime, const cmc_observer_operation_t* operations, uint32_t count);

#endif
