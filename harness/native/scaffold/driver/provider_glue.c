/*
 * Between the harness and a driver: what the system does on loading and unloading it. Nothing here
 * is to be changed. The harness is asked for services once; from then on the Windows names go to
 * it.
 */
#include "cmc_shim.h"

DRIVER_INITIALIZE DriverEntry;

static WCHAR path_text[] = {'\\', 'R', 'e', 'g', 'i', 's', 't', 'r', 'y', 0};
static DRIVER_OBJECT driver_object;

CMC_EXPORT int
cmc_provider_start(const cmc_host_t* host)
{
    UNICODE_STRING path = {sizeof(path_text) - sizeof(WCHAR), sizeof(path_text), path_text};
    if (cmc_shim_bind(host) != 0) {
        return 1;
    }
    RtlZeroMemory(&driver_object, sizeof(driver_object));
    if (!NT_SUCCESS(DriverEntry(&driver_object, &path))) {
        return 2;
    }
    return driver_object.DriverUnload != NULL ? 0 : 3; /* A driver without an unload routine never ends. */
}

CMC_EXPORT void
cmc_provider_stop(void)
{
    driver_object.DriverUnload(&driver_object);
}

/*
 * May be exported as well: cmc_make_value and cmc_release_value where a value must be real (a
 * handle, a structure with a magic number), cmc_resource_count for what is held on behalf of
 * entries, cmc_drain where releases come late, cmc_invoke_helper for BPF helpers.
 * custom_map_conformance.h says how.
 */
