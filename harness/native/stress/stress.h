/*
 * What the parts of the stress driver share. Each part's own functions stand under the name of its
 * file.
 */
#ifndef STRESS_H
#define STRESS_H

#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* posix_memalign, sigaltstack, clock_gettime. */
#endif

#include <stdatomic.h>
#include <string.h>

#include "cmc_threads.h"

#include "cmc_contract.h"
#include "cmc_stress.h"

enum {
    THREAD_RECORDS = 64, /* The plan's, the work queue's, the one that stops, and those that a provider starts. */
    BINDINGS = 64,
    KEYS = 16,
    BUCKETS = 4,
    LOCKS_HELD_MAX = 16,
    STATES_MAX = 16,
    GUARD_BYTES = 32,
    NO_BINDING = -1,
    POISON_BYTE = 0xDD,
};

/* Where a thread is. The first CMC_STRESS_KINDS are callbacks that are counted by kind. */
typedef enum {
    IN_ATTACH, IN_DETACH, IN_CLEANUP, IN_CREATE, IN_DELETE_MAP, IN_ASSOCIATE, IN_FIND, IN_UPDATE, IN_DELETE,
    IN_WORK, IN_START, IN_STOP, IN_EXPORT, IN_NONE, PLACES,
} place_t;

typedef enum { IN_POOL, IN_EPOCH, IN_EPOCH_ALIGNED, MEMORY_KINDS } memory_kind_t;

/* What waits until no thread can see it any more. First member of what is retired. */
typedef struct retired {
    struct retired* later;
    uint64_t stamp;
    void (*reclaim)(struct retired* retired);
} retired_t;

typedef struct {
    void* lock;
    uint8_t irql;
} held_lock_t;

typedef struct {
    atomic_uintptr_t address; /* 0: free. Others look whether they share it. */
    uint64_t nonce;
    uint8_t irql;
} held_state_t;

/* Written by its own thread; what others look at is atomic. */
typedef struct {
    uint32_t index;
    uint64_t random;
    uint64_t process;
    uint8_t irql;
    atomic_int place;
    atomic_int binding; /* Whose callback runs. */
    atomic_ullong progress;
    atomic_uintptr_t waits_for; /* A spin lock, or 0. */
    atomic_ullong epoch;        /* Announced; 0 outside. */
    uint32_t epoch_depth;
    uint32_t locks;
    held_lock_t lock[LOCKS_HELD_MAX];
    uint32_t states;
    held_state_t state[STATES_MAX];
    retired_t* oldest;
    retired_t* newest;
    uint32_t pending; /* Retired and not reclaimed. */
    uint64_t values;    /* Made by this thread. */
    long id;            /* The system's. */
    uint64_t watched;   /* The watchdog's: progress as it last saw it, */
    uint32_t stuck_ms;  /* what it has used up since, */
    uint64_t cpu_ms;    /* and its processor time at the last look. */
    atomic_ullong calls[PLACES];
    uint8_t out[CMC_STRESS_SIZE_MAX + 2 * GUARD_BYTES];
} thread_t;

/* ---- The run. ---- */

typedef struct {
    cmc_stress_options_t options;
    cmc_host_t host;
    int (*start)(const cmc_host_t* host);
    void (*stop)(void);
    int (*make_value)(uint32_t map_type, uint32_t value_size, uint64_t index, uint8_t* value);
    void (*release_value)(uint32_t map_type, uint32_t value_size, const uint8_t* value);
    int64_t (*resource_count)(void);
    void (*drain)(void);
    /* Learnt from calls one after another, before the threads start. */
    bool is_rehearsal;
    bool is_identity;      /* A lookup answers what was written. */
    bool counts_resources; /* resource_count is the number of values. */
    bool is_faithful;      /* Callbacks use the client table of their own binding. */
    bool has_own_contexts; /* Each binding has a context of its own. */
    bool leaks_memory[MEMORY_KINDS]; /* Even alone. */
    bool leaks_objects;
    ebpf_result_t find_result;
    ebpf_result_t associate_result;
    atomic_bool has_begun; /* The threads run; before, nobody was beside anybody. */
    atomic_bool is_over;   /* They leave the plan. */
    atomic_bool is_hung;
    atomic_bool is_held; /* Threads that are between operations stay there, to make room for one that seems stuck. */
} run_t;

extern run_t run;

/* ---- thread.c: records of threads, chance, time, loading. ---- */

thread_t* self(void);
thread_t* thread_record(uint32_t index); /* NULL: no such record yet */
void thread_claim(uint32_t index);       /* the calling thread takes this record; those of the plan come first */
uint64_t thread_random(thread_t* thread);
void thread_perturb(thread_t* thread);   /* lets another thread run, now and then */
void thread_pause(uint32_t looks);       /* between two looks at a lock or a flag */
uint64_t clock_ms(void);
void sleep_ms(uint32_t milliseconds);
const char* place_name(int place);
void watch_faults(void);                 /* a crash says where it was */
void say_begun(void);                    /* to whoever reads last words: threads run from now on */
void watch_disturbances(void);
void thread_disturb(cmc_thread_t thread); /* holds it up for a moment, wherever it is in a callback */
void* library_open(const char* path, char* reason, size_t size);
void* library_symbol(void* library, const char* name);

/* ---- load.c: how busy threads are, whatever else the machine does. ---- */

long load_thread_id(void);
uint32_t load_spent_ms(thread_t* thread, uint32_t since_ms); /* slept or computed since the last look */
bool load_are_asleep(uint32_t threads); /* the first so many, all of them */
uint64_t load_cpu_ms(void); /* of the whole process */

