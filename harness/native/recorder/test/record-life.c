/*
 * Records the life of one map of a runtime that plays along, to standard output: what a driver or
 * test does with cmc_trace.h. `right`, `wrong` (find is called for a key that was never stored),
 * `narrow` (a line buffer that is too small), `names` (the names of all results).
 */
#include "cmc_trace.h"

#include <stdio.h>
#include <string.h>

static const uint8_t key[4] = {1, 0, 0, 0};
static const uint8_t other_key[4] = {2, 0, 0, 0};
static const uint8_t value[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static void
to_stdout(void* context, const char* text, size_t length)
{
    fwrite(text, 1, length, (FILE*)context);
}

static cmc_trace_registration_t
registration(void)
{
    cmc_trace_registration_t facts;
    memset(&facts, 0, sizeof(facts));
    facts.registration = 1;
    facts.length = 72;
    facts.instance_size = 40;
    facts.npi_id = "3c2b0f4e-8b0e-4e5e-8e1b-7f4b1f0e1f0e";
    facts.module_id_length = 24;
    facts.module_id_type = 1;
    facts.module_id = "f788ef4a-207d-4dc3-85cf-0f2ea107213c";
    facts.data.version = facts.properties.version = facts.table.version = 1;
    facts.data.size = facts.data.total_size = 48;
    facts.properties.size = 25;
    facts.properties.total_size = 32;
    facts.table.size = facts.table.total_size = 80;
    facts.map_type = 15;
    facts.base_map_type = 1;
    facts.members = 0x5F;
    facts.has_cleanup = 1;
    facts.status = "STATUS_SUCCESS";
    return facts;
}

static cmc_trace_call_t
call_of(const char* callback, uint32_t operation)
{
    cmc_trace_call_t call;
    memset(&call, 0, sizeof(call));
    call.callback = callback;
    call.operation = operation;
    call.registration = call.binding = 1;
    call.process = 1;
    call.in_epoch = 1;
    return call;
}

/* A callback that does nothing but answer. */
static void
passes(cmc_trace_t* trace, const cmc_trace_call_t* call, const char* result)
{
    cmc_trace_return_t answer;
    memset(&answer, 0, sizeof(answer));
    answer.result = result;
    cmc_trace_leave(trace, cmc_trace_enter(trace, call), call->callback, &answer);
}

static void
create(cmc_trace_t* trace)
{
    cmc_trace_operation_t operation;
    cmc_trace_return_t answer;
    memset(&operation, 0, sizeof(operation));
    memset(&answer, 0, sizeof(answer));
    operation.op = "create";
    operation.process = 1;
    operation.map_type = 15;
    operation.declared_key_size = 4;
    operation.declared_value_size = 8;
    operation.max_entries = 8;
    uint32_t number = cmc_trace_operation_start(trace, &operation);
    cmc_trace_call_t attach = call_of("ProviderAttachClient", number);
    attach.has_client = 1;
    attach.client_data.version = attach.client_table.version = 1;
    attach.client_data.size = attach.client_data.total_size = 40;
    attach.client_table.size = attach.client_table.total_size = 80;
    attach.map_context_offset = 176;
    answer.result = "STATUS_SUCCESS";
    answer.has_context = 1;
    answer.context = 1;
    cmc_trace_leave(trace, cmc_trace_enter(trace, &attach), attach.callback, &answer);
    cmc_trace_binding(trace, 1, 1, "attached", 1);
    cmc_trace_call_t made = call_of("preprocess_map_create", number);
    made.map = 1;
    made.has_create = 1;
    made.map_type = 15;
    made.declared_key_size = 4;
    made.declared_value_size = 8;
    made.max_entries = 8;
    answer.result = cmc_trace_result_name(0);
    answer.context = 2;
    answer.has_actual = 1;
    answer.actual_value_size = 8;
    cmc_trace_leave(trace, cmc_trace_enter(trace, &made), made.callback, &answer);
    cmc_trace_map_created(trace, 1, &made, 8, 2);
    cmc_trace_operation_end(trace, number, &operation, "EBPF_SUCCESS", 1, NULL, 0, 0);
}

/* One operation on the element; `callback` NULL: none comes. */
static void
element(cmc_trace_t* trace, const char* op, const uint8_t* of, const char* callback, const char* result)
{
    cmc_trace_operation_t operation;
    memset(&operation, 0, sizeof(operation));
    operation.op = op;
    operation.key = of;
    operation.key_size = sizeof(key);
    operation.process = 1;
    int is_update = strcmp(op, "update") == 0;
    if (is_update) {
        operation.value = value;
        operation.value_size = sizeof(value);
        operation.option = "EBPF_ANY";
    }
    uint32_t number = cmc_trace_operation_start(trace, &operation);
    if (callback) {
        cmc_trace_call_t call = call_of(callback, number);
        call.map = 1;
        call.context = 2;
        call.has_element = 1;
        call.key = of;
        call.key_size = sizeof(key);
        call.value = value;
        call.value_size = sizeof(value);
        passes(trace, &call, strstr(callback, "postprocess_map_delete") ? NULL : "EBPF_SUCCESS");
    }
    int is_found = strcmp(op, "find") == 0 && strcmp(result, "EBPF_SUCCESS") == 0;
    cmc_trace_operation_end(trace, number, &operation, result, 1, is_found ? value : NULL, sizeof(value), 0);
}

static void
close_map(cmc_trace_t* trace)
{
    cmc_trace_operation_t operation;
    memset(&operation, 0, sizeof(operation));
    operation.op = "close";
    operation.process = 1;
    uint32_t number = cmc_trace_operation_start(trace, &operation);
    cmc_trace_operation_end(trace, number, &operation, "OK", 1, NULL, 0, 1);
    trace->actor = -1;
    cmc_trace_call_t end = call_of("postprocess_map_delete", number);
    end.map = 1;
    end.context = 2;
    passes(trace, &end, NULL);
    cmc_trace_call_t detach = call_of("ProviderDetachClient", number);
    detach.context = 1;
    cmc_trace_binding(trace, 1, 1, "detaching", 1);
    passes(trace, &detach, "STATUS_SUCCESS");
    cmc_trace_binding(trace, 1, 1, "detached", 1);
    detach.callback = "ProviderCleanupBindingContext";
    passes(trace, &detach, NULL);
    cmc_trace_binding(trace, 1, 1, "cleaned", 1);
    cmc_trace_map_gone(trace, 1);
    trace->actor = 0;
}

int
main(int count, char** words)
{
    static char line[2048];
    static const char* const untold[] = {"PROC-001", "the recorder \"sees\" no processes", NULL};
    const char* kind = count > 1 ? words[1] : "right";
    cmc_trace_t trace;
    if (strcmp(kind, "names") == 0) {
        for (uint32_t i = 0; i <= 35; i += 1) puts(cmc_trace_result_name(i));
        return 0;
    }
    size_t size = strcmp(kind, "narrow") == 0 ? 300 : sizeof(line);
    cmc_trace_begin(&trace, line, size, to_stdout, stdout, "runtime", "recorded life", untold);
    cmc_trace_run_start(&trace, "the life of a map");
    cmc_trace_registration_t facts = registration();
    cmc_trace_registered(&trace, &facts);
    create(&trace);
    element(&trace, "update", key, "preprocess_map_update_element", "EBPF_SUCCESS");
    element(&trace, "find", key, "postprocess_map_find_element", "EBPF_SUCCESS");
    int is_wrong = strcmp(kind, "wrong") == 0;
    element(&trace, "find", other_key, is_wrong ? "postprocess_map_find_element" : NULL, "EBPF_OBJECT_NOT_FOUND");
    element(&trace, "delete", key, "postprocess_map_delete_element", "EBPF_SUCCESS");
    close_map(&trace);
    cmc_trace_deregister(&trace, 1, "STATUS_SUCCESS", 0);
    cmc_trace_deregistered(&trace, 1);
    cmc_trace_run_end(&trace, 1);
    return cmc_trace_end(&trace) ? 0 : 1;
}
