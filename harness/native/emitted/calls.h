/* Part of an emitted test: clients, what lies around a call, and the run. Written into it after the parts before; see state.h. */

/* ---- A client for each map, and what lies around a call ---- */

typedef struct cmc_client {
    ebpf_map_client_data_t data;
    ebpf_base_map_client_dispatch_table_t table;
    NPI_REGISTRATION_INSTANCE instance;
    void* context;
    const ebpf_base_map_provider_dispatch_table_t* provider;
    int registration;
} cmc_client_t;

static void cmc_make_client(cmc_client_t* client, int registration)
{
    memset(client, 0, sizeof(*client));
    client->table.header.version = 1;
    client->table.header.size = client->table.header.total_size = sizeof(client->table);
    client->table.find_element_function = cmc_find_element;
    client->table.epoch_enter = cmc_epoch_enter;
    client->table.epoch_exit = cmc_epoch_exit;
    client->table.epoch_allocate_with_tag = cmc_epoch_allocate;
    client->table.epoch_allocate_cache_aligned_with_tag = cmc_epoch_allocate_aligned;
    client->table.epoch_free = cmc_epoch_free;
    client->table.epoch_free_cache_aligned = cmc_epoch_free_aligned;
    client->data.header.version = 1;
    client->data.header.size = client->data.header.total_size = sizeof(client->data);
    client->data.map_context_offset = 176;
    client->data.base_client_table = &client->table;
    client->instance.Size = sizeof(client->instance);
    client->instance.NpiSpecificCharacteristics = &client->data;
    client->registration = registration;
}

static NTSTATUS cmc_attach(cmc_client_t* client)
{
    const NPI_PROVIDER_CHARACTERISTICS* it = cmc_registered[client->registration];
    const void* provider = NULL;
    NTSTATUS status;
    if (!it) return cmc_fail("nothing is registered"), (NTSTATUS)0xC0000001;
    status = it->ProviderAttachClient(client, cmc_provider_contexts[client->registration], &client->instance, client,
        NULL, &client->context, &provider);
    client->provider =
        ((const ebpf_map_provider_data_t*)it->ProviderRegistrationInstance.NpiSpecificCharacteristics)->base_provider_table;
    return status;
}

static NTSTATUS cmc_detach(cmc_client_t* client)
{
    const NPI_PROVIDER_CHARACTERISTICS* it = cmc_registered[client->registration];
    return it ? it->ProviderDetachClient(client->context) : 0;
}

static void cmc_clean_up(cmc_client_t* client)
{
    const NPI_PROVIDER_CHARACTERISTICS* it = cmc_registered[client->registration];
    if (it && it->ProviderCleanupBindingContext) it->ProviderCleanupBindingContext(client->context);
}

static uint8_t cmc_irql_before;
static void cmc_enter(int call, const char* name, uint8_t irql, uint64_t process, int failing)
{
    cmc_call = call;
    cmc_name = name;
    cmc_irql = cmc_irql_before = irql;
    cmc_process = process;
    cmc_asked = 0;
    cmc_failing = failing;
    cmc_epochs = 0;
    fprintf(stderr, "call %d: %s\n", call, name);
}

static void cmc_leave(void)
{
    if (cmc_irql != cmc_irql_before) cmc_fail("it came back at IRQL %d, not %d", cmc_irql, cmc_irql_before);
    cmc_check_tails();
    if (cmc_epochs > 0) cmc_fail("it left an epoch open");
    if (cmc_locks != 0) cmc_fail("it came back with a lock held"), cmc_locks = 0;
    cmc_settle();
}

#define CMC_REQUIRE(condition, text)         \
    do {                                     \
        if (!(condition)) cmc_fail("%s", text); \
        cmc_settle();                        \
    } while (0)

/* A buffer that ends before a page without access. */
static uint8_t* cmc_buffer(const uint8_t* bytes, size_t size)
{
    size_t room = (size + CMC_PAGE) / CMC_PAGE * CMC_PAGE;
    uint8_t* pages = cmc_map_pages(room);
    if (!pages) return NULL;
    if (bytes && size > 0) memcpy(pages + room - size, bytes, size);
    return pages + room - size;
}

static uint8_t* cmc_filled(uint8_t fill, size_t size)
{
    uint8_t* buffer = cmc_buffer(NULL, size);
    if (buffer && size > 0) memset(buffer, fill, size);
    return buffer;
}

static bool cmc_is_only(const uint8_t* bytes, uint8_t fill, size_t size)
{
    while (size > 0 && bytes[size - 1] == fill) size -= 1;
    return size == 0;
}

/* Bytes that a callback may read; they are compared afterwards. */
static void cmc_require_same(const uint8_t* now, const uint8_t* before, size_t size, const char* what)
{
    if (size > 0 && memcmp(now, before, size) != 0) cmc_fail("it wrote to %s, which is only to be read", what);
}

/* ---- The run, in a process of its own where there is fork: whatever ends it is seen. ---- */

#define CMC_ENDED_WELL 42

static int cmc_run(void (*scenario)(void))
{
#if !defined(_WIN32) && !defined(CMC_CATCH2)
    int status = 0;
    pid_t child;
    void* shared = mmap(NULL, CMC_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cmc_shared_call = (int*)shared;
    child = fork();
    if (child == 0) {
        cmc_begin_test();
        scenario();
        cmc_is_over = 1;
        _exit(CMC_ENDED_WELL);
    }
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CMC_ENDED_WELL) return 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 1) return 1;
    fprintf(stderr, "FAILED at call %d (%s): it %s\n", cmc_call, cmc_names[cmc_call],
        WIFSIGNALED(status) ? "crashed" : "ended the process");
    return 1;
#elif defined(_WIN32) && !defined(CMC_CATCH2)
    char name[64];
    HANDLE shared;
    STARTUPINFOA start;
    PROCESS_INFORMATION child;
    DWORD code = 0;
    bool is_child = GetEnvironmentVariableA("CMC_CHILD", name, sizeof(name)) > 0;
    if (!is_child) snprintf(name, sizeof(name), "cmc-%lu", GetCurrentProcessId());
    shared = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, CMC_PAGE, name);
    cmc_shared_call = (int*)MapViewOfFile(shared, FILE_MAP_ALL_ACCESS, 0, 0, CMC_PAGE);
    if (is_child) {
        cmc_begin_test();
        scenario();
        cmc_is_over = 1;
        ExitProcess(CMC_ENDED_WELL);
    }
    SetEnvironmentVariableA("CMC_CHILD", name);
    memset(&start, 0, sizeof(start));
    start.cb = sizeof(start);
    if (!CreateProcessA(NULL, GetCommandLineA(), NULL, NULL, TRUE, 0, NULL, NULL, &start, &child)) return 2;
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    if (code == CMC_ENDED_WELL) return 0;
    if (code != 1) fprintf(stderr, "FAILED at call %d (%s): it ended the process\n", cmc_call, cmc_names[cmc_call]);
    return 1;
#else
    cmc_begin_test();
    scenario();
    cmc_is_over = 1;
    return 0;
#endif
}
