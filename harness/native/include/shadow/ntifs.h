/* Everything that map providers use is in ntddk.h. */
#ifndef CMC_SHADOW_NTIFS_H
#define CMC_SHADOW_NTIFS_H
#include "ntddk.h"
#endif
