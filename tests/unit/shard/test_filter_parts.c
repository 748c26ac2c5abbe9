/* What filters are made of: numbers, texts, letters and the walk over a record, each by tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shard/filter.h"
#include "shard/filter_address.h"
#include "shard/filter_case.h"
#include "shard/filter_number.h"
#include "shard/filter_text.h"
#include "shard/filter_walk.h"

static struct filter_number number_of(const char *text)
{
    struct filter_number number = {.digits = NULL};
    if (!filter_number_parse(slice_of_text(text), &number)) {
        print_error("'%s' is no number\n", text);
        fail();
    }
    return number;
}

/* Each is less than the next, and equal to itself. */
static void test_numbers_are_ordered_exactly(void **state)
{
    (void)state;
    static const char *const ordered[] = {
        "-9.9999999999999999999999999999999999999E+125",
        "-1E+20",
        "-100000000000000000000.5e-1",
        "-3",
        "-2.5",
        "-0.000001",
        "-1E-130",
        "0",
        "1E-130",
        "0.000000000000000000000000000000000000000001",
        "0.05",
        "0.5",
        "0.50000000000000000000000000000000000001",
        "1",
        "1.5",
        "9",
        "10",
        "11",
        "9007199254740992",
        "9007199254740993",
        "12345678901234567890123456789012345678",
        "12345678901234567890123456789012345679",
        "1E+100",
        "9.9999999999999999999999999999999999999E+125",
    };
    size_t count = sizeof ordered / sizeof ordered[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            struct filter_number left = number_of(ordered[i]);
            struct filter_number right = number_of(ordered[j]);
            int order = filter_number_compare(&left, &right);
            int expected = i < j ? -1 : i > j;
            if ((order > 0) - (order < 0) != expected) {
                fail_msg("%s against %s is %d", ordered[i], ordered[j], order);
            }
        }
    }
}

static void test_forms_of_one_number(void **state)
{
    (void)state;
    static const char *const groups[][6] = {
        {"0", "-0", "0.000", "0E+5", "0e-99999999999", "+0"},
        {"100", "1e2", "1E+2", "100.00", "0.1e3", "10000E-2"},
        {"-1.5", "-1.50", "-15e-1", "-0.15E1", "-00001.5", "-1500E-3"},
    };
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        for (size_t j = 0; j < 6; j++) {
            struct filter_number left = number_of(groups[i][0]);
            struct filter_number right = number_of(groups[i][j]);
            assert_int_equal(filter_number_compare(&left, &right), 0);
        }
    }
    static const char *const none[] = {"",      "-",    "+",  ".",  "e5",  "1e",  "1e+",
                                       "1.2.3", "0x10", "1 ", " 1", "NaN", "1-2", "--1"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct filter_number number;
        assert_false(filter_number_parse(slice_of_text(none[i]), &number));
    }
}

static void test_lower_case(void **state)
{
    (void)state;
    static const uint32_t pairs[][2] = {
        {'A', 'a'},      {'Z', 'z'},     {'a', 'a'},         {'@', '@'},         {'[', '['},
        {0xC0, 0xE0},    {0xD7, 0xD7},   {0x100, 0x101},     {0x101, 0x101},     {0x178, 0xFF},
        {0x23A, 0x2C65}, {0x391, 0x3B1}, {0x410, 0x430},     {0x10A0, 0x2D00},   {0x1E9E, 0xDF},
        {0x2126, 0x3C9}, {0x212A, 'k'},  {0x10400, 0x10428}, {0x1F600, 0x1F600}, {0x10FFFF, 0x10FFFF},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_int_equal(filter_case_lower(pairs[i][0]), pairs[i][1]);
    }
}

static bool like(const char *raw, const char *pattern, uint64_t *work)
{
    char wildcard[64];
    size_t length = strlen(pattern);
    for (size_t i = 0; i < length; i++) {
        wildcard[i] = pattern[i] == '*' ? (char)FILTER_TEXT_ANY : pattern[i];
    }
    return filter_text_like(slice_of_text(raw), slice_of(wildcard, length), work);
}

static void test_wildcards(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        const char *pattern;
        bool holds;
    } cases[] = {
        {"", "", true},
        {"a", "", false},
        {"", "*", true},
        {"abc", "*", true},
        {"abc", "a*c", true},
        {"ac", "a*c", true},
        {"abcd", "a*c", false},
        {"xabc", "*abc", true},
        {"abcabc", "*abc", true},
        {"aXbXc", "a*b*c", true},
        {"aab", "*ab", true},
        {"ab\\u0063", "abc", true},
        {"\\n", "*\n", true},
        {"abc", "abc*", true},
        {"ab", "abc*", false},
        {"mississippi", "m*iss*ip*i", true},
        {"mississippi", "m*iss*ipx*i", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t work = 1000;
        if (like(cases[i].raw, cases[i].pattern, &work) != cases[i].holds) {
            fail_msg("%s like %s", cases[i].raw, cases[i].pattern);
        }
    }
    uint64_t little = 3;
    assert_false(like("aaaaaaaaab", "*b", &little));
    assert_int_equal(little, 0);
}

