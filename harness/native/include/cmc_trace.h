/*
 * Recorder: writes what happens between a runtime and a provider as a trace that `mapcert certify
 * TRACE.jsonl` judges.
 * For drivers and tests on a real Windows machine as for user mode: C and C++, header only, no
 * library, no allocation.
 *
 * Each event becomes one line of JSON in a buffer of the caller and is handed to the caller's sink when it is whole.
 * A line that does not fit marks the trace as broken: nothing is written any more, so the trace has no last line and
 * certify refuses it as torn. A recording is whole or it is none.
 *
 *     static char line[4096];
 *     cmc_trace_t trace;
 *     cmc_trace_begin(&trace, line, sizeof(line), to_file, file, "provider", "my driver 1.2", NULL);
 *     cmc_trace_run_start(&trace, "update and delete");
 *     ...
 *     cmc_trace_run_end(&trace);
 *     cmc_trace_end(&trace);
 *
 * Every function may be called at any IRQL at which the sink may. None takes a lock: calls for
 * one cmc_trace_t must not
 * overlap, so several processors need a spin lock around them. Maps, bindings, registrations and contexts are numbers
 * from 1, in order of appearance; 0 is none or NULL. Never pass addresses. docs/RECORDING.md has the order of events.
 */
#ifndef CMC_TRACE_H
#define CMC_TRACE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Takes one line, line feed included, not terminated. */
typedef void (*cmc_trace_sink_t)(void* context, const char* text, size_t length);

typedef struct _cmc_trace {
    cmc_trace_sink_t sink;
    void* context;
    char* line;
    size_t size;
    size_t used;
    uint32_t seq;        /* Events of the present run. */
    uint32_t events;     /* Events of the trace. */
    uint32_t operations; /* Operations and calls of the present run; the last number given out. */
    uint32_t calls;
    int32_t actor; /* Who acts now: 0 unless set; -1 for work that the runtime deferred. */
    int32_t broken;
} cmc_trace_t;

/* ebpf_extension_header_t as it stands in a structure. */
typedef struct _cmc_trace_header {
    uint16_t version;
    uint64_t size, total_size;
} cmc_trace_header_t;

/* One operation of a caller. Members that do not belong to it are 0. */
typedef struct _cmc_trace_operation {
    const char* op; /* create find update delete next_key associate hold close find_element ... (docs/RECORDING.md) */
    uint32_t slot;  /* The caller's name for the map. */
    const uint8_t* key; /* NULL is NULL, for operations with a key. */
    size_t key_size;
    const uint8_t* value; /* update */
    size_t value_size;
    const char* option; /* update: EBPF_ANY, EBPF_NOEXIST, EBPF_EXIST */
    int remove;         /* find: lookup and delete */
    int program;        /* A BPF program asks, not a user process. */
    uint32_t process;   /* A number for the process. */
    uint32_t map_type, declared_key_size, declared_value_size, max_entries; /* create */
    const char* program_type;                                               /* associate: GUID as text */
} cmc_trace_operation_t;

/* One callback as it is entered. Members that it does not have are 0; has_* say which groups it has. */
typedef struct _cmc_trace_call {
    const char* callback; /* ProviderAttachClient, preprocess_map_create ... */
    uint32_t operation;   /* Operation that it belongs to; 0: none. */
    uint32_t within;      /* Call that was running when it came, 0: none. */
    uint32_t registration, binding, map, context;
    uint32_t process;
    uint8_t irql;
    uint8_t locks; /* Locks of the runtime that are held, as far as is known. */
    uint8_t in_epoch;
    uint8_t has_element; /* find, update and the two deletes: */
    uint8_t has_out;     /* ... out_value is not NULL. */
    uint8_t has_create;  /* preprocess_map_create: */
    uint8_t has_client;  /* ProviderAttachClient: client data and table. */
    const uint8_t* key;
    size_t key_size;
    const uint8_t* value;
    size_t value_size;
    size_t out_size;
    uint32_t flags;
    uint32_t map_type, declared_key_size, declared_value_size, max_entries;
    const char* program_type; /* preprocess_associate_program_type */
    cmc_trace_header_t client_data, client_table;
    uint64_t map_context_offset;
} cmc_trace_call_t;

/* How it returned. */
typedef struct _cmc_trace_return {
    const char* result; /* Name of the result or status; NULL for void. */
    const uint8_t* out; /* out_value afterwards; NULL: none. */
    size_t out_size;
    int has_context;  /* attach, create: */
    uint32_t context; /* ... what was put out; 0: NULL */
    int has_actual;   /* create: */
    uint32_t actual_value_size;
    uint8_t irql;
} cmc_trace_return_t;

