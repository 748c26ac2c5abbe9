/* URLs taken apart: what is connected to must be what is signed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/http_url.h"

static void a_url_is_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *origin; /* NULL: refused */
        const char *authority;
        const char *path;
        const char *query;
    } cases[] = {
        {"http://h", "http://h", "h", "/", ""},
        {"https://h:443/", "https://h:443", "h", "/", ""},
        {"https://h:80/", "https://h:80", "h:80", "/", ""},
        {"http://h:80/a/b?c=d#e", "http://h:80", "h", "/a/b", "c=d"},
        {"http://h:8080?x", "http://h:8080", "h:8080", "/", "x"},
        {"http://h#f", "http://h", "h", "/", ""},
        {"https://[fd00:ec2::23]:80/x", "https://[fd00:ec2::23]:80", "[fd00:ec2::23]:80", "/x", ""},
        {"http://h1443/", "http://h1443", "h1443", "/", ""},
        {"ftp://h/", NULL, NULL, NULL, NULL},
        {"HTTP://h/", NULL, NULL, NULL, NULL},
        {"http:/h/", NULL, NULL, NULL, NULL},
        {"http:///x", NULL, NULL, NULL, NULL},
        {"http://:80/", NULL, NULL, NULL, NULL},
        {"http://user@h/", NULL, NULL, NULL, NULL},
        {"http://user:canary@h/", NULL, NULL, NULL, NULL},
        {"http://user:canary@h/a b", NULL, NULL, NULL, NULL},
        {"ftp://user:canary@h/", NULL, NULL, NULL, NULL},
        {"http://h/a b", NULL, NULL, NULL, NULL},
        {"http://h/\r\nx", NULL, NULL, NULL, NULL},
        {"", NULL, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_url url = {.origin = {NULL, 0}};
        struct status status = http_url_parse(cases[i].url, &url);
        if ((status.code == STATUS_OK) != (cases[i].origin != NULL)) {
            fail_msg("'%s': %s", cases[i].url, status.reason);
        }
        if (status.code == STATUS_OK) {
            assert_true(slice_equals_text(url.origin, cases[i].origin));
            assert_true(slice_equals_text(url.authority, cases[i].authority));
            assert_true(slice_equals_text(url.path, cases[i].path));
            assert_true(slice_equals_text(url.query, cases[i].query));
        } else {
            assert_int_equal(status.code, STATUS_INVALID);
            assert_null(strstr(status.reason, "canary"));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_is_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
