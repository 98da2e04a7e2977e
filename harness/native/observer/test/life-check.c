/*
 * The observing provider and a runtime, linked together, live a few lives; what the records show
 * is printed as one JSON
 * object. observer.test.ts says what it must be.
 */
#include <stdio.h>
#include <string.h>

#include "custom_map_observer.h"

static const cmc_runtime_t* runtime;
static const char* comma = "";

static const char* const callback_names[] = {"create", "map_delete", "associate", "find", "update", "pre_delete",
    "post_delete", "attach", "detach", "cleanup"};

/*
 * Prints what happened since the last time: name, flags, and the first byte of the value it was
 * about.
 */
static void
say(const char* title, int result)
{
    cmc_observer_record_t record;
    printf("%s\n  \"%s\": [%d", comma, title, result);
    comma = ",";
    while (cmc_observer_next(&record) != 0) {
        if (record.kind == CMC_RECORD_FAULT) {
            const char* how = record.flags != 0 ? "writes" : "reads";
            printf(", \"%s structure %u at %u\"", how, record.callback, record.option);
            continue;
        }
        printf(", \"%s p%u b%u c%u", callback_names[record.callback], record.provider, record.binding, record.context);
        if (record.key_length != CMC_FOREIGN) {
            printf(" key %02x value %02x", record.key[0], record.in_value[0]);
            printf(" sizes %u/%u/%u", (unsigned)record.key_size, (unsigned)record.in_size, (unsigned)record.out_size);
            printf(" flags %u", record.flags);
        }
        if (record.irql != 0 || record.locks != 0) {
            printf(" irql %u locks %u", record.irql, record.locks);
        }
        if (record.looked_up != 0) {
            printf(record.lookup_result == 0 ? " sees %02x" : " sees nothing", record.lookup[0]);
        }
        if (record.epoch_tried != 0 && !(record.epoch_survived == 1 && record.epoch_held == 1)) {
            printf(" unprotected");
        }
        if (record.changed != 0) {
            printf(" changed %u", record.changed);
        }
        printf("\"");
    }
    printf("]");
}

static cmc_map_t*
create(uint32_t value_size, uint32_t context)
{
    cmc_map_t* map = NULL;
    ebpf_result_t result = runtime->map_create(BPF_MAP_TYPE_SAMPLE_HASH_MAP, 4, value_size, 2, "life", &map);
    if (result == EBPF_SUCCESS) {
        cmc_observer_map(context, map);
    }
    say("create", (int)result);
    return map;
}

static ebpf_result_t
put(cmc_map_t* map, uint8_t key, uint8_t value, uint32_t option, uint32_t flags)
{
    uint8_t keys[4] = {key};
    uint8_t values[8] = {value};
    return runtime->update(map, keys, sizeof(keys), values, sizeof(values), option, flags);
}

static ebpf_result_t
get(cmc_map_t* map, uint8_t key, uint8_t* value, uint32_t flags)
{
    uint8_t keys[4] = {key};
    return runtime->find(map, keys, sizeof(keys), value, 8, flags);
}

static void
live(const cmc_observer_provider_t* provider)
{
    uint8_t value[8] = {0};
    uint8_t key[4] = {1};
    (void)cmc_observer_open(provider, 1, 1000);
    say("register", (int)cmc_observer_register(runtime, 0));
    cmc_map_t* map = create(8, 1);
    if (map != NULL) {
        say("insert", (int)put(map, 1, 0x11, 0, 0));
        say("replace", (int)put(map, 1, 0x12, 2, 0));
        say("refused insert", (int)put(map, 1, 0x13, 1, 0));
        say("find", (int)get(map, 1, value, 0));
        say("value found", value[0]);
        say("find from a program", (int)get(map, 1, value, CMC_RUNTIME_HELPER));
        say("find of a missing key", (int)get(map, 2, value, 0));
        say("next key", (int)runtime->next_key(map, NULL, 4, key));
        say("delete", (int)runtime->delete_entry(map, key, 4, 0));
        say("delete again", (int)runtime->delete_entry(map, key, 4, 0));
        (void)put(map, 3, 0x31, 0, 0);
        say("insert another", (int)put(map, 4, 0x41, 0, 0));
        say("insert into a full map", (int)put(map, 5, 0x51, 0, 0));
        key[0] = 4;
        say("look up and delete", (int)runtime->lookup_and_delete(map, key, 4, value, 8, 0));
        say("context at the offset", (int)cmc_observer_context_at(map));
        say("deregister", (int)cmc_observer_deregister(0));
        cmc_observer_map(1, NULL);
        runtime->map_close(map);
        runtime->drain();
        say("close", 0);
        say("wait", (int)cmc_observer_wait(0, 600000));
    } else {
        say("deregister", (int)cmc_observer_deregister(0));
    }
    say("lost records", (int)cmc_observer_lost());
    cmc_observer_close();
}

