/*
 * What a test needs that `mapcert replay --emit c` writes: a registrar, memory, locks, IRQL and
 * objects, in the kernel's place. Each block lies before a page without access and is never handed
 * out twice, so that what is used too late, or beyond its end, ends the test at the call that does
 * it. Every call has a number, which is the one in mapcert's report.
 *
 * As C11 or C++17; plain main, or with -DCMC_CATCH2 a Catch2 test case.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(_WIN32)
#include <windows.h>
#else
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#endif
#if defined(CMC_EBPF_HEADERS)
#include "custom_map_conformance.h"
#include "ebpf_extension.h"
#else
#include "cmc_contract.h"
#endif
#if defined(CMC_CATCH2)
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
#endif

#define CMC_BLOCKS_MAX 65536
#define CMC_PAGE 4096u
enum { CMC_EPOCH = 1, CMC_EPOCH_ALIGNED, CMC_POOL, CMC_OBJECT };

typedef struct cmc_block {
    uint8_t* pages;
    size_t pages_size;
    void* memory;
    size_t size, room;
    int kind, call, ordinal, freed_in;
} cmc_block_t;

static cmc_block_t cmc_blocks[CMC_BLOCKS_MAX];
/* Shared with the process that waits for the run, so that it knows where a run ended. */
static int cmc_own_call;
static int* cmc_shared_call = &cmc_own_call;
#define cmc_call (*cmc_shared_call)
/* What each call calls, by its number; written below. */
static const char* const* cmc_names;
static int cmc_block_count, cmc_asked, cmc_failing, cmc_locks, cmc_epochs;
static uint8_t cmc_irql;
static uint64_t cmc_process = 1;
static const char* cmc_name = "nothing";
static char cmc_failure[512];
static int cmc_failed_call;

/* The first thing that went wrong counts. */
static void cmc_fail(const char* format, ...)
{
    va_list list;
    if (cmc_failure[0] != 0) return;
    va_start(list, format);
    vsnprintf(cmc_failure, sizeof(cmc_failure), format, list);
    va_end(list);
    cmc_failed_call = cmc_call;
}

static void cmc_settle(void)
{
    if (cmc_failure[0] == 0) return;
#if defined(CMC_CATCH2)
    FAIL("call " << cmc_failed_call << " (" << cmc_name << "): " << cmc_failure);
#else
    fprintf(stderr, "FAILED at call %d (%s): %s\n", cmc_failed_call, cmc_name, cmc_failure);
    exit(1);
#endif
}

static void cmc_lost(const char* how)
{
    fprintf(stderr, "FAILED at call %d (%s): %s\n", cmc_call, cmc_name, how);
    fflush(stderr);
    _Exit(1);
}

static void cmc_on_signal(int number) { cmc_lost(number == SIGABRT ? "it aborted" : "it crashed"); }
/* What ends the process in a callback is the loss of that call. */
static int cmc_is_over;
static void cmc_on_exit(void)
{
    if (!cmc_is_over && cmc_failure[0] == 0) cmc_lost("it ended the process");
}
#if defined(_WIN32)
static LONG WINAPI cmc_on_exception(EXCEPTION_POINTERS* unused)
{
    (void)unused;
    cmc_lost("it crashed");
    return 0;
}
static DWORD WINAPI cmc_watch(void* unused)
{
    (void)unused;
    Sleep(10000);
    cmc_lost("it did not come back");
    return 0;
}
#else
static void cmc_on_alarm(int number) { (void)number, cmc_lost("it did not come back"); }
#endif
