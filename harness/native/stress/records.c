/*
 * What the threads did, as records for whoever judges them: how often each thing was met, and what
 * was seen. Bounded; the first sight of each kind stays.
 */
#include "stress.h"

#include <stdarg.h>
#include <stdio.h>

static cmc_mutex_t mutex = CMC_MUTEX_INITIALISER;
static cmc_stress_sight_t rows[CMC_STRESS_SIGHTS_MAX];
static uint32_t rows_used;
static atomic_ullong tallies[MET_COUNT];

static const char* const names[MET_COUNT] = {
    [MET_OVERLAP] = "overlap",
    [MET_SAME_KEY_UPDATES] = "same-key-updates",
    [MET_LIVES] = "lives",
    [MET_FIND_DURING_CHANGE] = "find-during-change",
    [MET_DELETE_DURING_UPDATE] = "delete-during-update",
    [MET_EPOCH_SERVICE] = "epoch-service",
    [MET_EPOCH_EXIT] = "epoch-exit",
    [MET_EPOCH_STATE] = "epoch-state",
    [MET_FREE] = "free",
    [MET_BALANCE] = "balance",
    [MET_DELETE] = "delete",
    [MET_DELETE_BYTES] = "delete-bytes",
    [MET_FIND_BYTES] = "find-bytes",
    [MET_FIND_OUT] = "find-out",
    [MET_UPDATE_OUT] = "update-out",
    [MET_IRQL] = "irql",
    [MET_UNLOADING] = "unloading",
    [MET_ATTACH] = "attach",
    [MET_DELETE_AT_DISPATCH] = "delete-at-dispatch",
};

void
met(met_t what)
{
    atomic_fetch_add_explicit(&tallies[what], 1, memory_order_relaxed);
}

/* Rows differ by what was seen, a literal. */
void
saw(const char* what, bool is_hang, const char* words, ...)
{
    cmc_mutex_lock(&mutex);
    uint32_t i = 0;
    while (i < rows_used && strcmp(rows[i].what, what) != 0) {
        i += 1;
    }
    if (i < rows_used) {
        rows[i].count += 1;
    } else if (rows_used < CMC_STRESS_SIGHTS_MAX) {
        cmc_stress_sight_t* row = &rows[rows_used];
        va_list arguments;
        va_start(arguments, words);
        row->what = what;
        row->when = is_hang ? "stuck" : atomic_load(&run.has_begun) ? "beside" : "alone";
        row->count = 1;
        vsnprintf(row->words, sizeof(row->words), words, arguments);
        va_end(arguments);
        rows_used += 1;
    }
    cmc_mutex_unlock(&mutex);
}

void
records_collect(cmc_stress_result_t* result)
{
    result->tallies = MET_COUNT;
    for (size_t i = 0; i < MET_COUNT; i += 1) {
        result->tally[i] = (cmc_stress_tally_t){names[i], atomic_load(&tallies[i])};
    }
    cmc_mutex_lock(&mutex);
    memcpy(result->sight, rows, rows_used * sizeof(rows[0]));
    result->sights = rows_used;
    cmc_mutex_unlock(&mutex);
}

/* For a process that crashes: nothing is locked, nothing allocated. */
void
records_last_words(void (*say)(const char* text))
{
    for (uint32_t i = 0; i < rows_used; i += 1) {
        const char* const words[] = {"stress-saw\t", rows[i].what, "\t", rows[i].when, "\t", rows[i].words, "\n"};
        for (size_t word = 0; word < sizeof(words) / sizeof(words[0]); word += 1) {
            say(words[word]);
        }
    }
}