/* What a registration says of itself, read from its structures. GUIDs as lower-case text, without braces. */
typedef struct _cmc_trace_registration {
    uint32_t registration;
    uint16_t version, length;                    /* NPI_PROVIDER_CHARACTERISTICS */
    uint16_t instance_version, instance_size;    /* NPI_REGISTRATION_INSTANCE */
    uint32_t number;
    const char* npi_id;
    uint16_t module_id_length;
    uint32_t module_id_type;
    const char* module_id;
    cmc_trace_header_t data, properties, table;
    uint32_t map_type, base_map_type;
    int updates_original_value;
    uint32_t members;   /* Members of the table that are not NULL, in its order: create is 1, map_delete 2 ... */
    int has_cleanup;    /* ProviderCleanupBindingContext is not NULL. */
    const char* status; /* What NmrRegisterProvider answered. */
} cmc_trace_registration_t;

#include "cmc_trace_write.h"

/*
 * Begins a trace. `subject` is "provider" or "runtime": whose rules are judged. `untold` names rules that this
 * recording cannot show, as pairs of an id and a reason, ended by NULL; NULL when there are none.
 */
static inline void
cmc_trace_begin(cmc_trace_t* trace, char* line, size_t size, cmc_trace_sink_t sink, void* context, const char* subject,
                const char* name, const char* const* untold)
{
    trace->sink = sink;
    trace->context = context;
    trace->line = line;
    trace->size = size;
    trace->used = 0;
    trace->seq = trace->events = trace->operations = trace->calls = 0;
    trace->actor = 0;
    trace->broken = 0;
    cmc_trace_raw(trace, "{\"schema\":\"custom-map-conformance/trace@1\"");
    cmc_trace_text(trace, "subject", subject);
    cmc_trace_text(trace, "name", name);
    cmc_trace_raw(trace, ",\"revision\":\"merged\"");
    if (untold) {
        cmc_trace_raw(trace, ",\"untold\":{");
        for (size_t i = 0; untold[i] && untold[i + 1]; i += 2) {
            cmc_trace_raw(trace, i ? "," : "");
            cmc_trace_quoted(trace, untold[i]);
            cmc_trace_raw(trace, ":");
            cmc_trace_quoted(trace, untold[i + 1]);
        }
        cmc_trace_raw(trace, "}");
    }
    cmc_trace_flush(trace);
}

/* Ends it. Answers 1 when the trace is whole, 0 when it is broken and has no last line. */
static inline int
cmc_trace_end(cmc_trace_t* trace)
{
    cmc_trace_raw(trace, "{\"end\":true");
    cmc_trace_number(trace, "events", trace->events);
    cmc_trace_flush(trace);
    return !trace->broken;
}

/* A run: everything from the first registration to the end of the last map, or a part that stands for itself. */
static inline void
cmc_trace_run_start(cmc_trace_t* trace, const char* name)
{
    trace->seq = trace->operations = trace->calls = 0;
    trace->actor = 0;
    cmc_trace_event(trace, "run-started");
    cmc_trace_text(trace, "plan", name);
    cmc_trace_raw(trace, ",\"probes\":[],\"conditions\":{},\"choices\":0");
    cmc_trace_flush(trace);
}

/* `complete` is 0 when maps still lived: then what did not happen yet proves nothing. */
static inline void
cmc_trace_run_end(cmc_trace_t* trace, int complete)
{
    trace->actor = 0;
    if (!complete) {
        cmc_trace_event(trace, "bound-reached");
        cmc_trace_text(trace, "bound", "the recording");
        cmc_trace_number(trace, "limit", trace->events);
        cmc_trace_flush(trace);
    }
    cmc_trace_event(trace, "run-ended");
    cmc_trace_number(trace, "operations", trace->operations);
    cmc_trace_number(trace, "callbacks", trace->calls);
    cmc_trace_flush(trace);
}

static inline void
cmc_trace_registered(cmc_trace_t* trace, const cmc_trace_registration_t* facts)
{
    cmc_trace_event(trace, "registered");
    cmc_trace_label(trace, "registration", "registration", facts->registration);
    cmc_trace_facts(trace, facts);
    cmc_trace_text(trace, "status", facts->status);
    cmc_trace_raw(trace, ",\"inert\":false");
    cmc_trace_flush(trace);
}

/* NmrDeregisterProvider returned; `bindings` is how many were still bound. */
static inline void
cmc_trace_deregister(cmc_trace_t* trace, uint32_t registration, const char* status, uint32_t bindings)
{
    cmc_trace_event(trace, "deregister");
    cmc_trace_label(trace, "registration", "registration", registration);
    cmc_trace_text(trace, "status", status);
    cmc_trace_number(trace, "bindings", bindings);
    cmc_trace_flush(trace);
}

/* The deregistration is complete. */
static inline void
cmc_trace_deregistered(cmc_trace_t* trace, uint32_t registration)
{
    cmc_trace_event(trace, "deregistered");
    cmc_trace_label(trace, "registration", "registration", registration);
    cmc_trace_flush(trace);
}

/* `state`: attached, refused, detaching, detach-pending, detached, cleaned. Call after the callback that did it. */
static inline void
cmc_trace_binding(cmc_trace_t* trace, uint32_t binding, uint32_t registration, const char* state, uint32_t context)
{
    cmc_trace_event(trace, "binding-state");
    cmc_trace_label(trace, "binding", "binding", binding);
    cmc_trace_label(trace, "registration", "registration", registration);
    cmc_trace_text(trace, "state", state);
    cmc_trace_label(trace, "context", "context", context);
    cmc_trace_raw(trace, ",\"bare\":false");
    cmc_trace_flush(trace);
}

