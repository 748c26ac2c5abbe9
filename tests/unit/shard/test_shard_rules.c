/* The state table, answer by answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "shard/shard_rules.h"

static struct sequence_number number_of(unsigned value)
{
    char text[16];
    struct sequence_number number = {0};
    snprintf(text, sizeof text, "%u", value);
    assert_true(sequence_number_parse(slice_of_text(text), &number));
    return number;
}

static void expect(struct rules_decision found, enum rules_action action, bool back_off, bool gap)
{
    assert_int_equal(found.action, action);
    assert_int_equal(found.back_off, back_off);
    assert_int_equal(found.gap, gap);
}

static void test_iterator_answers(void **state)
{
    (void)state;
    static const struct {
        enum status_code code;
        enum rules_action action;
        bool back_off;
        bool gap;
    } cases[] = {
        {STATUS_OK, RULES_READ, false, false},       {STATUS_STOPPED, RULES_STOP, false, false},
        {STATUS_TRIMMED, RULES_OPEN, false, true},   {STATUS_NOT_FOUND, RULES_LIST, true, false},
        {STATUS_THROTTLED, RULES_OPEN, true, false}, {STATUS_UNAVAILABLE, RULES_OPEN, true, false},
        {STATUS_TIMEOUT, RULES_OPEN, true, false},   {STATUS_DENIED, RULES_OPEN, true, false},
        {STATUS_INVALID, RULES_OPEN, true, false},   {STATUS_CORRUPT, RULES_OPEN, true, false},
        {STATUS_TOO_LARGE, RULES_OPEN, true, false}, {STATUS_NO_MEMORY, RULES_OPEN, true, false},
    };
    struct sequence_number after = number_of(5);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct shard_rules rules;
        rules_init(&rules, &after);
        assert_false(rules.from_horizon);
        expect(rules_on_iterator(&rules, cases[i].code), cases[i].action, cases[i].back_off, cases[i].gap);
        assert_int_equal(rules.from_horizon, cases[i].code == STATUS_TRIMMED);
    }
}

static void test_read_answers(void **state)
{
    (void)state;
    static const struct {
        enum status_code code;
        enum rules_action action;
        bool back_off;
        bool gap;
    } cases[] = {
        {STATUS_STOPPED, RULES_STOP, false, false},   {STATUS_EXPIRED, RULES_OPEN, false, false},
        {STATUS_TRIMMED, RULES_OPEN, false, true},    {STATUS_NOT_FOUND, RULES_LIST, true, false},
        {STATUS_THROTTLED, RULES_READ, true, false},  {STATUS_UNAVAILABLE, RULES_READ, true, false},
        {STATUS_TIMEOUT, RULES_READ, true, false},    {STATUS_DENIED, RULES_READ, true, false},
        {STATUS_INVALID, RULES_OPEN, true, false},    {STATUS_CORRUPT, RULES_READ, true, false},
        {STATUS_TOO_LARGE, RULES_READ, false, false}, {STATUS_NO_MEMORY, RULES_READ, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct shard_rules rules;
        rules_init(&rules, NULL);
        struct sequence_number last = number_of(7);
        expect(rules_on_page(&rules, 1, &last, false), RULES_READ, false, false);
        assert_false(rules.from_horizon);
        expect(rules_on_read_failure(&rules, cases[i].code), cases[i].action, cases[i].back_off,
               cases[i].gap);
        assert_int_equal(sequence_number_compare(&rules.after, &last), 0);
    }
}

/* A server whose iterators are always expired, or always trimmed, is not asked in a tight loop. */
static void test_repeated_trouble_backs_off(void **state)
{
    (void)state;
    struct shard_rules rules;
    struct sequence_number last = number_of(7);
    rules_init(&rules, NULL);
    rules_on_page(&rules, 1, &last, false);
    expect(rules_on_read_failure(&rules, STATUS_EXPIRED), RULES_OPEN, false, false);
    expect(rules_on_read_failure(&rules, STATUS_EXPIRED), RULES_OPEN, true, false);
    rules_on_page(&rules, 0, &last, false);
    expect(rules_on_read_failure(&rules, STATUS_EXPIRED), RULES_OPEN, false, false);
    expect(rules_on_read_failure(&rules, STATUS_TRIMMED), RULES_OPEN, false, true);
    expect(rules_on_read_failure(&rules, STATUS_TRIMMED), RULES_OPEN, true, false);
    expect(rules_on_iterator(&rules, STATUS_TRIMMED), RULES_OPEN, true, false);
}

/* A reader that began at the trim horizon and has read nothing begins there again, with no gap to report. */
static void test_no_gap_before_the_first_record(void **state)
{
    (void)state;
    struct shard_rules rules;
    struct sequence_number none = {.length = 0};
    rules_init(&rules, NULL);
    rules_on_page(&rules, 0, &none, false);
    expect(rules_on_read_failure(&rules, STATUS_TRIMMED), RULES_OPEN, false, false);
    assert_true(rules.from_horizon);
}