static void test_walk_stays_inside(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "{",      "{\"", "{\"a",    "{\"a\"", "{\"a\":", "{\"a\":\"", "{\"a\":[", "{\"a\":{\"b\":1",
        "{\"a\\", "[",   "[1,",     "[\"\\",  "{,,,",    "{:}",       "[}",       "{]",
        "",       "x",   "{\"a\":}"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        size_t length = strlen(broken[i]);
        char *copy = malloc(length + 1); /* so that a sanitizer sees a read behind the text */
        assert_non_null(copy);
        memcpy(copy, broken[i], length);
        struct filter_walk walk;
        struct slice name;
        struct slice value;
        size_t steps = 0;
        filter_walk_begin(&walk, slice_of(copy, length));
        while (filter_walk_member(&walk, &name, &value)) {
            assert_true(++steps < 10);
        }
        filter_walk_begin(&walk, slice_of(copy, length));
        while (filter_walk_element(&walk, &value)) {
            assert_true(++steps < 20);
        }
        free(copy);
    }
    struct slice object = slice_of_text("{ \"a\" : {\"b\":\"}\\\"\"} , \"c\":[1,[2]], \"d\":null }");
    assert_true(slice_equals_text(filter_walk_find(object, slice_of_text("a")), "{\"b\":\"}\\\"\"}"));
    assert_true(slice_equals_text(filter_walk_find(object, slice_of_text("c")), "[1,[2]]"));
    assert_true(slice_equals_text(filter_walk_find(object, slice_of_text("d")), "null"));
    assert_int_equal(filter_walk_find(object, slice_of_text("b")).length, 0);
}

static size_t put(char *at, const char *text)
{
    memcpy(at, text, strlen(text));
    return strlen(text);
}

/* A record over which a pattern would take too long goes on, and says so. */
static void test_work_is_bounded(void **state)
{
    (void)state;
    enum { LETTERS = 2000, TEXT = 200 * 1024 };
    char *pattern = malloc(LETTERS + 256);
    char *page = malloc(TEXT + 512);
    assert_non_null(pattern);
    assert_non_null(page);
    size_t length = put(pattern, "{\"dynamodb\":{\"Keys\":{\"pk\":{\"S\":[{\"wildcard\":\"*");
    memset(pattern + length, 'a', LETTERS);
    length += LETTERS;
    length += put(pattern + length, "b\"}]}}}}");
    struct filter *filter = NULL;
    struct status status = filter_create(&filter);
    assert_int_equal(status.code, STATUS_OK);
    status = filter_add(filter, slice_of(pattern, length));
    assert_string_equal(status.reason, "");
    length = put(
        page,
        "{\"Records\":[{\"eventID\":\"1\",\"eventName\":\"REMOVE\",\"dynamodb\":{\"SequenceNumber\":\"1\","
        "\"ApproximateCreationDateTime\":1,\"Keys\":{\"pk\":{\"S\":\"");
    memset(page + length, 'a', TEXT);
    length += TEXT;
    length += put(page + length, "\"}}}}]}");
    struct decoder decoder;
    struct decode_record record;
    decode_begin(&decoder, slice_of(page, length));
    assert_int_equal(decode_next(&decoder, &record), DECODE_RECORD);
    assert_null(record.defect);
    assert_int_equal(filter_judge(filter, &record), FILTER_UNDECIDED);
    filter_destroy(filter);
    free(page);
    free(pattern);
}

/* Neither the number of patterns nor their length is without bound. */
static void test_patterns_are_bounded(void **state)
{
    (void)state;
    struct filter *filter = NULL;
    struct status status = filter_create(&filter);
    assert_int_equal(status.code, STATUS_OK);
    for (int i = 0; i < FILTER_PATTERNS_MOST; i++) {
        status = filter_add(filter, slice_of_text("{\"ttl\":true}"));
        assert_string_equal(status.reason, "");
    }
    status = filter_add(filter, slice_of_text("{\"ttl\":true}"));
    assert_string_equal(status.reason, "over 100 patterns");
    assert_int_equal(filter_count(filter), FILTER_PATTERNS_MOST);
    char *long_pattern = malloc(FILTER_PATTERN_BYTES + 64);
    assert_non_null(long_pattern);
    size_t length = put(long_pattern, "{\"eventName\":[\"");
    memset(long_pattern + length, 'x', FILTER_PATTERN_BYTES);
    length += FILTER_PATTERN_BYTES;
    length += put(long_pattern + length, "\"]}");
    struct filter *other = NULL;
    status = filter_create(&other);
    assert_int_equal(status.code, STATUS_OK);
    status = filter_add(other, slice_of(long_pattern, length));
    assert_string_equal(status.reason, "column 1: the pattern is over 64 KiB");
    filter_destroy(other);
    filter_destroy(filter);
    free(long_pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_ordered_exactly),
        cmocka_unit_test(test_forms_of_one_number),
        cmocka_unit_test(test_lower_case),
        cmocka_unit_test(test_wildcards),
        cmocka_unit_test(test_walk_stays_inside),
        cmocka_unit_test(test_work_is_bounded),
        cmocka_unit_test(test_patterns_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
