/* What a person reads after a failure: the whole chain of causes, never broken text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/status.h"

static void a_reason_is_printed(void **state)
{
    (void)state;
    struct status status = status_make(STATUS_INVALID, "no table '%s' in %d places", "orders", 2);
    assert_int_equal(status.code, STATUS_INVALID);
    assert_string_equal(status.reason, "no table 'orders' in 2 places");
    assert_false(status_is_ok(&status));
}

static void words_in_front_keep_code_and_cause(void **state)
{
    (void)state;
    struct status cause = status_make(STATUS_THROTTLED, "slow down");
    struct status status = status_prefix(cause, "cannot renew lease '%s'", "shard-1");
    assert_int_equal(status.code, STATUS_THROTTLED);
    assert_string_equal(status.reason, "cannot renew lease 'shard-1': slow down");
}

static void success_stays_success(void **state)
{
    (void)state;
    struct status status = status_prefix(status_ok(), "cannot happen");
    assert_true(status_is_ok(&status));
    assert_string_equal(status.reason, "");
}

static void a_system_error_says_what_the_system_says(void **state)
{
    (void)state;
    static const struct {
        int errno_value;
        enum status_code code;
        const char *reason;
    } cases[] = {
        {ENOENT, STATUS_NOT_FOUND, "cannot open '/x': No such file or directory"},
        {EACCES, STATUS_DENIED, "cannot open '/x': Permission denied"},
        {EROFS, STATUS_DENIED, "cannot open '/x': Read-only file system"},
        {ENOMEM, STATUS_NO_MEMORY, "cannot open '/x': Cannot allocate memory"},
        {ENOSPC, STATUS_IO, "cannot open '/x': No space left on device"},
        {EIO, STATUS_IO, "cannot open '/x': Input/output error"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct status status = status_errno(cases[i].errno_value, "cannot open '%s'", "/x");
        assert_int_equal(status.code, cases[i].code);
        assert_string_equal(status.reason, cases[i].reason);
    }
}

static void a_long_reason_is_cut(void **state)
{
    (void)state;
    char words[2 * STATUS_REASON_BYTES];
    memset(words, 'a', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    struct status status = status_make(STATUS_IO, "%s", words);
    assert_int_equal(strlen(status.reason), STATUS_REASON_BYTES - 1);
    status = status_prefix(status, "more");
    assert_int_equal(strlen(status.reason), STATUS_REASON_BYTES - 1);
    assert_memory_equal(status.reason, "more: aaa", 9);
}

/* A reason that ends in half a character would make the log's line say U+FFFD, or break a terminal. */
static void a_cut_never_splits_a_character(void **state)
{
    (void)state;
    static const char *const characters[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    for (size_t c = 0; c < sizeof characters / sizeof characters[0]; c++) {
        size_t length = strlen(characters[c]);
        for (size_t padding = 0; padding < 8; padding++) {
            char words[2 * STATUS_REASON_BYTES] = {0};
            memset(words, 'a', padding);
            for (size_t at = padding; at + length < sizeof words; at += length) {
                memcpy(words + at, characters[c], length);
            }
            struct status status = status_make(STATUS_IO, "%s", words);
            size_t got = strlen(status.reason);
            assert_int_equal((got - padding) % length, 0);
            assert_true(got + length >= STATUS_REASON_BYTES);
        }
    }
}

static struct status fail_when(bool wanted)
{
    return wanted ? status_make(STATUS_EXPIRED, "too old") : status_ok();
}

static struct status try_twice(bool first, bool second, int *steps)
{
    TRY(fail_when(first));
    *steps += 1;
    TRY(fail_when(second));
    *steps += 1;
    return status_ok();
}

static void try_returns_at_the_first_failure(void **state)
{
    (void)state;
    int steps = 0;
    assert_int_equal(try_twice(true, true, &steps).code, STATUS_EXPIRED);
    assert_int_equal(steps, 0);
    assert_int_equal(try_twice(false, true, &steps).code, STATUS_EXPIRED);
    assert_int_equal(steps, 1);
    assert_int_equal(try_twice(false, false, &steps).code, STATUS_OK);
    assert_int_equal(steps, 3);
}

static void every_code_has_words_of_its_own(void **state)
{
    (void)state;
    for (int code = STATUS_OK; code <= STATUS_INTERNAL; code++) {
        const char *name = status_code_name((enum status_code)code);
        assert_non_null(name);
        assert_string_not_equal(name, "unknown");
        for (int other = STATUS_OK; other < code; other++) {
            assert_string_not_equal(name, status_code_name((enum status_code)other));
        }
    }
    assert_string_equal(status_code_name((enum status_code)(STATUS_INTERNAL + 1)), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reason_is_printed),
        cmocka_unit_test(words_in_front_keep_code_and_cause),
        cmocka_unit_test(success_stays_success),
        cmocka_unit_test(a_system_error_says_what_the_system_says),
        cmocka_unit_test(a_long_reason_is_cut),
        cmocka_unit_test(a_cut_never_splits_a_character),
        cmocka_unit_test(try_returns_at_the_first_failure),
        cmocka_unit_test(every_code_has_words_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
