/* Options and results as text, so that no other language has to know the structures. */
#include "stress.h"

#include <stdarg.h>
#include <stdio.h>

void
cmc_stress_defaults(cmc_stress_options_t* options)
{
    memset(options, 0, sizeof(*options));
    options->threads = 4;
    options->duration_ms = 2000;
    options->seed = 1;
    options->hang_ms = 2000;
    options->key_size = 4;
    options->value_size = 4;
    options->max_entries = 12; /* Fewer than there are keys, so that the map is full now and then. */
    options->duplicates = 1;
    options->identity = 1;
}

static bool
is_name(const char* text, const char* name, const char** value)
{
    size_t length = strlen(name);
    *value = text + length + 1;
    return strncmp(text, name, length) == 0 && text[length] == '=';
}

static bool
read_number(const char* text, uint64_t minimum, uint64_t maximum, uint64_t* number)
{
    char* end;
    if (*text < '0' || *text > '9') {
        return false;
    }
    *number = strtoull(text, &end, 10);
    return *end == '\0' && *number >= minimum && *number <= maximum;
}

/* 8-4-4-4-12 hexadecimal digits. */
static bool
read_guid(const char* text, GUID* guid)
{
    unsigned int part[11];
    int end = 0;
    int read = sscanf(text, "%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x%n", &part[0], &part[1], &part[2], &part[3], &part[4],
        &part[5], &part[6], &part[7], &part[8], &part[9], &part[10], &end);
    if (read != 11 || text[end] != '\0') {
        return false;
    }
    guid->Data1 = part[0];
    guid->Data2 = (uint16_t)part[1];
    guid->Data3 = (uint16_t)part[2];
    for (uint32_t i = 0; i < 8; i += 1) {
        guid->Data4[i] = (uint8_t)part[3 + i];
    }
    return true;
}

bool
cmc_stress_option(cmc_stress_options_t* options, const char* text)
{
    const struct {
        const char* name;
        uint64_t minimum;
        uint64_t maximum;
        uint32_t* number;
    } numbers[] = {
        {"threads", 1, 24, &options->threads},
        {"duration_ms", 1, 3600000, &options->duration_ms},
        {"hang_ms", 100, 600000, &options->hang_ms},
        {"map_type", 0, UINT32_MAX, &options->map_type},
        {"key_size", 1, 512, &options->key_size},
        {"value_size", 1, CMC_STRESS_SIZE_MAX, &options->value_size},
        {"max_entries", 1, UINT32_MAX, &options->max_entries},
        {"map_limit", 0, UINT32_MAX, &options->map_limit},
        {"duplicates", 0, 1, &options->duplicates},
        {"identity", 0, 1, &options->identity},
    };
    const char* value;
    uint64_t number;
    if (is_name(text, "library", &value)) {
        return (size_t)snprintf(options->library, sizeof(options->library), "%s", value) < sizeof(options->library);
    }
    if (is_name(text, "seed", &value)) {
        return read_number(value, 0, UINT64_MAX, &options->seed);
    }
    if (is_name(text, "operations", &value)) {
        return read_number(value, 0, UINT64_MAX, &options->operations);
    }
    if (is_name(text, "program_type", &value)) {
        return options->program_types < CMC_STRESS_PROGRAM_TYPES_MAX &&
               read_guid(value, &options->program_type[options->program_types++]);
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i += 1) {
        if (is_name(text, numbers[i].name, &value)) {
            bool is_right = read_number(value, numbers[i].minimum, numbers[i].maximum, &number);
            *numbers[i].number = is_right ? (uint32_t)number : 0;
            return is_right;
        }
    }
    return false;
}

typedef struct {
    char* text;
    size_t size;
    size_t used;
} page_t;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
add(page_t* page, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(page->text + page->used, page->size - page->used, format, arguments);
    va_end(arguments);
    if (length > 0 && (size_t)length < page->size - page->used) {
        page->used += (size_t)length;
    } else {
        page->text[page->used] = '\0';
    }
}

void
cmc_stress_print(const cmc_stress_result_t* result, char* text, size_t size)
{
    static const char* const outcomes[] = {"done", "hung", "not-started"};
    page_t page = {text, size, 0};
    add(&page, "outcome\t%s\t%s\n", outcomes[result->outcome], result->reason);
    add(&page, "elapsed_ms\t%llu\n", (unsigned long long)result->elapsed_ms);
    add(&page, "callbacks\t%llu\n", (unsigned long long)result->callbacks);
    for (uint32_t i = 0; i < result->threads; i += 1) {
        add(&page, "thread\t%u\t%llu\n", (unsigned)i, (unsigned long long)result->per_thread[i]);
    }
    for (uint32_t i = 0; i < CMC_STRESS_KINDS; i += 1) {
        add(&page, "kind\t%s\t%llu\n", cmc_stress_kind(i), (unsigned long long)result->per_kind[i]);
    }
    add(&page, "work_items\t%llu\n", (unsigned long long)result->work_items);
    add(&page, "values_stored\t%llu\n", (unsigned long long)result->values_stored);
    add(&page, "values_deleted\t%llu\n", (unsigned long long)result->values_deleted);
    add(&page, "updates_refused\t%llu\n", (unsigned long long)result->updates_refused);
    for (uint32_t i = 0; i < result->tallies; i += 1) {
        add(&page, "met\t%s\t%llu\n", result->tally[i].what, (unsigned long long)result->tally[i].times);
    }
    for (uint32_t i = 0; i < result->sights; i += 1) {
        const cmc_stress_sight_t* row = &result->sight[i];
        add(&page, "saw\t%s\t%s\t%llu\t%s\n", row->what, row->when, (unsigned long long)row->count, row->words);
    }
}

bool
cmc_stress_run_text(const char* given, char* text, size_t size)
{
    cmc_stress_options_t* options = malloc(sizeof(*options));
    cmc_stress_result_t* result = malloc(sizeof(*result));
    bool is_right = options != NULL && result != NULL;
    if (is_right) {
        cmc_stress_defaults(options);
    }
    while (is_right && *given != '\0') {
        char line[CMC_STRESS_PATH_MAX + 32];
        size_t length = strcspn(given, "\n");
        is_right = length < sizeof(line);
        if (is_right) {
            memcpy(line, given, length);
            line[length] = '\0';
            is_right = length == 0 || cmc_stress_option(options, line);
        }
        if (!is_right) {
            snprintf(text, size, "%.*s", (int)(length < 200 ? length : 200), given);
        }
        given += length + (given[length] == '\n');
    }
    if (is_right) {
        cmc_stress_run(options, result);
        cmc_stress_print(result, text, size);
    }
    free(options);
    free(result);
    return is_right;
}
