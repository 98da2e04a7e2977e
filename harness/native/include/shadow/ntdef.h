/*
 * The basic types of driver sources, with Windows' widths on every platform. What winnt.h or the real ntdef.h already
 * declared is left alone.
 */
#ifndef CMC_SHADOW_NTDEF_H
#define CMC_SHADOW_NTDEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "guiddef.h"
#include "sal.h"

#if !defined(_NTDEF_) && !defined(_WINNT_)

#ifndef VOID
#define VOID void
#endif
#ifdef _WIN32
typedef long LONG;
typedef unsigned long ULONG;
#else
typedef int32_t LONG;
typedef uint32_t ULONG;
#endif
typedef char CHAR;
typedef unsigned char UCHAR;
typedef short SHORT;
typedef unsigned short USHORT;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef int INT;
typedef unsigned int UINT;
typedef int8_t INT8;
typedef uint8_t UINT8;
typedef int16_t INT16;
typedef uint16_t UINT16;
typedef int32_t INT32;
typedef uint32_t UINT32;
typedef int64_t INT64;
typedef uint64_t UINT64;
typedef int64_t LONG64;
typedef uint64_t ULONG64;
typedef intptr_t LONG_PTR;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t UINT_PTR;
typedef ULONG_PTR SIZE_T;
typedef wchar_t WCHAR;
typedef UCHAR BOOLEAN;
typedef ULONG ACCESS_MASK;
typedef CHAR CCHAR;
typedef ULONG LCID;

typedef void* PVOID;
typedef void* HANDLE;
typedef CHAR* PCHAR;
typedef UCHAR* PUCHAR;
typedef LONG* PLONG;
typedef ULONG* PULONG;
typedef USHORT* PUSHORT;
typedef BOOLEAN* PBOOLEAN;
typedef HANDLE* PHANDLE;
typedef const CHAR* PCSTR;
typedef CHAR* PSTR;
typedef WCHAR* PWSTR;
typedef const WCHAR* PCWSTR;
typedef ULONG_PTR* PULONG_PTR;
typedef SIZE_T* PSIZE_T;
typedef LONG64* PLONG64;
typedef ULONG64* PULONG64;
typedef LONGLONG* PLONGLONG;
typedef ULONGLONG* PULONGLONG;
typedef UINT32* PUINT32;
typedef UINT64* PUINT64;
typedef ULONG LOGICAL;
typedef LONG_PTR SSIZE_T;

typedef union _LARGE_INTEGER {
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY* Flink;
    struct _LIST_ENTRY* Blink;
} LIST_ENTRY, *PLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY* Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct _PROCESSOR_NUMBER {
    USHORT Group;
    UCHAR Number;
    UCHAR Reserved;
} PROCESSOR_NUMBER, *PPROCESSOR_NUMBER;

typedef ULONG_PTR KAFFINITY, *PKAFFINITY;

#endif /* neither ntdef.h nor winnt.h */

#if !defined(_NTDEF_) && !defined(_NTSTATUS_DEFINED)
typedef LONG NTSTATUS;
typedef NTSTATUS* PNTSTATUS;
#endif

#ifndef _UNICODE_STRING_DEFINED
#define _UNICODE_STRING_DEFINED
#if !defined(_NTDEF_) && !defined(_WINTERNL_) && !defined(_NTSECAPI_)
typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWSTR Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING* PCUNICODE_STRING;
#endif
#endif

#ifndef NTAPI
#define NTAPI
#endif
#ifndef NTSYSAPI
#define NTSYSAPI
#endif
#ifndef NTKERNELAPI
#define NTKERNELAPI
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef ANYSIZE_ARRAY
#define ANYSIZE_ARRAY 1
#endif
#ifndef MEMORY_ALLOCATION_ALIGNMENT
#define MEMORY_ALLOCATION_ALIGNMENT 16
#endif
#ifndef SYSTEM_CACHE_ALIGNMENT_SIZE
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64
#endif
#ifndef MAXUCHAR
#define MAXUCHAR 0xff
#endif
#ifndef MAXUSHORT
#define MAXUSHORT 0xffff
#endif
#ifndef MAXLONG
#define MAXLONG 0x7fffffff
#endif
#ifndef MAXULONG64
#define MAXULONG64 (~(ULONG64)0)
#endif
#ifndef MAXSIZE_T
#define MAXSIZE_T (~(SIZE_T)0)
#endif
#ifndef MAXULONG
#define MAXULONG 0xffffffffu
#endif
#ifndef MAXUINT32
#define MAXUINT32 0xffffffffu
#endif
#ifndef NT_SUCCESS
#define NT_SUCCESS(status) (((NTSTATUS)(status)) >= 0)
#endif
#ifndef UNREFERENCED_PARAMETER
#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#endif
#ifndef DBG_UNREFERENCED_PARAMETER
#define DBG_UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#endif
#ifndef FIELD_OFFSET
#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#endif
#ifndef RTL_SIZEOF_THROUGH_FIELD
#define RTL_SIZEOF_THROUGH_FIELD(type, field) (offsetof(type, field) + sizeof(((type*)0)->field))
#endif
#ifndef RTL_FIELD_SIZE
#define RTL_FIELD_SIZE(type, field) (sizeof(((type*)0)->field))
#endif
#ifndef RTL_CONTAINS_FIELD
#define RTL_CONTAINS_FIELD(structure, size, field) \
    (((PCHAR)(&(structure)->field) + sizeof((structure)->field)) <= ((PCHAR)(structure)) + (size))
