/* The short way over what DynamoDB writes: what it takes, and that the long way takes the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/seed.h"
#include "tests/unit/shard/usual_twin.h"

enum { TEXTS = 60000, TEXT_BYTES = 4096 };

static const char *const usual[] = {
    "{}",
    "[]",
    "{\"S\":\"\"}",
    "{\"S\":\"x\"}",
    "{\"pk\":{\"S\":\"item-00000001\"}}",
    "{\"a\":{\"N\":\"1.5\"},\"b\":{\"BOOL\":true},\"c\":{\"NULL\":true},\"d\":{\"BOOL\":false}}",
    "{\"a\":{\"S\":\"a text that is longer than sixteen bytes, and than thirty-two\"}}",
    "{\"a\":{\"S\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\uDE00\"}}",
    "{\"a\":{\"S\":\"\xC3\xA9 \xE6\xBC\xA2 \xF0\x9F\x98\x80 \xE0\xA0\x80 \xED\x9F\xBF\"}}",
    "{\"\xC3\xA9\\u00e9\":{\"S\":\"named so\"}}",
    "{\"s\":{\"SS\":[\"a\",\"b\"]},\"n\":{\"NS\":[\"1\"]},\"b\":{\"BS\":[]}}",
    "{\"l\":{\"L\":[{\"S\":\"x\"},{\"L\":[]},{\"M\":{}},{\"NULL\":true}]}}",
    "{\"m\":{\"M\":{\"a\":{\"M\":{\"b\":{\"L\":[{\"M\":{\"c\":{\"S\":\"]}\"}}}]}}}}}}",
    "[true,false,null]",
    "[[[[]]],{\"a\":[]}]",
};

/* Sound, but for the long way. */
static const char *const unusual[] = {
    "{ }",
    "{\"a\": 1}",
    "{\"a\":1}",
    "[0,-1.5e3]",
    "{\"a\":{\"S\":\"x\",\"T\":\"y\"}}",
    "{\"a\":{\"S\":\"x\"} }",
};

static const char *const wrong[] = {
    "{",
    "[",
    "{]",
    "[}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":\"b\"",
    "{\"a\":\"b\",}",
    "{,\"a\":\"b\"}",
    "{\"a\":\"b\"]",
    "[\"a\"}",
    "[\"a\",]",
    "[,]",
    "[\"a\" \"b\"]",
    "[tru]",
    "[nulls]",
    "[true1]",
    "{a:\"b\"}",
    "{\"a\"\"b\"}",
    "{\"a\":{\"S\":\"x}}",
    "{\"a\":{\"S\":\"x\"",
    "{\"a\":{\"S\":\"x\"}",
    "{\"a\":{\"S\":\"x\"}]",
    "{\"a\":{\"S\":\"\x01\"}}",
    "{\"a\":{\"S\":\"\\x\"}}",
    "{\"a\":{\"S\":\"\\u12g4\"}}",
    "{\"a\":{\"S\":\"\\ud83d\"}}",
    "{\"a\":{\"S\":\"\xC3\"}}",
    "{\"a\":{\"S\":\"\xC0\x80\"}}",
    "{\"a\":{\"S\":\"\xED\xA0\x80\"}}",
    "{\"a\":{\"S\":\"\xF4\x90\x80\x80\"}}",
    "{\"a\":{\"S\":\"\x80\"}}",
};

/* In memory of its own and of its length, so that a look behind it is seen by the sanitizers. */
static const char *check(const char *text, size_t length, bool *ret_usual)
{
    char *exact = malloc(length);
    assert_non_null(exact);
    memcpy(exact, text, length);
    const char *difference = usual_twin_check(slice_of(exact, length), ret_usual);
    free(exact);
    return difference;
}

static void assert_taken(const char *text, size_t length, bool expected)
{
    bool taken;
    const char *difference = check(text, length, &taken);
    if (difference != NULL || taken != expected) {
        print_error("%s\n%.*s\n",
                    difference != NULL ? difference
                    : expected         ? "not taken:"
                                       : "taken:",
                    (int)length, text);
        fail();
    }
}

static void test_what_is_usual(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        size_t length = strlen(usual[i]);
        assert_taken(usual[i], length, true);
        for (size_t cut = 1; cut < length; cut++) {
            assert_taken(usual[i], cut, false);
        }
    }
}

static void test_what_is_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof unusual / sizeof unusual[0]; i++) {
        assert_taken(unusual[i], strlen(unusual[i]), false);
        assert_int_equal(usual_twin_long(slice_of_text(unusual[i])), strlen(unusual[i]));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_taken(wrong[i], strlen(wrong[i]), false);
        assert_int_equal(usual_twin_long(slice_of_text(wrong[i])), 0);
    }
}

/* What stands behind the container is not looked at. */
static void test_ends_at_its_bracket(void **state)
{
    (void)state;
    const char text[] = "{\"a\":{\"S\":\"x\"}}}]\"\x01";
    assert_ptr_equal(decode_usual_container(text, text + sizeof text - 1), text + 15);
}

static void test_nesting(void **state)
{
    (void)state;
    for (size_t depth = 1; depth < DECODE_NESTING; depth++) {
        char text[2 * DECODE_NESTING];
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_taken(text, 2 * depth, depth <= DECODE_USUAL_NESTING);
        assert_int_equal(usual_twin_long(slice_of(text, 2 * depth)), 2 * depth);
    }
}

/* Pieces of items in any order: some are sound, many nearly so. */
static void test_random_texts(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "{\"S\":\"",
        "\"}",
        "{\"pk\":{\"S\":\"item-1\"}}",
        "{",
        "}",
        "[",
        "]",
        "\"a\":",
        ",",
        "\"name of an attribute\":",
        "\"a text\"",
        "true",
        "null",
        "\\n",
        "{\"N\":\"1\"}",
        "\\u00e9",
        "\xC3\xA9",
        "\"\"",
        "{\"M\":{",
        "{\"L\":[",
        "false",
    };
    struct random random;
    random_init(&random, test_seed());
    size_t taken_count = 0;
    for (int i = 0; i < TEXTS; i++) {
        char text[TEXT_BYTES];
        size_t length = strlen(usual[i % (int)(sizeof usual / sizeof usual[0])]);
        memcpy(text, usual[i % (int)(sizeof usual / sizeof usual[0])], length);
        for (uint64_t changes = random_below(&random, 3) + 1; changes > 0; changes--) {
            const char *piece = pieces[random_below(&random, sizeof pieces / sizeof pieces[0])];
            size_t at = 1 + (size_t)random_below(&random, length - 1);
            size_t gone = random_below(&random, 2) == 0 ? 0 : (size_t)random_below(&random, length - at + 1);
            memmove(text + at + strlen(piece), text + at + gone, length - at - gone);
            memcpy(text + at, piece, strlen(piece));
            length = length - gone + strlen(piece);
        }
        bool taken;
        const char *difference = check(text, length, &taken);
        if (difference != NULL) {
            print_error("%s\n%.*s\n", difference, (int)length, text);
            fail();
        }
        taken_count += taken;
    }
    print_message("%zu of %d taken\n", taken_count, TEXTS);
    assert_true(taken_count > TEXTS / 50 && taken_count < TEXTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_usual),       cmocka_unit_test(test_what_is_not),
        cmocka_unit_test(test_ends_at_its_bracket), cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_random_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
