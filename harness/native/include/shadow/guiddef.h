/*
 * GUID as a structure of 16 bytes that can be assigned and compared, with the few companions that map providers use.
 * Where a Windows SDK is, its own file is taken.
 */
#if defined(_MSC_VER) && !defined(__GNUC__)
#include <../shared/guiddef.h>
#elif defined(__MINGW32__)
#pragma GCC system_header /* #include_next is an extension. */
#include_next <guiddef.h> /* Without a guard of ours: a quoted include may have to pass here twice to get there. */
#elif !defined(CMC_SHADOW_GUIDDEF_H)
#define CMC_SHADOW_GUIDDEF_H

#include <stdint.h>
#include <string.h>

#ifndef EXTERN_C
#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif
#endif

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
    uint32_t Data1;
    unsigned short Data2;
    unsigned short Data3;
    unsigned char Data4[8];
} GUID;
#endif

#ifndef DEFINE_GUID
#ifdef INITGUID
#ifdef __cplusplus
#define CMC_GUID_STORAGE extern "C" const
#else
#define CMC_GUID_STORAGE const
#endif
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    CMC_GUID_STORAGE GUID name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) EXTERN_C const GUID name
#endif
#endif

#ifndef _REFGUID_DEFINED
#define _REFGUID_DEFINED
#ifdef __cplusplus
#define REFGUID const GUID&
#else
#define REFGUID const GUID*
#endif
#endif

#ifndef _SYS_GUID_OPERATORS_
#define _SYS_GUID_OPERATORS_
#ifdef __cplusplus
static inline int IsEqualGUID(REFGUID left, REFGUID right) { return memcmp(&left, &right, sizeof(GUID)) == 0; }
static inline bool operator==(REFGUID left, REFGUID right) { return IsEqualGUID(left, right) != 0; }
static inline bool operator!=(REFGUID left, REFGUID right) { return !(left == right); }
#else
#define IsEqualGUID(left, right) (memcmp((left), (right), sizeof(GUID)) == 0)
#endif
#endif

#endif
