/*
 * Between the harness and a provider that is registered by a routine of its own: put the names of
 * your two routines here. The harness is asked for services once; from then on the Windows names go
 * to it.
 */
#include "cmc_shim.h"
#include "my_provider.h" /* Yours, or their two declarations. */

CMC_EXPORT int
cmc_provider_start(const cmc_host_t* host)
{
    if (cmc_shim_bind(host) != 0) {
        return 1;
    }
    return NT_SUCCESS(MyProviderRegister()) ? 0 : 2;
}

/* Must return only when nobody can call the provider any more. */
CMC_EXPORT void
cmc_provider_stop(void)
{
    MyProviderUnregister();
}

/*
 * May be exported as well: cmc_make_value and cmc_release_value where a value must be real (a
 * handle, a structure with a magic number), cmc_resource_count for what is held on behalf of
 * entries, cmc_drain where releases come late, cmc_invoke_helper for BPF helpers.
 * custom_map_conformance.h says how.
 */
