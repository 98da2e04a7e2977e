/* Part of an emitted test: what the kernel offers. Written into it after the parts before; see state.h. */

/* ---- The kernel ---- */

static const NPI_PROVIDER_CHARACTERISTICS* cmc_registered[16];
static void* cmc_provider_contexts[16];
static int cmc_registrations;

static NTSTATUS cmc_register(const NPI_PROVIDER_CHARACTERISTICS* characteristics, void* context, HANDLE* handle)
{
    if (cmc_registrations == 16) return (NTSTATUS)0xC000009A;
    cmc_registered[cmc_registrations] = characteristics;
    cmc_provider_contexts[cmc_registrations++] = context;
    *handle = (HANDLE)(uintptr_t)cmc_registrations;
    return 0;
}
static NTSTATUS cmc_deregister(HANDLE handle)
{
    uintptr_t number = (uintptr_t)handle;
    if (number == 0 || number > 16 || !cmc_registered[number - 1]) {
        cmc_fail("a handle was deregistered that is not registered");
        return (NTSTATUS)0xC0000008;
    }
    cmc_registered[number - 1] = NULL;
    return 0;
}
static NTSTATUS cmc_wait_deregistered(HANDLE handle) { return (void)handle, 0; }
static void cmc_detach_complete(HANDLE handle) { (void)handle; }
static uint8_t cmc_get_irql(void) { return cmc_irql; }
static uint8_t cmc_raise_irql(uint8_t irql)
{
    uint8_t old = cmc_irql;
    cmc_irql = irql;
    return old;
}
static void cmc_lower_irql(uint8_t irql) { cmc_irql = irql; }
static void cmc_check_irql(uint8_t maximum, const char* what)
{
    if (cmc_irql > maximum) cmc_fail("%s at IRQL %d", what ? what : "pageable code", cmc_irql);
}
static void cmc_lock_acquire(void* lock)
{
    uint64_t* word = (uint64_t*)lock;
    if (*word != 0) cmc_fail("a lock was acquired that is held"), cmc_settle();
    *word = 0x100u + cmc_irql;
    cmc_irql = 2;
    cmc_locks += 1;
}
static void cmc_lock_release(void* lock)
{
    uint64_t* word = (uint64_t*)lock;
    if (*word == 0) cmc_fail("a lock was released that is not held");
    else cmc_irql = (uint8_t)*word, cmc_locks -= 1;
    *word = 0;
}
static int32_t cmc_wait(void* object, uint32_t timeout)
{
    (void)object, (void)timeout;
    if (cmc_irql >= 2) cmc_fail("it waited at DISPATCH_LEVEL");
    return CMC_WAIT_SIGNALLED;
}
static void cmc_signal(void* object) { (void)object; }
static void (*cmc_work[1024])(void*);
static void* cmc_work_arguments[1024];
static int cmc_work_count;
static void cmc_queue_work(void (*routine)(void*), void* argument)
{
    if (cmc_work_count == 1024) return;
    cmc_work[cmc_work_count] = routine;
    cmc_work_arguments[cmc_work_count++] = argument;
}
static void cmc_run_work(void)
{
    for (int at = 0; at < cmc_work_count; at += 1) cmc_work[at](cmc_work_arguments[at]);
    cmc_work_count = 0;
}
static uint64_t cmc_current_process(void) { return cmc_process; }
static uint64_t cmc_object_reference(uint64_t handle)
{
    cmc_block_t* block = &cmc_blocks[cmc_block_count];
    int before = 0;
    if (handle == 0 || cmc_process == 0 || cmc_block_count == CMC_BLOCKS_MAX) return 0;
    for (int at = 0; at < cmc_block_count; at += 1)
        before += cmc_blocks[at].kind == CMC_OBJECT && cmc_blocks[at].call == cmc_call;
    block->kind = CMC_OBJECT;
    block->call = cmc_call;
    block->ordinal = before + 1;
    block->memory = (void*)(uintptr_t)(0x10000u + handle * 16u);
    cmc_block_count += 1;
    return 0x10000u + handle * 16u;
}
static void cmc_object_dereference(uint64_t object)
{
    for (int at = 0; at < cmc_block_count; at += 1) {
        cmc_block_t* block = &cmc_blocks[at];
        if (block->kind != CMC_OBJECT || block->freed_in || block->memory != (void*)(uintptr_t)object) continue;
        block->freed_in = cmc_call;
        return;
    }
    cmc_fail("an object was dereferenced more often than referenced");
}
static void cmc_log(const char* text)
{
    if (text) fprintf(stderr, "  %s\n", text);
}

static cmc_host_t cmc_host;
static void cmc_begin_test(void)
{
    cmc_host.version = CMC_HOST_VERSION;
    cmc_host.size = sizeof(cmc_host);
    cmc_host.nmr_register_provider = cmc_register;
    cmc_host.nmr_deregister_provider = cmc_deregister;
    cmc_host.nmr_wait_for_provider_deregister_complete = cmc_wait_deregistered;
    cmc_host.nmr_provider_detach_client_complete = cmc_detach_complete;
    cmc_host.get_irql = cmc_get_irql;
    cmc_host.raise_irql = cmc_raise_irql;
    cmc_host.lower_irql = cmc_lower_irql;
    cmc_host.check_irql = cmc_check_irql;
    cmc_host.pool_allocate = cmc_pool_allocate;
    cmc_host.pool_free = cmc_pool_free;
    cmc_host.lock_acquire = cmc_lock_acquire;
    cmc_host.lock_release = cmc_lock_release;
    cmc_host.wait = cmc_wait;
    cmc_host.signal = cmc_signal;
    cmc_host.queue_work = cmc_queue_work;
    cmc_host.current_process = cmc_current_process;
    cmc_host.object_reference = cmc_object_reference;
    cmc_host.object_dereference = cmc_object_dereference;
    cmc_host.log = cmc_log;
#if !defined(CMC_CATCH2)
    signal(SIGSEGV, cmc_on_signal);
    signal(SIGABRT, cmc_on_signal);
    signal(SIGILL, cmc_on_signal);
    signal(SIGFPE, cmc_on_signal);
    atexit(cmc_on_exit);
#if defined(_WIN32)
    SetUnhandledExceptionFilter(cmc_on_exception);
    CreateThread(NULL, 0, cmc_watch, NULL, 0, NULL);
#else
    signal(SIGBUS, cmc_on_signal);
    signal(SIGTRAP, cmc_on_signal);
    signal(SIGALRM, cmc_on_alarm);
    alarm(10);
#endif
#endif
}