#endif
#ifndef ALIGN_DOWN_BY
#define ALIGN_DOWN_BY(length, alignment) ((ULONG_PTR)(length) & ~((ULONG_PTR)(alignment) - 1))
#define ALIGN_UP_BY(length, alignment) (ALIGN_DOWN_BY(((ULONG_PTR)(length) + (alignment) - 1), alignment))
#define ALIGN_DOWN(length, type) ALIGN_DOWN_BY(length, sizeof(type))
#define ALIGN_UP(length, type) ALIGN_UP_BY(length, sizeof(type))
#endif
#ifndef RTL_NUMBER_OF
#define RTL_NUMBER_OF(array) (sizeof(array) / sizeof((array)[0]))
#endif
#ifndef ARRAYSIZE
#define ARRAYSIZE(array) RTL_NUMBER_OF(array)
#endif
#ifndef CONTAINING_RECORD
#define CONTAINING_RECORD(address, type, field) ((type*)((char*)(address) - offsetof(type, field)))
#endif
/* In MSVC's C static_assert is a keyword, and min and max are macros; in C++ they would hide std::min. */
#ifndef __cplusplus
#if !defined(static_assert) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 202311L)
#define static_assert _Static_assert
#endif
#ifndef NOMINMAX
#ifndef min
#define min(left, right) (((left) < (right)) ? (left) : (right))
#endif
#ifndef max
#define max(left, right) (((left) > (right)) ? (left) : (right))
#endif
#endif
#endif
#ifndef C_ASSERT
#ifdef __cplusplus
#define C_ASSERT(condition) static_assert(condition, #condition)
#else
#define C_ASSERT(condition) _Static_assert(condition, #condition)
#endif
#endif

/*
 * How declarations are told of. MinGW's own __forceinline is an extern, which meets the static that drivers write
 * before it.
 */
#if defined(_MSC_VER) && !defined(__GNUC__)
#define CMC_ATTRIBUTE(gnu, microsoft) __declspec(microsoft)
#else
#define CMC_ATTRIBUTE(gnu, microsoft) __attribute__((gnu))
#undef __forceinline
#define __forceinline inline __attribute__((__always_inline__))
#undef FORCEINLINE
#endif
#ifndef FORCEINLINE
#define FORCEINLINE __forceinline
#endif
#ifndef DECLSPEC_CACHEALIGN
#define DECLSPEC_CACHEALIGN CMC_ATTRIBUTE(aligned(64), align(64))
#endif
#ifndef DECLSPEC_ALIGN
#define DECLSPEC_ALIGN(bytes) CMC_ATTRIBUTE(aligned(bytes), align(bytes))
#endif
#ifndef DECLSPEC_NOINLINE
#define DECLSPEC_NOINLINE CMC_ATTRIBUTE(noinline, noinline)
#endif
#ifndef DECLSPEC_NORETURN
#define DECLSPEC_NORETURN CMC_ATTRIBUTE(noreturn, noreturn)
#endif
#ifndef DECLSPEC_SELECTANY
#ifdef _WIN32
#define DECLSPEC_SELECTANY __declspec(selectany)
#else
#define DECLSPEC_SELECTANY __attribute__((weak))
#endif
#endif
#ifndef DECLSPEC_DEPRECATED_DDK
#define DECLSPEC_DEPRECATED_DDK
#endif
#ifndef UNALIGNED
#define UNALIGNED
#endif

#include "ntstatus.h"

#endif
