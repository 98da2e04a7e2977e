/*
 * What a test needs that `mapcert replay --emit c` writes: a registrar, memory, locks, IRQL and
 * objects, in the kernel's place. Each block lies before a page without access and is never handed
 * out twice, so that what is used too late, or beyond its end, ends the test at the call that does
 * it. Every call has a number, which is the one in mapcert's report.
 *
 * As C11 or C++17; plain main, or with -DCMC_CATCH2 a Catch2 test case.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(_WIN32)
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif
#if defined(CMC_EBPF_HEADERS)
#include "custom_map_conformance.h"
#include "ebpf_extension.h"
#else
#include "cmc_contract.h"
#endif
#if defined(CMC_CATCH2)
#include <catch2/catch_all.hpp>
#endif

#define CMC_BLOCKS_MAX 65536
#define CMC_PAGE 4096u
enum { CMC_EPOCH = 1, CMC_EPOCH_ALIGNED, CMC_POOL, CMC_OBJECT };

typedef struct cmc_block {
    uint8_t* pages;
    size_t pages_size;
    void* memory;
    int kind, call, ordinal, freed_in;
} cmc_block_t;

static cmc_block_t cmc_blocks[CMC_BLOCKS_MAX];
static int cmc_block_count, cmc_call, cmc_asked, cmc_failing, cmc_locks, cmc_epochs;
static uint8_t cmc_irql;
static uint64_t cmc_process = 1;
static const char* cmc_name = "nothing";
static char cmc_failure[512];
static int cmc_failed_call;

/* The first thing that went wrong counts. */
static void cmc_fail(const char* format, ...)
{
    va_list list;
    if (cmc_failure[0] != 0) return;
    va_start(list, format);
    vsnprintf(cmc_failure, sizeof(cmc_failure), format, list);
    va_end(list);
    cmc_failed_call = cmc_call;
}

static void cmc_settle(void)
{
    if (cmc_failure[0] == 0) return;
#if defined(CMC_CATCH2)
    FAIL("call " << cmc_failed_call << " (" << cmc_name << "): " << cmc_failure);
#else
    fprintf(stderr, "FAILED at call %d (%s): %s\n", cmc_failed_call, cmc_name, cmc_failure);
    exit(1);
#endif
}

static void cmc_lost(const char* how)
{
    fprintf(stderr, "FAILED at call %d (%s): %s\n", cmc_call, cmc_name, how);
    fflush(stderr);
    _Exit(1);
}

static void cmc_on_signal(int number) { cmc_lost(number == SIGABRT ? "it aborted" : "it crashed"); }
/* What ends the process in a callback is the loss of that call. */
static int cmc_is_over;
static void cmc_on_exit(void)
{
    if (!cmc_is_over && cmc_failure[0] == 0) cmc_lost("it ended the process");
}
#if defined(_WIN32)
static LONG WINAPI cmc_on_exception(EXCEPTION_POINTERS* unused)
{
    (void)unused;
    cmc_lost("it crashed");
    return 0;
}
static DWORD WINAPI cmc_watch(void* unused)
{
    (void)unused;
    Sleep(10000);
    cmc_lost("it did not come back");
    return 0;
}
#else
static void cmc_on_alarm(int number) { (void)number, cmc_lost("it did not come back"); }
#endif

/* ---- Memory ---- */

