/*
 * The books of violations, and of how often each rule was put to the test. Bounded; the first sight
 * of each stays.
 */
#include "stress.h"

#include <stdarg.h>
#include <stdio.h>

static cmc_mutex_t mutex = CMC_MUTEX_INITIALISER;
static cmc_stress_violation_t rows[CMC_STRESS_VIOLATIONS_MAX];
static uint32_t rows_used;
static atomic_ullong tallies[MET_COUNT];

/* Which tally says that a rule was put to the test. */
static const struct {
    const char* rule;
    met_t what;
} rules[] = {
    {"CONC-001", MET_OVERLAP},
    {"CONC-002", MET_SAME_KEY_UPDATES},
    {"CONC-005", MET_LIVES},
    {"CONC-006", MET_FIND_DURING_CHANGE},
    {"CONC-007", MET_DELETE_DURING_UPDATE},
    {"EPOCH-001", MET_EPOCH_SERVICE},
    {"EPOCH-002", MET_EPOCH_EXIT},
    {"EPOCH-003", MET_EPOCH_STATE},
    {"EPOCH-004", MET_FREE},
    {"EPOCH-009", MET_BALANCE},
    {"CRUD-DEL-007", MET_DELETE},
    {"CRUD-DEL-010", MET_DELETE_BYTES},
    {"CRUD-DEL-016", MET_DELETE_AT_DISPATCH},
    {"CRUD-FIND-003", MET_FIND_OUT},
    {"CRUD-FIND-005", MET_FIND_BYTES},
    {"CRUD-UPD-004", MET_UPDATE_OUT},
    {"IRQL-007", MET_IRQL},
    {"UNLOAD-003", MET_UNLOADING},
    {"UNLOAD-007", MET_ATTACH},
};

void
met(met_t what)
{
    atomic_fetch_add_explicit(&tallies[what], 1, memory_order_relaxed);
}

uint64_t
times_met(met_t what)
{
    return atomic_load(&tallies[what]);
}

/*
 * What a provider does when it is alone with one thread says nothing about threads, and is left to
 * other suites.
 */
static const char alone[] = "alone";

/* Rows differ by rule and by what was expected, both literals. */
void
report(const char* rule, const char* kind, const char* expected, const char* saw, ...)
{
    cmc_mutex_lock(&mutex);
    uint32_t i = 0;
    while (i < rows_used && (strcmp(rows[i].rule, rule) != 0 || strcmp(rows[i].expected, expected) != 0)) {
        i += 1;
    }
    if (i < rows_used) {
        rows[i].count += 1;
    } else if (rows_used < CMC_STRESS_VIOLATIONS_MAX) {
        cmc_stress_violation_t* row = &rows[rows_used++];
        va_list arguments;
        va_start(arguments, saw);
        row->rule = rule;
        row->kind = !atomic_load(&run.has_begun) && strncmp(rule, "CONC-", 5) == 0 ? alone : kind;
        row->expected = expected;
        row->count = 1;
        vsnprintf(row->saw, sizeof(row->saw), saw, arguments);
        va_end(arguments);
    }
    cmc_mutex_unlock(&mutex);
}

void
report_collect(cmc_stress_result_t* result)
{
    result->rules = 0;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i += 1) {
        result->exercised[result->rules++] = (cmc_stress_exercised_t){rules[i].rule, times_met(rules[i].what)};
    }
    cmc_mutex_lock(&mutex);
    for (uint32_t i = 0; i < rows_used; i += 1) {
        if (rows[i].kind != alone) {
            result->violation[result->violations++] = rows[i];
        }
    }
    cmc_mutex_unlock(&mutex);
}

/* For a process that crashes: nothing is locked, nothing allocated. */
void
report_last_words(void (*say)(const char* text))
{
    for (uint32_t i = 0; i < rows_used; i += 1) {
        if (rows[i].kind == alone) {
            continue;
        }
        const char* const words[] = {
            "stress-violation\t", rows[i].rule, "\t", rows[i].kind, "\t", rows[i].expected, "\t", rows[i].saw, "\n"};
        for (size_t word = 0; word < sizeof(words) / sizeof(words[0]); word += 1) {
            say(words[word]);
        }
    }
}
