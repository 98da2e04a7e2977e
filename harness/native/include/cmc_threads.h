/*
 * Locks, condition variables, threads and thread-local storage, on POSIX threads and on Windows:
 * what the example runtime and the observing provider need, no part of any contract. Everything is
 * static; a file takes what it uses.
 */
#ifndef CMC_THREADS_H
#define CMC_THREADS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef _WIN32
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
#else
#include <pthread.h>
#include <sched.h>
#include <time.h>
#endif

#if defined(__GNUC__)
#define CMC_MAY_BE_UNUSED __attribute__((unused))
#define CMC_THREAD_LOCAL __thread
#else
#define CMC_MAY_BE_UNUSED
#define CMC_THREAD_LOCAL __declspec(thread)
#endif

#ifdef _WIN32

typedef SRWLOCK cmc_mutex_t;
typedef CONDITION_VARIABLE cmc_condition_t;
typedef HANDLE cmc_thread_t;
typedef DWORD cmc_thread_result_t;
#define CMC_MUTEX_INITIALISER SRWLOCK_INIT
#define CMC_CONDITION_INITIALISER CONDITION_VARIABLE_INIT
#define CMC_THREAD_ROUTINE WINAPI

CMC_MAY_BE_UNUSED static void cmc_mutex_lock(cmc_mutex_t* mutex) { AcquireSRWLockExclusive(mutex); }
CMC_MAY_BE_UNUSED static void cmc_mutex_unlock(cmc_mutex_t* mutex) { ReleaseSRWLockExclusive(mutex); }
CMC_MAY_BE_UNUSED static void cmc_condition_wait(cmc_condition_t* condition, cmc_mutex_t* mutex)
{
    SleepConditionVariableSRW(condition, mutex, INFINITE, 0);
}
/* False: the time is over. */
CMC_MAY_BE_UNUSED static bool cmc_condition_wait_for(
    cmc_condition_t* condition, cmc_mutex_t* mutex, uint32_t milliseconds)
{
    return SleepConditionVariableSRW(condition, mutex, milliseconds, 0) != 0;
}
CMC_MAY_BE_UNUSED static void cmc_condition_wake_all(cmc_condition_t* condition)
{
    WakeAllConditionVariable(condition);
}
CMC_MAY_BE_UNUSED static void cmc_thread_yield(void) { SwitchToThread(); }
CMC_MAY_BE_UNUSED static bool cmc_thread_start(cmc_thread_t* thread, LPTHREAD_START_ROUTINE routine, void* argument)
{
    *thread = CreateThread(NULL, 0, routine, argument, 0, NULL);
    return *thread != NULL;
}
CMC_MAY_BE_UNUSED static void cmc_thread_join(cmc_thread_t thread)
{
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}
CMC_MAY_BE_UNUSED static void cmc_thread_detach(cmc_thread_t thread) { CloseHandle(thread); }
CMC_MAY_BE_UNUSED static void* cmc_aligned_allocate(size_t alignment, size_t size)
{
    return _aligned_malloc(size, alignment);
}
CMC_MAY_BE_UNUSED static void cmc_aligned_free(void* memory) { _aligned_free(memory); }

#else

typedef pthread_mutex_t cmc_mutex_t;
typedef pthread_cond_t cmc_condition_t;
typedef pthread_t cmc_thread_t;
typedef void* cmc_thread_result_t;
#define CMC_MUTEX_INITIALISER PTHREAD_MUTEX_INITIALIZER
#define CMC_CONDITION_INITIALISER PTHREAD_COND_INITIALIZER
#define CMC_THREAD_ROUTINE

CMC_MAY_BE_UNUSED static void cmc_mutex_lock(cmc_mutex_t* mutex) { pthread_mutex_lock(mutex); }
CMC_MAY_BE_UNUSED static void cmc_mutex_unlock(cmc_mutex_t* mutex) { pthread_mutex_unlock(mutex); }
CMC_MAY_BE_UNUSED static void cmc_condition_wait(cmc_condition_t* condition, cmc_mutex_t* mutex)
{
    pthread_cond_wait(condition, mutex);
}
/* False: the time is over. */
CMC_MAY_BE_UNUSED static bool cmc_condition_wait_for(
    cmc_condition_t* condition, cmc_mutex_t* mutex, uint32_t milliseconds)
{
    struct timespec until;
    (void)timespec_get(&until, TIME_UTC);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec += 1;
        until.tv_nsec -= 1000000000;
    }
    return pthread_cond_timedwait(condition, mutex, &until) == 0;
}
CMC_MAY_BE_UNUSED static void cmc_condition_wake_all(cmc_condition_t* condition) { pthread_cond_broadcast(condition); }
CMC_MAY_BE_UNUSED static void cmc_thread_yield(void) { sched_yield(); }
CMC_MAY_BE_UNUSED static bool cmc_thread_start(cmc_thread_t* thread, void* (*routine)(void*), void* argument)
{
    return pthread_create(thread, NULL, routine, argument) == 0;
}
CMC_MAY_BE_UNUSED static void cmc_thread_join(cmc_thread_t thread) { pthread_join(thread, NULL); }
CMC_MAY_BE_UNUSED static void cmc_thread_detach(cmc_thread_t thread) { pthread_detach(thread); }
CMC_MAY_BE_UNUSED static void* cmc_aligned_allocate(size_t alignment, size_t size)
{
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}
CMC_MAY_BE_UNUSED static void cmc_aligned_free(void* memory) { free(memory); }

#endif

#endif