/* A map exists: after preprocess_map_create, before its `create` operation ends. */
static inline void
cmc_trace_map_created(cmc_trace_t* trace, uint32_t map, const cmc_trace_call_t* create, uint32_t actual_value_size,
                      uint32_t context)
{
    cmc_trace_event(trace, "map-created");
    cmc_trace_label(trace, "map", "map", map);
    cmc_trace_label(trace, "binding", "binding", create->binding);
    cmc_trace_label(trace, "registration", "registration", create->registration);
    cmc_trace_number(trace, "map_type", create->map_type);
    cmc_trace_number(trace, "key_size", create->declared_key_size);
    cmc_trace_number(trace, "value_size", create->declared_value_size);
    cmc_trace_number(trace, "max_entries", create->max_entries);
    cmc_trace_number(trace, "actual_value_size", actual_value_size);
    cmc_trace_label(trace, "context", "context", context);
    cmc_trace_flush(trace);
}

/* The map has gone, its binding too. */
static inline void
cmc_trace_map_gone(cmc_trace_t* trace, uint32_t map)
{
    cmc_trace_event(trace, "map-gone");
    cmc_trace_label(trace, "map", "map", map);
    cmc_trace_raw(trace, ",\"balance\":null");
    cmc_trace_flush(trace);
}

/* An operation begins; answers its number. */
static inline uint32_t
cmc_trace_operation_start(cmc_trace_t* trace, const cmc_trace_operation_t* operation)
{
    trace->operations += 1;
    cmc_trace_event(trace, "operation-started");
    cmc_trace_number(trace, "op", trace->operations);
    cmc_trace_operation(trace, operation);
    cmc_trace_text(trace, "caller", operation->program ? "program" : "user");
    cmc_trace_number(trace, "process", operation->process);
    cmc_trace_flush(trace);
    return trace->operations;
}

/* It ends. `map` is the map that the slot meant, `out` what the caller got (NULL: nothing), `last` for close. */
static inline void
cmc_trace_operation_end(cmc_trace_t* trace, uint32_t number, const cmc_trace_operation_t* operation,
                        const char* result, uint32_t map, const uint8_t* out, size_t out_size, int last)
{
    cmc_trace_event(trace, "operation-ended");
    cmc_trace_number(trace, "op", number);
    cmc_trace_operation(trace, operation);
    cmc_trace_text(trace, "result", result);
    if (operation->value) cmc_trace_bytes(trace, "given", operation->value, operation->value_size);
    if (map) cmc_trace_label(trace, "map", "map", map);
    if (out) cmc_trace_bytes(trace, "out", out, out_size);
    if (cmc_trace_same(operation->op, "close")) cmc_trace_raw(trace, ",\"out\":{\"last\":");
    if (cmc_trace_same(operation->op, "close")) cmc_trace_raw(trace, last ? "true}" : "false}");
    cmc_trace_flush(trace);
}

/* A callback is entered; answers the number of the call. */
static inline uint32_t
cmc_trace_enter(cmc_trace_t* trace, const cmc_trace_call_t* call)
{
    trace->calls += 1;
    cmc_trace_event(trace, "callback-entered");
    cmc_trace_number(trace, "call", trace->calls);
    cmc_trace_entered(trace, call);
    cmc_trace_flush(trace);
    return trace->calls;
}

/* It returns. */
static inline void
cmc_trace_leave(cmc_trace_t* trace, uint32_t number, const char* callback, const cmc_trace_return_t* answer)
{
    cmc_trace_event(trace, "callback-returned");
    cmc_trace_number(trace, "call", number);
    cmc_trace_text(trace, "callback", callback);
    cmc_trace_text(trace, "result", answer->result);
    if (answer->out) cmc_trace_bytes(trace, "out", answer->out, answer->out_size);
    if (answer->has_context) cmc_trace_label(trace, "context", "context", answer->context);
    if (answer->has_actual) cmc_trace_number(trace, "actual_value_size", answer->actual_value_size);
    cmc_trace_number(trace, "irql", answer->irql);
    cmc_trace_raw(trace, ",\"epoch_depth\":0,\"damage\":[]");
    cmc_trace_flush(trace);
}

/* find_element_function answered inside a call. */
static inline void
cmc_trace_lookup(cmc_trace_t* trace, uint32_t call, uint32_t map, const uint8_t* key, size_t key_size,
                 const char* result)
{
    cmc_trace_event(trace, "service");
    cmc_trace_number(trace, "call", call);
    cmc_trace_text(trace, "name", "find_element_function");
    cmc_trace_text(trace, "result", result);
    if (map) cmc_trace_label(trace, "map", "map", map);
    if (key) cmc_trace_bytes(trace, "key", key, key_size);
    cmc_trace_flush(trace);
}

#ifdef __cplusplus
}
#endif

#endif
