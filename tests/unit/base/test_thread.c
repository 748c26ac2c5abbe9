/* Threads and stop signals: what hangs here hangs a worker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_threads_never_abort_the_process),
        cmocka_unit_test(a_thread_has_its_name_and_no_signals),
        cmocka_unit_test(a_stop_wakes_every_sleeper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
