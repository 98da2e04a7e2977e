/*
 * A driver to begin with; your own takes its place. It is entered by DriverEntry and left by its
 * unload routine.
 */
#include <ntddk.h>

#include "my_provider.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD MyUnload;

static VOID
MyUnload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    MyProviderUnregister();
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    UNREFERENCED_PARAMETER(registryPath);
    driver->DriverUnload = MyUnload;
    return MyProviderRegister();
}
