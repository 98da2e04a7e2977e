/*
 * Work that runs later, and where and when it runs: work items, deferred procedure calls, processors, times. wdm.h
 * includes it.
 */
#ifndef CMC_SHADOW_DEFERRED_H
#define CMC_SHADOW_DEFERRED_H

#include "ntdef.h"

#ifdef __cplusplus
extern "C" {
#endif

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
typedef void IO_WORKITEM_ROUTINE_EX(PVOID object, PVOID context, PIO_WORKITEM item);
typedef IO_WORKITEM_ROUTINE_EX* PIO_WORKITEM_ROUTINE_EX;
PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT device);
void IoFreeWorkItem(PIO_WORKITEM item);
void IoQueueWorkItem(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine, WORK_QUEUE_TYPE queue, PVOID context);
void IoQueueWorkItemEx(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE_EX routine, WORK_QUEUE_TYPE queue, PVOID context);
/* In storage of the driver's own, IoSizeofWorkItem() bytes. */
ULONG IoSizeofWorkItem(void);
void IoInitializeWorkItem(PVOID object, PIO_WORKITEM item);
void IoUninitializeWorkItem(PIO_WORKITEM item);

/* ---- Deferred procedure calls: work that runs at DISPATCH_LEVEL. ---- */

struct _KDPC;
typedef void KDEFERRED_ROUTINE(struct _KDPC* dpc, PVOID context, PVOID argument1, PVOID argument2);
typedef KDEFERRED_ROUTINE* PKDEFERRED_ROUTINE;
typedef enum _KDPC_IMPORTANCE {
    LowImportance,
    MediumImportance,
    HighImportance,
    MediumHighImportance
} KDPC_IMPORTANCE;
typedef struct _KDPC {
    PVOID volatile Queued; /* NULL: it is in no queue. */
    PKDEFERRED_ROUTINE DeferredRoutine;
    PVOID DeferredContext;
    PVOID SystemArgument1;
    PVOID SystemArgument2;
    BOOLEAN IsThreaded;
} KDPC, *PKDPC, *PRKDPC;

void KeInitializeDpc(PRKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context);
void KeInitializeThreadedDpc(PRKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context); /* Runs at PASSIVE_LEVEL. */
BOOLEAN KeInsertQueueDpc(PRKDPC dpc, PVOID argument1, PVOID argument2);
BOOLEAN KeRemoveQueueDpc(PRKDPC dpc);
void KeFlushQueuedDpcs(void);
void KeSetImportanceDpc(PRKDPC dpc, KDPC_IMPORTANCE importance);
void KeSetTargetProcessorDpc(PRKDPC dpc, CCHAR number);
NTSTATUS KeSetTargetProcessorDpcEx(PKDPC dpc, PPROCESSOR_NUMBER processor);

/* ---- Processors: four of them, of which the first does everything. ---- */

#ifndef ALL_PROCESSOR_GROUPS
#define ALL_PROCESSOR_GROUPS 0xffff
#endif
#ifndef MAXIMUM_PROCESSORS
#define MAXIMUM_PROCESSORS 64
#endif
ULONG KeQueryActiveProcessorCount(PKAFFINITY active);
ULONG KeQueryActiveProcessorCountEx(USHORT group);
ULONG KeQueryMaximumProcessorCount(void);
ULONG KeQueryMaximumProcessorCountEx(USHORT group);
ULONG KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER processor);
ULONG KeGetCurrentProcessorNumber(void);
ULONG KeGetCurrentProcessorIndex(void);
NTSTATUS KeGetProcessorNumberFromIndex(ULONG index, PPROCESSOR_NUMBER processor);
ULONG KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER processor);

/* ---- Times. They pass by looking at them, so that a run repeats itself: each look is a microsecond. ---- */

LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER frequency);
ULONGLONG KeQueryInterruptTime(void);
ULONGLONG KeQueryUnbiasedInterruptTime(void);
ULONG KeQueryTimeIncrement(void);
void KeQuerySystemTime(PLARGE_INTEGER now);
void KeQuerySystemTimePrecise(PLARGE_INTEGER now);
void KeQueryTickCount(PLARGE_INTEGER ticks);

#ifdef __cplusplus
}
#endif

#endif
