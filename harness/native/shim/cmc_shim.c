/*
 * Kernel routines on the services of the harness; what each one promises is Windows' documentation.
 */
#include "cmc_shim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const cmc_host_t* host;

int
cmc_shim_bind(const cmc_host_t* services)
{
    if (services == NULL || services->version != CMC_HOST_VERSION || services->size < sizeof(*services)) {
        return 1;
    }
    host = services;
    return 0;
}

const cmc_host_t*
cmc_shim_host(void)
{
    return host;
}

/*
 * ---- The registrar; CMC_SHIM_NO_NMR leaves it to a library that the driver is linked with. ----
 */

#ifndef CMC_SHIM_NO_NMR

NTSTATUS
NmrRegisterProvider(const NPI_PROVIDER_CHARACTERISTICS* characteristics, void* context, HANDLE* handle)
{
    return host->nmr_register_provider(characteristics, context, handle);
}

NTSTATUS
NmrDeregisterProvider(HANDLE handle)
{
    return host->nmr_deregister_provider(handle);
}

NTSTATUS
NmrWaitForProviderDeregisterComplete(HANDLE handle)
{
    return host->nmr_wait_for_provider_deregister_complete(handle);
}

void
NmrProviderDetachClientComplete(HANDLE nmr_binding)
{
    host->nmr_provider_detach_client_complete(nmr_binding);
}

#endif

/* ---- IRQL and checks. ---- */

KIRQL
KeGetCurrentIrql(void)
{
    return host->get_irql();
}

void
KeRaiseIrql(KIRQL new_irql, PKIRQL old_irql)
{
    *old_irql = host->raise_irql(new_irql);
}

KIRQL
KeRaiseIrqlToDpcLevel(void)
{
    return host->raise_irql(DISPATCH_LEVEL);
}

void
KeLowerIrql(KIRQL irql)
{
    host->lower_irql(irql);
}

void
KeEnterCriticalRegion(void)
{
    host->check_irql(APC_LEVEL, "KeEnterCriticalRegion");
}

void
KeLeaveCriticalRegion(void)
{
    host->check_irql(APC_LEVEL, "KeLeaveCriticalRegion");
}

void
cmc_shim_check_irql(KIRQL maximum, const char* routine)
{
    host->check_irql(maximum, routine);
}

#if defined(__GNUC__)
__attribute__((noreturn))
#endif
static void
log_and_abort(const char* what, const char* detail)
{
    char text[256];
    snprintf(text, sizeof(text), "%s: %s", what, detail);
    host->log(text);
    abort();
}

void
cmc_shim_assertion_failed(const char* condition, const char* routine)
{
    log_and_abort(routine, condition);
}

void
KeBugCheckEx(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4)
{
    char text[32];
    (void)p1, (void)p2, (void)p3, (void)p4;
    snprintf(text, sizeof(text), "0x%08x", (unsigned)code);
    log_and_abort("KeBugCheckEx", text);
}

void
cmc_shim_fast_fail(unsigned int code)
{
    char text[32];
    snprintf(text, sizeof(text), "code %u", code);
    log_and_abort("__fastfail", text);
}

static void
log_formatted(const char* format, va_list arguments)
{
    char text[512];
    vsnprintf(text, sizeof(text), format, arguments);
    host->log(text);
}

ULONG
DbgPrint(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_formatted(format, arguments);
    va_end(arguments);
    return 0;
}

ULONG
DbgPrintEx(ULONG component, ULONG level, const char* format, ...)
{
    va_list arguments;
    (void)component, (void)level;
    va_start(arguments, format);
    log_formatted(format, arguments);
    va_end(arguments);
    return 0;
}

/* ---- Pool. ---- */

/* Paged kinds are odd: PagedPool, PagedPoolCacheAligned. */
static bool
is_paged(POOL_TYPE type)
{
    return ((unsigned)type & PagedPool) != 0;
}

/*
 * A block of whole cache lines is aligned to one: the host lets a block end where a page ends, or
 * begin where it begins.
 */
static SIZE_T
in_lines(bool aligned, SIZE_T size)
{
    const SIZE_T line = SYSTEM_CACHE_ALIGNMENT_SIZE;
    return aligned && size <= MAXSIZE_T - line ? ALIGN_UP_BY(size, line) : size;
}

/* Bit 2 of a pool's type: NonPagedPoolCacheAligned and kin. */
static SIZE_T
as_asked(POOL_TYPE type, SIZE_T size)
{
    return in_lines(((unsigned)type & NonPagedPoolCacheAligned) != 0, size);
}

