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

static void expect_about(int64_t found, int64_t ms)
{
    assert_in_range(found, ms - ms / 10, ms + ms / 10);
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
        cmocka_unit_test(test_event_from_the_future),
        cmocka_unit_test(test_closed_shard),
        cmocka_unit_test(test_forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
