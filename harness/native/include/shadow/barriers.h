/*
 * Reads and writes of one word with the ordering that the name says, and fences. Where the compiler or winnt.h has
 * them, theirs are taken.
 */
#ifndef CMC_SHADOW_BARRIERS_H
#define CMC_SHADOW_BARRIERS_H

#include "ntdef.h"

#if (!defined(_MSC_VER) || defined(__GNUC__)) && !defined(_WINNT_)

#define CMC_ORDERED(name, type)                                                                                    \
    static inline type Read##name##NoFence(type const volatile* source)                                            \
    {                                                                                                              \
        return __atomic_load_n(source, __ATOMIC_RELAXED);                                                          \
    }                                                                                                              \
    static inline type Read##name##Raw(type const volatile* source)                                                \
    {                                                                                                              \
        return __atomic_load_n(source, __ATOMIC_RELAXED);                                                          \
    }                                                                                                              \
    static inline type Read##name##Acquire(type const volatile* source)                                            \
    {                                                                                                              \
        return __atomic_load_n(source, __ATOMIC_ACQUIRE);                                                          \
    }                                                                                                              \
    static inline void Write##name##NoFence(type volatile* target, type value)                                     \
    {                                                                                                              \
        __atomic_store_n(target, value, __ATOMIC_RELAXED);                                                         \
    }                                                                                                              \
    static inline void Write##name##Raw(type volatile* target, type value)                                         \
    {                                                                                                              \
        __atomic_store_n(target, value, __ATOMIC_RELAXED);                                                         \
    }                                                                                                              \
    static inline void Write##name##Release(type volatile* target, type value)                                     \
    {                                                                                                              \
        __atomic_store_n(target, value, __ATOMIC_RELEASE);                                                         \
    }

CMC_ORDERED(Boolean, BOOLEAN)
CMC_ORDERED(Char, CHAR)
CMC_ORDERED(UChar, UCHAR)
CMC_ORDERED(Short, SHORT)
CMC_ORDERED(UShort, USHORT)
CMC_ORDERED(Long, LONG)
CMC_ORDERED(ULong, ULONG)
CMC_ORDERED(Long64, LONG64)
CMC_ORDERED(ULong64, ULONG64)
CMC_ORDERED(LongPtr, LONG_PTR)
CMC_ORDERED(ULongPtr, ULONG_PTR)
CMC_ORDERED(SizeT, SIZE_T)
CMC_ORDERED(Pointer, PVOID)
#undef CMC_ORDERED

/* LONG and LONG64 have other names besides. */
#define ReadAcquire ReadLongAcquire
#define ReadNoFence ReadLongNoFence
#define ReadRaw ReadLongRaw
#define WriteRelease WriteLongRelease
#define WriteNoFence WriteLongNoFence
#define WriteRaw WriteLongRaw
#define ReadAcquire64 ReadLong64Acquire
#define ReadNoFence64 ReadLong64NoFence
#define ReadRaw64 ReadLong64Raw
#define WriteRelease64 WriteLong64Release
#define WriteNoFence64 WriteLong64NoFence
#define WriteRaw64 WriteLong64Raw

#ifndef MemoryBarrier
#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif
#ifndef YieldProcessor
#define YieldProcessor() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif

#endif

#ifndef KeMemoryBarrier
#define KeMemoryBarrier() MemoryBarrier()
#endif
#ifndef KeMemoryBarrierWithoutFence
#if defined(_MSC_VER) && !defined(__GNUC__)
#define KeMemoryBarrierWithoutFence() _ReadWriteBarrier()
#else
#define KeMemoryBarrierWithoutFence() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif
#endif

#endif