/*
 * Announced values minus deleted ones, over several threads: 0 when every value was given back once
 * (CONC-003).
 */
static void
stress(const cmc_observer_provider_t* provider)
{
    enum { THREADS = 4, TURNS = 2000, KEYS = 3 };
    static uint8_t owed[THREADS + 1][TURNS + 1];
    static cmc_observer_operation_t operations[THREADS * TURNS];
    int wrong = 0;
    int left = 0;
    cmc_map_t* map = NULL;
    (void)cmc_observer_open(provider, 1, 100000);
    (void)cmc_observer_register(runtime, 0);
    (void)runtime->map_create(BPF_MAP_TYPE_SAMPLE_HASH_MAP, 4, 8, 2, "stress", &map);
    uint32_t drawn = 7;
    for (uint32_t index = 0; index < THREADS * TURNS; index += 1) {
        static const uint32_t kinds[] = {CMC_OPERATION_UPDATE, CMC_OPERATION_UPDATE, CMC_OPERATION_UPDATE,
            CMC_OPERATION_DELETE, CMC_OPERATION_LOOKUP_AND_DELETE, CMC_OPERATION_FIND};
        cmc_observer_operation_t* one = &operations[index];
        drawn = drawn * 1664525u + 1013904223u;
        *one = (cmc_observer_operation_t){.map = map, .actor = index / TURNS, .key_size = 4, .value_size = 8};
        one->kind = kinds[(drawn >> 16) % (sizeof(kinds) / sizeof(kinds[0]))];
        one->option = (drawn >> 8) % 3;
        one->key[0] = (uint8_t)((drawn >> 24) % KEYS);
        one->value[0] = (uint8_t)(index % TURNS);
        one->value[1] = (uint8_t)(index % TURNS >> 8);
        one->value[3] = (uint8_t)(one->actor + 1);
    }
    (void)cmc_observer_together(runtime, operations, THREADS * TURNS);
    runtime->map_close(map);
    runtime->drain();
    (void)cmc_observer_deregister(0);
    cmc_observer_record_t record;
    while (cmc_observer_next(&record) != 0) {
        bool accepts = record.callback == CMC_MEMBER_UPDATE;
        if (record.kind == CMC_RECORD_CALLBACK && (accepts || record.callback == CMC_MEMBER_POST_DELETE)) {
            uint8_t* owes = &owed[record.in_value[3]][record.in_value[0] | record.in_value[1] << 8];
            wrong += *owes != (accepts ? 0 : 1) ? 1 : 0;
            *owes = accepts ? 1 : 0;
            left += accepts ? 1 : -1;
        }
    }
    printf("%s\n  \"values left after stress\": %d,\n  \"values given back wrongly\": %d,", comma, left, wrong);
    printf("\n  \"records lost in stress\": %u", cmc_observer_lost());
    cmc_observer_close();
}

int
main(int count, char** given)
{
    const char* kind = count > 1 ? given[1] : "plain";
    cmc_observer_provider_t provider;
    runtime = cmc_runtime_open();
    cmc_observer_default(&provider);
    printf("{");
    if (strcmp(kind, "transforming") == 0) {
        provider.updates_original_value = 1;
        provider.actual_mode = CMC_ACTUAL_VALUE;
        provider.actual_value_size = 16;
    } else if (strcmp(kind, "deprecated") == 0) {
        provider.members ^= 1u << CMC_MEMBER_PRE_DELETE | 1u << CMC_MEMBER_POST_DELETE;
        provider.table_size = 72;
        provider.table_total = 72;
        provider.pre_delete = (cmc_results_t){2, {EBPF_OPERATION_NOT_SUPPORTED, EBPF_SUCCESS}};
    } else if (strcmp(kind, "invalid") == 0) {
        provider.table_size = 88;
    }
    if (strcmp(kind, "stress") == 0) {
        provider.probes = 0;
        stress(&provider);
    } else {
        live(&provider);
    }
    puts("}");
    return 0;
}
