/* --admin in all its forms: a wrong one is refused in words, and loopback is told from the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/admin/admin_address.h"
#include "worker/admin/page.h"

static void test_forms(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *written; /* NULL: refused */
        bool loopback;
    } cases[] = {
        {"127.0.0.1:8787", "127.0.0.1:8787", true},
        {"127.1.2.3:1", "127.1.2.3:1", true},
        {"localhost:0", "127.0.0.1:0", true},
        {"0.0.0.0:65535", "0.0.0.0:65535", false},
        {"10.0.0.1:80", "10.0.0.1:80", false},
        {"[::1]:8787", "[::1]:8787", true},
        {"[::]:8787", "[::]:8787", false},
        {"", NULL, false},
        {"8787", NULL, false},
        {":8787", NULL, false},
        {"127.0.0.1", NULL, false},
        {"127.0.0.1:", NULL, false},
        {"127.0.0.1:65536", NULL, false},
        {"127.0.0.1:-1", NULL, false},
        {"127.0.0.1:8787x", NULL, false},
        {"example.com:80", NULL, false},
        {"::1:8787", NULL, false},
        {"[::1]8787", NULL, false},
        {"256.0.0.1:1", NULL, false},
        {"OFF", NULL, false},
        {"[]:1", NULL, false},
        {"127.0.0.1:000080", NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct admin_address address;
        struct status status = admin_address_parse(slice_of_text(cases[i].text), &address);
        if (cases[i].written == NULL) {
            assert_int_equal(status.code, STATUS_INVALID);
            assert_non_null(strstr(status.reason, "127.0.0.1:8787"));
            continue;
        }
        assert_string_equal(status.reason, "");
        char text[ADMIN_ADDRESS_BYTES];
        admin_address_format(&address, text);
        assert_string_equal(text, cases[i].written);
        assert_int_equal(address.loopback, cases[i].loopback);
    }
    struct admin_address off;
    assert_int_equal(admin_address_parse(slice_of_text("off"), &off).code, STATUS_OK);
    assert_true(off.off);
}

/* Without hashes of its own style and script the page would be blank. */
static void test_the_page_allows_itself_alone(void **state)
{
    (void)state;
    struct page page;
    page_init(&page);
    assert_true(page.html.length > 1000);
    assert_non_null(strstr(page.policy, "script-src 'sha256-"));
    assert_non_null(strstr(page.policy, "style-src 'sha256-"));
    assert_null(strstr(page.policy, "unsafe"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_the_page_allows_itself_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
