/* Seeded choices: replayable from the seed, in bounds, different between processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "base/random.h"
#include "tests/unit/seed.h"

/* The published splitmix64 gives these for the seed 1234567 (Vigna's splitmix64.c). */
static void the_generator_is_splitmix64(void **state)
{
    (void)state;
    static const uint64_t expected[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                        4593380528125082431u, 16408922859458223821u};
    struct random random;
    random_init(&random, 1234567);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(random_next(&random) == expected[i]);
    }
}

static void choices_stay_below_their_bound(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    assert_int_equal(random_below(&random, 0), 0);
    assert_int_equal(random_below(&random, 1), 0);
    bool seen[7] = {false};
    for (int i = 0; i < 10000; i++) {
        uint64_t choice = random_below(&random, 7);
        assert_true(choice < 7);
        seen[choice] = true;
        double unit = random_unit(&random);
        assert_true(unit >= 0.0 && unit < 1.0);
    }
    for (size_t i = 0; i < 7; i++) {
        assert_true(seen[i]);
    }
}

static void hexadecimal_digits_fill_the_text(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (size_t length = 0; length < 40; length++) {
        char text[41];
        memset(text, '#', sizeof text);
        random_hex(&random, text, length);
        assert_int_equal(strlen(text), length);
        assert_int_equal(strspn(text, "0123456789abcdef"), length);
    }
}

static void two_seeds_of_the_system_differ(void **state)
{
    (void)state;
    assert_true(random_seed_from_system() != random_seed_from_system());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_is_splitmix64),
        cmocka_unit_test(choices_stay_below_their_bound),
        cmocka_unit_test(hexadecimal_digits_fill_the_text),
        cmocka_unit_test(two_seeds_of_the_system_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
