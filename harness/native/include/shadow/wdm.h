/*
 * The kernel routines that map providers use, under their Windows names. The shim (harness/native/shim) implements
 * them on the services of the harness, so that locks, waits, pool, IRQL, work items and object handles are seen
 * there.
 */
#ifndef CMC_SHADOW_WDM_H
#define CMC_SHADOW_WDM_H

#include "fastfail.h"
#include "interlocked.h"
#include "lists.h"
#include "ntdef.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- IRQL and checks. ---- */

typedef UCHAR KIRQL, *PKIRQL;
#define PASSIVE_LEVEL 0
#define LOW_LEVEL 0
#define APC_LEVEL 1
#define DISPATCH_LEVEL 2

KIRQL KeGetCurrentIrql(void);
void KeRaiseIrql(KIRQL new_irql, PKIRQL old_irql);
KIRQL KeRaiseIrqlToDpcLevel(void);
void KeLowerIrql(KIRQL irql);
void KeEnterCriticalRegion(void);
void KeLeaveCriticalRegion(void);

/* Reports a pageable or blocking routine that runs above `maximum`. */
void cmc_shim_check_irql(KIRQL maximum, const char* routine);
/* Reports the text and aborts. */
void cmc_shim_assertion_failed(const char* condition, const char* routine);

#define PAGED_CODE() cmc_shim_check_irql(APC_LEVEL, __func__)
#define PAGED_CODE_LOCKED() PAGED_CODE()

/* Whether the condition holds; a checked build reports and aborts where it does not. */
static inline BOOLEAN cmc_shim_verify(int holds, const char* condition, const char* routine)
{
#ifndef NDEBUG
    if (!holds) {
        cmc_shim_assertion_failed(condition, routine);
    }
#endif
    (void)condition, (void)routine;
    return holds ? TRUE : FALSE;
}
#define CMC_CONDITION(condition, text) cmc_shim_verify((condition) ? 1 : 0, text, __func__)
/* Asserted conditions are not evaluated in a free build, verified ones are; all of them have a value. */
#ifdef NDEBUG
#define NT_ASSERT(condition) ((void)0)
#else
#define NT_ASSERT(condition) CMC_CONDITION(condition, #condition)
#endif
#define NT_ASSERTMSG(message, condition) NT_ASSERT(condition)
#define NT_FRE_ASSERT(condition) CMC_CONDITION(condition, #condition)
#define NT_VERIFY(condition) CMC_CONDITION(condition, #condition)
#define NT_VERIFYMSG(message, condition) CMC_CONDITION(condition, #condition)
#ifndef ASSERT
#define ASSERT(condition) NT_ASSERT(condition)
#endif
#ifndef ASSERTMSG
#define ASSERTMSG(message, condition) NT_ASSERT(condition)
#endif

void KeBugCheckEx(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4);
ULONG DbgPrint(const char* format, ...);
ULONG DbgPrintEx(ULONG component, ULONG level, const char* format, ...);
#define KdPrint(arguments) DbgPrint arguments
#define KdPrintEx(arguments) DbgPrintEx arguments
#define DPFLTR_IHVDRIVER_ID 77
#define DPFLTR_ERROR_LEVEL 0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL 2
#define DPFLTR_INFO_LEVEL 3

/* ---- Pool. ---- */

typedef ULONG64 POOL_FLAGS;
#define POOL_FLAG_UNINITIALIZED 0x0000000000000002ull
#define POOL_FLAG_CACHE_ALIGNED 0x0000000000000008ull
#define POOL_FLAG_NON_PAGED 0x0000000000000040ull
#define POOL_FLAG_PAGED 0x0000000000000100ull

#define POOL_FLAG_RAISE_ON_FAILURE 0x0000000000000020ull
#define POOL_FLAG_NON_PAGED_EXECUTE 0x0000000000000080ull
typedef enum _POOL_TYPE {
    NonPagedPool = 0,
    NonPagedPoolExecute = NonPagedPool,
    PagedPool = 1,
    NonPagedPoolCacheAligned = 4,
    PagedPoolCacheAligned = 5,
    NonPagedPoolNx = 512,
    NonPagedPoolNxCacheAligned = 516
} POOL_TYPE;

