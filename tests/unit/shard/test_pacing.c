/* Poll pacing and lag: too slow is latency, too fast is a bill, and a lag of 0 that is not true hides a fleet
 * that is hours behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shard/pacing.h"

enum { NOW = 1000000000, POLL = 200, IDLE = 1000 };

static int64_t after(struct pacing *pacing, uint32_t records, bool full, int64_t age_ms)
{
    struct random random;
    random_init(&random, (uint64_t)age_ms + records);
    struct pacing_page page = {
        .records = records, .full = full, .newest_event_wall_ms = NOW - age_ms, .now_wall_ms = NOW};
    return pacing_after_page(pacing, &page, &random);
}

/* Never more: how long a change waits to be read is what --poll promises. */
static void expect_about(int64_t found, int64_t ms)
{
    assert_in_range(found, ms - ms / 20, ms);
}

static void test_behind(void **state)
{
    (void)state;
    struct pacing pacing;
    pacing_init(&pacing, POLL, IDLE, false);
    assert_int_equal(pacing.lag_ms, -1);
    assert_int_equal(after(&pacing, 1000, true, 3600000), 0);
    assert_int_equal(pacing.lag_ms, 3600000);
    assert_int_equal(after(&pacing, 10, false, 60000), 0);
    assert_int_equal(pacing.lag_ms, 60000);
    assert_int_equal(after(&pacing, 1000, true, 100), 0);
    expect_about(after(&pacing, 10, false, 100), POLL);
    assert_int_equal(pacing.lag_ms, 100);
}

/* Empty pages may stand before data: the lag is unknown until several came in a row. */
static void test_tip_by_empty_pages(void **state)
{
    (void)state;
    struct pacing pacing;
    pacing_init(&pacing, POLL, IDLE, false);
    after(&pacing, 10, false, 60000);
    for (int i = 1; i < PACING_EMPTY_PAGES; i++) {
        expect_about(after(&pacing, 0, false, 0), POLL);
        assert_false(pacing.at_tip);
        assert_int_equal(pacing.lag_ms, -1);
    }
    after(&pacing, 0, false, 0);
    assert_true(pacing.at_tip);
    assert_int_equal(pacing.lag_ms, 0);
}

static void test_tip_by_a_fresh_event(void **state)
{
    (void)state;
    struct pacing pacing;
    pacing_init(&pacing, POLL, IDLE, false);
    after(&pacing, 1, false, PACING_FRESH_MS - 1);
    assert_false(pacing.at_tip);
    assert_int_equal(pacing.lag_ms, PACING_FRESH_MS - 1);
    after(&pacing, 0, false, 0);
    assert_true(pacing.at_tip);
    assert_int_equal(pacing.lag_ms, 0);
    after(&pacing, 1, false, PACING_FRESH_MS);
    assert_false(pacing.at_tip);
    after(&pacing, 0, false, 0);
    assert_int_equal(pacing.lag_ms, -1);
}

static void test_decay_and_return(void **state)
{
    (void)state;
    struct pacing pacing;
    pacing_init(&pacing, POLL, IDLE, false);
    after(&pacing, 1, false, 100);
    int64_t before = 0;
    for (int i = 0; i < 10; i++) {
        int64_t wait_ms = after(&pacing, 0, false, 0);
        assert_true(wait_ms * 5 / 4 >= before);
        before = wait_ms;
    }
    expect_about(before, IDLE);
    expect_about(after(&pacing, 1, false, 100), POLL);
    assert_true(pacing.at_tip);
    expect_about(after(&pacing, 0, false, 0), POLL);
}

/* The very steps: a quiet shard is cheap within seconds, and not before it was looked at a few times. */
static void test_steps_of_the_decay(void **state)
{
    (void)state;
    static const int64_t steps[] = {200, 200, 301, 452, 679, 1000, 1000};
    struct pacing pacing;
    pacing_init(&pacing, POLL, IDLE, false);
    expect_about(after(&pacing, 3, false, 100), steps[0]);
    for (size_t i = 1; i < sizeof steps / sizeof steps[0]; i++) {
        expect_about(after(&pacing, 0, false, 0), steps[i]);
    }
}

