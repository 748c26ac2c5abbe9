/* Memory of pages that the next page gets warm, and that goes back to the system when no page comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffers.h"

enum { KIB = 1024, MIB = 1024 * KIB };

static struct buffers *pool_of(size_t ceiling)
{
    struct buffers *pool = NULL;
    struct status status = buffers_create(ceiling, &pool);
    assert_int_equal(status.code, STATUS_OK);
    return pool;
}

static struct bytes buffer_of(struct buffers *pool, size_t size)
{
    struct bytes bytes;
    bytes_init(&bytes, 16 * MIB);
    struct status status = buffers_reserve(pool, &bytes, size);
    assert_int_equal(status.code, STATUS_OK);
    assert_true(bytes.capacity > size);
    memset(bytes.at, 'x', bytes.capacity);
    return bytes;
}

static void what_one_gives_the_next_gets(void **state)
{
    (void)state;
    struct buffers *pool = pool_of(4 * MIB);
    struct bytes first = buffer_of(pool, 700 * KIB);
    const char *at = first.at;
    buffers_give(pool, &first);
    assert_null(first.at);
    assert_true(buffers_kept(pool) >= 700 * KIB);
    struct bytes second = buffer_of(pool, 690 * KIB);
    assert_ptr_equal(second.at, at);
    assert_int_equal(second.length, 0);
    assert_int_equal(buffers_kept(pool), 0);
    bytes_free(&second);
    buffers_destroy(pool);
}

/* A small line must not hold a great buffer, nor a great page get a small one; what does not fit makes way for what does. */
static void only_a_buffer_of_fitting_size_is_taken(void **state)
{
    (void)state;
    struct buffers *pool = pool_of(4 * MIB);
    struct bytes bytes[3] = {buffer_of(pool, 700 * KIB), buffer_of(pool, 600 * KIB),
                             buffer_of(pool, 500 * KIB)};
    for (size_t i = 0; i < 3; i++) {
        buffers_give(pool, &bytes[i]);
    }
    size_t full = buffers_kept(pool);
    struct bytes small = buffer_of(pool, 100);
    assert_int_equal(buffers_kept(pool), full); /* malloc's */
    struct bytes smaller = buffer_of(pool, 100 * KIB);
    assert_true(smaller.capacity < 200 * KIB);
    assert_true(buffers_kept(pool) < full - 700 * KIB && buffers_kept(pool) > 1100 * KIB);
    struct bytes greater = buffer_of(pool, 900 * KIB);
    assert_int_equal(buffers_kept(pool), 0);
    buffers_give(pool, &small); /* freed: none so small is kept */
    assert_int_equal(buffers_kept(pool), 0);
    buffers_give(pool, &greater);
    buffers_give(pool, &smaller);
    buffers_destroy(pool);
}

/* What breaks else: pages of another size come, and the memory of those before stays on top of theirs. */
static void kept_and_out_together_stay_at_what_was_out(void **state)
{
    (void)state;
    struct buffers *pool = pool_of(16 * MIB);
    const size_t sizes[] = {1500, 700, 300, 1100, 150, 90, 1500};
    size_t most = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct bytes out[8];
        size_t taken = 0;
        for (size_t k = 0; k < 8; k++) {
            out[k] = buffer_of(pool, sizes[i] * KIB);
            taken += out[k].capacity;
            most = taken > most ? taken : most;
            assert_true(taken + buffers_kept(pool) <= most);
        }
        for (size_t k = 0; k < 8; k++) {
            buffers_give(pool, &out[k]);
        }
    }
    buffers_destroy(pool);
}

static void no_more_is_kept_than_the_ceiling(void **state)
{
    (void)state;
    struct buffers *pool = pool_of(2 * MIB);
    struct bytes many[200];
    for (size_t i = 0; i < 200; i++) {
        many[i] = buffer_of(pool, i % 2 == 0 ? 64 * KIB : 300 * KIB);
    }
    for (size_t i = 0; i < 200; i++) {
        buffers_give(pool, &many[i]);
        assert_true(buffers_kept(pool) <= 2 * MIB);
    }
    buffers_destroy(pool);
}

static void memory_falls_after_a_burst(void **state)
{
    (void)state;
    struct buffers *pool = pool_of(8 * MIB);
    struct bytes burst[8];
    for (size_t i = 0; i < 8; i++) {
        burst[i] = buffer_of(pool, 700 * KIB);
    }
    for (size_t i = 0; i < 8; i++) {
        buffers_give(pool, &burst[i]);
    }
    size_t full = buffers_kept(pool);
    buffers_tidy(pool);
    assert_int_equal(buffers_kept(pool), full); /* it was needed since the last call */
    struct bytes one = buffer_of(pool, 700 * KIB);
    buffers_give(pool, &one);
    buffers_tidy(pool);
    assert_int_equal(buffers_kept(pool), full / 8); /* what a trickle of pages needs stays */
    buffers_tidy(pool);
    assert_int_equal(buffers_kept(pool), 0);
    buffers_destroy(pool);
}

static void a_ceiling_of_the_bytes_holds(void **state)
{
    (void)state;
    struct buffers *pool = pool_of(MIB);
    struct bytes bytes;
    bytes_init(&bytes, 100 * KIB);
    struct status status = buffers_reserve(pool, &bytes, 200 * KIB);
    assert_int_equal(status.code, STATUS_TOO_LARGE);
    assert_null(bytes.at);
    buffers_destroy(pool);
}

static void without_a_pool_memory_comes_and_goes(void **state)
{
    (void)state;
    struct bytes bytes = buffer_of(NULL, 700 * KIB);
    buffers_give(NULL, &bytes);
    assert_null(bytes.at);
    assert_int_equal(buffers_kept(NULL), 0);
    buffers_tidy(NULL);
    buffers_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_gives_the_next_gets),
        cmocka_unit_test(only_a_buffer_of_fitting_size_is_taken),
        cmocka_unit_test(kept_and_out_together_stay_at_what_was_out),
        cmocka_unit_test(no_more_is_kept_than_the_ceiling),
        cmocka_unit_test(memory_falls_after_a_burst),
        cmocka_unit_test(a_ceiling_of_the_bytes_holds),
        cmocka_unit_test(without_a_pool_memory_comes_and_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