static PVOID
allocate(bool paged, bool zeroed, SIZE_T size, ULONG tag, const char* routine)
{
    host->check_irql(paged ? APC_LEVEL : DISPATCH_LEVEL, routine);
    PVOID memory = host->pool_allocate(size, tag);
    if (memory != NULL && zeroed) {
        memset(memory, 0, size);
    }
    return memory;
}

PVOID
ExAllocatePool2(POOL_FLAGS flags, SIZE_T size, ULONG tag)
{
    bool zeroed = (flags & POOL_FLAG_UNINITIALIZED) == 0;
    SIZE_T room = in_lines((flags & POOL_FLAG_CACHE_ALIGNED) != 0, size);
    return allocate((flags & POOL_FLAG_PAGED) != 0, zeroed, room, tag, "ExAllocatePool2");
}

PVOID
ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T size, ULONG tag)
{
    return allocate(is_paged(type), false, as_asked(type, size), tag, "ExAllocatePoolWithTag");
}

PVOID
ExAllocatePoolZero(POOL_TYPE type, SIZE_T size, ULONG tag)
{
    return allocate(is_paged(type), true, as_asked(type, size), tag, "ExAllocatePoolZero");
}

PVOID
ExAllocatePoolUninitialized(POOL_TYPE type, SIZE_T size, ULONG tag)
{
    return allocate(is_paged(type), false, as_asked(type, size), tag, "ExAllocatePoolUninitialized");
}

void
ExFreePool(PVOID memory)
{
    host->pool_free(memory);
}

void
ExFreePoolWithTag(PVOID memory, ULONG tag)
{
    (void)tag;
    host->pool_free(memory);
}

void
ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate_entry,
    PFREE_FUNCTION free_entry, ULONG flags, SIZE_T size, ULONG tag, USHORT depth)
{
    (void)allocate_entry, (void)free_entry, (void)flags, (void)depth;
    list->Size = size;
    list->Tag = tag;
}

void
ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list)
{
    list->Size = 0;
}

PVOID
ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list)
{
    return allocate(false, false, list->Size, list->Tag, "ExAllocateFromNPagedLookasideList");
}

void
ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PVOID entry)
{
    (void)list;
    ExFreePool(entry);
}

void
ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate_entry, PFREE_FUNCTION free_entry,
    ULONG flags, SIZE_T size, ULONG tag, USHORT depth)
{
    ExInitializeNPagedLookasideList(list, allocate_entry, free_entry, flags, size, tag, depth);
}

void
ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST list)
{
    ExDeleteNPagedLookasideList(list);
}

PVOID
ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST list)
{
    return allocate(true, false, list->Size, list->Tag, "ExAllocateFromPagedLookasideList");
}

void
ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST list, PVOID entry)
{
    host->check_irql(APC_LEVEL, "ExFreeToPagedLookasideList");
    ExFreeToNPagedLookasideList(list, entry);
}

/* ---- Locks. ---- */

void
KeInitializeSpinLock(PKSPIN_LOCK lock)
{
    *lock = 0;
}

KIRQL
KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK lock)
{
    KIRQL old_irql = host->get_irql();
    host->lock_acquire(lock);
    return old_irql;
}

void
KeAcquireSpinLock(PKSPIN_LOCK lock, PKIRQL old_irql)
{
    *old_irql = KeAcquireSpinLockRaiseToDpc(lock);
}

void
KeReleaseSpinLock(PKSPIN_LOCK lock, KIRQL old_irql)
{
    host->lock_release(lock);
    /*
     * What the caller hands back counts, even where locks are released in another order than they
     * were taken.
     */
    KIRQL irql = host->get_irql();
    if (irql > old_irql) {
        host->lower_irql(old_irql);
    } else if (irql < old_irql) {
        host->raise_irql(old_irql);
    }
}

void
KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock)
{
    host->lock_acquire(lock);
}

void
KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK lock)
{
    KeReleaseSpinLock(lock, DISPATCH_LEVEL);
}

void
KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle)
{
    handle->Lock = lock;
    handle->OldIrql = KeAcquireSpinLockRaiseToDpc(lock);
}

void
KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE handle)
{
    KeReleaseSpinLock(handle->Lock, handle->OldIrql);
}

KIRQL
ExAcquireSpinLockExclusive(PEX_SPIN_LOCK lock)
{
    return KeAcquireSpinLockRaiseToDpc(lock);
}

void
ExReleaseSpinLockExclusive(PEX_SPIN_LOCK lock, KIRQL old_irql)
{
    KeReleaseSpinLock(lock, old_irql);
}

