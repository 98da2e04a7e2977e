/*
 * The kernel routines that map providers use, under their Windows names. The shim (harness/native/shim) implements
 * them on the services of the harness, so that locks, waits, pool, IRQL, work items and object handles are seen
 * there.
 */
#ifndef CMC_SHADOW_WDM_H
#define CMC_SHADOW_WDM_H

#include "interlocked.h"
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
#ifdef NDEBUG
#define NT_ASSERT(condition) ((void)0)
#else
#define NT_ASSERT(condition) ((condition) ? (void)0 : cmc_shim_assertion_failed(#condition, __func__))
#endif
#ifndef ASSERT
#define ASSERT(condition) NT_ASSERT(condition)
#endif
#define NT_VERIFY(condition) ((condition) ? (void)0 : cmc_shim_assertion_failed(#condition, __func__))

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

typedef enum _POOL_TYPE { NonPagedPool = 0, PagedPool = 1, NonPagedPoolNx = 512 } POOL_TYPE;

PVOID ExAllocatePool2(POOL_FLAGS flags, SIZE_T size, ULONG tag); /* Zeroed unless UNINITIALIZED is set. */
PVOID ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T size, ULONG tag);
PVOID ExAllocatePoolZero(POOL_TYPE type, SIZE_T size, ULONG tag);
PVOID ExAllocatePoolUninitialized(POOL_TYPE type, SIZE_T size, ULONG tag);
void ExFreePool(PVOID memory);
void ExFreePoolWithTag(PVOID memory, ULONG tag);

/* Keeps nothing back: each entry is an allocation of its own. */
typedef struct _NPAGED_LOOKASIDE_LIST {
    SIZE_T Size;
    ULONG Tag;
} NPAGED_LOOKASIDE_LIST, *PNPAGED_LOOKASIDE_LIST;
typedef PVOID ALLOCATE_FUNCTION(POOL_TYPE type, SIZE_T size, ULONG tag);
typedef ALLOCATE_FUNCTION* PALLOCATE_FUNCTION;
typedef void FREE_FUNCTION(PVOID memory);
typedef FREE_FUNCTION* PFREE_FUNCTION;

void ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate, PFREE_FUNCTION release,
    ULONG flags, SIZE_T size, ULONG tag, USHORT depth); /* Routines of the driver's own are not called. */
void ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list);
PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list);
void ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PVOID entry);

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

/* ---- Work items. ---- */

typedef struct _DEVICE_OBJECT DEVICE_OBJECT, *PDEVICE_OBJECT;
typedef struct _DRIVER_OBJECT DRIVER_OBJECT, *PDRIVER_OBJECT;
typedef NTSTATUS DRIVER_INITIALIZE(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path);
typedef DRIVER_INITIALIZE* PDRIVER_INITIALIZE;
typedef void DRIVER_UNLOAD(PDRIVER_OBJECT driver);
typedef DRIVER_UNLOAD* PDRIVER_UNLOAD;
struct _DRIVER_OBJECT {
    SHORT Type;
    SHORT Size;
    PDEVICE_OBJECT DeviceObject;
    ULONG Flags;
    PVOID DriverStart;
    ULONG DriverSize;
    PVOID DriverSection;
    PVOID DriverExtension;
    UNICODE_STRING DriverName;
    PUNICODE_STRING HardwareDatabase;
    PVOID FastIoDispatch;
    PDRIVER_INITIALIZE DriverInit;
    PVOID DriverStartIo;
    PDRIVER_UNLOAD DriverUnload;
    PVOID MajorFunction[28];
};
typedef enum _WORK_QUEUE_TYPE { CriticalWorkQueue, DelayedWorkQueue } WORK_QUEUE_TYPE;

typedef void WORKER_THREAD_ROUTINE(PVOID parameter);
typedef WORKER_THREAD_ROUTINE* PWORKER_THREAD_ROUTINE;
typedef struct _WORK_QUEUE_ITEM {
    LIST_ENTRY List;
    PWORKER_THREAD_ROUTINE WorkerRoutine;
    PVOID Parameter;
} WORK_QUEUE_ITEM, *PWORK_QUEUE_ITEM;
#define ExInitializeWorkItem(item, routine, context) \
    ((item)->WorkerRoutine = (routine), (item)->Parameter = (context), (item)->List.Flink = NULL)
void ExQueueWorkItem(PWORK_QUEUE_ITEM item, WORK_QUEUE_TYPE queue);

typedef struct _IO_WORKITEM IO_WORKITEM, *PIO_WORKITEM;
typedef void IO_WORKITEM_ROUTINE(PDEVICE_OBJECT device, PVOID context);
typedef IO_WORKITEM_ROUTINE* PIO_WORKITEM_ROUTINE;
PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT device);
void IoFreeWorkItem(PIO_WORKITEM item);
void IoQueueWorkItem(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine, WORK_QUEUE_TYPE queue, PVOID context);

/* ---- Processes, handles, processors. ---- */

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

#ifndef ALL_PROCESSOR_GROUPS
#define ALL_PROCESSOR_GROUPS 0xffff
#endif
ULONG KeQueryActiveProcessorCountEx(USHORT group);
ULONG KeQueryMaximumProcessorCountEx(USHORT group);
ULONG KeGetCurrentProcessorNumberEx(PVOID processor);

/* ---- Memory and lists. ---- */

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
static inline SIZE_T RtlCompareMemory(const void* left, const void* right, SIZE_T length)
{
    SIZE_T equal = 0;
    while (equal < length && ((const UCHAR*)left)[equal] == ((const UCHAR*)right)[equal]) {
        equal += 1;
    }
    return equal;
}

static inline void InitializeListHead(PLIST_ENTRY head) { head->Flink = head->Blink = head; }
static inline BOOLEAN IsListEmpty(const LIST_ENTRY* head) { return (BOOLEAN)(head->Flink == head); }
static inline BOOLEAN RemoveEntryList(PLIST_ENTRY entry)
{
    entry->Blink->Flink = entry->Flink;
    entry->Flink->Blink = entry->Blink;
    return (BOOLEAN)(entry->Flink == entry->Blink);
}
static inline void InsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry)
{
    entry->Flink = head;
    entry->Blink = head->Blink;
    head->Blink->Flink = entry;
    head->Blink = entry;
}
static inline void InsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry)
{
    entry->Flink = head->Flink;
    entry->Blink = head;
    head->Flink->Blink = entry;
    head->Flink = entry;
}
static inline PLIST_ENTRY RemoveHeadList(PLIST_ENTRY head)
{
    PLIST_ENTRY entry = head->Flink;
    RemoveEntryList(entry);
    return entry;
}
static inline PLIST_ENTRY RemoveTailList(PLIST_ENTRY head)
{
    PLIST_ENTRY entry = head->Blink;
    RemoveEntryList(entry);
    return entry;
}

#ifdef __cplusplus
}
#endif

#endif
