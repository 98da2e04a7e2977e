/*
 * The stress driver: a small thread-safe runtime that drives one native provider from several real
 * threads and keeps the books. A run is made of chance, so it shows faults and never their absence.
 */
#ifndef CMC_STRESS_H
#define CMC_STRESS_H

#include "custom_map_conformance.h"

enum {
    CMC_STRESS_THREADS_MAX = 32,
    CMC_STRESS_PATH_MAX = 1024,
    CMC_STRESS_PROGRAM_TYPES_MAX = 4,
    CMC_STRESS_SIZE_MAX = 4096,
    CMC_STRESS_SIGHTS_MAX = 48,
    CMC_STRESS_TEXT_MAX = 240,
    CMC_STRESS_KINDS = 9,
    CMC_STRESS_TALLIES_MAX = 32,
};

typedef struct _cmc_stress_options {
    char library[CMC_STRESS_PATH_MAX]; /* the provider; loaded anew */
    uint32_t threads;
    uint32_t duration_ms;
    uint64_t operations; /* for each thread; 0: as many as the time allows */
    uint64_t seed;
    uint32_t hang_ms;         /* no progress for so long inside a callback is a hang */
    uint32_t map_type;        /* 0: of the first registration */
    uint32_t key_size;
    uint32_t value_size;
    uint32_t max_entries;
    uint32_t map_limit;       /* maps that may be alive at once; 0: no limit is known */
    uint32_t duplicates;      /* 0: a value may be in use once only */
    uint32_t identity;        /* 0: what a lookup answers is not compared with what was written */
    uint32_t program_types;
    GUID program_type[CMC_STRESS_PROGRAM_TYPES_MAX]; /* that associate accepts */
} cmc_stress_options_t;

typedef enum {
    CMC_STRESS_DONE = 0,
    CMC_STRESS_HUNG = 1,       /* threads are still stuck: end the process without ceremony */
    CMC_STRESS_NOT_STARTED = 2 /* `reason` says why */
} cmc_stress_outcome_t;

/* One kind of sight, as first seen. */
typedef struct _cmc_stress_sight {
    const char* what;
    const char* when; /* "alone" before threads ran beside one another, "beside", or "stuck" for good */
    char words[CMC_STRESS_TEXT_MAX];
    uint64_t count;
} cmc_stress_sight_t;

/* How often something was met that a rule may be about. */
typedef struct _cmc_stress_tally {
    const char* what;
    uint64_t times;
} cmc_stress_tally_t;

typedef struct _cmc_stress_result {
    cmc_stress_outcome_t outcome;
    char reason[CMC_STRESS_TEXT_MAX];
    uint64_t elapsed_ms;
    uint32_t threads;
    uint64_t callbacks; /* made by the threads of the plan */
    uint64_t per_thread[CMC_STRESS_THREADS_MAX];
    uint64_t per_kind[CMC_STRESS_KINDS]; /* named by cmc_stress_kind */
    uint64_t work_items;
    uint64_t values_stored; /* tokens: one for each successful update callback, rolled back or not */
    uint64_t values_deleted;
    uint64_t updates_refused;
    uint32_t tallies;
    cmc_stress_tally_t tally[CMC_STRESS_TALLIES_MAX];
    uint32_t sights;
    cmc_stress_sight_t sight[CMC_STRESS_SIGHTS_MAX];
} cmc_stress_result_t;

/* Once in a process: the books are global. */
CMC_EXPORT void cmc_stress_run(const cmc_stress_options_t* options, cmc_stress_result_t* result);

/* The name of a callback whose calls per_kind counts. */
CMC_EXPORT const char* cmc_stress_kind(uint32_t kind);

/* Defaults, then one `name=value`; false: there is no such name, or the value is out of range. */
CMC_EXPORT void cmc_stress_defaults(cmc_stress_options_t* options);
CMC_EXPORT bool cmc_stress_option(cmc_stress_options_t* options, const char* text);

/* The result in lines of words between tabs; what does not fit is left out. */
CMC_EXPORT void cmc_stress_print(const cmc_stress_result_t* result, char* text, size_t size);

/*
 * All of it in text: lines of options in, lines of results out. False: an option is wrong, named in
 * `text`.
 */
CMC_EXPORT bool cmc_stress_run_text(const char* options, char* text, size_t size);

#endif