static uint8_t* cmc_map_pages(size_t size)
{
#if defined(_WIN32)
    DWORD old;
    uint8_t* pages = (uint8_t*)VirtualAlloc(NULL, size + CMC_PAGE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    if (pages) VirtualProtect(pages + size, CMC_PAGE, PAGE_NOACCESS, &old);
    return pages;
#else
    void* pages = mmap(NULL, size + CMC_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return NULL;
    mprotect((uint8_t*)pages + size, CMC_PAGE, PROT_NONE);
    return (uint8_t*)pages;
#endif
}

static void cmc_close_pages(cmc_block_t* block)
{
#if defined(_WIN32)
    DWORD old;
    VirtualProtect(block->pages, block->pages_size, PAGE_NOACCESS, &old);
#else
    mprotect(block->pages, block->pages_size, PROT_NONE);
#endif
}

static void* cmc_allocate(size_t size, int kind)
{
    cmc_block_t* block = &cmc_blocks[cmc_block_count];
    size_t room = (size + 15) & ~(size_t)15;
    if (++cmc_asked == cmc_failing) return NULL;
    if (kind == CMC_EPOCH_ALIGNED) room = (size + 63) & ~(size_t)63;
    if (cmc_block_count == CMC_BLOCKS_MAX) return NULL;
    block->pages_size = (room + CMC_PAGE - 1) / CMC_PAGE * CMC_PAGE;
    if (block->pages_size == 0) block->pages_size = CMC_PAGE;
    block->pages = cmc_map_pages(block->pages_size);
    if (!block->pages) return NULL;
    block->memory = block->pages + block->pages_size - room;
    block->kind = kind;
    block->call = cmc_call;
    block->ordinal = cmc_asked;
    cmc_block_count += 1;
    return block->memory;
}

static void cmc_release(void* memory, int kind)
{
    for (int at = 0; memory && at < cmc_block_count; at += 1) {
        cmc_block_t* block = &cmc_blocks[at];
        if (block->memory != memory || block->kind == CMC_OBJECT) continue;
        if (block->freed_in != 0) cmc_fail("memory made in call %d was freed again", block->call);
        else if (block->kind != kind) cmc_fail("memory made in call %d was freed by the wrong function", block->call);
        block->freed_in = cmc_call;
        if (kind == CMC_POOL) cmc_close_pages(block);
        return;
    }
    if (memory) cmc_fail("memory was freed that nobody had allocated");
}

/* Epochs end between operations: what was freed in them cannot be read any more. */
static void cmc_end_operation(void)
{
    for (int at = 0; at < cmc_block_count; at += 1)
        if (cmc_blocks[at].freed_in && cmc_blocks[at].kind != CMC_OBJECT) cmc_close_pages(&cmc_blocks[at]);
}

/* Whether the nth thing of a kind that a call made is still there. */
static bool cmc_is_held(int call, int ordinal, int kind)
{
    for (int at = 0; at < cmc_block_count; at += 1) {
        const cmc_block_t* block = &cmc_blocks[at];
        if (block->call == call && block->ordinal == ordinal && (block->kind == CMC_OBJECT) == (kind == CMC_OBJECT))
            return block->freed_in == 0;
    }
    return false;
}

static void* cmc_epoch_allocate(size_t size, uint32_t tag) { return (void)tag, cmc_allocate(size, CMC_EPOCH); }
static void* cmc_epoch_allocate_aligned(size_t size, uint32_t tag) { return (void)tag, cmc_allocate(size, CMC_EPOCH_ALIGNED); }
static void cmc_epoch_free(void* memory) { cmc_release(memory, CMC_EPOCH); }
static void cmc_epoch_free_aligned(void* memory) { cmc_release(memory, CMC_EPOCH_ALIGNED); }
static void* cmc_pool_allocate(size_t size, uint32_t tag) { return (void)tag, cmc_allocate(size, CMC_POOL); }
static void cmc_pool_free(void* memory) { cmc_release(memory, CMC_POOL); }
static void cmc_epoch_enter(void* state) { (void)state, cmc_epochs += 1; }
static void cmc_epoch_exit(void* state)
{
    (void)state;
    if (--cmc_epochs < 0) cmc_fail("it left an epoch that it had not entered");
}
static ebpf_result_t cmc_find_element(const void* map, const uint8_t* key, uint8_t** value)
{
    (void)map, (void)key;
    *value = NULL;
    return EBPF_KEY_NOT_FOUND;
}

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
