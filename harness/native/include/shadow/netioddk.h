/*
 * The Network Module Registrar as map providers see it: registration structures, callback types and the routines a
 * provider or a client calls. Sizes and offsets are those of x64 Windows.
 */
#ifndef CMC_SHADOW_NETIODDK_H
#define CMC_SHADOW_NETIODDK_H

#include "ntdef.h"

/* Define CMC_HAVE_NETIODDK when the real file was included and does not announce itself by _NETIODDK_. */
#if !defined(_NETIODDK_) && !defined(CMC_HAVE_NETIODDK)

#ifdef __cplusplus
extern "C" {
#endif

typedef GUID NPIID;
typedef const NPIID* PNPIID;

typedef enum _NPI_MODULEID_TYPE { MIT_GUID = 1, MIT_IF_LUID = 2 } NPI_MODULEID_TYPE;

typedef struct _NPI_MODULEID {
    USHORT Length;
    NPI_MODULEID_TYPE Type;
    union {
        GUID Guid;
        LUID IfLuid;
    };
} NPI_MODULEID, *PNPI_MODULEID;

typedef struct _NPI_REGISTRATION_INSTANCE {
    USHORT Version;
    USHORT Size;
    PNPIID NpiId;
    const NPI_MODULEID* ModuleId;
    ULONG Number;
    const void* NpiSpecificCharacteristics;
} NPI_REGISTRATION_INSTANCE, *PNPI_REGISTRATION_INSTANCE;

/*
 * Drivers declare contexts as void* or as const void*, which MSVC takes for the same parameter and gcc 14 refuses to
 * convert. So in C, up to C17, these types leave their parameters open; who calls one casts to the full type
 * (CMC_NPI_...). C++ compares exactly, as MSVC does.
 */
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L) || defined(_MSC_VER)
#define CMC_NPI_PARAMETERS(...) (__VA_ARGS__)
#else
#define CMC_NPI_PARAMETERS(...) ()
#endif
#define CMC_NPI_ROUTINE(result, name, ...)                                                                           \
    typedef result CMC_##name(__VA_ARGS__);                                                                          \
    typedef result name CMC_NPI_PARAMETERS(__VA_ARGS__);                                                             \
    typedef name* P##name
#if defined(__GNUC__) && !defined(__cplusplus)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#endif

CMC_NPI_ROUTINE(NTSTATUS, NPI_PROVIDER_ATTACH_CLIENT_FN, HANDLE NmrBindingHandle, void* ProviderContext,
    const NPI_REGISTRATION_INSTANCE* ClientRegistrationInstance, void* ClientBindingContext, const void* ClientDispatch,
    void** ProviderBindingContext, const void** ProviderDispatch);
CMC_NPI_ROUTINE(NTSTATUS, NPI_PROVIDER_DETACH_CLIENT_FN, void* ProviderBindingContext);
CMC_NPI_ROUTINE(void, NPI_PROVIDER_CLEANUP_BINDING_CONTEXT_FN, void* ProviderBindingContext);

typedef struct _NPI_PROVIDER_CHARACTERISTICS {
    USHORT Version;
    USHORT Length;
    PNPI_PROVIDER_ATTACH_CLIENT_FN ProviderAttachClient;
    PNPI_PROVIDER_DETACH_CLIENT_FN ProviderDetachClient;
    PNPI_PROVIDER_CLEANUP_BINDING_CONTEXT_FN ProviderCleanupBindingContext;
    NPI_REGISTRATION_INSTANCE ProviderRegistrationInstance;
} NPI_PROVIDER_CHARACTERISTICS, *PNPI_PROVIDER_CHARACTERISTICS;

CMC_NPI_ROUTINE(NTSTATUS, NPI_CLIENT_ATTACH_PROVIDER_FN, HANDLE NmrBindingHandle, void* ClientContext,
    const NPI_REGISTRATION_INSTANCE* ProviderRegistrationInstance);
CMC_NPI_ROUTINE(NTSTATUS, NPI_CLIENT_DETACH_PROVIDER_FN, void* ClientBindingContext);
CMC_NPI_ROUTINE(void, NPI_CLIENT_CLEANUP_BINDING_CONTEXT_FN, void* ClientBindingContext);

typedef struct _NPI_CLIENT_CHARACTERISTICS {
    USHORT Version;
    USHORT Length;
    PNPI_CLIENT_ATTACH_PROVIDER_FN ClientAttachProvider;
    PNPI_CLIENT_DETACH_PROVIDER_FN ClientDetachProvider;
    PNPI_CLIENT_CLEANUP_BINDING_CONTEXT_FN ClientCleanupBindingContext;
    NPI_REGISTRATION_INSTANCE ClientRegistrationInstance;
} NPI_CLIENT_CHARACTERISTICS, *PNPI_CLIENT_CHARACTERISTICS;

#if defined(__GNUC__) && !defined(__cplusplus)
#pragma GCC diagnostic pop
#endif
#undef CMC_NPI_ROUTINE
#undef CMC_NPI_PARAMETERS

NTSTATUS NmrRegisterProvider(
    const NPI_PROVIDER_CHARACTERISTICS* ProviderCharacteristics, void* ProviderContext, HANDLE* NmrProviderHandle);
NTSTATUS NmrDeregisterProvider(HANDLE NmrProviderHandle);
NTSTATUS NmrWaitForProviderDeregisterComplete(HANDLE NmrProviderHandle);
void NmrProviderDetachClientComplete(HANDLE NmrBindingHandle);

NTSTATUS NmrRegisterClient(
    const NPI_CLIENT_CHARACTERISTICS* ClientCharacteristics, void* ClientContext, HANDLE* NmrClientHandle);
NTSTATUS NmrDeregisterClient(HANDLE NmrClientHandle);
NTSTATUS NmrWaitForClientDeregisterComplete(HANDLE NmrClientHandle);
NTSTATUS NmrClientAttachProvider(HANDLE NmrBindingHandle, void* ClientBindingContext, const void* ClientDispatch,
    void** ProviderBindingContext, const void** ProviderDispatch);
void NmrClientDetachProviderComplete(HANDLE NmrBindingHandle);

#ifdef __cplusplus
}
#endif

#endif
#endif
