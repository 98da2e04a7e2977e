/*
 * A source in the style of drivers, written the ways that compilers other than MSVC stumble over.
 * Only compiled.
 */
#include <ntifs.h>
#include <driverspecs.h>
#include <netioddk.h>
#include <ntintsafe.h>
#include <specstrings.h>
#include <wdmsec.h>

#define STYLE_TAG 'lytS'

static_assert(sizeof(ULONG) == 4, "Windows' widths");
C_ASSERT(sizeof(PROCESSOR_NUMBER) == 4);

NPI_MODULEID DECLSPEC_SELECTANY style_module_id = {sizeof(NPI_MODULEID), MIT_GUID, {{0, 0, 0, {0}}}};

typedef struct _STYLE_TABLE {
    SINGLE_LIST_ENTRY Link;
    KDPC Dpc;
    DECLSPEC_CACHEALIGN volatile LONG Count;
    UCHAR Bytes[ANYSIZE_ARRAY];
} STYLE_TABLE;

static KDEFERRED_ROUTINE style_dpc;
static IO_WORKITEM_ROUTINE_EX style_work;
DRIVER_INITIALIZE DriverEntry;

static
FORCEINLINE
_IRQL_requires_max_(DISPATCH_LEVEL)
ULONG
style_smaller(_In_ ULONG left, _In_ ULONG right)
{
    return min(left, right);
}

__forceinline static ULONG
style_larger(__in ULONG left, __in_opt ULONG right)
{
    return max(left, right);
}

/* Contexts that are not written through are const here and not there; MSVC takes both. */
static NTSTATUS
style_attach(_In_ HANDLE nmr_binding, _In_ const void* context, _In_ const NPI_REGISTRATION_INSTANCE* instance,
    _In_ const void* client_context, _In_ const void* client_dispatch, _Outptr_ void** binding_context,
    _Outptr_result_maybenull_ const void** dispatch)
{
    UNREFERENCED_PARAMETER(nmr_binding);
    UNREFERENCED_PARAMETER(instance);
    UNREFERENCED_PARAMETER(client_context);
    UNREFERENCED_PARAMETER(client_dispatch);
    *binding_context = NULL;
    *dispatch = NULL;
    return context == NULL ? STATUS_INVALID_STATE_TRANSITION : STATUS_SUCCESS;
}

static NPI_PROVIDER_DETACH_CLIENT_FN style_detach;

static NTSTATUS
style_detach(_In_ const void* binding_context)
{
    return binding_context == NULL ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

static VOID
style_cleanup(_Frees_ptr_opt_ void* binding_context)
{
    ExFreePoolWithTag(binding_context, STYLE_TAG);
}

static const NPI_PROVIDER_CHARACTERISTICS style_characteristics = {
    0, sizeof(NPI_PROVIDER_CHARACTERISTICS), style_attach, style_detach, style_cleanup,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), NULL, &style_module_id, 0, NULL}};

static const NPI_PROVIDER_CHARACTERISTICS style_cast = {
    .Length = sizeof(NPI_PROVIDER_CHARACTERISTICS),
    .ProviderAttachClient = (NPI_PROVIDER_ATTACH_CLIENT_FN*)style_attach,
    .ProviderDetachClient = (PNPI_PROVIDER_DETACH_CLIENT_FN)style_detach};

static void
style_dpc(struct _KDPC* dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    STYLE_TABLE* table = CONTAINING_RECORD(dpc, STYLE_TABLE, Dpc);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    InterlockedIncrementNoFence(&table->Count);
}

static void
style_work(PVOID object, PVOID context, PIO_WORKITEM item)
{
    UNREFERENCED_PARAMETER(object);
    UNREFERENCED_PARAMETER(context);
    IoFreeWorkItem(item);
}

NTSTATUS
DriverEntry(_In_ PDRIVER_OBJECT driver, _In_ PUNICODE_STRING path)
{
    PROCESSOR_NUMBER processor;
    LARGE_INTEGER frequency;
    SIZE_T size;
    ULONG64 word = 0;
    UNREFERENCED_PARAMETER(path);
    if (!NT_VERIFY(driver != NULL)) {
        return STATUS_INVALID_PARAMETER;
    }
    NT_ASSERT(driver);
    if (!NT_SUCCESS(RtlSizeTMult(sizeof(STYLE_TABLE), style_smaller(3, 4), &size))) {
        __fastfail(FAST_FAIL_INVALID_ARG);
    }
    STYLE_TABLE* table = (STYLE_TABLE*)ExAllocatePoolWithTag(NonPagedPoolCacheAligned, size, STYLE_TAG);
    PIO_WORKITEM item = IoAllocateWorkItem(driver->DeviceObject);
    if (table == NULL || item == NULL || ((ULONG_PTR)table % MEMORY_ALLOCATION_ALIGNMENT) != 0) {
        return STATUS_NO_MEMORY;
    }
    KeInitializeDpc(&table->Dpc, style_dpc, NULL);
    KeInsertQueueDpc(&table->Dpc, NULL, NULL);
    KeFlushQueuedDpcs();
    IoQueueWorkItemEx(item, style_work, DelayedWorkQueue, NULL);
    WriteULong64NoFence(&word, (ULONG64)KeQueryPerformanceCounter(&frequency).QuadPart);
    ULONG where = KeGetCurrentProcessorNumberEx(&processor) + KeGetCurrentProcessorIndex();
    HANDLE provider;
    NTSTATUS status = NmrRegisterProvider(&style_characteristics, NULL, &provider);
    return NT_SUCCESS(status) && ReadULong64NoFence(&word) > style_larger(where, 0)
               ? STATUS_SUCCESS
               : NmrRegisterProvider(&style_cast, NULL, &provider);
}
