/* Values of settings: units, overflow and typing errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/settings_parse.h"

struct value_case {
    const char *text;
    bool good;
    int64_t value;
};

static void check_cases(const struct value_case *cases, size_t count, bool (*parse)(struct slice, int64_t *))
{
    for (size_t i = 0; i < count; i++) {
        int64_t value = -7;
        bool good = parse(slice_of_text(cases[i].text), &value);
        if (good != cases[i].good || (good && value != cases[i].value)) {
            fail_msg("'%s': %s, %lld", cases[i].text, good ? "taken" : "refused", (long long)value);
        }
    }
}

static void test_durations(void **state)
{
    (void)state;
    static const struct value_case cases[] = {
        {"0ms", true, 0},
        {"0", true, 0},
        {"00", false, 0},
        {"250ms", true, 250},
        {"10s", true, 10000},
        {"2m", true, 120000},
        {"1h", true, 3600000},
        {"007s", true, 7000},
        {"9223372036854775807ms", true, INT64_MAX},
        {"9223372036854775808ms", true, INT64_MAX}, /* too great, not wrapped: the bounds refuse it */
        {"99999999999999999999999999h", true, INT64_MAX},
        {"2562047788016h", true, INT64_MAX},
        {"", false, 0},
        {"10", false, 0},
        {"s", false, 0},
        {"-1s", false, 0},
        {"+1s", false, 0},
        {"1.5s", false, 0},
        {"1 s", false, 0},
        {" 1s", false, 0},
        {"1s ", false, 0},
        {"1S", false, 0},
        {"1sec", false, 0},
        {"1d", false, 0},
        {"0x10s", false, 0},
        {"1m30s", false, 0},
    };
    check_cases(cases, sizeof cases / sizeof cases[0], settings_parse_duration);
}

static void test_sizes(void **state)
{
    (void)state;
    static const struct value_case cases[] = {
        {"0", true, 0},
        {"4096", true, 4096},
        {"64KiB", true, 65536},
        {"32MiB", true, 33554432},
        {"1GiB", true, 1073741824},
        {"8589934592GiB", true, INT64_MAX},
        {"64KB", false, 0},
        {"64kib", false, 0},
        {"64K", false, 0},
        {"64 KiB", false, 0},
        {"-1", false, 0},
        {"KiB", false, 0},
        {"1e6", false, 0},
    };
    check_cases(cases, sizeof cases / sizeof cases[0], settings_parse_size);
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct value_case cases[] = {
        {"0", true, 0},    {"16", true, 16}, {"18446744073709551617", true, INT64_MAX},
        {"-1", false, 0},  {"", false, 0},   {"4x", false, 0},
        {"4.0", false, 0},
    };
    check_cases(cases, sizeof cases / sizeof cases[0], settings_parse_number);
}

static void test_bools_and_choices(void **state)
{
    (void)state;
    bool flag = false;
    assert_true(settings_parse_bool(slice_of_text("true"), &flag));
    assert_true(flag);
    assert_true(settings_parse_bool(slice_of_text("false"), &flag));
    assert_false(flag);
    assert_false(settings_parse_bool(slice_of_text("yes"), &flag));
    assert_false(settings_parse_bool(slice_of_text(""), &flag));
    static const char *const choices[] = {"trim-horizon", "latest", NULL};
    int64_t index = -1;
    assert_true(settings_parse_choice(slice_of_text("latest"), choices, &index));
    assert_int_equal(index, 1);
    assert_false(settings_parse_choice(slice_of_text("LATEST"), choices, &index));
    assert_false(settings_parse_choice(slice_of_text("late"), choices, &index));
}

static void test_formats_read_back(void **state)
{
    (void)state;
    static const int64_t values[] = {0,     1,       999,  1000,  1500,    60000,
                                     61000, 3600000, 1024, 65536, 1000000, 1073741824};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char text[SETTING_VALUE_BYTES];
        int64_t back = -1;
        settings_format_duration(values[i], text);
        assert_true(settings_parse_duration(slice_of_text(text), &back));
        assert_int_equal(back, values[i]);
        settings_format_size(values[i], text);
        assert_true(settings_parse_size(slice_of_text(text), &back));
        assert_int_equal(back, values[i]);
    }
    char text[SETTING_VALUE_BYTES];
    settings_format_duration(25000, text);
    assert_string_equal(text, "25s");
    settings_format_size(64 * 1024, text);
    assert_string_equal(text, "64KiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations),         cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_numbers),           cmocka_unit_test(test_bools_and_choices),
        cmocka_unit_test(test_formats_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
