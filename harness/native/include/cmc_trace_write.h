/*
 * JSON for cmc_trace.h, which includes this; nobody else does. A bounded line, no allocation, no C
 * library.
 */
#ifndef CMC_TRACE_WRITE_H
#define CMC_TRACE_WRITE_H

static inline void
cmc_trace_byte(cmc_trace_t* trace, char byte)
{
    if (trace->used < trace->size) trace->line[trace->used++] = byte;
    else trace->broken = 1;
}

static inline void
cmc_trace_raw(cmc_trace_t* trace, const char* text)
{
    while (*text) cmc_trace_byte(trace, *text++);
}

/* Closes the line and hands it over, unless it was cut. */
static inline void
cmc_trace_flush(cmc_trace_t* trace)
{
    cmc_trace_raw(trace, "}\n");
    if (!trace->broken) trace->sink(trace->context, trace->line, trace->used);
    trace->used = 0;
}

static inline int
cmc_trace_same(const char* one, const char* other)
{
    while (*one && *one == *other) {
        one += 1;
        other += 1;
    }
    return *one == *other;
}

/*
 * Text in quotes. What is not printable ASCII becomes a question mark: names are all that stands
 * here.
 */
static inline void
cmc_trace_quoted(cmc_trace_t* trace, const char* text)
{
    cmc_trace_byte(trace, '"');
    for (; *text; text += 1) {
        if (*text == '"' || *text == '\\') cmc_trace_byte(trace, '\\');
        cmc_trace_byte(trace, *text < ' ' || *text > '~' ? '?' : *text);
    }
    cmc_trace_byte(trace, '"');
}

static inline void
cmc_trace_name(cmc_trace_t* trace, const char* name)
{
    cmc_trace_byte(trace, ',');
    cmc_trace_quoted(trace, name);
    cmc_trace_byte(trace, ':');
}

static inline void
cmc_trace_digits(cmc_trace_t* trace, uint64_t number)
{
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    while (count) cmc_trace_byte(trace, digits[--count]);
}

static inline void
cmc_trace_text(cmc_trace_t* trace, const char* name, const char* text)
{
    cmc_trace_name(trace, name);
    if (text) cmc_trace_quoted(trace, text);
    else cmc_trace_raw(trace, "null");
}

static inline void
cmc_trace_number(cmc_trace_t* trace, const char* name, uint64_t number)
{
    cmc_trace_name(trace, name);
    cmc_trace_digits(trace, number);
}

static inline void
cmc_trace_flag(cmc_trace_t* trace, const char* name, int set)
{
    cmc_trace_name(trace, name);
    cmc_trace_raw(trace, set ? "true" : "false");
}

static inline void
cmc_trace_bytes(cmc_trace_t* trace, const char* name, const uint8_t* bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    cmc_trace_name(trace, name);
    if (!bytes) {
        cmc_trace_raw(trace, "null");
        return;
    }
    cmc_trace_byte(trace, '"');
    for (size_t i = 0; i < size && !trace->broken; i += 1) {
        cmc_trace_byte(trace, digits[bytes[i] >> 4]);
        cmc_trace_byte(trace, digits[bytes[i] & 15]);
    }
    cmc_trace_byte(trace, '"');
}

/* `map#3`; 0 is null. */
static inline void
cmc_trace_label(cmc_trace_t* trace, const char* name, const char* kind, uint32_t number)
{
    cmc_trace_name(trace, name);
    if (!number) {
        cmc_trace_raw(trace, "null");
        return;
    }
    cmc_trace_byte(trace, '"');
    cmc_trace_raw(trace, kind);
    cmc_trace_byte(trace, '#');
    cmc_trace_digits(trace, number);
    cmc_trace_byte(trace, '"');
}

