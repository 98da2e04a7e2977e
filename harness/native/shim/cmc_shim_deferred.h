/*
 * The part of cmc_shim.c that shadow/deferred.h declares: work items, DPCs, processors, times.
 * Included once, by it.
 */

/* ---- Work items. ---- */

static void
run_work_item(void* argument)
{
    PWORK_QUEUE_ITEM item = (PWORK_QUEUE_ITEM)argument;
    item->WorkerRoutine(item->Parameter); /* May free the item. */
}

void
ExQueueWorkItem(PWORK_QUEUE_ITEM item, WORK_QUEUE_TYPE queue)
{
    (void)queue;
    host->queue_work(run_work_item, item);
}

struct _IO_WORKITEM {
    PVOID object;
    PIO_WORKITEM_ROUTINE routine;       /* One of the two. */
    PIO_WORKITEM_ROUTINE_EX routine_ex;
    PVOID context;
};

ULONG
IoSizeofWorkItem(void)
{
    return (ULONG)sizeof(IO_WORKITEM);
}

void
IoInitializeWorkItem(PVOID object, PIO_WORKITEM item)
{
    memset(item, 0, sizeof(*item));
    item->object = object;
}

void
IoUninitializeWorkItem(PIO_WORKITEM item)
{
    memset(item, 0, sizeof(*item));
}

PIO_WORKITEM
IoAllocateWorkItem(PDEVICE_OBJECT device)
{
    PIO_WORKITEM item = (PIO_WORKITEM)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*item), 0x6b726f57u /* "Work" */);
    if (item != NULL) {
        item->object = device;
    }
    return item;
}

void
IoFreeWorkItem(PIO_WORKITEM item)
{
    ExFreePool(item);
}

static void
run_io_work_item(void* argument)
{
    PIO_WORKITEM item = (PIO_WORKITEM)argument;
    if (item->routine_ex != NULL) {
        item->routine_ex(item->object, item->context, item); /* May free the item, here and below. */
    } else {
        item->routine((PDEVICE_OBJECT)item->object, item->context);
    }
}

void
IoQueueWorkItem(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine, WORK_QUEUE_TYPE queue, PVOID context)
{
    (void)queue;
    item->routine = routine;
    item->routine_ex = NULL;
    item->context = context;
    host->queue_work(run_io_work_item, item);
}

void
IoQueueWorkItemEx(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE_EX routine, WORK_QUEUE_TYPE queue, PVOID context)
{
    (void)queue;
    item->routine = NULL;
    item->routine_ex = routine;
    item->context = context;
    host->queue_work(run_io_work_item, item);
}

/* ---- Deferred procedure calls. ---- */

/*
 * What the host's queue holds for a DPC: the DPC itself may be freed once it was removed from the
 * queue. Held by the queue and by the DPC; not pool memory, which the driver would answer for.
 */
typedef struct _ticket {
    PVOID volatile dpc; /* NULL once it was run or removed. */
    volatile LONG64 holders;
} ticket_t;

/* Those in the queue and those that run; a flush waits on its address. */
static volatile LONG64 dpcs_under_way;

static void
let_go(ticket_t* ticket)
{
    if (InterlockedDecrement64(&ticket->holders) == 0) {
        free(ticket);
    }
}

static void
dpc_is_over(void)
{
    if (InterlockedDecrement64(&dpcs_under_way) == 0) {
        host->signal((void*)&dpcs_under_way);
    }
}

/* From here on the DPC may be queued again, and by its own routine freed. */
static void
run_dpc(void* argument)
{
    ticket_t* ticket = (ticket_t*)argument;
    PKDPC dpc = (PKDPC)InterlockedExchangePointer(&ticket->dpc, NULL);
    if (dpc != NULL) {
        KDPC copy = *dpc;
        if (InterlockedCompareExchangePointer(&dpc->Queued, NULL, ticket) == ticket) {
            let_go(ticket);
        }
        uint8_t old_irql = copy.IsThreaded ? host->get_irql() : host->raise_irql(DISPATCH_LEVEL);
        copy.DeferredRoutine(dpc, copy.DeferredContext, copy.SystemArgument1, copy.SystemArgument2);
        if (!copy.IsThreaded) {
            host->lower_irql(old_irql);
        }
        dpc_is_over();
    }
    let_go(ticket);
}

void
KeInitializeDpc(PRKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context)
{
    memset(dpc, 0, sizeof(*dpc));
    dpc->DeferredRoutine = routine;
    dpc->DeferredContext = context;
}

void
KeInitializeThreadedDpc(PRKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context)
{
    KeInitializeDpc(dpc, routine, context);
    dpc->IsThreaded = TRUE;
}

