#include "base/thread.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A failing lock is a broken invariant (a destroyed or corrupt mutex): going on would break the promises that
 * it guards. */
static void must_be_zero(int error)
{
    if (error != 0) {
        abort();
    }
}

void mutex_init(struct mutex *mutex)
{
    must_be_zero(pthread_mutex_init(&mutex->inner, NULL));
}

void mutex_destroy(struct mutex *mutex)
{
    must_be_zero(pthread_mutex_destroy(&mutex->inner));
}

void mutex_lock(struct mutex *mutex) NO_THREAD_CHECK
{
    must_be_zero(pthread_mutex_lock(&mutex->inner));
}

void mutex_unlock(struct mutex *mutex) NO_THREAD_CHECK
{
    must_be_zero(pthread_mutex_unlock(&mutex->inner));
}

void condition_init(struct condition *condition)
{
    pthread_condattr_t attributes;
    must_be_zero(pthread_condattr_init(&attributes));
    must_be_zero(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    must_be_zero(pthread_cond_init(&condition->inner, &attributes));
    must_be_zero(pthread_condattr_destroy(&attributes));
}

void condition_destroy(struct condition *condition)
{
    must_be_zero(pthread_cond_destroy(&condition->inner));
}

void condition_wait(struct condition *condition, struct mutex *mutex)
{
    must_be_zero(pthread_cond_wait(&condition->inner, &mutex->inner));
}

/* No wait is longer than a day, so that no sum below overflows; callers look at their own state and wait
 * again. */
static int64_t clamp_wait(int64_t ms)
{
    enum { DAY_MS = 24 * 60 * 60 * 1000 };
    return ms < 0 ? 0 : ms > DAY_MS ? DAY_MS : ms;
}

static struct timespec monotonic_after(int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    ms = clamp_wait(ms);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec += 1;
    }
    return until;
}

bool condition_wait_ms(struct condition *condition, struct mutex *mutex, int64_t ms)
{
    const struct timespec until = monotonic_after(ms);
    int error = pthread_cond_timedwait(&condition->inner, &mutex->inner, &until);
    if (error == ETIMEDOUT) {
        return false;
    }
    must_be_zero(error);
    return true;
}

void condition_signal(struct condition *condition)
{
    must_be_zero(pthread_cond_signal(&condition->inner));
}

void condition_broadcast(struct condition *condition)
{
    must_be_zero(pthread_cond_broadcast(&condition->inner));
}

enum { THREAD_NAME_BYTES = 16 };

static size_t whole_pages(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (bytes < (size_t)PTHREAD_STACK_MIN) {
        bytes = (size_t)PTHREAD_STACK_MIN;
    }
    return (bytes + page - 1) / page * page;
}

struct status thread_start(struct thread *thread, const char *name, size_t stack_bytes, void *(*run)(void *),
                           void *argument)
{
    pthread_attr_t attributes;
    must_be_zero(pthread_attr_init(&attributes));
    must_be_zero(pthread_attr_setstacksize(&attributes, whole_pages(stack_bytes)));
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    must_be_zero(pthread_sigmask(SIG_SETMASK, &all, &before));
    int error = pthread_create(&thread->id, &attributes, run, argument);
    must_be_zero(pthread_sigmask(SIG_SETMASK, &before, NULL));
    must_be_zero(pthread_attr_destroy(&attributes));
    if (error != 0) {
        return status_make(STATUS_UNAVAILABLE, "cannot start thread '%s': %s", name,
                           error == EAGAIN ? "the system's limit of threads or memory is reached"
                                           : "refused");
    }
    thread->started = true;
    char short_name[THREAD_NAME_BYTES];
    size_t length = strnlen(name, sizeof short_name - 1);
    memcpy(short_name, name, length);
    short_name[length] = '\0';
    /* A thread that is done already has no name to set; the name is for people, so nothing is lost. */
    (void)pthread_setname_np(thread->id, short_name);
    return status_ok();
}

void thread_join(struct thread *thread)
{
    if (thread->started) {
        must_be_zero(pthread_join(thread->id, NULL));
        thread->started = false;
    }
}

struct thread_stack thread_stack_of_caller(void)
{
    struct thread_stack stack = {0};
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        size_t bytes = 0;
        must_be_zero(pthread_attr_getstack(&attributes, &stack.lowest, &bytes));
        must_be_zero(pthread_attr_destroy(&attributes));
    }
    return stack;
}

void thread_stack_release(const struct thread_stack *stack)
{
    enum { FRAMES_BYTES = 512 }; /* of this function, of madvise(), and what compilers keep below them */
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t until = ((uintptr_t)__builtin_frame_address(0) - FRAMES_BYTES) / page * page;
    uintptr_t from = (uintptr_t)stack->lowest;
    if (from != 0 && from < until) {
        (void)madvise(stack->lowest, until - from, MADV_DONTNEED); /* else the pages stay: no harm */
    }
}

void stop_init(struct stop *stop)
{
    atomic_init(&stop->requested, 0);
}

void stop_destroy(struct stop *stop)
{
    (void)stop; /* nothing to give back */
}

void stop_request(struct stop *stop)
{
    atomic_store(&stop->requested, 1);
    (void)syscall(SYS_futex, &stop->requested, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

bool stop_is_requested(const struct stop *stop)
{
    return atomic_load(&stop->requested) != 0;
}

bool stop_wait_ms(struct stop *stop, int64_t ms)
{
    const struct timespec until = monotonic_after(ms);
    while (!stop_is_requested(stop)) {
        /* The kernel looks at the word once more before it lets the thread sleep. The time is an absolute one. */
        if (syscall(SYS_futex, &stop->requested, FUTEX_WAIT_BITSET_PRIVATE, 0, &until, NULL,
                    FUTEX_BITSET_MATCH_ANY) != 0 &&
            errno == ETIMEDOUT) {
            break;
        }
    }
    return stop_is_requested(stop);
}
