/* Sequence numbers: compared wrongly, a position moves back or jumps over records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/sequence_number.h"
#include "tests/unit/seed.h"

static void only_digits_are_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *digits; /* NULL: refused */
    } cases[] = {{"0", "0"},
                 {"000", "000"},
                 {"000000000000000000822",
                  "000000000000000000822"}, /* as DynamoDB Local gives it, and wants it back */
                 {"123456789012345678901", "123456789012345678901"},
                 {"1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890"},
                 {"0001234567890123456789012345678901234567890123", NULL},
                 {"0000000001234567890123456789012345678901234567890", NULL},
                 {"", NULL},
                 {"-1", NULL},
                 {"1 ", NULL},
                 {"1x", NULL},
                 {"TRIM_HORIZON", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sequence_number number = {.length = 0};
        bool parsed = sequence_number_parse(slice_of_text(cases[i].text), &number);
        if (parsed != (cases[i].digits != NULL)) {
            fail_msg("'%s'", cases[i].text);
        }
        if (parsed) {
            assert_true(slice_equals_text(sequence_number_slice(&number), cases[i].digits));
        }
    }
}

static struct sequence_number number_of(const char *text)
{
    struct sequence_number number = {.length = 0};
    assert_true(sequence_number_parse(slice_of_text(text), &number));
    return number;
}

static void they_compare_as_numbers(void **state)
{
    (void)state;
    static const char *const rising[] = {"0",
                                         "1",
                                         "9",
                                         "10",
                                         "99",
                                         "100",
                                         "99999999999999999999",
                                         "100000000000000000000",
                                         "100000000000000000001",
                                         "9999999999999999999999999999999999999999"};
    const struct sequence_number none = {.length = 0};
    for (size_t i = 0; i < sizeof rising / sizeof rising[0]; i++) {
        struct sequence_number left = number_of(rising[i]);
        assert_true(sequence_number_compare(&none, &left) < 0);
        assert_true(sequence_number_compare(&left, &none) > 0);
        for (size_t k = 0; k < sizeof rising / sizeof rising[0]; k++) {
            struct sequence_number right = number_of(rising[k]);
            int order = sequence_number_compare(&left, &right);
            assert_true(i < k ? order < 0 : i > k ? order > 0 : order == 0);
        }
    }
    assert_int_equal(sequence_number_compare(&none, &none), 0);
    struct sequence_number padded = number_of("000000000000000000009");
    struct sequence_number nine = number_of("9");
    struct sequence_number ten = number_of("10");
    assert_int_equal(sequence_number_compare(&padded, &nine), 0);
    assert_true(sequence_number_compare(&padded, &ten) < 0);
    assert_true(sequence_number_compare(&ten, &padded) > 0);
}

static void they_compare_as_64_bit_numbers_do(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (int i = 0; i < 20000; i++) {
        uint64_t a = random_next(&random) >> random_below(&random, 64);
        uint64_t b = random_below(&random, 4) == 0 ? a : random_next(&random) >> random_below(&random, 64);
        char text[32];
        snprintf(text, sizeof text, "%llu", (unsigned long long)a);
        struct sequence_number left = number_of(text);
        snprintf(text, sizeof text, "%llu", (unsigned long long)b);
        struct sequence_number right = number_of(text);
        int order = sequence_number_compare(&left, &right);
        assert_true(a < b ? order < 0 : a > b ? order > 0 : order == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_digits_are_numbers),
        cmocka_unit_test(they_compare_as_numbers),
        cmocka_unit_test(they_compare_as_64_bit_numbers_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
