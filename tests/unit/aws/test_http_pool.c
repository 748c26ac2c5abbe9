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
    http_pool_give(&pool, "a", &things[0], 1000);
    http_pool_give(&pool, "b", &things[1], 1000);
    http_pool_give(&pool, "a", &things[2], 1000);
    assert_null(http_pool_take(&pool, "c"));
    http_pool_give(&pool, "c", &things[3], 1000); /* full: the first has to go */
    assert_int_equal(freed[0], 1);
    assert_ptr_equal(http_pool_take(&pool, "a"), &things[2]);
    assert_null(http_pool_take(&pool, "a"));
    assert_ptr_equal(http_pool_take(&pool, "b"), &things[1]);
    http_pool_give(&pool, "b", &things[4], 1000);
    http_pool_destroy(&pool);
    http_pool_destroy(&pool);
    static const int expected[THINGS] = {1, 0, 0, 1, 1, 0, 0, 0};
    assert_memory_equal(freed, expected, sizeof freed);
}

/* After a burst what nobody needs any more goes, one with each exchange; what is used stays. */
static void what_is_idle_for_long_goes(void **state)
{
    (void)state;
    struct http_pool pool;
    int things[THINGS];
    memset(freed, 0, sizeof freed);
    assert_int_equal(http_pool_init(&pool, THINGS, free_thing).code, STATUS_OK);
    for (int i = 0; i < 4; i++) {
        things[i] = i;
        http_pool_give(&pool, "a", &things[i], 1000 + i);
    }
    int64_t late_ms = 1000 + HTTP_POOL_IDLE_MS;
    assert_ptr_equal(http_pool_take(&pool, "a"), &things[3]);
    http_pool_give(&pool, "a", &things[3], late_ms); /* not over it */
    assert_int_equal(freed[0], 0);
    for (int i = 0; i < 5; i++) {
        assert_ptr_equal(http_pool_take(&pool, "a"), &things[3]);
        http_pool_give(&pool, "a", &things[3], late_ms + 10 + i);
        static const int expected[5][THINGS] = {{1}, {1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}};
        assert_memory_equal(freed, expected[i], sizeof freed);
    }
    http_pool_destroy(&pool);
    assert_int_equal(freed[3], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_warmest_of_an_origin_comes_first_and_the_oldest_goes),
        cmocka_unit_test(what_is_idle_for_long_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