KIRQL
ExAcquireSpinLockShared(PEX_SPIN_LOCK lock)
{
    return KeAcquireSpinLockRaiseToDpc(lock);
}

void
ExReleaseSpinLockShared(PEX_SPIN_LOCK lock, KIRQL old_irql)
{
    KeReleaseSpinLock(lock, old_irql);
}

void
ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK lock)
{
    KeAcquireSpinLockAtDpcLevel(lock);
}

void
ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK lock)
{
    KeReleaseSpinLockFromDpcLevel(lock);
}

void
ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK lock)
{
    KeAcquireSpinLockAtDpcLevel(lock);
}

void
ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK lock)
{
    KeReleaseSpinLockFromDpcLevel(lock);
}

void
ExInitializePushLock(PEX_PUSH_LOCK lock)
{
    *lock = 0;
}

static void
acquire_push_lock(PEX_PUSH_LOCK lock, const char* routine)
{
    host->check_irql(APC_LEVEL, routine);
    if (InterlockedIncrement64(lock) != 1) {
        host->wait((void*)lock, CMC_WAIT_FOR_EVER);
    }
}

static void
release_push_lock(PEX_PUSH_LOCK lock)
{
    if (InterlockedDecrement64(lock) != 0) {
        host->signal((void*)lock);
    }
}

void
ExAcquirePushLockExclusive(PEX_PUSH_LOCK lock)
{
    acquire_push_lock(lock, "ExAcquirePushLockExclusive");
}

void
ExReleasePushLockExclusive(PEX_PUSH_LOCK lock)
{
    release_push_lock(lock);
}

void
ExAcquirePushLockShared(PEX_PUSH_LOCK lock)
{
    acquire_push_lock(lock, "ExAcquirePushLockShared");
}

void
ExReleasePushLockShared(PEX_PUSH_LOCK lock)
{
    release_push_lock(lock);
}

void
ExInitializeFastMutex(PFAST_MUTEX mutex)
{
    memset(mutex, 0, sizeof(*mutex));
}

void
ExAcquireFastMutex(PFAST_MUTEX mutex)
{
    host->check_irql(APC_LEVEL, "ExAcquireFastMutex");
    KIRQL old_irql = host->raise_irql(APC_LEVEL);
    if (InterlockedIncrement64(&mutex->Users) != 1) {
        host->wait((void*)mutex, CMC_WAIT_FOR_EVER);
    }
    mutex->OldIrql = old_irql;
}

BOOLEAN
ExTryToAcquireFastMutex(PFAST_MUTEX mutex)
{
    host->check_irql(APC_LEVEL, "ExTryToAcquireFastMutex");
    if (InterlockedCompareExchange64(&mutex->Users, 1, 0) != 0) {
        return FALSE;
    }
    mutex->OldIrql = host->raise_irql(APC_LEVEL);
    return TRUE;
}

void
ExReleaseFastMutex(PFAST_MUTEX mutex)
{
    KIRQL old_irql = mutex->OldIrql;
    if (InterlockedDecrement64(&mutex->Users) != 0) {
        host->signal((void*)mutex);
    }
    host->lower_irql(old_irql);
}

/* ---- Events and waits. ---- */

void
KeInitializeEvent(PKEVENT event, EVENT_TYPE type, BOOLEAN state)
{
    event->Type = type;
    event->Set = 0;
    if (state) {
        KeSetEvent(event, IO_NO_INCREMENT, FALSE);
    }
}

/* Touches the event no more once a waiter may have gone and freed it. */
LONG
KeSetEvent(PKEVENT event, KPRIORITY increment, BOOLEAN wait)
{
    (void)increment, (void)wait;
    LONG64 before = InterlockedExchange64(&event->Set, 1);
    host->signal(event);
    return (LONG)before;
}

LONG
KeResetEvent(PKEVENT event)
{
    return (LONG)InterlockedExchange64(&event->Set, 0);
}

void
KeClearEvent(PKEVENT event)
{
    KeResetEvent(event);
}

LONG
KeReadStateEvent(PKEVENT event)
{
    return (LONG)event->Set;
}

/**
 * Relative times are negative, in units of 100 ns. There is no clock to hold an absolute one
 * against: it has passed.
 */
static uint32_t
milliseconds(const LARGE_INTEGER* timeout)
{
    if (timeout == NULL) {
        return CMC_WAIT_FOR_EVER;
    }
    if (timeout->QuadPart >= 0) {
        return 0;
    }
    uint64_t whole = ((uint64_t)0 - (uint64_t)timeout->QuadPart + 9999) / 10000;
    return whole >= CMC_WAIT_FOR_EVER ? CMC_WAIT_FOR_EVER - 1 : (uint32_t)whole;
}

