/* The part of shim-check.c about DPCs, work items, lookaside lists, lists, words and times. */

static int dpc_runs, dpc_level, dpc_queues_itself;
static PVOID dpc_arguments[3];
static void count_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    dpc_runs += 1;
    dpc_level = KeGetCurrentIrql();
    dpc_arguments[0] = context;
    dpc_arguments[1] = argument1;
    dpc_arguments[2] = argument2;
    if (dpc_queues_itself > 0) {
        dpc_queues_itself -= 1;
        KeInsertQueueDpc(dpc, NULL, NULL);
    }
}

static PVOID work_object, work_context;
static PIO_WORKITEM work_item;
static void note_work(PVOID object, PVOID context, PIO_WORKITEM item)
{
    work_object = object;
    work_context = context;
    work_item = item;
}

static void check_deferred(void)
{
    int marks[3];
    KDPC dpc;
    KeInitializeDpc(&dpc, count_dpc, &marks[0]);
    say("a dpc is queued", KeInsertQueueDpc(&dpc, &marks[1], &marks[2]));
    say("but once", KeInsertQueueDpc(&dpc, NULL, NULL));
    say("it has not run", dpc_runs);
    KeFlushQueuedDpcs();
    say("it ran before the flush returned", dpc_runs);
    say("at level", dpc_level);
    say("level after it ran", KeGetCurrentIrql());
    say("with its arguments",
        dpc_arguments[0] == &marks[0] && dpc_arguments[1] == &marks[1] && dpc_arguments[2] == &marks[2]);
    say("a dpc is removed", (KeInsertQueueDpc(&dpc, NULL, NULL), KeRemoveQueueDpc(&dpc)));
    say("but once more", KeRemoveQueueDpc(&dpc));
    memset(&dpc, 0xEE, sizeof(dpc)); /* Freed: the queue must not look at it. */
    KeFlushQueuedDpcs();
    while (work_count > 0) {
        do_work();
    }
    say("and never runs", dpc_runs);
    KeInitializeThreadedDpc(&dpc, count_dpc, NULL);
    dpc_queues_itself = 1;
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
    say("one that queues itself ran", dpc_runs);
    say("a threaded one at level", dpc_level);
    int before = checks_failed;
    KIRQL old = KeRaiseIrqlToDpcLevel();
    KeFlushQueuedDpcs();
    KeLowerIrql(old);
    say("flushes at dispatch are seen", checks_failed - before);

    static ULONG64 storage[8];
    PIO_WORKITEM item = (PIO_WORKITEM)storage;
    say("a work item fits", IoSizeofWorkItem() <= sizeof(storage));
    IoInitializeWorkItem(&marks[0], item);
    IoQueueWorkItemEx(item, note_work, DelayedWorkQueue, &marks[1]);
    do_work();
    say("it is told of itself", work_object == &marks[0] && work_context == &marks[1] && work_item == item);
    IoUninitializeWorkItem(item);

    int blocks = pool_blocks;
    NPAGED_LOOKASIDE_LIST entries;
    PAGED_LOOKASIDE_LIST paged;
    ExInitializeNPagedLookasideList(&entries, NULL, NULL, 0, 24, 1, 0);
    ExInitializePagedLookasideList(&paged, NULL, NULL, 0, 24, 1, 0);
    PVOID first = ExAllocateFromNPagedLookasideList(&entries);
    PVOID second = ExAllocateFromPagedLookasideList(&paged);
    say("entries are blocks", pool_blocks - blocks);
    ExFreeToNPagedLookasideList(&entries, first);
    ExFreeToPagedLookasideList(&paged, second);
    ExDeleteNPagedLookasideList(&entries);
    ExDeletePagedLookasideList(&paged);
    say("and given back", pool_blocks - blocks);
    ExFreePool(ExAllocatePoolWithTag(NonPagedPoolCacheAligned, 65, 1));
    say("a cache-aligned block is whole lines", (long)pool_size);

    PROCESSOR_NUMBER number;
    say("this processor", (long)(KeGetCurrentProcessorNumberEx(&number) + number.Number + KeGetCurrentProcessorIndex()));
    say("the third processor", KeGetProcessorNumberFromIndex(2, &number) == STATUS_SUCCESS && number.Number == 2);
    say("no tenth one", KeGetProcessorNumberFromIndex(9, &number) == STATUS_SUCCESS);
    LARGE_INTEGER frequency;
    LONGLONG earlier = KeQueryPerformanceCounter(&frequency).QuadPart;
    say("time passes", KeQueryPerformanceCounter(NULL).QuadPart > earlier && frequency.QuadPart == 10000000);
}

static void check_lists(void)
{
    LIST_ENTRY head, other, entries[3];
    InitializeListHead(&head);
    InitializeListHead(&other);
    InsertTailList(&head, &entries[0]);
    InsertHeadList(&head, &entries[1]);
    InsertTailList(&other, &entries[2]);
    RemoveEntryList(&other);
    AppendTailList(&head, &entries[2]);
    say("a list in order", head.Flink == &entries[1] && head.Flink->Flink == &entries[0] && head.Blink == &entries[2]);
    say("removed from both ends", RemoveTailList(&head) == &entries[2] && RemoveHeadList(&head) == &entries[1]);
    say("the last one leaves it empty", RemoveEntryList(&entries[0]) && IsListEmpty(&head));
    SINGLE_LIST_ENTRY single = {NULL}, links[2];
    PushEntryList(&single, &links[0]);
    PushEntryList(&single, &links[1]);
    say("a single list is a stack", PopEntryList(&single) == &links[1] && PopEntryList(&single) == &links[0]);
    say("and ends", PopEntryList(&single) == NULL);
}

static void check_words(void)
{
    ULONG64 wide = 0;
    LONG narrow = 4;
    PVOID pointer = NULL;
    WriteULong64NoFence(&wide, 0x100000002ull);
    WritePointerRelease(&pointer, &wide);
    say("words are read as written", ReadULong64NoFence(&wide) == 0x100000002ull && ReadPointerAcquire(&pointer) == &wide);
    say("an increment answers the new one", InterlockedIncrementNoFence(&narrow));
    say("an exclusive or the old one", InterlockedXor(&narrow, 1));
    say("exchanged only if equal", InterlockedCompareExchangeAcquire(&narrow, 9, 5));
    say("so it stays", narrow);
    say("a bit was clear", InterlockedBitTestAndSet(&narrow, 0));
    say("it is set", InterlockedBitTestAndReset(&narrow, 0));
    say("verified", NT_VERIFY(narrow == 4) && NT_ASSERT(pointer != NULL));
    say("the smaller", min(3, 4) * 10 + max(3, 4));
}
