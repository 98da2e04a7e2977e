/**
 * Runs the shim on a host of one thread, which does queued work whenever it waits, and prints what
 * happened as JSON.
 */
#include <stdio.h>
#include <string.h>

#include "cmc_shim.h"

static uint8_t irql;
static int checks_failed, held, pool_blocks;
static void* signals[16];
static int signal_count;
static struct {
    void (*routine)(void*);
    void* argument;
} work[8];
static int work_count;
static char logged[64];
static uint8_t block[256];
static size_t pool_size;

static uint8_t get_irql(void) { return irql; }
static uint8_t raise_irql(uint8_t level) { uint8_t old = irql; irql = level; return old; }
static void lower_irql(uint8_t level) { irql = level; }
static void check_irql(uint8_t maximum, const char* what) { (void)what; checks_failed += irql > maximum; }
static void* pool_allocate(size_t size, uint32_t tag)
{
    (void)tag;
    memset(block, 0xAB, sizeof(block));
    pool_blocks += 1;
    pool_size = size;
    return size <= sizeof(block) ? block : NULL;
}
static void pool_free(void* memory) { (void)memory; pool_blocks -= 1; }
static void lock_acquire(void* lock) { (void)lock; held += 1; irql = DISPATCH_LEVEL; }
static void lock_release(void* lock) { (void)lock; held -= 1; } /* Leaves the level to the shim. */
static void queue_work(void (*routine)(void*), void* argument)
{
    work[work_count].routine = routine;
    work[work_count++].argument = argument;
}
static void do_work(void)
{
    void (*routine)(void*) = work[0].routine;
    void* argument = work[0].argument;
    memmove(work, work + 1, (size_t)--work_count * sizeof(work[0]));
    routine(argument);
}
static void signal_object(void* object) { signals[signal_count++] = object; }
static bool take_signal(void* object)
{
    for (int i = 0; i < signal_count; i += 1) {
        if (signals[i] == object) {
            signals[i] = signals[--signal_count];
            return true;
        }
    }
    return false;
}
static int32_t wait(void* object, uint32_t timeout_ms)
{
    (void)timeout_ms;
    check_irql(APC_LEVEL, "wait");
    bool signalled = take_signal(object);
    while (!signalled && work_count > 0) {
        do_work();
        signalled = take_signal(object);
    }
    return signalled ? CMC_WAIT_SIGNALLED : CMC_WAIT_TIMED_OUT;
}
static uint64_t current_process(void) { return 7; }
static uint64_t object_reference(uint64_t handle) { return handle == 4 ? 0x1000 : 0; }
static void object_dereference(uint64_t object) { (void)object; }
static void log_text(const char* text) { snprintf(logged, sizeof(logged), "%s", text); }

static const cmc_host_t host = {
    .version = CMC_HOST_VERSION, .size = sizeof(cmc_host_t), .get_irql = get_irql, .raise_irql = raise_irql,
    .lower_irql = lower_irql, .check_irql = check_irql, .pool_allocate = pool_allocate, .pool_free = pool_free,
    .lock_acquire = lock_acquire, .lock_release = lock_release, .wait = wait, .signal = signal_object,
    .queue_work = queue_work, .current_process = current_process, .object_reference = object_reference,
    .object_dereference = object_dereference, .log = log_text,
};

static KEVENT event;
static EX_RUNDOWN_REF rundown;
static void set_event(PVOID argument) { (void)argument; KeSetEvent(&event, IO_NO_INCREMENT, FALSE); }
static void release_rundown(PDEVICE_OBJECT device, PVOID argument)
{
    (void)device, (void)argument;
    ExReleaseRundownProtection(&rundown);
}

static void say(const char* name, long value)
{
    static const char* comma = "";
    printf("%s\"%s\":%ld", comma, name, value);
    comma = ",";
}

#include "deferred-check.h"

static long wait_for_event(void)
{
    LARGE_INTEGER second;
    second.QuadPart = -10000000;
    return KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &second);
}

int main(void)
{
    cmc_host_t older = host;
    older.size -= 8;
    printf("{");
    say("refuses an older host", cmc_shim_bind(&older));
    say("refuses no host", cmc_shim_bind(NULL));
    say("binds", cmc_shim_bind(&host));

    uint8_t* memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, 16, 1);
    say("pool is zeroed", memory[0] == 0 && memory[15] == 0);
    memory = ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_UNINITIALIZED, 16, 1);
    say("pool is left as it is", memory[0] == 0xAB);
    ExFreePoolWithTag(memory, 1);
    ExFreePool(memory);
    say("pool blocks left", pool_blocks);

    KSPIN_LOCK lock;
    KIRQL old;
    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &old);
    say("level under a spin lock", KeGetCurrentIrql());
    say("checks failed at dispatch", (PAGED_CODE(), ExAllocatePool2(POOL_FLAG_PAGED, 1, 1), checks_failed));
    KeReleaseSpinLock(&lock, old);
    say("level after it", KeGetCurrentIrql());

    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    ExAcquireFastMutex(&mutex);
    say("level under a fast mutex", KeGetCurrentIrql());
    ExReleaseFastMutex(&mutex);
    say("level after the mutex", KeGetCurrentIrql());

    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    say("a set event lets one pass", wait_for_event());
    say("and not another", wait_for_event());
    KeSetEvent(&event, IO_NO_INCREMENT, FALSE);
    KeClearEvent(&event);
    say("nor once it is cleared", wait_for_event());
    WORK_QUEUE_ITEM item;
    ExInitializeWorkItem(&item, set_event, NULL);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    say("a wait lets work set it", wait_for_event());
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeSetEvent(&event, IO_NO_INCREMENT, FALSE);
    say("a notification lets one pass", wait_for_event());
    say("and another", wait_for_event());

    ExInitializeRundownProtection(&rundown);
    say("rundown is acquired", ExAcquireRundownProtection(&rundown));
    PIO_WORKITEM release = IoAllocateWorkItem(NULL);
    IoQueueWorkItem(release, release_rundown, DelayedWorkQueue, NULL);
    ExWaitForRundownProtectionRelease(&rundown);
    say("references left", (long)(rundown.State >> 1));
    say("rundown is refused then", ExAcquireRundownProtection(&rundown));
    ExReInitializeRundownProtection(&rundown);
    say("and acquired anew", ExAcquireRundownProtection(&rundown));

    PVOID object;
    say("a bad handle", ObReferenceObjectByHandle((HANDLE)3, 0, NULL, UserMode, &object, NULL) == STATUS_INVALID_HANDLE);
    say("a good handle", ObReferenceObjectByHandle((HANDLE)4, 0, NULL, UserMode, &object, NULL));
    say("its object", (long)(uintptr_t)object);
    say("the process", (long)(uintptr_t)PsGetCurrentProcess());
    check_deferred();
    check_lists();
    check_words();
    DbgPrint("%s %d", "text", 5);
    say("the log", strcmp(logged, "text 5") == 0);
    printf("}\n");
    return 0;
}