/* Shards that start together must not go on asking together, nor ask much more often than they were told. */
static void test_jitter(void **state)
{
    (void)state;
    int64_t sum = 0;
    int64_t least = POLL;
    struct pacing pacing;
    struct random random;
    random_init(&random, 1);
    pacing_init(&pacing, POLL, IDLE, false);
    const struct pacing_page page = {.records = 1, .newest_event_wall_ms = NOW - 50, .now_wall_ms = NOW};
    for (int i = 0; i < 10000; i++) {
        int64_t wait_ms = pacing_after_page(&pacing, &page, &random);
        assert_in_range(wait_ms, POLL - POLL / 20, POLL);
        sum += wait_ms;
        least = wait_ms < least ? wait_ms : least;
    }
    assert_in_range(sum / 10000, POLL - POLL / 40 - 1, POLL - POLL / 40 + 1);
    assert_int_equal(least, POLL - POLL / 20);
}

/* Where a rationed call is worth most. */
static void test_expectations(void **state)
{
    (void)state;
    struct pacing pacing;
    pacing_init(&pacing, POLL, IDLE, false);
    assert_int_equal(pacing_expects(&pacing), ALLOWANCE_RECENT); /* not known yet */
    after(&pacing, 1000, true, 100);
    assert_int_equal(pacing_expects(&pacing), ALLOWANCE_BEHIND);
    after(&pacing, 10, false, 60000); /* old ones: more must be there */
    assert_int_equal(pacing_expects(&pacing), ALLOWANCE_BEHIND);
    after(&pacing, 10, false, 100);
    assert_int_equal(pacing_expects(&pacing), ALLOWANCE_RECENT);
    for (int i = 0; i < 3; i++) {
        after(&pacing, 0, false, 0);
        assert_int_equal(pacing_expects(&pacing), ALLOWANCE_RECENT); /* quiet, but not for long */
    }
    after(&pacing, 0, false, 0);
    assert_int_equal(pacing_expects(&pacing), ALLOWANCE_IDLE);
    after(&pacing, 1, false, 100);
    assert_int_equal(pacing_expects(&pacing), ALLOWANCE_RECENT);
    after(&pacing, 1000, true, 100);
    pacing_forget(&pacing);
    assert_int_equal(pacing_expects(&pacing), ALLOWANCE_RECENT);
    pacing_init(&pacing, POLL, IDLE, true);
    assert_int_equal(pacing_expects(&pacing), ALLOWANCE_BEHIND);
}

/* A clock behind the server's never makes the lag 0 or negative. */
static void test_event_from_the_future(void **state)
{
    (void)state;
    struct pacing pacing;
    pacing_init(&pacing, POLL, IDLE, false);
    after(&pacing, 1, false, -5000);
    assert_int_equal(pacing.lag_ms, 1);
}

static void test_closed_shard(void **state)
{
    (void)state;
    struct pacing pacing;
    pacing_init(&pacing, POLL, IDLE, true);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(after(&pacing, (uint32_t)(i % 3), false, 100), 0);
    }
}

static void test_forget(void **state)
{
    (void)state;
    struct pacing pacing;
    pacing_init(&pacing, POLL, POLL / 2, false);
    assert_int_equal(pacing.idle_ms, POLL);
    after(&pacing, 1, false, 100);
    after(&pacing, 0, false, 0);
    assert_int_equal(pacing.lag_ms, 0);
    pacing_forget(&pacing);
    assert_int_equal(pacing.lag_ms, -1);
    after(&pacing, 0, false, 0);
    assert_int_equal(pacing.lag_ms, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_behind),
        cmocka_unit_test(test_tip_by_empty_pages),
        cmocka_unit_test(test_tip_by_a_fresh_event),
        cmocka_unit_test(test_decay_and_return),
        cmocka_unit_test(test_steps_of_the_decay),
        cmocka_unit_test(test_jitter),
        cmocka_unit_test(test_expectations),
        cmocka_unit_test(test_event_from_the_future),
        cmocka_unit_test(test_closed_shard),
        cmocka_unit_test(test_forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
