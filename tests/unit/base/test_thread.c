/* Threads and stop signals: what hangs here hangs a worker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/thread.h"

enum { HANG_MS = 60000 }; /* far beyond any slow machine; a wait that lasts it is a hang */

static void *do_nothing(void *argument)
{
    return argument;
}

/* Most threads of a short errand are gone before their name is set. */
static void short_threads_never_abort_the_process(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct thread thread = {0};
        assert_int_equal(thread_start(&thread, "short", THREAD_STACK_SMALL, do_nothing, NULL).code,
                         STATUS_OK);
        thread_join(&thread);
        thread_join(&thread);
    }
    struct thread never = {0};
    thread_join(&never);
}

struct report {
    struct stop named; /* requested once the starter has set the name */
    char name[16];
    bool signals_blocked;
};

static void *report_itself(void *argument)
{
    struct report *report = argument;
    sigset_t blocked;
    if (!stop_wait_ms(&report->named, HANG_MS) || pthread_sigmask(SIG_BLOCK, NULL, &blocked) != 0 ||
        pthread_getname_np(pthread_self(), report->name, sizeof report->name) != 0) {
        return NULL;
    }
    report->signals_blocked = sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGPIPE) == 1;
    return NULL;
}

static void a_thread_has_its_name_and_no_signals(void **state)
{
    (void)state;
    struct report report = {0};
    stop_init(&report.named);
    struct thread thread = {0};
    assert_int_equal(
        thread_start(&thread, "shard-000000000000001", THREAD_STACK_CALLS, report_itself, &report).code,
        STATUS_OK);
    stop_request(&report.named);
    thread_join(&thread);
    stop_destroy(&report.named);
    assert_string_equal(report.name, "shard-000000000");
    assert_true(report.signals_blocked);
    sigset_t blocked;
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &blocked), 0);
    assert_int_equal(sigismember(&blocked, SIGTERM), 0);
}

static void *wait_for_stop(void *argument)
{
    return stop_wait_ms(argument, INT64_MAX) ? argument : NULL;
}

static void a_stop_wakes_every_sleeper(void **state)
{
    (void)state;
    struct stop stop;
    stop_init(&stop);
    assert_false(stop_is_requested(&stop));
    assert_false(stop_wait_ms(&stop, 0));
    assert_false(stop_wait_ms(&stop, -5));
    assert_false(stop_wait_ms(&stop, 1));
    struct thread threads[4] = {{0}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(thread_start(&threads[i], "sleeper", THREAD_STACK_SMALL, wait_for_stop, &stop).code,
                         STATUS_OK);
    }
    stop_request(&stop);
    for (size_t i = 0; i < 4; i++) {
        void *woken = NULL;
        assert_int_equal(pthread_join(threads[i].id, &woken), 0);
        assert_ptr_equal(woken, &stop);
    }
    assert_true(stop_wait_ms(&stop, INT64_MAX));
    assert_true(stop_is_requested(&stop));
    stop_destroy(&stop);
}

enum { DEEP_BYTES = 72 * 1024, OWN_BYTES = 8 * 1024, SMALLEST_PAGE = 4096, PAGES_MOST = 256 };

/* A call that uses much of the stack, and more than AddressSanitizer would put elsewhere. */
__attribute__((noinline)) static int go_deep(int value)
{
    volatile char used[DEEP_BYTES];
    for (size_t i = 0; i < sizeof used; i += SMALLEST_PAGE / 2) {
        used[i] = (char)value;
    }
    return used[0] + used[sizeof used - SMALLEST_PAGE];
}

/* Of the stack that lie below the caller's frame; SIZE_MAX: the stack is not where it should be. */
static size_t count_pages(const struct thread_stack *stack, const void *frame)
{
    unsigned char resident[PAGES_MOST] = {0};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = (size_t)((const char *)frame - (const char *)stack->lowest);
    if (stack->lowest == NULL || bytes > sizeof resident * page ||
        mincore(stack->lowest, bytes / page * page, resident) != 0) {
        return SIZE_MAX;
    }
    size_t pages = 0;
    for (size_t i = 0; i < bytes / page; i++) {
        pages += resident[i] & 1;
    }
    return pages;
}

struct pages {
    size_t before;
    size_t after;
    bool kept; /* what the caller had on its stack */
};

static void *use_and_release(void *argument)
{
    struct pages *pages = argument;
    char own[OWN_BYTES];
    for (size_t i = 0; i < sizeof own; i++) {
        own[i] = (char)(i % 127);
    }
    const struct thread_stack stack = thread_stack_of_caller();
    pages->kept = true;
    for (int round = 0; round < 3; round++) {
        int sum = go_deep(5);
        pages->before = count_pages(&stack, __builtin_frame_address(0));
        thread_stack_release(&stack);
        pages->after = count_pages(&stack, __builtin_frame_address(0));
        pages->kept = pages->kept && sum == 10;
    }
    for (size_t i = 0; i < sizeof own; i++) {
        pages->kept = pages->kept && own[i] == (char)(i % 127);
    }
    return NULL;
}

/* What breaks else: a frame that is still in use is wiped, or nothing is given back. */
static void a_stack_keeps_its_frames_and_gives_the_rest_back(void **state)
{
    (void)state;
    struct pages pages = {0};
    struct thread thread = {0};
    assert_int_equal(thread_start(&thread, "deep", THREAD_STACK_CALLS, use_and_release, &pages).code,
                     STATUS_OK);
    thread_join(&thread);
    assert_true(pages.kept);
    assert_in_range(pages.before, DEEP_BYTES / (size_t)sysconf(_SC_PAGESIZE), PAGES_MOST);
    assert_in_range(pages.after, 0, 4);
    assert_true(pages.after < pages.before);
    const struct thread_stack unknown = {NULL};
    thread_stack_release(&unknown); /* nothing happens */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_threads_never_abort_the_process),
        cmocka_unit_test(a_thread_has_its_name_and_no_signals),
        cmocka_unit_test(a_stop_wakes_every_sleeper),
        cmocka_unit_test(a_stack_keeps_its_frames_and_gives_the_rest_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
