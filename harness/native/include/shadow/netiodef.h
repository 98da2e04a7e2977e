/* Network constants and addresses of drivers; map providers use none of them. */
#ifndef CMC_SHADOW_NETIODEF_H
#define CMC_SHADOW_NETIODEF_H
#include "ntdef.h"
#endif