/* Name of an ebpf_result_t. */
static inline const char*
cmc_trace_result_name(uint32_t result)
{
    static const char* const names[] = {
        "EBPF_SUCCESS",
        "EBPF_VERIFICATION_FAILED",
        "EBPF_JIT_COMPILATION_FAILED",
        "EBPF_PROGRAM_LOAD_FAILED",
        "EBPF_INVALID_FD",
        "EBPF_INVALID_OBJECT",
        "EBPF_INVALID_ARGUMENT",
        "EBPF_OBJECT_NOT_FOUND",
        "EBPF_OBJECT_ALREADY_EXISTS",
        "EBPF_FILE_NOT_FOUND",
        "EBPF_ALREADY_PINNED",
        "EBPF_NOT_PINNED",
        "EBPF_NO_MEMORY",
        "EBPF_PROGRAM_TOO_LARGE",
        "EBPF_RPC_EXCEPTION",
        "EBPF_ALREADY_INITIALIZED",
        "EBPF_ELF_PARSING_FAILED",
        "EBPF_FAILED",
        "EBPF_OPERATION_NOT_SUPPORTED",
        "EBPF_KEY_NOT_FOUND",
        "EBPF_ACCESS_DENIED",
        "EBPF_BLOCKED_BY_POLICY",
        "EBPF_ARITHMETIC_OVERFLOW",
        "EBPF_EXTENSION_FAILED_TO_LOAD",
        "EBPF_INSUFFICIENT_BUFFER",
        "EBPF_NO_MORE_KEYS",
        "EBPF_KEY_ALREADY_EXISTS",
        "EBPF_NO_MORE_TAIL_CALLS",
        "EBPF_PENDING",
        "EBPF_OUT_OF_SPACE",
        "EBPF_CANCELED",
        "EBPF_INVALID_POINTER",
        "EBPF_TIMEOUT",
        "EBPF_STALE_ID",
        "EBPF_INVALID_STATE",
    };
    return result < sizeof(names) / sizeof(names[0]) ? names[result] : "not a result";
}

/* The beginning of every event. */
static inline void
cmc_trace_event(cmc_trace_t* trace, const char* kind)
{
    cmc_trace_raw(trace, "{\"kind\":");
    cmc_trace_quoted(trace, kind);
    cmc_trace_number(trace, "seq", trace->seq++);
    cmc_trace_name(trace, "actor");
    if (trace->actor < 0) cmc_trace_raw(trace, "-1");
    else cmc_trace_digits(trace, (uint64_t)trace->actor);
    trace->events += 1;
}

/* A header as a member; the first member of an object has no comma before it. */
static inline void
cmc_trace_header(cmc_trace_t* trace, const char* name, const cmc_trace_header_t* header)
{
    cmc_trace_name(trace, name);
    cmc_trace_raw(trace, "{\"version\":");
    cmc_trace_digits(trace, header->version);
    cmc_trace_number(trace, "size", header->size);
    cmc_trace_number(trace, "total_size", header->total_size);
    cmc_trace_raw(trace, "}");
}

static inline void
cmc_trace_table_members(cmc_trace_t* trace, uint32_t set)
{
    static const char* const members[] = {
        "preprocess_map_create",         "postprocess_map_delete",        "preprocess_associate_program_type",
        "postprocess_map_find_element",  "preprocess_map_update_element", "preprocess_map_delete_element",
        "postprocess_map_delete_element"};
    int first = 1;
    cmc_trace_raw(trace, "\"members\":[");
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i += 1) {
        if (!(set & (1u << i))) continue;
        cmc_trace_raw(trace, first ? "" : ",");
        cmc_trace_quoted(trace, members[i]);
        first = 0;
    }
    cmc_trace_raw(trace, "]");
}

static inline void
cmc_trace_facts(cmc_trace_t* trace, const cmc_trace_registration_t* facts)
{
    cmc_trace_raw(trace, ",\"facts\":{\"ProviderAttachClient\":true,\"ProviderDetachClient\":true,\"unreadable\":null");
    cmc_trace_flag(trace, "ProviderCleanupBindingContext", facts->has_cleanup);
    cmc_trace_number(trace, "Version", facts->version);
    cmc_trace_number(trace, "Length", facts->length);
    cmc_trace_text(trace, "NpiId", facts->npi_id);
    cmc_trace_raw(trace, ",\"instance\":{\"Version\":");
    cmc_trace_digits(trace, facts->instance_version);
    cmc_trace_number(trace, "Size", facts->instance_size);
    cmc_trace_number(trace, "Number", facts->number);
    cmc_trace_raw(trace, "},\"ModuleId\":{\"Length\":");
    cmc_trace_digits(trace, facts->module_id_length);
    cmc_trace_number(trace, "Type", facts->module_id_type);
    cmc_trace_text(trace, "Guid", facts->module_id);
    cmc_trace_raw(trace, "},\"data\":{\"map_type\":");
    cmc_trace_digits(trace, facts->map_type);
    cmc_trace_number(trace, "base_map_type", facts->base_map_type);
    cmc_trace_header(trace, "header", &facts->data);
    cmc_trace_raw(trace, ",\"base_properties\":{\"updates_original_value\":");
    cmc_trace_raw(trace, facts->updates_original_value ? "true" : "false");
    cmc_trace_header(trace, "header", &facts->properties);
    cmc_trace_raw(trace, "},\"base_provider_table\":{");
    cmc_trace_table_members(trace, facts->members);
    cmc_trace_header(trace, "header", &facts->table);
    cmc_trace_raw(trace, "}}}");
}

