/* When shards give the memory of their stacks back. What breaks else: a hundred idle shards hold a MiB for nothing, or a
 * thousand pay more for it than their calls cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shard/stack_rest.h"

static void short_waits_are_not_worth_it(void **state)
{
    (void)state;
    struct stack_rest rest = {0};
    assert_false(stack_rest_is_worth(&rest, 1000, STACK_REST_LEAST_MS - 1));
    assert_true(stack_rest_is_worth(&rest, 1000, STACK_REST_LEAST_MS));
    assert_false(stack_rest_is_worth(NULL, 1000, 60000));
}

/* `count` shards, each every 2 s, over 20 s: how many of the waits were paid for. */
static int count_paid(int count)
{
    struct stack_rest rest = {0};
    int paid = 0;
    for (int turn = 0; turn < 10; turn++) {
        for (int i = 0; i < count; i++) {
            int64_t now_ms = 5000 + turn * 2000 + (int64_t)i * 2000 / count;
            paid += stack_rest_is_worth(&rest, now_ms, 2000) ? 1 : 0;
        }
    }
    return paid;
}

static void few_shards_always_do_and_many_no_more_than_the_limit(void **state)
{
    (void)state;
    assert_int_equal(count_paid(100), 100 * 10);
    assert_int_equal(count_paid(200), 200 * 10);
    assert_in_range(count_paid(1000), STACK_RESTS_A_SECOND * 19, STACK_RESTS_A_SECOND * 21);
}

static void shards_that_come_at_once_have_a_second_in_hand(void **state)
{
    (void)state;
    struct stack_rest rest = {0};
    int paid = 0;
    for (int i = 0; i < 500; i++) {
        paid += stack_rest_is_worth(&rest, 1000, 2000) ? 1 : 0;
    }
    assert_int_equal(paid, STACK_RESTS_A_SECOND);
    assert_true(stack_rest_is_worth(&rest, 1010, 2000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_waits_are_not_worth_it),
        cmocka_unit_test(few_shards_always_do_and_many_no_more_than_the_limit),
        cmocka_unit_test(shards_that_come_at_once_have_a_second_in_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
