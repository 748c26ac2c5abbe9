/* Times that people read and that leases live by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void times_are_written_as_iso_8601(void **state)
{
    (void)state;
    static const struct {
        int64_t wall_ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {-1000, "1969-12-31T23:59:59.000Z"},
        {951782400000, "2000-02-29T00:00:00.000Z"},
        {1763892000123, "2025-11-23T10:00:00.123Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[CLOCK_ISO_BYTES];
        clock_format_iso(cases[i].wall_ms, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void the_real_clock_goes_forward(void **state)
{
    (void)state;
    const struct clock *clock = clock_real();
    int64_t before = clock_boot_ms(clock);
    for (int i = 0; i < 10000; i++) {
        int64_t now = clock_boot_ms(clock);
        assert_true(now >= before);
        before = now;
    }
    assert_true(clock_wall_ms(clock) > 1700000000000);
}

static void a_virtual_clock_moves_only_when_told(void **state)
{
    (void)state;
    struct clock_virtual virtual_clock;
    clock_virtual_init(&virtual_clock, 100, 1000);
    assert_int_equal(clock_boot_ms(&virtual_clock.clock), 100);
    assert_int_equal(clock_wall_ms(&virtual_clock.clock), 1000);
    clock_virtual_advance(&virtual_clock, 25);
    assert_int_equal(clock_boot_ms(&virtual_clock.clock), 125);
    assert_int_equal(clock_wall_ms(&virtual_clock.clock), 1025);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_as_iso_8601),
        cmocka_unit_test(the_real_clock_goes_forward),
        cmocka_unit_test(a_virtual_clock_moves_only_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
