/* The pool of idle connections: a leak here is a descriptor lost, a mix-up a request to the wrong host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/http_pool.h"

enum { THINGS = 8 };

static int freed[THINGS];

static void free_thing(void *thing)
{
    freed[*(int *)thing]++;
}

static void the_warmest_of_an_origin_comes_first_and_the_oldest_goes(void **state)
{
    (void)state;
    struct http_pool pool;
    int things[THINGS];
    memset(freed, 0, sizeof freed);
    for (int i = 0; i < THINGS; i++) {
        things[i] = i;
    }
    assert_int_equal(http_pool_init(&pool, 0, free_thing).code, STATUS_INVALID);
    assert_int_equal(http_pool_init(&pool, 3, free_thing).code, STATUS_OK);
    assert_null(http_pool_take(&pool, "a"));
    http_pool_give(&pool, "a", &things[0]);
    http_pool_give(&pool, "b", &things[1]);
    http_pool_give(&pool, "a", &things[2]);
    assert_null(http_pool_take(&pool, "c"));
    http_pool_give(&pool, "c", &things[3]); /* full: the first has to go */
    assert_int_equal(freed[0], 1);
    assert_ptr_equal(http_pool_take(&pool, "a"), &things[2]);
    assert_null(http_pool_take(&pool, "a"));
    assert_ptr_equal(http_pool_take(&pool, "b"), &things[1]);
    http_pool_give(&pool, "b", &things[4]);
    http_pool_destroy(&pool);
    http_pool_destroy(&pool);
    static const int expected[THINGS] = {1, 0, 0, 1, 1, 0, 0, 0};
    assert_memory_equal(freed, expected, sizeof freed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_warmest_of_an_origin_comes_first_and_the_oldest_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
