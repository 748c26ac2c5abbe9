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
    assert_null(http_pool_take(&pool, "a", 1000));
    http_pool_give(&pool, "a", &things[0], 1000);
    http_pool_give(&pool, "b", &things[1], 1000);
    http_pool_give(&pool, "a", &things[2], 1000);
    assert_null(http_pool_take(&pool, "c", 1000));
    http_pool_give(&pool, "c", &things[3], 1000); /* full: the first has to go */
    assert_int_equal(freed[0], 1);
    assert_ptr_equal(http_pool_take(&pool, "a", 1000), &things[2]);
    assert_null(http_pool_take(&pool, "a", 1000));
    assert_ptr_equal(http_pool_take(&pool, "b", 1000), &things[1]);
    http_pool_give(&pool, "b", &things[4], 1000);
    http_pool_destroy(&pool);
    http_pool_destroy(&pool);
    static const int expected[THINGS] = {1, 0, 0, 1, 1, 0, 0, 0};
    assert_memory_equal(freed, expected, sizeof freed);
}

/* After a burst what nobody needs any more goes, two with each exchange; what is used stays. */
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
    assert_ptr_equal(http_pool_take(&pool, "a", 1000), &things[3]);
    http_pool_give(&pool, "a", &things[3], late_ms); /* not over it */
    assert_int_equal(freed[0], 0);
    for (int i = 0; i < 5; i++) {
        assert_ptr_equal(http_pool_take(&pool, "a", 1000), &things[3]);
        http_pool_give(&pool, "a", &things[3], late_ms + 10 + i);
        static const int expected[5][THINGS] = {{1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}};
        assert_memory_equal(freed, expected[i], sizeof freed);
    }
    http_pool_destroy(&pool);
    assert_int_equal(freed[3], 1);
}

static void what_is_kept_follows_what_is_out(void **state)
{
    (void)state;
    static const struct {
        size_t out;
        int64_t mean_thousandths; /* a moment ago */
        int64_t passed_ms;
        size_t keep;
    } cases[] = {
        {0, 0, 60000, 8}, /* nothing goes on */
        {60, 0, 5, 8}, /* many at once for a moment */
        {60, 0, 100, 18}, /* for longer */
        {64, 0, 60000, 133}, /* all the time: many shards are busy */
        {64, 64000, 60000, 136}, {0, 64000, 1000, 72}, /* since a second they are not */
        {0, 64000, 60000, 10},   {3, 500, 0, 9}, /* within one millisecond */
        {3, 500, -5, 9}, /* seen by two threads the other way round */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_pool_use use = {cases[i].out, cases[i].mean_thousandths, 1000};
        http_pool_use_until(&use, 1000 + cases[i].passed_ms);
        if (http_pool_keep(&use) != cases[i].keep) {
            fail_msg("case %zu: keeps %zu, not %zu", i, http_pool_keep(&use), cases[i].keep);
        }
    }
}

/* Each call of a sudden burst opens a connection: they must not stay when it is over. */
static void a_burst_leaves_few_behind(void **state)
{
    (void)state;
    enum { BURST = 60 };
    struct http_pool pool;
    int things[BURST] = {0};
    memset(freed, 0, sizeof freed);
    assert_int_equal(http_pool_init(&pool, 64, free_thing).code, STATUS_OK);
    for (int i = 0; i < BURST; i++) {
        assert_null(http_pool_take(&pool, "a", 1000));
    }
    for (int i = 0; i < BURST; i++) {
        http_pool_give(&pool, "a", &things[i], 1010);
    }
    assert_int_equal(freed[0], BURST - 9);
    for (int i = 0; i < 9; i++) {
        assert_non_null(http_pool_take(&pool, "a", 1020));
    }
    assert_null(http_pool_take(&pool, "a", 1020));
    http_pool_give(&pool, "a", NULL, 1020); /* none could be made */
    http_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_warmest_of_an_origin_comes_first_and_the_oldest_goes),
        cmocka_unit_test(what_is_idle_for_long_goes),
        cmocka_unit_test(what_is_kept_follows_what_is_out),
        cmocka_unit_test(a_burst_leaves_few_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
