/* Annotations of drivers: all of them are in sal.h here. A Windows SDK's own file is taken where there is one. */
#if defined(_MSC_VER) && !defined(__GNUC__)
#include <../shared/driverspecs.h>
#else
#ifdef __MINGW32__
#pragma GCC system_header /* #include_next is an extension. */
#include_next <driverspecs.h>
#endif
#include "sal.h"
#endif
