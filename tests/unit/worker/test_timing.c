/* Times that follow from settings: a stop keeps time for its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/timing.h"

static void test_stops(void **state)
{
    (void)state;
    assert_int_equal(timing_abort_boot_ms(0, 25000, 10000), 20667);
    assert_int_equal(timing_abort_boot_ms(0, 1000, 10000), 500); /* half at least is for delivering */
    assert_int_equal(timing_abort_boot_ms(5000, 5000, 10000), 5000);
    for (int64_t timeout = 1000; timeout <= 60000; timeout += 250) {
        int64_t abort_at = timing_abort_boot_ms(100, 100 + timeout, 10000);
        int64_t final = timing_final_boot_ms(100, 100 + timeout);
        assert_true(abort_at <= final && final < 100 + timeout);
    }
    assert_int_equal(timing_final_boot_ms(100, 200), 100);
}

static void test_rate(void **state)
{
    (void)state;
    assert_int_equal(timing_rate(0, 1000), 0);
    assert_int_equal(timing_rate(1500, 1000), 1500);
    assert_int_equal(timing_rate(7, 2000), 4);
    assert_int_equal(timing_rate(5, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
