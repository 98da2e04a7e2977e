/* The interlocked operations that drivers use. Where the compiler or winnt.h has them, theirs are taken. */
#ifndef CMC_SHADOW_INTERLOCKED_H
#define CMC_SHADOW_INTERLOCKED_H

#include "barriers.h"
#include "ntdef.h"

#if defined(_MSC_VER) && !defined(__GNUC__) && !defined(_WINNT_)
#include <intrin.h>
#define InterlockedIncrement _InterlockedIncrement
#define InterlockedDecrement _InterlockedDecrement
#define InterlockedAdd(target, value) (_InterlockedExchangeAdd((target), (value)) + (value))
#define InterlockedExchange _InterlockedExchange
#define InterlockedExchangeAdd _InterlockedExchangeAdd
#define InterlockedCompareExchange _InterlockedCompareExchange
#define InterlockedOr _InterlockedOr
#define InterlockedAnd _InterlockedAnd
#define InterlockedIncrement64 _InterlockedIncrement64
#define InterlockedDecrement64 _InterlockedDecrement64
#define InterlockedAdd64(target, value) (_InterlockedExchangeAdd64((target), (value)) + (value))
#define InterlockedExchange64 _InterlockedExchange64
#define InterlockedExchangeAdd64 _InterlockedExchangeAdd64
#define InterlockedCompareExchange64 _InterlockedCompareExchange64
#define InterlockedOr64 _InterlockedOr64
#define InterlockedAnd64 _InterlockedAnd64
#define InterlockedExchangePointer _InterlockedExchangePointer
#define InterlockedCompareExchangePointer _InterlockedCompareExchangePointer
#define MemoryBarrier() __faststorefence()
#elif !defined(_WINNT_)

#define CMC_INTERLOCKED(suffix, type)                                                                              \
    static inline type InterlockedIncrement##suffix(type volatile* target)                                         \
    {                                                                                                              \
        return __atomic_add_fetch(target, 1, __ATOMIC_SEQ_CST);                                                    \
    }                                                                                                              \
    static inline type InterlockedDecrement##suffix(type volatile* target)                                         \
    {                                                                                                              \
        return __atomic_sub_fetch(target, 1, __ATOMIC_SEQ_CST);                                                    \
    }                                                                                                              \
    static inline type InterlockedAdd##suffix(type volatile* target, type value)                                   \
    {                                                                                                              \
        return __atomic_add_fetch(target, value, __ATOMIC_SEQ_CST);                                                \
    }                                                                                                              \
    static inline type InterlockedExchangeAdd##suffix(type volatile* target, type value)                           \
    {                                                                                                              \
        return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);                                                \
    }                                                                                                              \
    static inline type InterlockedExchange##suffix(type volatile* target, type value)                              \
    {                                                                                                              \
        return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);                                               \
    }                                                                                                              \
    static inline type InterlockedOr##suffix(type volatile* target, type value)                                    \
    {                                                                                                              \
        return __atomic_fetch_or(target, value, __ATOMIC_SEQ_CST);                                                 \
    }                                                                                                              \
    static inline type InterlockedAnd##suffix(type volatile* target, type value)                                   \
    {                                                                                                              \
        return __atomic_fetch_and(target, value, __ATOMIC_SEQ_CST);                                                \
    }                                                                                                              \
    static inline type InterlockedXor##suffix(type volatile* target, type value)                                   \
    {                                                                                                              \
        return __atomic_fetch_xor(target, value, __ATOMIC_SEQ_CST);                                                \
    }                                                                                                              \
    static inline type InterlockedCompareExchange##suffix(type volatile* target, type value, type comparand)       \
    {                                                                                                              \
        __atomic_compare_exchange_n(target, &comparand, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);             \
        return comparand;                                                                                          \
    }

CMC_INTERLOCKED(, LONG)
CMC_INTERLOCKED(64, LONG64)
CMC_INTERLOCKED(16, SHORT)
CMC_INTERLOCKED(SizeT, SIZE_T)
#undef CMC_INTERLOCKED

static inline PVOID InterlockedExchangePointer(PVOID volatile* target, PVOID value)
{
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}
static inline PVOID InterlockedCompareExchangePointer(PVOID volatile* target, PVOID value, PVOID comparand)
{
    __atomic_compare_exchange_n(target, &comparand, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return comparand;
}
static inline BOOLEAN InterlockedBitTestAndSet(LONG volatile* base, LONG bit)
{
    return (BOOLEAN)((__atomic_fetch_or(base, (LONG)(1u << bit), __ATOMIC_SEQ_CST) >> bit) & 1);
}
static inline BOOLEAN InterlockedBitTestAndReset(LONG volatile* base, LONG bit)
{
    return (BOOLEAN)((__atomic_fetch_and(base, (LONG)~(1u << bit), __ATOMIC_SEQ_CST) >> bit) & 1);
}

#endif

/* The weaker orderings are carried out as the strongest: nothing right can tell. */
#include "interlocked-orders.h"

#endif
