/*
 * Maps from creation to destruction, each with a client of its own. What happens to their entries
 * is element.c.
 */
#include "map.h"

provider_table_t table;
static cmc_mutex_t contexts_mutex = CMC_MUTEX_INITIALISER;
static void* contexts[BINDINGS]; /* Of live maps, by binding. */
static bool shares_contexts;

void
map_use_table(const ebpf_map_provider_data_t* data)
{
    table.members = data->base_provider_table;
    table.transforms = data->base_properties->updates_original_value;
    table.postprocess_delete = table.members->header.size >=
                                       CMC_SIZE_THROUGH(
                                           ebpf_base_map_provider_dispatch_table_t, postprocess_map_delete_element)
                                   ? table.members->postprocess_map_delete_element
                                   : NULL;
    for (uint32_t i = 0; i < KEYS; i += 1) {
        table.keys[i][0] = (uint8_t)i; /* Below max_entries as a number, for providers that ask for it. */
    }
}

uint64_t
map_context_offset(void)
{
    return offsetof(map_t, context);
}

uint32_t
map_entries(const map_t* map)
{
    return atomic_load(&map->entries);
}

/* As with bindings: who was seen to give each map its own context must go on to. */
static void
note_context(const map_t* map)
{
    bool is_shared = false;
    cmc_mutex_lock(&contexts_mutex);
    for (uint32_t i = 0; i < BINDINGS && map->context != NULL; i += 1) {
        is_shared = is_shared || contexts[i] == map->context;
    }
    contexts[map->binding] = map->context;
    cmc_mutex_unlock(&contexts_mutex);
    if (is_shared && run.is_rehearsal) {
        shares_contexts = true;
    } else if (is_shared && !shares_contexts) {
        SAW("map-context-shared", "two live maps were given the same map context");
    }
}

static void
forget_context(const map_t* map)
{
    cmc_mutex_lock(&contexts_mutex);
    contexts[map->binding] = NULL;
    cmc_mutex_unlock(&contexts_mutex);
}

static void
notify_map_delete(thread_t* thread, map_t* map)
{
    frame_t frame = callback_enter(thread, IN_DELETE_MAP, map->binding);
    table.members->postprocess_map_delete(registrar_context(map->binding), map->context);
    callback_leave(thread, &frame);
}

/* Whether the provider accepted the map, and in a form that a runtime takes. */
static bool
notify_create(thread_t* thread, map_t* map)
{
    const cmc_stress_options_t* options = &run.options;
    uint32_t size = 0;
    frame_t frame = callback_enter(thread, IN_CREATE, map->binding);
    ebpf_result_t result = table.members->preprocess_map_create(registrar_context(map->binding), options->map_type,
        options->key_size, options->value_size, options->max_entries, &size, &map->context);
    callback_leave(thread, &frame);
    map->stored_size = size;
    if (result != EBPF_SUCCESS) {
        return false;
    }
    bool fits = table.transforms ? size >= options->value_size && size <= CMC_STRESS_SIZE_MAX
                                 : size == options->value_size;
    if (!fits) {
        notify_map_delete(thread, map); /* CRE-016. */
    }
    return fits;
}

map_t*
map_create(void)
{
    thread_t* thread = self();
    int binding = registrar_attach();
    if (binding == NO_BINDING) {
        return NULL;
    }
    map_t* map = calloc(1, sizeof(*map));
    if (map == NULL) {
        abort();
    }
    map->binding = binding;
    epoch_enter(thread);
    bool is_made = notify_create(thread, map);
    epoch_exit(thread);
    if (!is_made) {
        registrar_detach(binding);
        free(map);
        return NULL;
    }
    note_context(map);
    return map;
}

void
map_destroy(map_t* map)
{
    thread_t* thread = self();
    epoch_enter(thread);
    for (uint32_t key = 0; key < KEYS; key += 1) {
        entry_t* entry = unlink_entry(map, key);
        if (entry != NULL && notifies_deletes()) {
            notify_delete(thread, map, key, entry, EBPF_MAP_OPERATION_MAP_CLEANUP);
        }
        if (entry != NULL) {
            retire_entry(thread, entry);
        }
    }
    forget_context(map);
    notify_map_delete(thread, map);
    epoch_exit(thread);
    registrar_detach(map->binding);
    free(map);
}

void
map_associate(map_t* map)
{
    thread_t* thread = self();
    const cmc_stress_options_t* options = &run.options;
    static const ebpf_program_type_t any = CMC_PROGRAM_TYPE_SAMPLE;
    const ebpf_program_type_t* type =
        options->program_types == 0 ? &any : &options->program_type[thread_random(thread) % options->program_types];
    epoch_enter(thread);
    frame_t frame = callback_enter(thread, IN_ASSOCIATE, map->binding);
    ebpf_result_t result =
        table.members->preprocess_associate_program_type(registrar_context(map->binding), map->context, type);
    callback_leave(thread, &frame);
    epoch_exit(thread);
    if (run.is_rehearsal) {
        answers.associate = result;
    } else if (result != run.associate_result) {
        SAW("program-type-answered-otherwise", "it was answered %d instead of %d",
            (int)result, (int)run.associate_result);
    }
}
