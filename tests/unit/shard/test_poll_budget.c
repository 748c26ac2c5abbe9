/* What would break for a user: more calls than --poll-budget, threads that sleep for ever, a worker that does not stop
 * because its shards wait for calls. Threads and real time; no bound above fails because a machine is slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shard/poll_budget.h"

enum { THREADS = 40, RATE = 200, CALLS = 10 };

struct crowd {
    struct poll_budget *budget;
    struct stop stop;
    _Atomic uint32_t calls;
    _Atomic uint32_t refused;
    struct thread threads[THREADS];
    uint32_t calls_each;
};

static struct crowd *crowd_create(int64_t rate, uint32_t calls_each)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    assert_non_null(crowd);
    struct status status = poll_budget_create(rate, clock_real(), &crowd->budget);
    assert_true(status_is_ok(&status));
    stop_init(&crowd->stop);
    crowd->calls_each = calls_each;
    return crowd;
}

static void *call_often(void *argument)
{
    struct crowd *crowd = argument;
    for (uint32_t i = 0; i < crowd->calls_each; i++) {
        if (poll_budget_wait(crowd->budget, (enum allowance_class)(i % ALLOWANCE_CLASSES), &crowd->stop)) {
            atomic_fetch_add(&crowd->calls, 1);
        } else {
            atomic_fetch_add(&crowd->refused, 1);
            break;
        }
    }
    return NULL;
}

static void crowd_start(struct crowd *crowd)
{
    for (size_t i = 0; i < THREADS; i++) {
        struct status status =
            thread_start(&crowd->threads[i], "caller", THREAD_STACK_SMALL, call_often, crowd);
        assert_true(status_is_ok(&status));
    }
}

static void crowd_join(struct crowd *crowd)
{
    for (size_t i = 0; i < THREADS; i++) {
        thread_join(&crowd->threads[i]);
    }
}

static void crowd_free(struct crowd *crowd)
{
    poll_budget_destroy(crowd->budget);
    stop_destroy(&crowd->stop);
    free(crowd);
}

static void all_call_and_none_too_soon(void **state)
{
    (void)state;
    struct crowd *crowd = crowd_create(RATE, CALLS);
    int64_t begun_ms = clock_boot_ms(clock_real());
    crowd_start(crowd);
    crowd_join(crowd);
    int64_t took_ms = clock_boot_ms(clock_real()) - begun_ms;
    struct poll_budget_counts counts;
    poll_budget_read_counts(crowd->budget, &counts);
    assert_int_equal(crowd->calls, THREADS * CALLS);
    assert_true(took_ms >= (THREADS * CALLS - RATE / 10) * 1000 / RATE - 2);
    assert_int_equal(counts.calls_per_second, RATE);
    assert_true(counts.waits > 0 && counts.waits <= THREADS * CALLS);
    assert_true(counts.waited_ms > 0);
    assert_int_equal(counts.waiting, 0);
    crowd_free(crowd);
}

static void wait_for_waiting(struct crowd *crowd, uint64_t count)
{
    struct poll_budget_counts counts;
    struct stop never;
    stop_init(&never);
    do {
        (void)stop_wait_ms(&never, 5);
        poll_budget_read_counts(crowd->budget, &counts);
    } while (counts.waiting != count);
    stop_destroy(&never);
}

/* One call in a second, and forty threads that would wait for hours. */
static void a_stop_ends_the_wait(void **state)
{
    (void)state;
    struct crowd *crowd = crowd_create(1, 1000);
    crowd_start(crowd);
    wait_for_waiting(crowd, THREADS);
    stop_request(&crowd->stop);
    poll_budget_cancel(crowd->budget, &crowd->stop);
    crowd_join(crowd);
    assert_int_equal(crowd->refused, THREADS);
    crowd_free(crowd);
}

/* Others' stops are none of mine; and when the one that kept the time goes, another does. */
static void who_stops_leaves_the_others_served(void **state)
{
    (void)state;
    struct crowd *leavers = crowd_create(20, 1000);
    struct crowd *stayers = calloc(1, sizeof *stayers);
    stop_init(&stayers->stop);
    stayers->budget = leavers->budget;
    stayers->calls_each = 1;
    crowd_start(leavers);
    wait_for_waiting(leavers, THREADS);
    crowd_start(stayers);
    stop_request(&leavers->stop);
    poll_budget_cancel(leavers->budget, &leavers->stop);
    crowd_join(leavers);
    crowd_join(stayers);
    assert_int_equal(stayers->calls, THREADS);
    assert_int_equal(stayers->refused, 0);
    assert_int_equal(leavers->refused, THREADS);
    stop_destroy(&stayers->stop);
    free(stayers);
    crowd_free(leavers);
}

static void no_budget_counts_nothing(void **state)
{
    (void)state;
    struct poll_budget_counts counts = {.waits = 7};
    poll_budget_read_counts(NULL, &counts);
    assert_int_equal(counts.calls_per_second, 0);
    assert_int_equal(counts.waits, 0);
    poll_budget_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_call_and_none_too_soon),
        cmocka_unit_test(a_stop_ends_the_wait),
        cmocka_unit_test(who_stops_leaves_the_others_served),
        cmocka_unit_test(no_budget_counts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
