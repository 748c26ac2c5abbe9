/* Text in blocks: how far it gets, and that a character at a time gets there too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shard/decode_block.h"
#include "shard/decode_string.h"
#include "tests/unit/seed.h"

enum { BLOCK_BYTES = 32, TEXT_BYTES = 400, TEXTS = 200000 };

static const char *const sound[] = {
    "x",
    "\\\"",
    "\\\\",
    "\\/",
    "\\b",
    "\\f",
    "\\n",
    "\\r",
    "\\t",
    "\\u00e9",
    "\\uABCd",
    "\\uFfFf",
    "\\u0000",
    "\\u9aF0",
    "\\\\\\n",
    "\\\\\\\\",
    "\xC2\x80",
    "\xDF\xBF",
    "\xE1\x80\x80",
    "\xE6\xBC\xA2",
    "\xEC\xBF\xBF",
    "\xEE\x80\x80",
    "\xEF\xBF\xBF",
    "\x7F",
};

/* What is left to a closer look, and how much of it is passed before. */
static const struct {
    const char *text;
    size_t passed;
} stopping[] = {
    {"\x01", 0},
    {"\x1F", 0},
    {"\\x", 0},
    {"\\U00e9", 0},
    {"\\'", 0},
    {"\\N", 0},
    {"\\2", 0},
    {"\\\x01", 0},
    {"\\\xC3\xA9", 0},
    {"\\u12g4", 0},
    {"\\u123", 0},
    {"\\u1:34", 0},
    {"\\u@234", 0},
    {"\\u123`", 0},
    {"\\u12\"4", 0},
    {"\\u12\\n", 0},
    {"\\ud83d\\ude00", 0},
    {"\\uD7FF", 0},
    {"\\\\\\x", 2},
    {"\xC1\x80", 0},
    {"\xC0\x80", 0},
    {"\xC3(", 0},
    {"\xC3\xC3\xA9", 0},
    {"\xC3\\n", 0},
    {"\xC3\xA9\x80", 2},
    {"\xE0\xA0\x80", 0},
    {"\xED\x9F\xBF", 0},
    {"\xE1\x80(", 0},
    {"\xE1(\x80", 0},
    {"\xE1\x80\x80\x80", 3},
    {"\xF0\x9F\x98\x80", 0},
    {"\xF4\x8F\xBF\xBF", 0},
    {"\xFF", 0},
    {"\x80", 0},
    {"\xBF", 0},
};

static bool has_blocks(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") != 0;
#else
    return false;
#endif
}

static size_t put(char *target, size_t length, const char *piece)
{
    memcpy(target + length, piece, strlen(piece));
    return length + strlen(piece);
}

static size_t put_plain(char *target, size_t length, size_t count)
{
    memset(target + length, '.', count);
    return length + count;
}

/* In memory of its own and of its length, so that a look behind it is seen by the sanitizers. */
static size_t pass(const char *text, size_t length)
{
    char *exact = malloc(length);
    assert_non_null(exact);
    memcpy(exact, text, length);
    size_t passed = (size_t)(decode_block_pass(exact, exact + length) - exact);
    free(exact);
    return passed;
}

static void assert_passed(const char *text, size_t length, size_t expected)
{
    size_t passed = pass(text, length);
    if (passed != (has_blocks() ? expected : 0)) {
        print_error("%zu in place of %zu:\n%.*s\n", passed, expected, (int)length, text);
        fail();
    }
}

/* Each piece at every place of a block, over and over, then the quote that ends the text. */
static void test_sound_text_is_passed_to_its_quote(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++) {
        for (size_t plain = 0; plain <= BLOCK_BYTES; plain++) {
            char text[TEXT_BYTES];
            size_t length = put_plain(text, 0, plain);
            while (length < TEXT_BYTES / 2) {
                length = put(text, length, sound[i]);
            }
            size_t quote = length;
            length = put(text, length, "\"");
            length = put_plain(text, length, BLOCK_BYTES);
            assert_passed(text, length, quote);
        }
    }
}

static void test_stops_where_a_closer_look_is_due(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stopping / sizeof stopping[0]; i++) {
        for (size_t plain = 0; plain <= 2 * (size_t)BLOCK_BYTES; plain++) {
            char text[TEXT_BYTES];
            size_t length = put_plain(text, 0, plain);
            length = put(text, length, stopping[i].text);
            length = put_plain(text, length, 2 * (size_t)BLOCK_BYTES);
            assert_passed(text, length, plain + stopping[i].passed);
        }
    }
}

/* Is the character one that blocks leave to others? */
static bool wants_a_look(const char *at, const char *end)
{
    if (json_scan_is_plain(*at) || decode_string_pass_usual(at, end) != NULL) {
        return false;
    }
    bool unicode = end - at >= 6 && at[0] == '\\' && at[1] == 'u' && (at[2] | 0x20) != 'd';
    return !unicode || decode_string_pass_special(at, end) == NULL;
}

/* Does a character at a time come by the place? */
static bool passes_by(const char *at, const char *end, const char *place)
{
    while (at != NULL && at < place) {
        at = json_scan_is_plain(*at) ? at + 1 : decode_string_pass_special(at, end);
    }
    return at == place;
}

static size_t make_text(struct random *random, char *text)
{
    const size_t kinds = sizeof sound / sizeof sound[0] + sizeof stopping / sizeof stopping[0];
    size_t least = random_below(random, TEXT_BYTES - 80);
    uint64_t rare = random_below(random, 40); /* in 40 pieces, so many are of any kind */
    size_t length = 0;
    do {
        size_t kind =
            random_below(random, random_below(random, 40) < rare ? kinds : sizeof sound / sizeof sound[0]);
        size_t stop = kind - sizeof sound / sizeof sound[0];
        length = put(text, length, kind < sizeof sound / sizeof sound[0] ? sound[kind] : stopping[stop].text);
        length = random_below(random, 8) == 0 ? put_plain(text, length, random_below(random, 40)) : length;
    } while (length < least);
    length = random_below(random, 4) == 0 ? put(text, length, "\"") : length;
    return random_below(random, 2) == 0 ? length - random_below(random, length) : length;
}

static void test_random_texts(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (int i = 0; i < TEXTS; i++) {
        char text[TEXT_BYTES];
        size_t length = make_text(&random, text);
        const char *end = text + length;
        const char *place = text + pass(text, length);
        bool right = passes_by(text, end, place) && (!has_blocks() || end - place < BLOCK_BYTES ||
                                                     *place == '"' || wants_a_look(place, end));
        if (!right) {
            print_error("ends at %zu:\n%.*s\n", (size_t)(place - text), (int)length, text);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound_text_is_passed_to_its_quote),
        cmocka_unit_test(test_stops_where_a_closer_look_is_due),
        cmocka_unit_test(test_random_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