BOOLEAN
KeInsertQueueDpc(PRKDPC dpc, PVOID argument1, PVOID argument2)
{
    ticket_t* ticket = (ticket_t*)calloc(1, sizeof(*ticket));
    if (ticket == NULL) {
        log_and_abort("KeInsertQueueDpc", "the C library has no memory left");
    }
    ticket->holders = 2;
    if (InterlockedCompareExchangePointer(&dpc->Queued, ticket, NULL) != NULL) {
        free(ticket);
        return FALSE;
    }
    dpc->SystemArgument1 = argument1;
    dpc->SystemArgument2 = argument2;
    InterlockedIncrement64(&dpcs_under_way);
    InterlockedExchangePointer(&ticket->dpc, dpc);
    host->queue_work(run_dpc, ticket);
    return TRUE;
}

BOOLEAN
KeRemoveQueueDpc(PRKDPC dpc)
{
    ticket_t* ticket = (ticket_t*)InterlockedExchangePointer(&dpc->Queued, NULL);
    if (ticket == NULL) {
        return FALSE;
    }
    bool waited = InterlockedExchangePointer(&ticket->dpc, NULL) != NULL;
    let_go(ticket);
    if (waited) {
        dpc_is_over();
    }
    return waited;
}

void
KeFlushQueuedDpcs(void)
{
    host->check_irql(PASSIVE_LEVEL, "KeFlushQueuedDpcs");
    bool waited = false;
    while (InterlockedOr64(&dpcs_under_way, 0) != 0) {
        host->wait((void*)&dpcs_under_way, CMC_WAIT_FOR_EVER); /* Perhaps for an old signal: the count decides. */
        waited = true;
    }
    if (waited) {
        host->signal((void*)&dpcs_under_way); /* For whoever else waits. */
    }
}

void
KeSetImportanceDpc(PRKDPC dpc, KDPC_IMPORTANCE importance)
{
    (void)dpc, (void)importance;
}

void
KeSetTargetProcessorDpc(PRKDPC dpc, CCHAR number)
{
    (void)dpc, (void)number;
}

/* ---- Processors. ---- */

enum { PROCESSORS = 4 };

NTSTATUS
KeSetTargetProcessorDpcEx(PKDPC dpc, PPROCESSOR_NUMBER processor)
{
    (void)dpc;
    return KeGetProcessorIndexFromNumber(processor) < PROCESSORS ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

ULONG
KeQueryActiveProcessorCount(PKAFFINITY active)
{
    if (active != NULL) {
        *active = (1u << PROCESSORS) - 1;
    }
    return PROCESSORS;
}

ULONG
KeQueryActiveProcessorCountEx(USHORT group)
{
    return group == 0 || group == ALL_PROCESSOR_GROUPS ? PROCESSORS : 0;
}

ULONG
KeQueryMaximumProcessorCount(void)
{
    return PROCESSORS;
}

ULONG
KeQueryMaximumProcessorCountEx(USHORT group)
{
    return KeQueryActiveProcessorCountEx(group);
}

ULONG
KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER processor)
{
    if (processor != NULL) {
        memset(processor, 0, sizeof(*processor));
    }
    return 0;
}

ULONG
KeGetCurrentProcessorNumber(void)
{
    return 0;
}

ULONG
KeGetCurrentProcessorIndex(void)
{
    return 0;
}

NTSTATUS
KeGetProcessorNumberFromIndex(ULONG index, PPROCESSOR_NUMBER processor)
{
    memset(processor, 0, sizeof(*processor));
    processor->Number = (UCHAR)index;
    return index < PROCESSORS ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

ULONG
KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER processor)
{
    bool exists = processor->Group == 0 && processor->Number < PROCESSORS && processor->Reserved == 0;
    return exists ? processor->Number : 0xffffffffu;
}

/* ---- Times, in units of 100 ns. ---- */

enum { UNITS_PER_LOOK = 10, UNITS_PER_SECOND = 10000000, UNITS_PER_TICK = 156250 };

static volatile LONG64 units_passed;

static LONG64
look_at_clock(void)
{
    return InterlockedAdd64(&units_passed, UNITS_PER_LOOK);
}

LARGE_INTEGER
KeQueryPerformanceCounter(PLARGE_INTEGER frequency)
{
    LARGE_INTEGER counter;
    if (frequency != NULL) {
        frequency->QuadPart = UNITS_PER_SECOND;
    }
    counter.QuadPart = look_at_clock();
    return counter;
}

ULONGLONG
KeQueryInterruptTime(void)
{
    return (ULONGLONG)look_at_clock();
}

ULONGLONG
KeQueryUnbiasedInterruptTime(void)
{
    return (ULONGLONG)look_at_clock();
}

ULONG
KeQueryTimeIncrement(void)
{
    return UNITS_PER_TICK;
}

void
KeQuerySystemTime(PLARGE_INTEGER now)
{
    now->QuadPart = look_at_clock();
}

void
KeQuerySystemTimePrecise(PLARGE_INTEGER now)
{
    now->QuadPart = look_at_clock();
}

void
KeQueryTickCount(PLARGE_INTEGER ticks)
{
    ticks->QuadPart = look_at_clock() / UNITS_PER_TICK;
}
