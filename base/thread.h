/* Threads with names and small stated stacks; mutexes that clang's -Wthread-safety checks; stop signals to
 * wait on. */
#ifndef PENSTOCK_BASE_THREAD_H
#define PENSTOCK_BASE_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#if defined(__clang__)
#define THREAD_ANNOTATION(x) __attribute__((x))
#else
#define THREAD_ANNOTATION(x)
#endif
#define CAPABILITY(name) THREAD_ANNOTATION(capability(name))
/* `mutex` is a field of the same struct, or a global, declared above. clang does not look through parentheses
 * here. NOLINTNEXTLINE(bugprone-macro-parentheses) */
#define GUARDED_BY(mutex) THREAD_ANNOTATION(guarded_by(&mutex))
#define REQUIRES(...)     THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define ACQUIRES(...)     THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASES(...)     THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define EXCLUDES(...)     THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define NO_THREAD_CHECK   THREAD_ANNOTATION(no_thread_safety_analysis)

enum {
    THREAD_STACK_SMALL = 128 * 1024, /* no TLS handshake, no deep parse below */
    THREAD_STACK_CALLS = 256 * 1024, /* threads that make calls through libcurl and OpenSSL */
};

struct CAPABILITY("mutex") mutex {
    pthread_mutex_t inner;
};

/* A condition whose timed waits use the monotonic clock. */
struct condition {
    pthread_cond_t inner;
};

struct thread {
    pthread_t id;
    bool started;
};

void mutex_init(struct mutex *mutex);
void mutex_destroy(struct mutex *mutex);
void mutex_lock(struct mutex *mutex) ACQUIRES(mutex);
void mutex_unlock(struct mutex *mutex) RELEASES(mutex);

void condition_init(struct condition *condition);
void condition_destroy(struct condition *condition);
void condition_wait(struct condition *condition, struct mutex *mutex) REQUIRES(mutex);
/* Waits at most `ms` (and at most a day); false when the time passed. Wakes can be spurious: callers check
 * their own state. */
bool condition_wait_ms(struct condition *condition, struct mutex *mutex, int64_t ms) REQUIRES(mutex);
void condition_signal(struct condition *condition);
void condition_broadcast(struct condition *condition);

/* Starts `run(argument)` on a stack of `stack_bytes`; `name` is cut to 15 characters, as the kernel wants.
 * All signals are blocked in the new thread. STATUS_UNAVAILABLE when the system has no thread to give
 * (EAGAIN). */
struct status thread_start(struct thread *thread, const char *name, size_t stack_bytes, void *(*run)(void *),
                           void *argument) MUST_USE;

/* Waits for its end. Does nothing for a thread that was never started or was joined already. */
void thread_join(struct thread *thread);

/* The stack that the calling thread runs on; its user only. */
struct thread_stack {
    void *lowest; /* address; NULL: not known */
};

struct thread_stack thread_stack_of_caller(void);
/* Gives the pages below the caller's frame, that deeper calls left behind, back to the system (madvise(2),
 * MADV_DONTNEED): for a thread about to sleep for long. The next deep call pays a page fault for each. */
void thread_stack_release(const struct thread_stack *stack);

/* A one-way flag that threads can sleep on. Any thread may call any function between init and destroy. */
struct stop {
    _Atomic uint32_t
        requested; /* 0 or 1: a futex, since a sleeper with a lock of its own wakes for that lock, too */
};

void stop_init(struct stop *stop);
void stop_destroy(struct stop *stop);
void stop_request(struct stop *stop);
bool stop_is_requested(const struct stop *stop);
/* Sleeps up to `ms` (at most a day); returns at once, and true, when the stop is or gets requested. */
bool stop_wait_ms(struct stop *stop, int64_t ms);

#endif
