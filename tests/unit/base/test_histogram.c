/* Values land in the bucket that their bound names, and none is lost above the last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/histogram.h"

static void test_buckets(void **state)
{
    (void)state;
    struct histogram histogram = {.kind = HISTOGRAM_RECORDS};
    const int64_t values[] = {-3, 0, 1, 2, 3, 500, 501, 1000000};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        histogram_add(&histogram, values[i]);
    }
    assert_int_equal(histogram.counts[0], 3); /* up to 1, and below 0 */
    assert_int_equal(histogram.counts[1], 1);
    assert_int_equal(histogram.counts[2], 1);
    assert_int_equal(histogram.counts[HISTOGRAM_BUCKETS - 1], 1);
    assert_int_equal(histogram.counts[HISTOGRAM_BUCKETS], 2);
    assert_int_equal(histogram.sum, 0 + 0 + 1 + 2 + 3 + 500 + 501 + 1000000);
}

static void test_bounds_rise(void **state)
{
    (void)state;
    for (int kind = HISTOGRAM_MS; kind <= HISTOGRAM_BYTES; kind++) {
        for (size_t i = 1; i < HISTOGRAM_BUCKETS; i++) {
            assert_true(histogram_bound((enum histogram_kind)kind, i) >
                        histogram_bound((enum histogram_kind)kind, i - 1));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buckets),
        cmocka_unit_test(test_bounds_rise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
