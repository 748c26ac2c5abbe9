/* The checksum of replies: a wrong one would refuse every page, or let a damaged one through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>

#include "aws/crc32.h"
#include "tests/unit/seed.h"

static void the_check_value_holds(void **state)
{
    (void)state;
    assert_int_equal(crc32_compute(slice_of_text("123456789")), 0xCBF43926);
    assert_int_equal(crc32_compute(slice_of(NULL, 0)), 0);
}

/* Every length up to some blocks of 64, then greater ones, at any alignment. */
static void any_bytes_give_what_zlib_gives(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (size_t round = 0; round < 3000; round++) {
        size_t length = round < 700 ? round : (size_t)random_below(&random, 20000);
        size_t offset = (size_t)random_below(&random, 16);
        /* Exact sizes on the heap: the address sanitizer sees a byte too far. */
        unsigned char *data = malloc(offset + length > 0 ? offset + length : 1);
        assert_non_null(data);
        for (size_t i = 0; i < offset + length; i++) {
            data[i] = (unsigned char)random_next(&random);
        }
        uint32_t expected = (uint32_t)crc32_z(0, data + offset, length);
        assert_int_equal(crc32_compute(slice_of((const char *)data + offset, length)), expected);
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_value_holds),
        cmocka_unit_test(any_bytes_give_what_zlib_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