/* Whether the event satisfies a wait now; a synchronization event is consumed by that. */
static bool
take_event(PKEVENT event)
{
    return event->Type == NotificationEvent ? event->Set != 0 : InterlockedExchange64(&event->Set, 0) != 0;
}

NTSTATUS
KeWaitForSingleObject(
    PVOID object, KWAIT_REASON reason, KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER timeout)
{
    PKEVENT event = (PKEVENT)object;
    uint32_t limit = milliseconds(timeout);
    (void)reason, (void)mode, (void)alertable;
    if (limit == 0 && host->get_irql() >= DISPATCH_LEVEL) {
        return take_event(event) ? STATUS_SUCCESS : STATUS_TIMEOUT; /* A look without waiting is allowed there. */
    }
    if (event->Type == NotificationEvent && event->Set) {
        host->check_irql(APC_LEVEL, "KeWaitForSingleObject");
        return STATUS_SUCCESS;
    }
    /*
     * The host may still hold the signal of an event that was reset since, so the event has the
     * last word.
     */
    while (host->wait(event, limit) == CMC_WAIT_SIGNALLED) {
        if (take_event(event)) {
            if (event->Type == NotificationEvent) {
                host->signal(event); /* For whoever else waits. */
            }
            return STATUS_SUCCESS;
        }
    }
    return STATUS_TIMEOUT;
}

NTSTATUS
KeDelayExecutionThread(KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER interval)
{
    LONG64 nobody_signals_this = 0;
    (void)mode, (void)alertable;
    host->wait(&nobody_signals_this, milliseconds(interval));
    return STATUS_SUCCESS;
}

enum { RUNDOWN_BEGUN = 1, RUNDOWN_REFERENCE = 2 };

void
ExInitializeRundownProtection(PEX_RUNDOWN_REF rundown)
{
    rundown->State = 0;
}

void
ExReInitializeRundownProtection(PEX_RUNDOWN_REF rundown)
{
    InterlockedExchange64(&rundown->State, 0);
}

BOOLEAN
ExAcquireRundownProtection(PEX_RUNDOWN_REF rundown)
{
    LONG64 seen = rundown->State;
    while ((seen & RUNDOWN_BEGUN) == 0) {
        LONG64 before = InterlockedCompareExchange64(&rundown->State, seen + RUNDOWN_REFERENCE, seen);
        if (before == seen) {
            return TRUE;
        }
        seen = before;
    }
    return FALSE;
}

void
ExReleaseRundownProtection(PEX_RUNDOWN_REF rundown)
{
    if (InterlockedAdd64(&rundown->State, -RUNDOWN_REFERENCE) == RUNDOWN_BEGUN) {
        host->signal((void*)rundown);
    }
}

void
ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF rundown)
{
    host->check_irql(APC_LEVEL, "ExWaitForRundownProtectionRelease");
    if ((InterlockedOr64(&rundown->State, RUNDOWN_BEGUN) & ~(LONG64)RUNDOWN_BEGUN) != 0) {
        host->wait((void*)rundown, CMC_WAIT_FOR_EVER);
    }
}

void
ExRundownCompleted(PEX_RUNDOWN_REF rundown)
{
    InterlockedExchange64(&rundown->State, RUNDOWN_BEGUN);
}

/* ---- Processes and handles. ---- */

PEPROCESS
PsGetCurrentProcess(void)
{
    return (PEPROCESS)(uintptr_t)host->current_process();
}

HANDLE
PsGetCurrentProcessId(void)
{
    return (HANDLE)(uintptr_t)host->current_process();
}

NTSTATUS
ObReferenceObjectByHandle(HANDLE handle, ACCESS_MASK access, POBJECT_TYPE type, KPROCESSOR_MODE mode, PVOID* object,
    POBJECT_HANDLE_INFORMATION information)
{
    (void)access, (void)type, (void)mode;
    host->check_irql(PASSIVE_LEVEL, "ObReferenceObjectByHandle");
    *object = (PVOID)(uintptr_t)host->object_reference((uint64_t)(uintptr_t)handle);
    if (information != NULL) {
        memset(information, 0, sizeof(*information));
    }
    return *object == NULL ? STATUS_INVALID_HANDLE : STATUS_SUCCESS;
}

LONG_PTR
ObfDereferenceObject(PVOID object)
{
    host->object_dereference((uint64_t)(uintptr_t)object);
    return 0; /* How many are left is the ledger's secret; drivers must not rely on it either. */
}

#include "cmc_shim_deferred.h"
