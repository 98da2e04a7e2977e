/* __fastfail and its codes: the driver ends the machine on the spot, here the process of the run. */
#ifndef CMC_SHADOW_FASTFAIL_H
#define CMC_SHADOW_FASTFAIL_H

#include "ntdef.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reports the code and aborts. */
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void cmc_shim_fast_fail(unsigned int code);

#ifdef __cplusplus
}
#endif

#if !defined(_MSC_VER) || defined(__GNUC__)
#undef __fastfail
#define __fastfail(code) cmc_shim_fast_fail(code)
#endif
#ifndef RtlFailFast
#define RtlFailFast(code) __fastfail(code)
#endif

#ifndef FAST_FAIL_LEGACY_GS_VIOLATION
#define FAST_FAIL_LEGACY_GS_VIOLATION 0
#define FAST_FAIL_VTGUARD_CHECK_FAILURE 1
#define FAST_FAIL_STACK_COOKIE_CHECK_FAILURE 2
#define FAST_FAIL_CORRUPT_LIST_ENTRY 3
#define FAST_FAIL_INCORRECT_STACK 4
#define FAST_FAIL_INVALID_ARG 5
#define FAST_FAIL_GS_COOKIE_INIT 6
#define FAST_FAIL_FATAL_APP_EXIT 7
#define FAST_FAIL_RANGE_CHECK_FAILURE 8
#define FAST_FAIL_UNSAFE_REGISTRY_ACCESS 9
#endif
#ifndef FAST_FAIL_GUARD_ICALL_CHECK_FAILURE
#define FAST_FAIL_GUARD_ICALL_CHECK_FAILURE 10
#define FAST_FAIL_GUARD_WRITE_CHECK_FAILURE 11
#define FAST_FAIL_INVALID_FIBER_SWITCH 12
#define FAST_FAIL_INVALID_SET_OF_CONTEXT 13
#define FAST_FAIL_INVALID_REFERENCE_COUNT 14
#define FAST_FAIL_INVALID_JUMP_BUFFER 18
#define FAST_FAIL_MRDATA_MODIFIED 19
#define FAST_FAIL_CERTIFICATION_FAILURE 20
#define FAST_FAIL_INVALID_EXCEPTION_CHAIN 21
#define FAST_FAIL_CRYPTO_LIBRARY 22
#define FAST_FAIL_INVALID_CALL_IN_DLL_CALLOUT 23
#define FAST_FAIL_INVALID_IMAGE_BASE 24
#endif
#ifndef FAST_FAIL_INVALID_FAST_FAIL_CODE
#define FAST_FAIL_INVALID_FAST_FAIL_CODE 0xFFFFFFFF
#endif

#endif
