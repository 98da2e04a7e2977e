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
#ifndef CONST
#define CONST const
#endif
#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
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
#ifndef RTL_NUMBER_OF
#define RTL_NUMBER_OF(array) (sizeof(array) / sizeof((array)[0]))
#endif
#ifndef ARRAYSIZE
#define ARRAYSIZE(array) RTL_NUMBER_OF(array)
#endif
#ifndef CONTAINING_RECORD
#define CONTAINING_RECORD(address, type, field) ((type*)((char*)(address) - offsetof(type, field)))
#endif
#ifndef C_ASSERT
#ifdef __cplusplus
#define C_ASSERT(condition) static_assert(condition, #condition)
#else
#define C_ASSERT(condition) _Static_assert(condition, #condition)
#endif
#endif
#ifndef DECLSPEC_CACHEALIGN
#if defined(_MSC_VER) && !defined(__clang__)
#define DECLSPEC_CACHEALIGN __declspec(align(64))
#else
#define DECLSPEC_CACHEALIGN __attribute__((aligned(64)))
#endif
#endif
#ifndef FORCEINLINE
#define FORCEINLINE static inline
#endif

#include "ntstatus.h"

#endif
