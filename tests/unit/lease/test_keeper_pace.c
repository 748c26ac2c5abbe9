/* How many threads carry the keeper's requests out, and when the rules are asked. Too few, and a busy worker loses its
 * leases to others although nothing is wrong with it; too many, and an idle one costs sockets, memory and CPU time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lease/keeper_pace.h"
#include "lease/lease_rules.h"

enum { FAILOVER_MS = 10000, PATIENCE_MS = 333 };

static void threads_by_load(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct keeper_load load;
        size_t threads;
    } cases[] = {
        {"nothing", {0}, 0},
        {"the first renewal", {.renewals = 1}, 1},
        {"a thousand, of whose writes nothing is known", {.renewals = 1000}, 16},
        {"a thousand at half a millisecond", {.renewals = 1000, .write_us = 500}, 2},
        {"a hundred at half a millisecond", {.renewals = 100, .write_us = 500}, 1},
        {"a thousand at 4 ms", {.renewals = 1000, .write_us = 4000}, 13},
        {"a thousand at 20 ms", {.renewals = 1000, .write_us = 20000}, KEEPER_POOL_THREADS},
        {"the last of a burst: who runs may run on", {.running = 13, .renewals = 20, .write_us = 4000}, 13},
        {"half of the time is gone", {.renewals = 500, .write_us = 500, .waited_ms = 167}, 2},
        {"all of the time is gone", {.renewals = 500, .write_us = 500, .waited_ms = 333}, 7},
        {"much more is gone: the table was away", {.renewals = 500, .write_us = 500, .waited_ms = 9000}, 7},
        {"one hangs", {.running = 1, .stuck = 1, .renewals = 10, .write_us = 500}, 2},
        {"all hang", {.running = 3, .stuck = 3, .renewals = 10, .write_us = 500}, 4},
        {"one hangs, but nobody waits", {.running = 1, .stuck = 1}, 1},
        {"all threads hang", {.running = 32, .stuck = 32, .renewals = 10}, KEEPER_POOL_THREADS},
        {"releases at a stop", {.endings = 7, .write_us = 500}, 7},
        {"releases beside renewals", {.renewals = 1000, .endings = 7, .write_us = 500}, 9},
        {"more releases than threads", {.endings = 100}, KEEPER_POOL_THREADS},
        {"rows to be made at the start", {.others = 10}, 10},
        {"many rows to be made leave room", {.others = 100}, KEEPER_POOL_OTHERS_MAX},
        {"for renewals",
         {.running = 24, .others_running = 24, .others = 9, .renewals = 9, .write_us = 1},
         25},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct keeper_load load = cases[i].load;
        load.patience_ms = PATIENCE_MS;
        size_t threads = keeper_pace_threads(&load);
        if (threads != cases[i].threads) {
            fail_msg("%s: %zu threads, not %zu", cases[i].what, threads, cases[i].threads);
        }
    }
}

/* All is renewed within half of the time between two renewals, whatever a write takes that 32 threads can do. */
static void a_burst_is_through_in_time(void **state)
{
    (void)state;
    for (int64_t write_us = 100; write_us <= 25000; write_us += 100) {
        struct keeper_load load = {.renewals = 1000, .write_us = write_us, .patience_ms = PATIENCE_MS};
        int64_t through_us = 1000 * write_us / (int64_t)keeper_pace_threads(&load);
        assert_true(through_us <= lease_renewal_ms(FAILOVER_MS) * 1000 / 2);
    }
}

static void times_follow_the_failover_time(void **state)
{
    (void)state;
    static const struct {
        int64_t failover_ms;
        int64_t patience_ms;
        int64_t gap_ms;
    } cases[] = {{1000, 33, 5}, {3000, 100, 15}, {10000, 333, 50}, {60000, 2000, 50}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(keeper_pace_patience_ms(cases[i].failover_ms), cases[i].patience_ms);
        assert_int_equal(keeper_pace_gap_ms(cases[i].failover_ms), cases[i].gap_ms);
    }
    assert_false(keeper_pace_is_stuck(166, PATIENCE_MS));
    assert_true(keeper_pace_is_stuck(167, PATIENCE_MS));
}

static void ticks_that_only_time_asks_for_are_apart(void **state)
{
    (void)state;
    static const struct {
        int64_t next_ms;
        int64_t ticked_ms;
        bool hurried;
        int64_t tick_ms;
    } cases[] = {
        {5000, 1000, false, 5000}, /* long after the last */
        {1001, 1000, false, 1050}, /* the next renewal falls due at once: with those of the time to come */
        {1000, 1000, false, 1050}, /* a renewal has gone well */
        {1000, 1000, true, 1000}, /* a lease was lost, a shard ended, a scan came in */
        {5000, 1000, true, 5000},  {0, 0, false, 50}, /* the first: the machine has run for longer */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(keeper_pace_tick_ms(cases[i].next_ms, cases[i].ticked_ms, 50, cases[i].hurried),
                         cases[i].tick_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_by_load),
        cmocka_unit_test(a_burst_is_through_in_time),
        cmocka_unit_test(times_follow_the_failover_time),
        cmocka_unit_test(ticks_that_only_time_asks_for_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
