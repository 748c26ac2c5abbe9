/* A typing error gets the name that was meant, and a word of another kind gets none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/settings.h"
#include "worker/suggest.h"

static size_t distance(const char *left, const char *right)
{
    return suggest_distance(slice_of_text(left), slice_of_text(right));
}

static void test_distance(void **state)
{
    (void)state;
    assert_int_equal(distance("table", "table"), 0);
    assert_int_equal(distance("", "table"), 5);
    assert_int_equal(distance("tabel", "table"), 1); /* a swap */
    assert_int_equal(distance("tble", "table"), 1);
    assert_int_equal(distance("tableX", "table"), 1);
    assert_int_equal(distance("cable", "table"), 1);
    assert_int_equal(distance("TABLE", "table"), 0);
    assert_int_equal(distance("ab", "cd"), 2);
}

static void test_settings_are_suggested(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        const char *meant;
    } cases[] = {
        {"tabel", "table"},
        {"fire-hose", "firehose"},
        {"firehos", "firehose"},
        {"flushage", "flush-age"},
        {"stop_timeout", "stop-timeout"},
        {"stop", "stop-timeout"},
        {"statedir", "state-dir"},
        {"workerid", "worker-id"},
        {"Poll", "poll"},
        {"loglevel", "log-level"},
        {"kinesi", "kinesis"},
        {"cassandra", NULL},
        {"admni", "admin"},
        {"x", NULL},
        {"", NULL},
        {"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
         NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *meant = setting_suggest(slice_of_text(cases[i].typed));
        if (cases[i].meant == NULL ? meant != NULL : meant == NULL || strcmp(meant, cases[i].meant) != 0) {
            fail_msg("'%s' suggests '%s'", cases[i].typed, meant == NULL ? "nothing" : meant);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_settings_are_suggested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
