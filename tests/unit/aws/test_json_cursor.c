/* Replies that are read without a tree: what is no JSON must be refused, wherever it was changed, and what is must read as
 * a tree of it would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "aws/json.h"
#include "aws/json_cursor.h"
#include "tests/unit/aws/mutate.h"
#include "tests/unit/seed.h"

static bool is_json(const char *text)
{
    struct slice value;
    struct json_cursor cursor = json_cursor_of(slice_of_text(text));
    return json_cursor_value(&cursor, &value) && json_cursor_is_at_end(&cursor);
}

static void values_are_told_from_rubbish(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{}",
        "[]",
        " [ 1 , 2 ] ",
        "\"\"",
        "\"\\u00e4\\n\\\\\"",
        "0",
        "-0",
        "10",
        "1.25",
        "-1e5",
        "1E+5",
        "1e-05",
        "true",
        "false",
        "null",
        "[[],{}]",
        "{\"a\":{\"a\":[]}}",
        "\t\r\n{ \"a\" : null }",
        "\"\\/\"",
        "[0]",
        "{\"a\":1,\"a\":2}",
    };
    static const char *const bad[] = {
        "",       " ",       "{",           "}",      "[1,]",     "{\"a\":1,}", "{\"a\"}",
        "{a:1}",  "{1:1}",   "[1 2]",       "01",     "-",        "+1",         "1.",
        ".5",     "1e",      "1e+",         "tru",    "nul",      "True",       "\"",
        "\"\\\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u1", "\"a\nb\"", "[1}",        "{\"a\":1]",
        "{,}",    "[,]",     "{\"a\":1}}",  "1 2",    "\"a\"b",   "NaN",        "{\"a\":1 \"b\":2}",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        print_message("%s\n", good[i]);
        assert_true(is_json(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        print_message("%s\n", bad[i]);
        assert_false(is_json(bad[i]));
    }
}

static void nesting_has_an_end(void **state)
{
    (void)state;
    for (size_t depth = JSON_CURSOR_NESTING; depth <= JSON_CURSOR_NESTING + 1; depth++) {
        char text[2 * (JSON_CURSOR_NESTING + 1) + 1] = "";
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_true(is_json(text) == (depth == JSON_CURSOR_NESTING));
    }
}

static void texts_come_without_their_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        const char *text; /* NULL: refused */
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00E4\\u20ac", "A\xc3\xa4\xe2\x82\xac"},
        {"\\uD83D\\uDE00", "\xf0\x9f\x98\x80"},
        {"\\uD83D", NULL},
        {"\\uD83D\\u0041", NULL},
        {"\\uDE00", NULL},
        {"a\\u0000b", NULL}, /* would end the text before its end */
        {"0123456789", NULL}, /* with its NUL one byte too long */
        {"01234567\\n", NULL},
        {"012345678", "012345678"},
        {"0123\\u20ac78", "0123\xe2\x82\xac"
                          "78"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char target[10] = "before";
        size_t size = i < 9 ? sizeof target : i == 10 ? 9 : sizeof target;
        print_message("%s\n", cases[i].raw);
        assert_true(json_cursor_unescape(slice_of_text(cases[i].raw), target, size) ==
                    (cases[i].text != NULL));
        assert_string_equal(target, cases[i].text == NULL ? "" : cases[i].text);
    }
}

static void members_are_found_and_the_rest_is_checked(void **state)
{
    (void)state;
    const struct slice names[] = {slice_of_text("a"), slice_of_text("b")};
    struct slice values[2];
    struct slice text = slice_of_text("{\"x\":[1],\"b\": {\"a\":9} ,\"\\u0061\":\"1\",\"a\":2}");
    assert_int_equal(json_cursor_find(text, names, 2, values).code, STATUS_OK);
    assert_true(slice_equals_text(values[0], "\"1\"")); /* the first counts */
    assert_true(slice_equals_text(values[1], "{\"a\":9}"));
    struct status status = json_cursor_find(slice_of_text("{\"a\":1,\"c\":[1}"), names, 2, values);
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_string_equal(status.reason, "the JSON is malformed at byte 13 of 14");
    status = json_cursor_find(slice_of_text("{\"a\":1} x"), names, 2, values);
    assert_string_equal(status.reason, "the JSON is malformed at byte 8 of 9");
    status = json_cursor_find(slice_of(NULL, 0), names, 2, values);
    assert_string_equal(status.reason, "the JSON is malformed at byte 0 of 0");
    assert_int_equal(json_cursor_find(slice_of_text("[]"), names, 2, values).code, STATUS_CORRUPT);
}

static void a_changed_text_is_refused_or_reads_as_its_tree(void **state)
{
    (void)state;
    static const char sample[] =
        "{\"a\":[1,-2.5e3,true,null,{}],\"b\":\"x\\\"y\\\\z\\/\\n\",\"c\":{\"d\":\"\"}}";
    const struct slice names[] = {slice_of_text("b")};
    struct random random;
    size_t agreed = 0;
    char *target = malloc(sizeof sample);
    assert_non_null(target);
    random_init(&random, test_seed());
    for (int i = 0; i < 200000; i++) {
        cJSON *tree = NULL;
        struct slice value;
        struct slice text = mutate(&random, sample, target, sizeof sample);
        struct status status = json_cursor_find(text, names, 1, &value);
        if (!status_is_ok(&status)) {
            continue;
        }
        char plain[64] = "";
        struct slice raw = {NULL, 0};
        struct json_cursor cursor = json_cursor_of(value);
        bool is_text = value.at != NULL && json_cursor_string(&cursor, &raw) &&
                       json_cursor_unescape(raw, plain, sizeof plain);
        if (json_parse(text, &tree).code != STATUS_OK) {
            fail_msg("no tree: %.*s", (int)text.length, text.at);
        }
        struct slice expected = json_text(tree, "b");
        if (is_text != (expected.at != NULL) || (is_text && !slice_equals_text(expected, plain))) {
            fail_msg("%.*s", (int)text.length, text.at);
        }
        agreed++;
        cJSON_Delete(tree);
    }
    assert_true(agreed > 10000);
    free(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_told_from_rubbish),
        cmocka_unit_test(nesting_has_an_end),
        cmocka_unit_test(texts_come_without_their_escapes),
        cmocka_unit_test(members_are_found_and_the_rest_is_checked),
        cmocka_unit_test(a_changed_text_is_refused_or_reads_as_its_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
