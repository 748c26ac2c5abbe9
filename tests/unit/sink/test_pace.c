/* What would break for a user: a backlog that runs into the delivery stream's quota, a worker that stays slow after one
 * throttle, a fleet that sends more than its limit. */
#include "support.h"

#include "sink/pace.h"

enum { KIB = 1024, MIB = 1024 * KIB };

static void the_limit_is_divided_by_leases(void **state)
{
    (void)state;
    static const struct {
        uint64_t mine, all;
        int64_t share;
    } cases[] = {
        {1, 1, MIB},       {1, 2, MIB / 2},  {3, 12, MIB / 4},
        {12, 12, MIB},     {5, 4, MIB}, /* an old look at the table */
        {0, 10, MIB / 20}, {0, 0, MIB / 20}, {1, 100000, KIB},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pace pace;
        pace_init(&pace, MIB, 0);
        pace_divide(&pace, cases[i].mine, cases[i].all, 0);
        if (pace.share != cases[i].share || pace.rate != cases[i].share) {
            fail_msg("case %zu: %lld, %lld", i, (long long)pace.share, (long long)pace.rate);
        }
    }
}

static void no_limit_is_no_pace(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace, 0, 0);
    pace_spend(&pace, 100 * MIB, 0);
    pace_throttled(&pace, 5000);
    pace_succeeded(&pace, 9000);
    pace_divide(&pace, 3, 10, 9000); /* as every look at the leases does */
    assert_int_equal(pace_wait_ms(&pace, 0), 0);
    assert_true(pace_request_bytes(&pace) == SIZE_MAX);
    assert_int_equal(pace.rate, 0);
}

static void a_throttle_halves_and_success_restores(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace, 1000000, 0);
    pace_throttled(&pace, 0);
    assert_int_equal(pace.rate, 500000);
    pace_throttled(&pace, 999); /* of a request that was under way as well */
    assert_int_equal(pace.rate, 500000);
    pace_throttled(&pace, 1000);
    assert_int_equal(pace.rate, 250000);
    pace_succeeded(&pace, 1500);
    assert_int_equal(pace.rate, 250000);
    pace_succeeded(&pace, 2000);
    assert_int_equal(pace.rate, 300000);
    for (int64_t now_ms = 3000; now_ms <= 20000; now_ms += 1000) {
        pace_succeeded(&pace, now_ms);
    }
    assert_int_equal(pace.rate, 1000000);
    for (int64_t now_ms = 30000; now_ms <= 60000; now_ms += 1000) {
        pace_throttled(&pace, now_ms);
    }
    assert_int_equal(pace.rate, KIB); /* never nothing */
}

static void a_new_share_keeps_what_throttles_taught(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace, 1000000, 0);
    pace_divide(&pace, 1, 2, 0);
    pace_throttled(&pace, 0);
    assert_int_equal(pace.rate, 250000);
    pace_divide(&pace, 1, 1, 0);
    assert_int_equal(pace.share, 1000000);
    assert_int_equal(pace.rate, 250000);
    pace_divide(&pace, 1, 10, 0);
    assert_int_equal(pace.rate, 100000);
    pace_divide(&pace, 1, 5, 0); /* at its share it follows it */
    assert_int_equal(pace.rate, 200000);
}

/* Requests of any size, as fast as they may: never more than the rate and one request and second over it. */
static void no_more_goes_than_the_rate(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (uint32_t round = 0; round < 200; round++) {
        int64_t rate = 2000 + (int64_t)random_below(&random, 2000000);
        size_t largest = 1 + random_below(&random, 3000000);
        struct pace pace;
        int64_t now_ms = 1000;
        uint64_t spent = 0;
        pace_init(&pace, rate, now_ms);
        for (uint32_t i = 0; i < 500; i++) {
            now_ms += pace_wait_ms(&pace, now_ms);
            assert_int_equal(pace_wait_ms(&pace, now_ms), 0);
            size_t bytes = 1 + random_below(&random, largest);
            assert_true(spent <= (uint64_t)(rate * (now_ms - 1000) / 1000 + rate) + largest);
            pace_spend(&pace, bytes, now_ms);
            spent += bytes;
            now_ms += (int64_t)random_below(&random, 50);
        }
    }
}

static void a_long_record_is_sent_and_then_waited_for(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace, 10000, 0);
    assert_int_equal(pace_request_bytes(&pace), 64 * KIB);
    assert_int_equal(pace_wait_ms(&pace, 0), 0);
    pace_spend(&pace, 25000, 0);
    assert_int_equal(pace_wait_ms(&pace, 0), 2500);
    assert_int_equal(pace_wait_ms(&pace, 1500), 1000);
    assert_int_equal(pace_wait_ms(&pace, 2500), 0);
}

static void bytes_that_were_not_sent_come_back(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace, 1000000, 0);
    pace_spend(&pace, 3000000, 0);
    assert_int_equal(pace_wait_ms(&pace, 0), 3000);
    pace_refund(&pace, 3000000, 0);
    assert_int_equal(pace_wait_ms(&pace, 0), 0);
    pace_spend(&pace, 500000, 5000);
    pace_refund(&pace, 500000, 9000);
    assert_int_equal(pace.bucket, 1000000); /* no more than a second's */
    pace_init(&pace, 0, 0);
    pace_refund(&pace, 500000, 0);
    assert_int_equal(pace.bucket, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_were_not_sent_come_back),
        cmocka_unit_test(the_limit_is_divided_by_leases),
        cmocka_unit_test(no_limit_is_no_pace),
        cmocka_unit_test(a_throttle_halves_and_success_restores),
        cmocka_unit_test(a_new_share_keeps_what_throttles_taught),
        cmocka_unit_test(no_more_goes_than_the_rate),
        cmocka_unit_test(a_long_record_is_sent_and_then_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
