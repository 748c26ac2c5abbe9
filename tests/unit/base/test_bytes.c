/* Memory that foreign input can make grow: the ceiling holds, and a failed append changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/unit/seed.h"

static void zeroed_memory_is_an_empty_buffer(void **state)
{
    (void)state;
    struct bytes bytes = {0};
    assert_int_equal(bytes_append(&bytes, "a", 1).code, STATUS_TOO_LARGE);
    assert_int_equal(bytes.length, 0);
    bytes_free(&bytes);
    bytes_wipe(&bytes);
}

static void the_ceiling_is_exact(void **state)
{
    (void)state;
    static const size_t ceilings[] = {1, 2, 255, 256, 257, 1000, 65536};
    for (size_t i = 0; i < sizeof ceilings / sizeof ceilings[0]; i++) {
        struct bytes bytes;
        bytes_init(&bytes, ceilings[i]);
        for (size_t n = 0; n < ceilings[i]; n++) {
            assert_int_equal(bytes_append(&bytes, "x", 1).code, STATUS_OK);
        }
        struct status status = bytes_append(&bytes, "y", 1);
        assert_int_equal(status.code, STATUS_TOO_LARGE);
        assert_int_equal(bytes.length, ceilings[i]);
        assert_true(bytes.capacity <= ceilings[i] + 1);
        const char *text = NULL;
        assert_int_equal(bytes_terminate(&bytes, &text).code, STATUS_OK);
        assert_int_equal(strlen(text), ceilings[i]);
        bytes_free(&bytes);
    }
}

static void absurd_sizes_do_not_wrap_around(void **state)
{
    (void)state;
    struct bytes bytes;
    bytes_init(&bytes, SIZE_MAX);
    assert_int_equal(bytes_append(&bytes, "abc", 3).code, STATUS_OK);
    assert_int_equal(bytes_reserve(&bytes, SIZE_MAX).code, STATUS_TOO_LARGE);
    assert_int_equal(bytes_reserve(&bytes, SIZE_MAX - 3).code, STATUS_NO_MEMORY);
    assert_int_equal(bytes_reserve(&bytes, SIZE_MAX / 2).code, STATUS_NO_MEMORY);
    assert_true(slice_equals_text(bytes_slice(&bytes), "abc"));
    bytes_free(&bytes);
}

/* Appends of every kind against a plain array that does the same. */
static void random_appends_match_a_plain_array(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    enum { CEILING = 5000 };
    char expected[CEILING];
    for (int round = 0; round < 200; round++) {
        struct bytes bytes;
        bytes_init(&bytes, CEILING);
        size_t length = 0;
        for (int step = 0; step < 60; step++) {
            char piece[300];
            size_t piece_length = (size_t)random_below(&random, sizeof piece - 1);
            random_hex(&random, piece, piece_length);
            struct status status = random_below(&random, 2) == 0
                                       ? bytes_append_slice(&bytes, slice_of(piece, piece_length))
                                       : bytes_append_format(&bytes, "%s", piece);
            if (length + piece_length > CEILING) {
                assert_int_equal(status.code, STATUS_TOO_LARGE);
            } else {
                assert_int_equal(status.code, STATUS_OK);
                memcpy(expected + length, piece, piece_length);
                length += piece_length;
            }
            assert_true(slice_equals(bytes_slice(&bytes), slice_of(expected, length)));
        }
        bytes_free(&bytes);
    }
}

static void clearing_keeps_the_memory(void **state)
{
    (void)state;
    struct bytes bytes;
    bytes_init(&bytes, 100);
    assert_int_equal(bytes_append_text(&bytes, "hello").code, STATUS_OK);
    size_t capacity = bytes.capacity;
    bytes_clear(&bytes);
    assert_int_equal(bytes.length, 0);
    assert_int_equal(bytes.capacity, capacity);
    bytes_free(&bytes);
    assert_int_equal(bytes.ceiling, 100);
    assert_int_equal(bytes_append_text(&bytes, "again").code, STATUS_OK);
    bytes_wipe(&bytes);
    assert_null(bytes.at);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* In a child that may not have more memory: an allocation that the system refuses is a status, and what was
 * there stays. */
static int append_without_memory(void)
{
    struct bytes bytes;
    bytes_init(&bytes, (size_t)1 << 40);
    const struct rlimit limit = {64 * 1024 * 1024, 64 * 1024 * 1024};
    if (bytes_append_text(&bytes, "kept").code != STATUS_OK || setrlimit(RLIMIT_AS, &limit) != 0) {
        return 2;
    }
    struct status status = bytes_reserve(&bytes, (size_t)1 << 30);
    bool fine = status.code == STATUS_NO_MEMORY && slice_equals_text(bytes_slice(&bytes), "kept");
    bytes_free(&bytes);
    return fine ? 0 : 1;
}

static void a_refused_allocation_is_a_clean_error(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        _exit(append_without_memory());
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
}
#endif

static void slices_compare_by_content(void **state)
{
    (void)state;
    assert_true(slice_equals(slice_of(NULL, 0), slice_of("x", 0)));
    assert_true(slice_equals_text(slice_of("abcd", 3), "abc"));
    assert_false(slice_equals_text(slice_of("abcd", 4), "abc"));
    assert_false(slice_equals_text(slice_of("abd", 3), "abc"));
    assert_true(slice_starts_with(slice_of_text("shardId-1"), "shardId-"));
    assert_false(slice_starts_with(slice_of_text("shard"), "shardId-"));
    assert_int_equal(slice_of_text(NULL).length, 0);
}

static void a_text_is_copied_whole_or_not_at_all(void **state)
{
    (void)state;
    char target[4] = "zzz";
    assert_true(slice_copy_text(slice_of_text("abc"), target, sizeof target));
    assert_string_equal(target, "abc");
    assert_false(slice_copy_text(slice_of_text("abcd"), target, sizeof target));
    assert_string_equal(target, "");
    assert_false(slice_copy_text(slice_of_text(""), target, 0));
    assert_true(slice_copy_text(slice_of(NULL, 0), target, sizeof target));
    assert_string_equal(target, "");
}

static void a_duplicate_ends_with_nul(void **state)
{
    (void)state;
    char *copy = slice_duplicate(slice_of("abcd", 3));
    assert_non_null(copy);
    assert_string_equal(copy, "abc");
    free(copy);
    copy = slice_duplicate(slice_of(NULL, 0));
    assert_non_null(copy);
    assert_string_equal(copy, "");
    free(copy);
}

static void numbers_parse_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-1", true, -1},
        {"007", true, 7},
        {"999999999999999999", true, 999999999999999999},
        {"-999999999999999999", true, -999999999999999999},
        {"1000000000000000000", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"--1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"0x10", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = 42;
        assert_int_equal(slice_parse_int64(slice_of_text(cases[i].text), &value), cases[i].valid);
        assert_int_equal(value, cases[i].valid ? cases[i].value : 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroed_memory_is_an_empty_buffer),
        cmocka_unit_test(the_ceiling_is_exact),
        cmocka_unit_test(absurd_sizes_do_not_wrap_around),
        cmocka_unit_test(random_appends_match_a_plain_array),
        cmocka_unit_test(clearing_keeps_the_memory),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        cmocka_unit_test(a_refused_allocation_is_a_clean_error),
#endif
        cmocka_unit_test(slices_compare_by_content),
        cmocka_unit_test(a_text_is_copied_whole_or_not_at_all),
        cmocka_unit_test(a_duplicate_ends_with_nul),
        cmocka_unit_test(numbers_parse_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
