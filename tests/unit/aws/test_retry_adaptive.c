/* The adaptive retry mode's numbers: wrong ones either go on hammering a service that asks for less, or stand still for
 * good after one throttle. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/retry_adaptive.h"
#include "base/random.h"
#include "tests/unit/seed.h"

#define assert_near(got, wanted) assert_true(fabs((got) - (wanted)) < 0.000001)

/* The table by which the SDKs check their own: at each time a reply, the measured rate and the rate from then on. */
static void the_rate_follows_the_table_of_the_sdks(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        bool throttled;
        double measured;
        double rate;
    } cases[] = {
        {200, false, 0, 0.5},
        {400, false, 0, 0.5},
        {600, false, 4.8, 0.5},
        {800, false, 4.8, 0.5},
        {1000, false, 4.16, 0.5},
        {1200, false, 4.16, 0.6912},
        {1400, false, 4.16, 1.0976},
        {1600, false, 5.632, 1.6384},
        {1800, false, 5.632, 2.3328},
        {2000, true, 4.3264, 3.02848},
        {2200, false, 4.3264, 3.486639},
        {2400, false, 4.3264, 3.821874},
        {2600, false, 5.66528, 4.053386},
        {2800, false, 5.66528, 4.200373},
        {3000, false, 4.333056, 4.282037},
        {3200, true, 4.333056, 2.997426},
        {3400, false, 4.333056, 3.452226},
    };
    struct retry_adaptive adaptive;
    retry_adaptive_init(&adaptive, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        retry_adaptive_reply(&adaptive, cases[i].throttled, cases[i].ms);
        assert_near(adaptive.clocker.rate, cases[i].measured);
        assert_near(adaptive.bucket.rate, cases[i].rate);
    }
}

/* Replies of `per_second` attempts a second up to `until_ms`. */
static int64_t reply_steadily(struct retry_adaptive *adaptive, int64_t from_ms, int64_t until_ms,
                              int64_t per_second)
{
    for (; from_ms < until_ms; from_ms += 1000 / per_second) {
        retry_adaptive_reply(adaptive, false, from_ms);
    }
    return from_ms;
}

static void nobody_waits_before_the_first_throttle(void **state)
{
    (void)state;
    struct retry_adaptive adaptive;
    retry_adaptive_init(&adaptive, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(retry_adaptive_take(&adaptive, 1000), 0);
        retry_adaptive_reply(&adaptive, false, 1000);
    }
    assert_false(adaptive.enabled);
    retry_adaptive_reply(&adaptive, true, 1000);
    assert_true(adaptive.enabled);
    assert_true(retry_adaptive_take(&adaptive, 1000) > 0);
}

static void a_throttle_takes_three_tenths_of_the_measured_rate(void **state)
{
    (void)state;
    struct retry_adaptive adaptive;
    retry_adaptive_init(&adaptive, 0);
    int64_t now = reply_steadily(&adaptive, 0, 20000, 100);
    assert_true(fabs(adaptive.clocker.rate - 100) < 3);
    double measured = adaptive.clocker.rate;
    retry_adaptive_reply(&adaptive, true, now);
    assert_true(fabs(adaptive.bucket.rate - measured * 0.7) < 3);
    double once = adaptive.bucket.rate;
    retry_adaptive_reply(&adaptive, true, now);
    assert_near(adaptive.bucket.rate, once * 0.7);
}

static void the_floor_is_half_a_request_a_second(void **state)
{
    (void)state;
    struct retry_adaptive adaptive;
    retry_adaptive_init(&adaptive, 0);
    for (int64_t now = 0; now < 60000; now += 1000) {
        retry_adaptive_reply(&adaptive, true, now);
    }
    assert_near(adaptive.bucket.rate, 0.5);
    int taken = 0;
    for (int64_t now = 60000; now < 160000; now += 100) {
        taken += retry_adaptive_take(&adaptive, now) == 0 ? 1 : 0;
    }
    assert_in_range(taken, 49, 51);
}

static void the_wait_is_until_there_is_a_token(void **state)
{
    (void)state;
    struct retry_adaptive adaptive;
    retry_adaptive_init(&adaptive, 0);
    retry_adaptive_reply(&adaptive, true, 0); /* nothing measured yet: the floor, an empty bucket */
    assert_int_equal(retry_adaptive_take(&adaptive, 0), 2000);
    assert_int_equal(retry_adaptive_take(&adaptive, 500), 1500);
    assert_int_equal(retry_adaptive_take(&adaptive, 1999), 1);
    assert_int_equal(retry_adaptive_take(&adaptive, 2000), 0);
    assert_int_equal(retry_adaptive_take(&adaptive, 2000), 2000);
    /* A token is all that a long silence saves up below one request a second. */
    assert_int_equal(retry_adaptive_take(&adaptive, 60000), 0);
    assert_int_equal(retry_adaptive_take(&adaptive, 60000), 2000);
}

static void success_brings_the_rate_back_but_never_beyond_twice_the_measured(void **state)
{
    (void)state;
    struct retry_adaptive adaptive;
    retry_adaptive_init(&adaptive, 0);
    int64_t now = reply_steadily(&adaptive, 0, 10000, 50);
    retry_adaptive_reply(&adaptive, true, now);
    double cut = adaptive.bucket.rate;
    now = reply_steadily(&adaptive, now, now + 2000, 50);
    assert_true(adaptive.bucket.rate > cut);
    now = reply_steadily(&adaptive, now, now + 30000, 50);
    assert_near(adaptive.bucket.rate, 2 * adaptive.clocker.rate);
    assert_true(adaptive.enabled);
}

static void tokens_do_not_fill_backwards_or_beyond_a_second(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    struct retry_adaptive adaptive;
    int64_t now = 1000000;
    retry_adaptive_init(&adaptive, now);
    for (int i = 0; i < 100000; i++) {
        now += (int64_t)random_below(&random, 200);
        if (random_below(&random, 2) == 0) {
            int64_t wait_ms = retry_adaptive_take(&adaptive, now);
            assert_in_range(wait_ms, 0, 2000);
        } else {
            retry_adaptive_reply(&adaptive, random_below(&random, 20) == 0, now);
        }
        assert_true(adaptive.bucket.rate >= 0.5);
        assert_true(adaptive.bucket.tokens >= 0);
        assert_true(adaptive.bucket.tokens <= (adaptive.bucket.rate > 1 ? adaptive.bucket.rate : 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_follows_the_table_of_the_sdks),
        cmocka_unit_test(nobody_waits_before_the_first_throttle),
        cmocka_unit_test(a_throttle_takes_three_tenths_of_the_measured_rate),
        cmocka_unit_test(the_floor_is_half_a_request_a_second),
        cmocka_unit_test(the_wait_is_until_there_is_a_token),
        cmocka_unit_test(success_brings_the_rate_back_but_never_beyond_twice_the_measured),
        cmocka_unit_test(tokens_do_not_fill_backwards_or_beyond_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
