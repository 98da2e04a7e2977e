/* The last words of a process (record.h) where there are signals. */
#if !defined(_WIN32)

#define _GNU_SOURCE
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>
#if !defined(__linux__)
#include <dlfcn.h>
#endif

#define EXPORT __attribute__((visibility("default")))

static void put(const char* text, size_t length)
{
    while (length > 0) {
        const ssize_t wrote = write(record, text, length);
        if (wrote <= 0) return;
        text += wrote;
        length -= (size_t)wrote;
    }
}

#if defined(__linux__)

/*
 * A line of /proc/self/maps is "from-to rights offset device inode file": only named ones are kept.
 */
static void put_map(char* line, size_t length)
{
    char* const file = memchr(line, '/', length);
    char* const dash = memchr(line, '-', length);
    char* const rights = memchr(line, ' ', length);
    if (file == NULL || dash == NULL || rights == NULL || rights + 6 > file) return;
    char* const offset = rights + 6;
    char* const device = memchr(offset, ' ', (size_t)(file - offset));
    if (device == NULL) return;
    *dash = ' ';
    put("map ", 4);
    put(line, (size_t)(rights - line));
    put(" ", 1);
    put(offset, (size_t)(device - offset));
    put(" ", 1);
    put(file, length - (size_t)(file - line));
    put("\n", 1);
}

static void say_maps(void)
{
    static char text[2 * TEXT_MAX];
    size_t held = 0;
    const int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (maps < 0) return;
    for (;;) {
        const ssize_t got = read(maps, text + held, sizeof text - held);
        if (got <= 0) break;
        held += (size_t)got;
        size_t from = 0;
        for (char* end; (end = memchr(text + from, '\n', held - from)) != NULL;) {
            put_map(text + from, (size_t)(end - text) - from);
            from = (size_t)(end - text) + 1;
        }
        /* A line without an end in all that room is none of ours. */
        if (from == 0 && held == sizeof text) from = held;
        held -= from;
        memmove(text, text + from, held);
    }
    close(maps);
}

static void say_module(uint64_t address)
{
    (void)address;
}

#else

static void say_maps(void) {}

static void say_module(uint64_t address)
{
    Dl_info found;
    char line[TEXT_MAX];
    if (dladdr((const void*)(uintptr_t)address, &found) == 0 || found.dli_fname == NULL) return;
    if (strlen(found.dli_fname) > sizeof line - 64) return;
    size_t at = put_word(line, "map ");
    at += put_hex(line + at, (uint64_t)(uintptr_t)found.dli_fbase);
    line[at++] = ' ';
    at += put_hex(line + at, address + 1);
    at += put_word(line + at, " 0 ");
    at += put_word(line + at, found.dli_fname);
    line[at++] = '\n';
    put(line, at);
}

#endif

static _Unwind_Reason_Code on_frame(struct _Unwind_Context* frame, void* left)
{
    int is_before = 0;
    const uint64_t address = (uint64_t)_Unwind_GetIPInfo(frame, &is_before);
    int* const count = left;
    say_module(address);
    say_frame(address, is_before);
    *count -= 1;
    return *count > 0 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static void say_stack(void)
{
    int left = FRAMES_MAX;
    (void)_Unwind_Backtrace(on_frame, &left);
}

static void begin(uint64_t what)
{
    (void)lseek(record, 0, SEEK_SET);
    if (ftruncate(record, 0) != 0) return;
    say("crash", what);
}

/* Where a call to an address without code was made from; 0 where that cannot be told. */
static uint64_t caller_of(const ucontext_t* context)
{
#if defined(__linux__) && defined(__x86_64__)
    return *(const uint64_t*)(uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__linux__) && defined(__aarch64__)
    return context->uc_mcontext.regs[30];
#else
    (void)context;
    return 0;
#endif
}

static const int watched[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
#define WATCHED (sizeof watched / sizeof watched[0])
static struct sigaction before[WATCHED];

static void on_signal(int number, siginfo_t* info, void* context)
{
    const int kept = errno;
    begin((uint64_t)number);
    if (info->si_code > 0) say("fault", (uint64_t)(uintptr_t)info->si_addr);
    say_maps();
    /* Back to whoever would have been asked: a fault happens again, what was sent is sent again. */
    for (size_t i = 0; i < WATCHED; i += 1) {
        if (watched[i] == number) sigaction(number, &before[i], NULL);
    }
    if (info->si_code > 0) say("caller", caller_of(context));
    say_stack();
    put("end\n", 4);
    if (info->si_code <= 0) raise(number);
    errno = kept;
}

/* exit() in the subject is its end, too. Ours comes here as well, and nobody reads what it says. */
static void on_exit_of_process(void)
{
    begin(0);
    say_maps();
    say_stack();
    put("end\n", 4);
}

/*
 * A sanitizer that hears of faults is asked after us; its abort() comes here with a stack of its
 * own.
 */
EXPORT int32_t cmc_crash_watch(int32_t file)
{
    const size_t stack_bytes = 1 << 18;
    record = file;
    stack_t stack = {.ss_size = 0};
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    /* An overflow of the stack leaves no room to look at it. */
    if (sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_DISABLE) != 0) {
        const int rights = PROT_READ | PROT_WRITE;
        void* const room = mmap(NULL, stack_bytes, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        stack = (stack_t){.ss_sp = room, .ss_size = stack_bytes};
        if (room == MAP_FAILED || sigaltstack(&stack, NULL) != 0) return 0;
    }
    action.sa_flags |= SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < WATCHED; i += 1) {
        if (sigaction(watched[i], &action, &before[i]) != 0) return 0;
    }
    return atexit(on_exit_of_process) == 0;
}

#else
typedef int cmc_crash_elsewhere;
#endif
