/* Threads' records, chance, time, loading, and the last words of a process that crashes. */
#include "stress.h"

#include <stdio.h>

#ifndef _WIN32
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#endif

enum { PERTURB_ONE_IN = 64, FAULT_STACK_BYTES = 32 * 1024, HELD_UP_US = 300, LOOKS_AT_ONCE = 16,
    LOOKS_YIELDING = 64, PAUSE_US = 20 };

static thread_t records[THREAD_RECORDS];
static atomic_bool taken[THREAD_RECORDS];
static void use_fault_stack(uint32_t index);
static atomic_uint next_record = CMC_STRESS_THREADS_MAX; /* For threads that nobody announced. */
static CMC_THREAD_LOCAL thread_t* current;

static void
take(uint32_t index)
{
    thread_t* thread = &records[index];
    thread->index = index;
    thread->id = load_thread_id();
    thread->random = (run.options.seed + 1) * 0x9e3779b97f4a7c15ull ^ (uint64_t)(index + 1) * 0xbf58476d1ce4e5b9ull;
    atomic_store(&thread->place, IN_NONE);
    atomic_store(&thread->binding, NO_BINDING);
    current = thread;
    use_fault_stack(index);
    atomic_store(&taken[index], true);
}

void
thread_claim(uint32_t index)
{
    take(index);
}

thread_t*
self(void)
{
    if (current == NULL) {
        uint32_t index = atomic_fetch_add(&next_record, 1);
        /* More threads than records share the last one: their books are then wrong, but bounded. */
        take(index < THREAD_RECORDS ? index : THREAD_RECORDS - 1);
    }
    return current;
}

thread_t*
thread_record(uint32_t index)
{
    return index < THREAD_RECORDS && atomic_load(&taken[index]) ? &records[index] : NULL;
}

/* xorshift64*: the plan of a thread follows from its seed alone. */
uint64_t
thread_random(thread_t* thread)
{
    uint64_t x = thread->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    thread->random = x;
    return x * 0x2545f4914f6cdd1dull >> 16;
}

void
thread_perturb(thread_t* thread)
{
    if (thread_random(thread) % PERTURB_ONE_IN == 0) {
        cmc_thread_yield();
    }
}

static const char* const names[PLACES] = {"ProviderAttachClient", "ProviderDetachClient",
    "ProviderCleanupBindingContext", "preprocess_map_create", "postprocess_map_delete",
    "preprocess_associate_program_type", "postprocess_map_find_element", "preprocess_map_update_element",
    "a delete callback", "a work item", "cmc_provider_start", "cmc_provider_stop", "an optional export", "no callback"};

const char*
place_name(int place)
{
    return place >= 0 && place < PLACES ? names[place] : names[IN_NONE];
}

const char*
cmc_stress_kind(uint32_t kind)
{
    return kind < CMC_STRESS_KINDS ? names[kind] : "";
}

#ifdef _WIN32

uint64_t
clock_ms(void)
{
    return GetTickCount64();
}

void
sleep_ms(uint32_t milliseconds)
{
    Sleep(milliseconds);
}

void
thread_pause(uint32_t looks)
{
    if (looks >= LOOKS_YIELDING) {
        Sleep(1);
    } else if (looks >= LOOKS_AT_ONCE) {
        SwitchToThread();
    }
}

void*
library_open(const char* path, char* reason, size_t size)
{
    HMODULE library = LoadLibraryA(path);
    if (library == NULL) {
        snprintf(reason, size, "the library does not load (error %lu)", (unsigned long)GetLastError());
    }
    return (void*)library;
}

void*
library_symbol(void* library, const char* name)
{
    return (void*)(uintptr_t)GetProcAddress((HMODULE)library, name);
}

static void
write_text(const char* text)
{
    DWORD written;
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), text, (DWORD)strlen(text), &written, NULL);
}

