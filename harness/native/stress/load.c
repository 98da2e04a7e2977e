/*
 * How busy threads are. What the watchdog counts is never the time of day: on a machine that is
 * busy with others a thread waits long for its turn. One that is asleep is counted by the looks
 * that find it so, one that computes by its processor time. Where the system tells neither, every
 * look counts.
 */
#ifdef __linux__
#define _GNU_SOURCE /* gettid's number */
#endif
#include "stress.h"

#include <stdio.h>
#include <time.h>

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

#ifdef __linux__

long
load_thread_id(void)
{
    return syscall(SYS_gettid);
}

/* Its state, and its processor time so far; false: it has none any more. */
static bool
read_load(long id, char* state, uint64_t* cpu_ms)
{
    char path[64];
    char text[512];
    snprintf(path, sizeof(path), "/proc/self/task/%ld/stat", id);
    FILE* file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    size_t got = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[got] = 0;
    /* The name before it may hold anything but ends with the last parenthesis. */
    const char* rest = strrchr(text, ')');
    unsigned long long user = 0;
    unsigned long long system = 0;
    if (rest == NULL ||
        sscanf(rest + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", state, &user, &system) != 3) {
        return false;
    }
    *cpu_ms = (user + system) * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
    return true;
}

uint32_t
load_spent_ms(thread_t* thread, uint32_t since_ms)
{
    char state;
    uint64_t cpu_ms;
    if (!read_load(thread->id, &state, &cpu_ms)) {
        return since_ms;
    }
    uint64_t computed = cpu_ms - thread->cpu_ms;
    thread->cpu_ms = cpu_ms;
    return state == 'R' ? (uint32_t)computed : since_ms;
}

bool
load_are_asleep(uint32_t threads)
{
    char state;
    uint64_t cpu_ms;
    for (uint32_t i = 0; i < threads; i += 1) {
        const thread_t* thread = thread_record(i);
        if (thread != NULL && read_load(thread->id, &state, &cpu_ms) && state == 'R') {
            return false;
        }
    }
    return true;
}

uint64_t
load_cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#else

long
load_thread_id(void)
{
    return 0;
}

uint32_t
load_spent_ms(thread_t* thread, uint32_t since_ms)
{
    (void)thread;
    return since_ms;
}

bool
load_are_asleep(uint32_t threads)
{
    (void)threads;
    return true;
}

uint64_t
load_cpu_ms(void)
{
    return 0;
}

#endif