/* ---- records.c: what was met and what was seen; which rule that breaks is not known here. ---- */

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void saw(const char* what, bool is_hang, const char* words, ...); /* `what` names a kind of sight */
void records_collect(cmc_stress_result_t* result);
void records_last_words(void (*say)(const char* text));

#define SAW(what, ...) saw((what), false, __VA_ARGS__)

/* Tallies of what rules may be about. */
typedef enum {
    MET_OVERLAP, MET_SAME_KEY_UPDATES, MET_LIVES, MET_FIND_DURING_CHANGE, MET_DELETE_DURING_UPDATE, MET_EPOCH_SERVICE,
    MET_EPOCH_EXIT, MET_EPOCH_STATE, MET_FREE, MET_BALANCE, MET_DELETE, MET_DELETE_BYTES, MET_FIND_BYTES, MET_FIND_OUT,
    MET_UPDATE_OUT, MET_IRQL, MET_UNLOADING, MET_ATTACH, MET_DELETE_AT_DISPATCH, MET_COUNT,
} met_t;

void met(met_t what);

/* ---- memory.c: blocks that the provider asked for. ---- */

void* memory_allocate(memory_kind_t kind, size_t size, uint32_t tag);
void memory_free(memory_kind_t kind, void* memory);
void memory_finish(void);  /* no thread runs any more: everything retired is reclaimed, what is left is reported */
uint64_t memory_live(memory_kind_t kind);
bool memory_is_gone(const void* memory); /* a block that was freed and is still remembered */

/* ---- epoch.c ---- */

void epoch_enter(thread_t* thread);
void epoch_exit(thread_t* thread);
void epoch_enter_state(thread_t* thread, void* state);
void epoch_exit_state(thread_t* thread, void* state);
void epoch_retire(thread_t* thread, retired_t* retired);
void epoch_tidy(thread_t* thread); /* between operations: reclaims what may be reclaimed */
void epoch_settle(void); /* no thread is in an epoch, and none enters */

/* ---- client-table.c: a client table for each binding, with functions of its own. ---- */

void client_open(int binding);
void client_close(int binding);
bool client_is_open(int binding);
const NPI_REGISTRATION_INSTANCE* client_instance(int binding);
uint64_t client_foreign_calls(void);

/* ---- host.c and lock.c: cmc_host_t. ---- */

void host_open(cmc_host_t* host);
void host_close(void); /* ends the worker when the queue is empty */
thread_t* host_begin(void); /* every service begins with it: a sign of life, and room for another thread */
uint64_t host_work_pending(void);
int64_t host_references(void);
void host_check_objects(void);
uint8_t host_get_irql(void);
uint8_t host_raise_irql(uint8_t irql);
void host_lower_irql(uint8_t irql);
void host_check_irql(uint8_t maximum, const char* what);
void host_lock_acquire(void* lock);
void host_lock_release(void* lock);
int32_t host_wait(void* object, uint32_t timeout_ms);
void host_signal(void* object);
void host_forget_signals(const void* from, size_t size);

/* ---- registrar.c ---- */

NTSTATUS registrar_register(const NPI_PROVIDER_CHARACTERISTICS* characteristics, void* context, HANDLE* handle);
NTSTATUS registrar_deregister(HANDLE handle);
NTSTATUS registrar_wait(HANDLE handle);
void registrar_detach_complete(HANDLE binding);
const ebpf_map_provider_data_t* registrar_choose(uint32_t map_type); /* NULL: none of that type */
int registrar_attach(void);                                            /* a binding, or NO_BINDING */
void registrar_detach(int binding);
void* registrar_context(int binding);
bool registrar_is_closing(void);
int registrar_bindings(void);

/* ---- callback.c: what surrounds a call into the provider. ---- */

typedef struct {
    int place;
    int binding;
    uint32_t locks;
    uint32_t states;
    uint8_t irql;
} frame_t;

frame_t callback_enter(thread_t* thread, int place, int binding);
void callback_leave(thread_t* thread, const frame_t* frame);
int callbacks_inside(place_t place);

/* ---- map.c ---- */

typedef struct map map_t;

map_t* map_create(void); /* NULL: refused */
void map_destroy(map_t* map);
void map_find(map_t* map, uint32_t key, bool remove);
void map_update(map_t* map, uint32_t key, uint32_t option);
void map_delete(map_t* map, uint32_t key);
void map_associate(map_t* map);
uint32_t map_entries(const map_t* map);
ebpf_result_t map_find_element(const void* map, const uint8_t* key, uint8_t** value);
uint64_t map_context_offset(void);
void map_use_table(const ebpf_map_provider_data_t* data);

/* What the last find, update and associate of the rehearsal answered. */
typedef struct {
    ebpf_result_t find, update, associate;
    bool found_what_was_written;
} answers_t;
extern answers_t answers;

typedef struct {
    atomic_ullong stored, deleted, refused;
} tokens_t;
extern tokens_t tokens;

/* ---- value.c ---- */

void values_open(void);
void values_close(void);
bool value_take(thread_t* thread, uint8_t* value, int32_t* index); /* false: none is free */
void value_give_back(int32_t index);

/* ---- plan.c: what a thread does, and the rehearsal. ---- */

void plan_rehearse(void);
bool plan_open(void); /* the shared maps */
void plan_start(uint32_t threads);
bool plan_is_at_rest(void); /* every thread has left the plan */
void plan_close(void);      /* go on: the provider stops meanwhile */
bool plan_is_finished(void);
void plan_join(uint32_t threads);
void plan_disturb(void); /* one of the threads, by chance */
uint32_t plan_entries(void);

#endif
