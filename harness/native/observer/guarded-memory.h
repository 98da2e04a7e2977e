/*
 * Pages for the provider's structures: each one ends before a page that cannot be touched, and may
 * be read-only. A fault in them is written down and then let pass, so that the runtime lives on and
 * every fault is seen.
 */
#ifndef OBSERVER_GUARDED_MEMORY_H
#define OBSERVER_GUARDED_MEMORY_H

#include <string.h>

#include "cmc_threads.h"
#include "custom_map_observer.h"

#ifndef _WIN32
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

typedef struct {
    uint8_t* pages; /* Two: the structure at the end of the first, then the guard. */
    uint8_t* begin; /* Of the structure. */
    uint32_t provider;
    uint32_t structure;
} guarded_t;

enum { GUARDED_MAX = 256, GARBAGE = 0xa5 };

static guarded_t guarded[GUARDED_MAX];
static uint32_t guarded_count;
static size_t page_size;

static void note_fault(const guarded_t* where, uint32_t offset, bool is_write);

typedef enum { NO_ACCESS, READ_ONLY, READ_WRITE } access_t;

#ifdef _WIN32

static uint8_t*
map_pages(size_t size)
{
    return VirtualAlloc(NULL, size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
}

static void
unmap_pages(uint8_t* pages, size_t size)
{
    (void)size;
    VirtualFree(pages, 0, MEM_RELEASE);
}

static void
protect_page(uint8_t* page, access_t access)
{
    DWORD before;
    DWORD wanted = access == READ_WRITE ? PAGE_READWRITE : access == READ_ONLY ? PAGE_READONLY : PAGE_NOACCESS;
    VirtualProtect(page, page_size, wanted, &before);
}

static size_t
ask_page_size(void)
{
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    return system.dwPageSize;
}

#else

static uint8_t*
map_pages(size_t size)
{
    void* pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

static void
unmap_pages(uint8_t* pages, size_t size)
{
    munmap(pages, size);
}

static void
protect_page(uint8_t* page, access_t access)
{
    int wanted = access == READ_WRITE ? PROT_READ | PROT_WRITE : access == READ_ONLY ? PROT_READ : PROT_NONE;
    mprotect(page, page_size, wanted);
}

static size_t
ask_page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

#endif

/*
 * A fault at `address`: true when it lies in our pages. The page is opened, so the instruction goes
 * on.
 */
static bool
let_pass(uintptr_t address)
{
    for (uint32_t index = 0; index < guarded_count; index += 1) {
        const guarded_t* where = &guarded[index];
        uintptr_t begin = (uintptr_t)where->pages;
        if (address < begin || address >= begin + 2 * page_size) {
            continue;
        }
        bool in_guard = address >= begin + page_size;
        uint8_t* page = where->pages + (in_guard ? page_size : 0);
        protect_page(page, READ_WRITE);
        if (in_guard) {
            memset(page, GARBAGE, page_size); /* Whoever reads here must not meet a lucky zero. */
        }
        note_fault(where, (uint32_t)(address - (uintptr_t)where->begin), !in_guard);
        return true;
    }
    return false;
}

#ifdef _WIN32

static PVOID fault_handler;

static LONG CALLBACK
on_fault(EXCEPTION_POINTERS* fault)
{
    const EXCEPTION_RECORD* record = fault->ExceptionRecord;
    bool is_ours = record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION && record->NumberParameters > 1 &&
                   let_pass((uintptr_t)record->ExceptionInformation[1]);
    return is_ours ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
}

static void
watch_faults(void)
{
    fault_handler = AddVectoredExceptionHandler(1, on_fault);
}

static void
forget_faults(void)
{
    RemoveVectoredExceptionHandler(fault_handler);
}

#else

static struct sigaction segv_before;
static struct sigaction bus_before;

static void
on_fault(int signal_number, siginfo_t* information, void* machine)
{
    (void)machine;
    if (!let_pass((uintptr_t)information->si_addr)) {
        /* Not ours: the instruction faults again and meets whoever was there before. */
        sigaction(signal_number, signal_number == SIGSEGV ? &segv_before : &bus_before, NULL);
    }
}

static void
watch_faults(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    sigaction(SIGSEGV, &action, &segv_before);
    sigaction(SIGBUS, &action, &bus_before);
}

static void
forget_faults(void)
{
    sigaction(SIGSEGV, &segv_before, NULL);
    sigaction(SIGBUS, &bus_before, NULL);
}

#endif

/*
 * Room for `size` bytes, garbage behind them up to an alignment of 8, then the guard. NULL: none.
 */
static void*
allocate_guarded(size_t size, uint32_t provider, uint32_t structure)
{
    if (page_size == 0) {
        page_size = ask_page_size();
    }
    size_t room = (size + 7) / 8 * 8;
    if (guarded_count == GUARDED_MAX || room > page_size) {
        return NULL;
    }
    uint8_t* pages = map_pages(2 * page_size);
    if (pages == NULL) {
        return NULL;
    }
    uint8_t* begin = pages + page_size - room;
    memset(begin, 0, size);
    memset(begin + size, GARBAGE, room - size);
    guarded[guarded_count] = (guarded_t){pages, begin, provider, structure};
    guarded_count += 1;
    return begin;
}

static void
protect_guarded(uint32_t provider, uint32_t protection)
{
    for (uint32_t index = 0; index < guarded_count; index += 1) {
        if (guarded[index].provider != provider) {
            continue;
        }
        if ((protection & CMC_PROTECT_GUARD) != 0) {
            protect_page(guarded[index].pages + page_size, NO_ACCESS);
        }
        if ((protection & CMC_PROTECT_READ_ONLY) != 0) {
            protect_page(guarded[index].pages, READ_ONLY);
        }
    }
}

static void
release_guarded(void)
{
    for (uint32_t index = 0; index < guarded_count; index += 1) {
        unmap_pages(guarded[index].pages, 2 * page_size);
    }
    guarded_count = 0;
}

#endif
