/* Device objects with security: of use to the part of a driver that the module leaves out. */
#ifndef CMC_SHADOW_WDMSEC_H
#define CMC_SHADOW_WDMSEC_H
#include "wdm.h"
#endif
