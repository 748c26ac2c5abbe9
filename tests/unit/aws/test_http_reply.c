/* A reply's headers as a text that is searched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/http_reply.h"

static void headers_are_found_by_their_whole_name(void **state)
{
    (void)state;
    static const char *const lines[] = {"X-Interim: 1\r\n",
                                        "HTTP/1.1 200 OK\r\n",
                                        "a line without a name\r\n",
                                        "Content-Type:  text/x \r\n",
                                        "X-Amz-Crc32:7\r\n",
                                        "X-Empty:\r\n",
                                        " folded: value\r\n",
                                        ": nameless\r\n",
                                        "X-Amz-Crc32: 8\r\n",
                                        "X-Colons: a:b: c\r\n",
                                        "\r\n",
                                        "Content-Length: 12"};
    struct http_reply reply = {.headers = {.ceiling = 1000}};
    assert_null(http_reply_header(&reply, "x").at);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(http_reply_add_header(&reply, slice_of_text(lines[i])).code, STATUS_OK);
    }
    assert_true(slice_equals_text(http_reply_header(&reply, "content-type"), "text/x"));
    assert_true(slice_equals_text(http_reply_header(&reply, "x-amz-crc32"), "7"));
    assert_true(slice_equals_text(http_reply_header(&reply, "x-colons"), "a:b: c"));
    assert_non_null(http_reply_header(&reply, "x-empty").at);
    assert_int_equal(http_reply_header(&reply, "x-empty").length, 0);
    assert_null(http_reply_header(&reply, "content").at);
    assert_null(http_reply_header(&reply, "type").at);
    assert_null(http_reply_header(&reply, "folded").at);
    assert_null(http_reply_header(&reply, "x-interim").at);
    assert_null(http_reply_header(&reply, "").at);
    assert_int_equal(http_reply_announced_length(&reply), 12);
    http_reply_free(&reply);
    http_reply_free(&reply);
}

static void a_length_that_is_none_is_not_believed(void **state)
{
    (void)state;
    static const char *const lines[] = {"content-length: -5", "content-length: 1e9",
                                        "content-length:", "content-length: 99999999999999999999"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct http_reply reply = {.headers = {.ceiling = 1000}};
        assert_int_equal(http_reply_add_header(&reply, slice_of_text(lines[i])).code, STATUS_OK);
        assert_int_equal(http_reply_announced_length(&reply), 0);
        http_reply_free(&reply);
    }
}

static void a_header_over_the_ceiling_is_said_so(void **state)
{
    (void)state;
    struct http_reply reply = {.headers = {.ceiling = 10}};
    assert_int_equal(http_reply_add_header(&reply, slice_of_text("name: a long value")).code,
                     STATUS_TOO_LARGE);
    http_reply_free(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_found_by_their_whole_name),
        cmocka_unit_test(a_length_that_is_none_is_not_believed),
        cmocka_unit_test(a_header_over_the_ceiling_is_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