static LONG WINAPI
say_last_words(EXCEPTION_POINTERS* fault)
{
    char text[128];
    snprintf(text, sizeof(text), "\nstress-lost\t%s\texception 0x%08lx\t%s\n",
        atomic_load(&run.has_begun) ? "among" : "alone", (unsigned long)fault->ExceptionRecord->ExceptionCode,
        place_name(current == NULL ? IN_NONE : (int)atomic_load(&current->place)));
    write_text(text);
    records_last_words(write_text);
    return EXCEPTION_CONTINUE_SEARCH;
}

void
watch_faults(void)
{
    SetUnhandledExceptionFilter(say_last_words);
}

static void
use_fault_stack(uint32_t index)
{
    (void)index;
}

void
watch_disturbances(void)
{
}

void
say_begun(void)
{
    write_text("stress-began\n");
}

void
thread_disturb(cmc_thread_t thread)
{
    if (SuspendThread(thread) != (DWORD)-1) {
        Sleep(0);
        ResumeThread(thread);
    }
}

#else

uint64_t
clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Whoever only yields falls ever further behind on some schedulers. */
void
thread_pause(uint32_t looks)
{
    struct timespec time = {0, PAUSE_US * 1000L};
    if (looks >= LOOKS_YIELDING) {
        nanosleep(&time, NULL);
    } else if (looks >= LOOKS_AT_ONCE) {
        sched_yield();
    }
}

void
sleep_ms(uint32_t milliseconds)
{
    struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    nanosleep(&time, NULL);
}

void*
library_open(const char* path, char* reason, size_t size)
{
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char* why = dlerror();
        snprintf(reason, size, "the library does not load: %s", why == NULL ? "no reason given" : why);
    }
    return library;
}

void*
library_symbol(void* library, const char* name)
{
    return dlsym(library, name);
}

static void
write_text(const char* text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        return; /* Nobody listens, and there is nothing else to do. */
    }
}

/*
 * Only calls that are safe in a signal handler. The default action, restored by now, ends the
 * process.
 */
static void
say_last_words(int signal)
{
    write_text(atomic_load(&run.has_begun) ? "\nstress-lost\tamong\t" : "\nstress-lost\talone\t");
    write_text(signal == SIGSEGV   ? "SIGSEGV"
               : signal == SIGBUS  ? "SIGBUS"
               : signal == SIGFPE  ? "SIGFPE"
               : signal == SIGILL  ? "SIGILL"
               : signal == SIGABRT ? "SIGABRT"
                                   : "SIGTRAP");
    write_text("\t");
    write_text(place_name(current == NULL ? IN_NONE : (int)atomic_load(&current->place)));
    write_text("\n");
    records_last_words(write_text);
    raise(signal);
}

void
say_begun(void)
{
    write_text("stress-began\n");
}

/* A stack of its own for last words: the thread's may be what was used up. */
static void
use_fault_stack(uint32_t index)
{
    static uint8_t stacks[THREAD_RECORDS][FAULT_STACK_BYTES];
    stack_t stack = {.ss_sp = stacks[index], .ss_size = FAULT_STACK_BYTES};
    sigaltstack(&stack, NULL);
}

void
watch_faults(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = say_last_words;
    action.sa_flags = (int)(SA_ONSTACK | SA_RESETHAND);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i += 1) {
        sigaction(signals[i], &action, NULL);
    }
}

/* Runs on the thread that is held up, between any two of its instructions. */
static void
hold_up(int signal)
{
    struct timespec time = {0, HELD_UP_US * 1000L};
    int error = errno;
    (void)signal;
    if (current != NULL && atomic_load(&current->place) < CMC_STRESS_KINDS) {
        nanosleep(&time, NULL);
    }
    errno = error;
}

void
watch_disturbances(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = hold_up;
    action.sa_flags = SA_RESTART;
    sigaction(SIGURG, &action, NULL);
}

void
thread_disturb(cmc_thread_t thread)
{
    pthread_kill(thread, SIGURG);
}

#endif