/* Certain: the reader was behind. Possible: it was at the tip, or has only just started. */
static void test_gap_certainty(void **state)
{
    (void)state;
    struct sequence_number last = number_of(7);
    struct shard_rules rules;
    rules_init(&rules, &last);
    assert_false(rules_on_iterator(&rules, STATUS_TRIMMED).gap_certain);
    rules_init(&rules, &last);
    rules_on_page(&rules, 1000, &last, false);
    assert_true(rules_on_read_failure(&rules, STATUS_TRIMMED).gap_certain);
    rules_init(&rules, &last);
    rules_on_page(&rules, 0, &last, false);
    assert_false(rules_on_read_failure(&rules, STATUS_TRIMMED).gap_certain);
}

static void test_not_found(void **state)
{
    (void)state;
    struct shard_rules rules;
    rules_init(&rules, NULL);
    for (int i = 0; i < 2; i++) {
        expect(rules_on_iterator(&rules, STATUS_NOT_FOUND), RULES_LIST, true, false);
        expect(rules_on_listing(&rules, RULES_MISSING), RULES_OPEN, false, false);
    }
    expect(rules_on_iterator(&rules, STATUS_NOT_FOUND), RULES_LIST, true, false);
    expect(rules_on_listing(&rules, RULES_LISTED), RULES_OPEN, true, false);
    expect(rules_on_listing(&rules, RULES_LISTING_UNKNOWN), RULES_OPEN, true, false);
    expect(rules_on_iterator(&rules, STATUS_NOT_FOUND), RULES_LIST, true, false);
    expect(rules_on_listing(&rules, RULES_MISSING), RULES_END, false, true);
    struct sequence_number none = {0};
    rules_on_page(&rules, 0, &none, false);
    assert_int_equal(rules.not_found, 0);
}

/* Disabled a day ago, or deleted; a service that stumbles says the same for a moment. */
static void test_stream_gone(void **state)
{
    (void)state;
    struct shard_rules rules;
    rules_init(&rules, NULL);
    for (int i = 0; i < RULES_GONE_TRIES - 1; i++) {
        expect(rules_on_iterator(&rules, STATUS_NOT_FOUND), RULES_LIST, true, false);
        expect(rules_on_listing(&rules, RULES_STREAM_GONE), RULES_OPEN, true, false);
    }
    expect(rules_on_iterator(&rules, STATUS_NOT_FOUND), RULES_LIST, true, false);
    expect(rules_on_listing(&rules, RULES_STREAM_GONE), RULES_END, false, true);
}

static void test_too_large(void **state)
{
    (void)state;
    struct shard_rules rules;
    rules_init(&rules, NULL);
    unsigned calls = 0;
    for (; rules.limit > 1; calls++) {
        expect(rules_on_read_failure(&rules, STATUS_TOO_LARGE), RULES_READ, false, false);
        assert_int_equal(rules.ceiling, RULES_CEILING);
    }
    assert_int_equal(calls, 9);
    rules_on_read_failure(&rules, STATUS_TOO_LARGE);
    expect(rules_on_read_failure(&rules, STATUS_TOO_LARGE), RULES_READ, false, false);
    assert_int_equal(rules.ceiling, RULES_CEILING_GREATEST);
    expect(rules_on_read_failure(&rules, STATUS_TOO_LARGE), RULES_READ, true, false);
    assert_int_equal(rules.ceiling, RULES_CEILING_GREATEST);
    struct sequence_number last = number_of(1);
    for (calls = 0; rules.limit < RULES_LIMIT; calls++) {
        rules_on_page(&rules, 1, &last, false);
        assert_int_equal(rules.ceiling, RULES_CEILING);
    }
    assert_in_range(calls, 10, 40);
}

/* Poison in the middle of a page: the good records before it pass, then it alone is given up. */
static void test_isolation(void **state)
{
    (void)state;
    struct sequence_number last = number_of(1);
    for (unsigned poison = 0; poison < 1000; poison += 37) {
        struct shard_rules rules;
        rules_init(&rules, NULL);
        unsigned at = 0;
        unsigned calls = 0;
        for (;; calls++) {
            assert_true(calls < 60);
            if (poison >= at + rules.limit) {
                at += rules.limit;
                expect(rules_on_page(&rules, 1, &last, false), RULES_READ, false, false);
                continue;
            }
            struct rules_decision decision = rules_on_corrupt_page(&rules, true);
            if (decision.action == RULES_LETTER) {
                break;
            }
            assert_int_equal(decision.action, RULES_READ);
        }
        assert_int_equal(at, poison);
        assert_int_equal(rules.limit, 1);
        assert_int_equal(rules.corrupt, 0);
    }
}

static void test_poison_without_an_iterator(void **state)
{
    (void)state;
    struct shard_rules rules;
    rules_init(&rules, NULL);
    struct rules_decision decision = {.back_off = false};
    for (int i = 0; i < 50; i++) {
        decision = rules_on_corrupt_page(&rules, false);
        assert_int_equal(decision.action, RULES_READ);
    }
    assert_true(decision.back_off);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iterator_answers),
        cmocka_unit_test(test_read_answers),
        cmocka_unit_test(test_repeated_trouble_backs_off),
        cmocka_unit_test(test_no_gap_before_the_first_record),
        cmocka_unit_test(test_gap_certainty),
        cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_stream_gone),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_isolation),
        cmocka_unit_test(test_poison_without_an_iterator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