static inline int
cmc_trace_has_key(const char* op)
{
    return cmc_trace_same(op, "find") || cmc_trace_same(op, "update") || cmc_trace_same(op, "delete") ||
           cmc_trace_same(op, "next_key") || cmc_trace_same(op, "find_element");
}

static inline void
cmc_trace_operation(cmc_trace_t* trace, const cmc_trace_operation_t* operation)
{
    cmc_trace_raw(trace, ",\"operation\":{\"op\":");
    cmc_trace_quoted(trace, operation->op);
    cmc_trace_number(trace, "map", operation->slot);
    if (cmc_trace_has_key(operation->op)) cmc_trace_bytes(trace, "key", operation->key, operation->key_size);
    if (operation->value) cmc_trace_bytes(trace, "value", operation->value, operation->value_size);
    if (operation->option) cmc_trace_text(trace, "option", operation->option);
    if (operation->remove) cmc_trace_flag(trace, "delete", 1);
    if (operation->program_type) cmc_trace_text(trace, "program_type", operation->program_type);
    if (cmc_trace_same(operation->op, "create")) {
        cmc_trace_number(trace, "map_type", operation->map_type);
        cmc_trace_number(trace, "key_size", operation->declared_key_size);
        cmc_trace_number(trace, "value_size", operation->declared_value_size);
        cmc_trace_number(trace, "max_entries", operation->max_entries);
    } else if (cmc_trace_has_key(operation->op)) {
        cmc_trace_text(trace, "caller", operation->program ? "program" : "user");
    }
    cmc_trace_raw(trace, "}");
}

static inline void
cmc_trace_element(cmc_trace_t* trace, const cmc_trace_call_t* call)
{
    cmc_trace_bytes(trace, "key", call->key, call->key_size);
    cmc_trace_number(trace, "key_size", call->key_size);
    cmc_trace_bytes(trace, "value", call->value, call->value_size);
    cmc_trace_number(trace, "value_size", call->value_size);
    if (call->has_out) cmc_trace_number(trace, "out_size", call->out_size);
    else cmc_trace_text(trace, "out_size", NULL);
    cmc_trace_number(trace, "flags", call->flags);
}

static inline void
cmc_trace_entered(cmc_trace_t* trace, const cmc_trace_call_t* call)
{
    cmc_trace_text(trace, "callback", call->callback);
    cmc_trace_raw(trace, ",\"direct\":false");
    if (call->registration) cmc_trace_label(trace, "registration", "registration", call->registration);
    if (call->binding) cmc_trace_label(trace, "binding", "binding", call->binding);
    if (call->map) cmc_trace_label(trace, "map", "map", call->map);
    cmc_trace_label(trace, "context", "context", call->context);
    if (call->has_element) cmc_trace_element(trace, call);
    if (call->has_create) {
        cmc_trace_number(trace, "map_type", call->map_type);
        cmc_trace_number(trace, "create_key_size", call->declared_key_size);
        cmc_trace_number(trace, "create_value_size", call->declared_value_size);
        cmc_trace_number(trace, "max_entries", call->max_entries);
    }
    if (call->program_type) cmc_trace_text(trace, "program_type", call->program_type);
    if (call->has_client) {
        cmc_trace_raw(trace, ",\"client\":{\"dispatch_null\":true");
        cmc_trace_header(trace, "data", &call->client_data);
        cmc_trace_header(trace, "table", &call->client_table);
        cmc_trace_number(trace, "map_context_offset", call->map_context_offset);
        cmc_trace_raw(trace, "}");
    }
    cmc_trace_number(trace, "op", call->operation);
    cmc_trace_number(trace, "within", call->within);
    cmc_trace_number(trace, "irql", call->irql);
    cmc_trace_number(trace, "process", call->process);
    cmc_trace_number(trace, "locks", call->locks);
    cmc_trace_flag(trace, "in_epoch", call->in_epoch);
}

#endif