PVOID ExAllocatePool2(POOL_FLAGS flags, SIZE_T size, ULONG tag); /* Zeroed unless UNINITIALIZED is set. */
PVOID ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T size, ULONG tag);
PVOID ExAllocatePoolZero(POOL_TYPE type, SIZE_T size, ULONG tag);
PVOID ExAllocatePoolUninitialized(POOL_TYPE type, SIZE_T size, ULONG tag);
void ExFreePool(PVOID memory);
void ExFreePoolWithTag(PVOID memory, ULONG tag);

/* Which pool non-paged allocations come from is of no matter here: all of it is the harness's. */
#define DrvRtPoolNxOptIn 1u
#define ExInitializeDriverRuntime(flags) ((void)(flags))

/* Keeps nothing back: each entry is an allocation of its own. */
typedef struct _NPAGED_LOOKASIDE_LIST {
    SIZE_T Size;
    ULONG Tag;
} NPAGED_LOOKASIDE_LIST, *PNPAGED_LOOKASIDE_LIST;
typedef PVOID ALLOCATE_FUNCTION(POOL_TYPE type, SIZE_T size, ULONG tag);
typedef ALLOCATE_FUNCTION* PALLOCATE_FUNCTION;
typedef void FREE_FUNCTION(PVOID memory);
typedef FREE_FUNCTION* PFREE_FUNCTION;

typedef NPAGED_LOOKASIDE_LIST PAGED_LOOKASIDE_LIST, *PPAGED_LOOKASIDE_LIST;

void ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate, PFREE_FUNCTION release,
    ULONG flags, SIZE_T size, ULONG tag, USHORT depth); /* Routines of the driver's own are not called. */
void ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list);
PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list);
void ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PVOID entry);
void ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate, PFREE_FUNCTION release,
    ULONG flags, SIZE_T size, ULONG tag, USHORT depth);
void ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST list);
PVOID ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST list);
void ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST list, PVOID entry);

/* ---- Locks. ---- */

typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;
typedef struct _KLOCK_QUEUE_HANDLE {
    PKSPIN_LOCK Lock;
    KIRQL OldIrql;
} KLOCK_QUEUE_HANDLE, *PKLOCK_QUEUE_HANDLE;

void KeInitializeSpinLock(PKSPIN_LOCK lock);
void KeAcquireSpinLock(PKSPIN_LOCK lock, PKIRQL old_irql);
KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK lock);
void KeReleaseSpinLock(PKSPIN_LOCK lock, KIRQL old_irql);
void KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock);
void KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK lock);
void KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle);
void KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE handle);
#define KeAcquireSpinLockToDpcLevel(lock) KeAcquireSpinLockRaiseToDpc(lock)

/* Shared holders keep each other out too: nothing right can tell. */
typedef ULONG_PTR EX_SPIN_LOCK, *PEX_SPIN_LOCK;
KIRQL ExAcquireSpinLockExclusive(PEX_SPIN_LOCK lock);
void ExReleaseSpinLockExclusive(PEX_SPIN_LOCK lock, KIRQL old_irql);
KIRQL ExAcquireSpinLockShared(PEX_SPIN_LOCK lock);
void ExReleaseSpinLockShared(PEX_SPIN_LOCK lock, KIRQL old_irql);
void ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK lock);
void ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK lock);
void ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK lock);
void ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK lock);

typedef volatile LONG64 EX_PUSH_LOCK, *PEX_PUSH_LOCK; /* Who has it and who waits for it. */
void ExInitializePushLock(PEX_PUSH_LOCK lock);
void ExAcquirePushLockExclusive(PEX_PUSH_LOCK lock);
void ExReleasePushLockExclusive(PEX_PUSH_LOCK lock);
void ExAcquirePushLockShared(PEX_PUSH_LOCK lock);
void ExReleasePushLockShared(PEX_PUSH_LOCK lock);

typedef struct _FAST_MUTEX {
    volatile LONG64 Users; /* Who has it and who waits for it. */
    KIRQL OldIrql;
} FAST_MUTEX, *PFAST_MUTEX;

void ExInitializeFastMutex(PFAST_MUTEX mutex);
void ExAcquireFastMutex(PFAST_MUTEX mutex);
BOOLEAN ExTryToAcquireFastMutex(PFAST_MUTEX mutex);
void ExReleaseFastMutex(PFAST_MUTEX mutex);

/* ---- Events and waits. ---- */

typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;
typedef enum _KWAIT_REASON { Executive, FreePage, PageIn, UserRequest = 6 } KWAIT_REASON;
typedef CCHAR KPROCESSOR_MODE;
typedef enum _MODE { KernelMode, UserMode, MaximumMode } MODE;
typedef LONG KPRIORITY;
#ifndef IO_NO_INCREMENT
#define IO_NO_INCREMENT 0
#endif

/* The only waitable object here. */
typedef struct _KEVENT {
    volatile LONG64 Set;
    EVENT_TYPE Type;
} KEVENT, *PKEVENT, *PRKEVENT;

void KeInitializeEvent(PKEVENT event, EVENT_TYPE type, BOOLEAN state);
LONG KeSetEvent(PKEVENT event, KPRIORITY increment, BOOLEAN wait);
void KeClearEvent(PKEVENT event);
LONG KeResetEvent(PKEVENT event);
LONG KeReadStateEvent(PKEVENT event);
NTSTATUS KeWaitForSingleObject(
    PVOID event, KWAIT_REASON reason, KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER timeout);
NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER interval);

typedef struct _EX_RUNDOWN_REF {
    volatile LONG64 State; /* Twice the references, plus one once run-down has begun. */
} EX_RUNDOWN_REF, *PEX_RUNDOWN_REF;

void ExInitializeRundownProtection(PEX_RUNDOWN_REF rundown);
void ExReInitializeRundownProtection(PEX_RUNDOWN_REF rundown);
BOOLEAN ExAcquireRundownProtection(PEX_RUNDOWN_REF rundown);
void ExReleaseRundownProtection(PEX_RUNDOWN_REF rundown);
void ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF rundown);
void ExRundownCompleted(PEX_RUNDOWN_REF rundown);

#ifdef __cplusplus
}
#endif

#include "deferred.h" /* Work items, DPCs, processors and times. */

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Processes and handles. ---- */

typedef struct _EPROCESS EPROCESS, *PEPROCESS;
typedef struct _OBJECT_TYPE OBJECT_TYPE, *POBJECT_TYPE;
typedef struct _OBJECT_HANDLE_INFORMATION {
    ULONG HandleAttributes;
    ACCESS_MASK GrantedAccess;
} OBJECT_HANDLE_INFORMATION, *POBJECT_HANDLE_INFORMATION;

PEPROCESS PsGetCurrentProcess(void); /* A mark to compare, not to follow; NULL: no user process. */
HANDLE PsGetCurrentProcessId(void);
#define IoGetCurrentProcess() PsGetCurrentProcess()
NTSTATUS ObReferenceObjectByHandle(HANDLE handle, ACCESS_MASK access, POBJECT_TYPE type, KPROCESSOR_MODE mode,
    PVOID* object, POBJECT_HANDLE_INFORMATION information);
LONG_PTR ObfDereferenceObject(PVOID object);
#define ObDereferenceObject(object) ObfDereferenceObject(object)

/* ---- Memory. ---- */

#ifndef RtlCopyMemory
#define RtlCopyMemory(destination, source, length) memcpy((destination), (source), (length))
#define RtlMoveMemory(destination, source, length) memmove((destination), (source), (length))
#define RtlZeroMemory(destination, length) memset((destination), 0, (length))
#define RtlFillMemory(destination, length, fill) memset((destination), (fill), (length))
#define RtlEqualMemory(left, right, length) (memcmp((left), (right), (length)) == 0)
#endif

#ifndef RtlSecureZeroMemory
#define RtlSecureZeroMemory(destination, length) memset((destination), 0, (length))
#endif
#ifndef FlagOn
#define FlagOn(flags, flag) ((flags) & (flag))
#define BooleanFlagOn(flags, flag) ((BOOLEAN)(((flags) & (flag)) != 0))
#define SetFlag(flags, flag) ((flags) |= (flag))
#define ClearFlag(flags, flag) ((flags) &= ~(flag))
#endif

/* How many bytes are equal from the beginning. */
static inline SIZE_T cmc_equal_bytes(const void* left, const void* right, SIZE_T length)
{
    SIZE_T equal = 0;
    while (equal < length && ((const UCHAR*)left)[equal] == ((const UCHAR*)right)[equal]) {
        equal += 1;
    }
    return equal;
}
#ifndef RtlCompareMemory /* A macro, as winnt.h may have declared a function of this name. */
#define RtlCompareMemory(left, right, length) cmc_equal_bytes((left), (right), (length))
#endif

#ifdef __cplusplus
}
#endif

#endif
