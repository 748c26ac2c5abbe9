/* What every transport checks and lays out before it sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/http_request.h"

static void connect_timeouts_stay_within_the_whole(void **state)
{
    (void)state;
    static const struct {
        int64_t connect;
        int64_t whole;
        int64_t expected;
    } cases[] = {{0, 60000, 6000}, {0, 5000, 1000}, {0, 300, 300}, {200, 5000, 200}, {9000, 5000, 5000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request request = {.connect_timeout_ms = cases[i].connect, .timeout_ms = cases[i].whole};
        assert_int_equal(http_request_connect_timeout_ms(&request), cases[i].expected);
    }
}

/* What breaks else: each call of a quiet shard takes 128 KiB and gives it back. */
static void much_is_read_at_a_time_where_much_is_expected(void **state)
{
    (void)state;
    static const struct {
        size_t expected;
        size_t bytes;
    } cases[] = {{0, HTTP_READ_LITTLE_BYTES},
                 {HTTP_READ_LITTLE_BYTES, HTTP_READ_LITTLE_BYTES},
                 {HTTP_READ_LITTLE_BYTES + 1, HTTP_READ_MUCH_BYTES},
                 {1024 * 1024, HTTP_READ_MUCH_BYTES}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request request = {.reply_expected = cases[i].expected};
        assert_int_equal(http_request_read_bytes(&request), cases[i].bytes);
    }
}

static void headers_are_laid_out_line_by_line(void **state)
{
    (void)state;
    struct http_header headers[] = {{"content-type", "a"}, {"x-empty", ""}};
    struct http_request request = {.headers = headers, .header_count = 2};
    struct bytes text;
    bytes_init(&text, 100);
    assert_int_equal(http_request_lay_headers(&request, &text).code, STATUS_OK);
    assert_true(
        slice_equals(bytes_slice(&text), slice_of("content-type: a\0x-empty;\0Expect:\0Accept:", 41)));
    request.header_count = 0;
    assert_int_equal(http_request_lay_headers(&request, &text).code, STATUS_OK);
    assert_true(slice_equals(bytes_slice(&text), slice_of("Expect:\0Accept:\0Content-Type:", 30)));
    bytes_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connect_timeouts_stay_within_the_whole),
        cmocka_unit_test(much_is_read_at_a_time_where_much_is_expected),
        cmocka_unit_test(headers_are_laid_out_line_by_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
