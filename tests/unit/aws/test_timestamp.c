/* Times as AWS writes them: a misread one breaks every signature or ends credentials early. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/timestamp.h"
#include "tests/unit/seed.h"

#include <time.h>

static void the_form_for_signatures(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, "19700101T000000Z"},
                 {1440938160000, "20150830T123600Z"},
                 {1795428000999, "20261123T100000Z"},
                 {253402300799999, "99991231T235959Z"},
                 {253402300800000, "00000000T000000Z"},
                 {INT64_MAX, "00000000T000000Z"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TIMESTAMP_BASIC_BYTES];
        timestamp_format_basic(cases[i].ms, text);
        assert_string_equal(text, cases[i].text);
    }
}

/* The C library's calendar, for random times and the days around leap days. */
static void the_form_is_that_of_the_calendar(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (int i = 0; i < 200000; i++) {
        int64_t seconds =
            i < 100000 ? (int64_t)i * 86400 * 29 + i : (int64_t)random_below(&random, 253402300800);
        time_t time = (time_t)seconds;
        struct tm tm;
        char expected[TIMESTAMP_BASIC_BYTES];
        char text[TIMESTAMP_BASIC_BYTES];
        assert_non_null(gmtime_r(&time, &tm));
        if (strftime(expected, sizeof expected, "%Y%m%dT%H%M%SZ", &tm) != sizeof expected - 1) {
            continue; /* beyond the year 9999 */
        }
        timestamp_format_basic(seconds * 1000 + 999, text);
        assert_string_equal(text, expected);
    }
    char text[TIMESTAMP_BASIC_BYTES];
    timestamp_format_basic(-1000, text);
    assert_string_equal(text, "00000000T000000Z");
}

struct parse_case {
    const char *text;
    int64_t ms; /* below 0: refused */
};

static void dates_of_replies(void **state)
{
    (void)state;
    static const struct parse_case cases[] = {
        {"Mon, 23 Nov 2026 10:00:00 GMT", 1795428000000},
        {"Sun, 30 Aug 2015 12:36:00 GMT", 1440938160000},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Tue, 29 Feb 2028 00:00:00 GMT", 1835395200000},
        {"Mon, 29 Feb 2027 00:00:00 GMT", -1},
        {"Mon, 23 Nov 2026 10:00:00", -1},
        {"Mon, 23 Nov 2026 10:00:00 UTC", -1},
        {"Mon, 3 Nov 2026 10:00:00 GMT", -1},
        {"Mon, 23 Foo 2026 10:00:00 GMT", -1},
        {"Mon, 23 Nov 2026 25:00:00 GMT", -1},
        {"Mon, 23 Nov 2026 10:61:00 GMT", -1},
        {"Monday, 23-Nov-26 10:00:00 GMT", -1},
        {"", -1},
        {"Mon,", -1},
        {"Mon, 23 Nov 2026 10:00:00 GMTx", -1},
        {"Mon, 00 Nov 2026 10:00:00 GMT", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;
        bool parsed = timestamp_parse_http(slice_of_text(cases[i].text), &ms);
        if (parsed != (cases[i].ms >= 0) || ms != cases[i].ms) {
            fail_msg("'%s': %lld", cases[i].text, (long long)ms);
        }
    }
}

static void expirations_of_credentials(void **state)
{
    (void)state;
    static const struct parse_case cases[] = {
        {"2026-11-23T10:00:00Z", 1795428000000},
        {"2026-11-23T10:00:00.5Z", 1795428000500},
        {"2026-11-23T10:00:00.123456Z", 1795428000123},
        {"2026-11-23T12:00:00+02:00", 1795428000000},
        {"2026-11-23T12:00:00+0200", 1795428000000},
        {"2026-11-23T04:30:00-05:30", 1795428000000},
        {"2026-11-23T10:00:00+00:00", 1795428000000},
        {"2026-11-23T10:00:00", -1},
        {"2026-11-23 10:00:00Z", -1},
        {"2026-13-23T10:00:00Z", -1},
        {"2026-02-30T10:00:00Z", -1},
        {"2026-11-23T10:00:00.Z", -1},
        {"2026-11-23T10:00:00ZZ", -1},
        {"26-11-23T10:00:00Z", -1},
        {"", -1},
        {"2026-11-23T10:00:00+25:00", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;
        bool parsed = timestamp_parse_iso(slice_of_text(cases[i].text), &ms);
        if (parsed != (cases[i].ms >= 0) || ms != cases[i].ms) {
            fail_msg("'%s': %lld", cases[i].text, (long long)ms);
        }
    }
}

static void every_second_comes_back(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (int i = 0; i < 20000; i++) {
        time_t seconds = (time_t)random_below(&random, 4102444800u); /* to 2100 */
        struct tm tm;
        char text[64];
        int64_t ms = 0;
        assert_non_null(gmtime_r(&seconds, &tm));
        assert_true(strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0);
        assert_true(timestamp_parse_http(slice_of_text(text), &ms));
        assert_int_equal(ms, (int64_t)seconds * 1000);
        assert_true(strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
        assert_true(timestamp_parse_iso(slice_of_text(text), &ms));
        assert_int_equal(ms, (int64_t)seconds * 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_for_signatures), cmocka_unit_test(the_form_is_that_of_the_calendar),
        cmocka_unit_test(dates_of_replies),        cmocka_unit_test(expirations_of_credentials),
        cmocka_unit_test(every_second_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
