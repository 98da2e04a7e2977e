/* Everything that map providers use is in wdm.h. */
#ifndef CMC_SHADOW_NTDDK_H
#define CMC_SHADOW_NTDDK_H
#include "wdm.h"
#endif
