/* Retries that neither hammer a service nor fall asleep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/backoff.h"
#include "tests/unit/seed.h"

static void waits_stay_between_half_and_whole_of_the_step(void **state)
{
    (void)state;
    static const int64_t steps[] = {50, 100, 200, 400, 800, 1600, 2000, 2000, 2000};
    struct random random;
    random_init(&random, test_seed());
    for (int round = 0; round < 2000; round++) {
        struct backoff backoff;
        backoff_init(&backoff, 50, 2000);
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            int64_t wait = backoff_next_ms(&backoff, &random);
            assert_in_range(wait, steps[i] / 2, steps[i]);
        }
    }
}

static void success_starts_over(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 1);
    struct backoff backoff;
    backoff_init(&backoff, 10, 10000);
    for (int i = 0; i < 9; i++) {
        (void)backoff_next_ms(&backoff, &random);
    }
    assert_true(backoff_next_ms(&backoff, &random) >= 2500);
    backoff_reset(&backoff);
    assert_in_range(backoff_next_ms(&backoff, &random), 5, 10);
}

/* Hours of failures, a cap near the end of the type, a base above the cap: no overflow, no endless loop. */
static void extremes_are_bounded(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 1);
    struct backoff backoff;
    backoff_init(&backoff, 1, INT64_MAX);
    for (int i = 0; i < 200; i++) {
        assert_true(backoff_next_ms(&backoff, &random) >= 0);
    }
    backoff.failures = UINT32_MAX;
    assert_true(backoff_next_ms(&backoff, &random) >= INT64_MAX / 2);
    assert_int_equal(backoff.failures, UINT32_MAX);
    backoff_init(&backoff, 5000, 100);
    assert_in_range(backoff_next_ms(&backoff, &random), 50, 100);
    backoff_init(&backoff, 0, 100);
    backoff.failures = UINT32_MAX;
    assert_int_equal(backoff_next_ms(&backoff, &random), 0);
}

/* Two workers that failed together must not come back together. */
static void waits_spread(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    int low = 0;
    for (int i = 0; i < 10000; i++) {
        struct backoff backoff;
        backoff_init(&backoff, 1000, 1000);
        low += backoff_next_ms(&backoff, &random) < 750 ? 1 : 0;
    }
    assert_in_range(low, 4500, 5500); /* ten standard deviations */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_stay_between_half_and_whole_of_the_step),
        cmocka_unit_test(success_starts_over),
        cmocka_unit_test(extremes_are_bounded),
        cmocka_unit_test(waits_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
