/* Sums, differences and products that are checked for overflow. */
#ifndef CMC_SHADOW_NTINTSAFE_H
#define CMC_SHADOW_NTINTSAFE_H

#include "ntdef.h"

#if !defined(_NTINTSAFE_H_INCLUDED_) && defined(__GNUC__)
#define _NTINTSAFE_H_INCLUDED_

#define CMC_CHECKED(name, type, most, operation, function)                                                          \
    static inline NTSTATUS Rtl##name##operation(type left, type right, type* result)                               \
    {                                                                                                              \
        if (function(left, right, result)) {                                                                       \
            *result = most;                                                                                        \
            return STATUS_INTEGER_OVERFLOW;                                                                        \
        }                                                                                                          \
        return STATUS_SUCCESS;                                                                                     \
    }
#define CMC_CHECKED_TYPE(name, type, most)                                                                          \
    CMC_CHECKED(name, type, most, Add, __builtin_add_overflow)                                                      \
    CMC_CHECKED(name, type, most, Sub, __builtin_sub_overflow)                                                      \
    CMC_CHECKED(name, type, most, Mult, __builtin_mul_overflow)

CMC_CHECKED_TYPE(UShort, USHORT, 0xffff)
CMC_CHECKED_TYPE(UInt, UINT, 0xffffffffu)
CMC_CHECKED_TYPE(UInt32, UINT32, 0xffffffffu)
CMC_CHECKED_TYPE(ULong, ULONG, 0xffffffffu)
CMC_CHECKED_TYPE(UInt64, UINT64, ~(UINT64)0)
CMC_CHECKED_TYPE(ULongLong, ULONGLONG, ~(ULONGLONG)0)
CMC_CHECKED_TYPE(ULongPtr, ULONG_PTR, ~(ULONG_PTR)0)
CMC_CHECKED_TYPE(SizeT, SIZE_T, ~(SIZE_T)0)
CMC_CHECKED_TYPE(SIZET, SIZE_T, ~(SIZE_T)0)
#undef CMC_CHECKED_TYPE
#undef CMC_CHECKED

#define CMC_NARROWED(name, from, to, most)                                                                          \
    static inline NTSTATUS Rtl##name(from value, to* result)                                                       \
    {                                                                                                              \
        *result = (to)value;                                                                                       \
        if (value > (from)(most)) {                                                                                \
            *result = most;                                                                                        \
            return STATUS_INTEGER_OVERFLOW;                                                                        \
        }                                                                                                          \
        return STATUS_SUCCESS;                                                                                     \
    }
CMC_NARROWED(SizeTToULong, SIZE_T, ULONG, 0xffffffffu)
CMC_NARROWED(SizeTToUInt, SIZE_T, UINT, 0xffffffffu)
CMC_NARROWED(ULongLongToULong, ULONGLONG, ULONG, 0xffffffffu)
CMC_NARROWED(ULongToUShort, ULONG, USHORT, 0xffff)
CMC_NARROWED(UInt32ToUInt16, UINT32, UINT16, 0xffff)
#undef CMC_NARROWED

#endif
#endif
