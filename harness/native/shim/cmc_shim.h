/*
 * The Windows names on the services of the harness. A module calls cmc_shim_bind first thing in
 * cmc_provider_start; from then on its driver source calls the kernel as it always did.
 */
#ifndef CMC_SHIM_H
#define CMC_SHIM_H

#include "custom_map_conformance.h"
#include "shadow/ntifs.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Routes the Windows names to this host. Returns 0, or 1 if the host is older than the shim or
 * NULL.
 */
int cmc_shim_bind(const cmc_host_t* host);

/* The host that was bound last. */
const cmc_host_t* cmc_shim_host(void);

#ifdef __cplusplus
}
#endif

#endif
