/*
 * Put before a driver source (gcc and clang: -include cmc_prelude.h; MSVC: /FI), so that the eBPF
 * for Windows headers and the driver compile outside a driver kit. It brings the shadow headers and
 * smooths over two differences of the compilers.
 */
#ifndef CMC_PRELUDE_H
#define CMC_PRELUDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "shadow/netioddk.h"
#include "shadow/ntifs.h"

#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* #pragma warning(...) */
#pragma GCC diagnostic ignored "-Wmultichar"       /* Pool tags are four letters in quotes. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wstatic-in-inline" /* A driver kit's inline routines are static in each source. */
#pragma clang diagnostic ignored "-Wfour-char-constants"
#endif
#endif

/* Declaration attributes in MSVC's spelling. MinGW and MSVC know them. */
#if defined(__GNUC__) && !defined(_WIN32) && !defined(__declspec)
#define __declspec(attribute) CMC_DECLSPEC_##attribute
#define CMC_DECLSPEC_deprecated(...)
#define CMC_DECLSPEC_selectany __attribute__((weak))
#define CMC_DECLSPEC_dllexport __attribute__((visibility("default")))
#define CMC_DECLSPEC_dllimport
#define CMC_DECLSPEC_align(bytes) __attribute__((aligned(bytes)))
#define CMC_DECLSPEC_noinline __attribute__((noinline))
#define CMC_DECLSPEC_noreturn __attribute__((noreturn))
#define CMC_DECLSPEC_thread __thread
#endif

/*
 * Without MSVC ebpf_windows.h makes GUID an array, which can be neither assigned nor initialised as
 * drivers do it. So it is read here as MSVC reads it; its own guard keeps later includes from
 * reading it again.
 */
#if defined(__has_include)
#if __has_include("ebpf_windows.h")
#ifdef _MSC_VER
#include "ebpf_windows.h"
#else
#define _MSC_VER 1900
#include "ebpf_windows.h"
#undef _MSC_VER
#endif
#endif
#endif

#endif
