/* Pages as they come from GetRecords: every folder of tests/vectors/decode holds one and what is to be found
 * in it. A user would see a lost, mangled or invented change if these fail. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/json_scan.h"
#include "base/random.h"
#include "shard/decode.h"
#include "shard/decode_text.h"
#include "tests/unit/seed.h"

static const char vectors[] = "tests/vectors/decode";

static char *read_file(const char *folder, const char *name, size_t *ret_length)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s/%s", vectors, folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    *ret_length = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    return text;
}

/* The newline that ends the file is not part of the page. */
static size_t without_newline(const char *text, size_t length)
{
    return length > 0 && text[length - 1] == '\n' ? length - 1 : length;
}

static void expect_text(const char *folder, const cJSON *expected, const char *name, struct slice found)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(expected, name));
    assert_non_null(text);
    if (!slice_equals_text(found, text)) {
        print_error("%s: %s is '%.*s', not '%s'\n", folder, name, (int)found.length, found.at, text);
        fail();
    }
}

static void expect_record(const char *folder, const cJSON *expected, const struct decode_record *record)
{
    static const char *const ops[] = {"INSERT", "MODIFY", "REMOVE"};
    expect_text(folder, expected, "defect", slice_of_text(record->defect));
    expect_text(folder, expected, "event_id", record->event_id_raw);
    expect_text(folder, expected, "seq", record->sequence_raw);
    expect_text(folder, expected, "region", record->region_raw);
    expect_text(folder, expected, "keys", record->keys);
    expect_text(folder, expected, "new_image", record->new_image);
    expect_text(folder, expected, "old_image", record->old_image);
    expect_text(folder, expected, "size_bytes", record->size_bytes);
    if (record->defect == NULL) {
        expect_text(folder, expected, "op", slice_of_text(ops[record->op]));
        assert_int_equal(record->ttl, cJSON_IsTrue(cJSON_GetObjectItem(expected, "ttl")));
        assert_true((double)record->event_wall_ms ==
                    cJSON_GetNumberValue(cJSON_GetObjectItem(expected, "event_ts_ms")));
    }
    assert_true(record->whole.length > 2 && record->whole.at[0] == '{' &&
                record->whole.at[record->whole.length - 1] == '}');
}

static void check_folder(const char *folder)
{
    size_t length;
    char *expected_text = read_file(folder, "expected.json", &length);
    cJSON *expected = cJSON_Parse(expected_text);
    assert_non_null(expected);
    char *text = read_file(folder, "page.json", &length);
    length = without_newline(text, length);
    char *page = malloc(length + 1); /* exact, so that a sanitizer sees a read behind the end */
    assert_non_null(page);
    char *exact = realloc(page, length == 0 ? 1 : length);
    memcpy(exact, text, length);

    struct decoder decoder;
    struct decode_record record;
    enum decode_result result;
    decode_begin(&decoder, slice_of(exact, length));
    const cJSON *next = cJSON_GetArrayItem(cJSON_GetObjectItem(expected, "records"), 0);
    const char *error = cJSON_GetStringValue(cJSON_GetObjectItem(expected, "error"));
    while ((result = decode_next(&decoder, &record)) == DECODE_RECORD) {
        if (error == NULL) {
            assert_non_null(next);
            expect_record(folder, next, &record);
            next = next->next;
        }
    }
    if (error == NULL) {
        if (result != DECODE_END) {
            size_t offset;
            const char *found = decode_error(&decoder, &offset);
            print_error("%s: %s at byte %zu\n", folder, found, offset);
        }
        assert_int_equal(result, DECODE_END);
        assert_null(next);
        expect_text(folder, expected, "next", decoder.next_iterator_raw);
    } else {
        size_t offset;
        assert_int_equal(result, DECODE_CORRUPT);
        if (strcmp(decode_error(&decoder, &offset), error) != 0 ||
            (double)offset != cJSON_GetNumberValue(cJSON_GetObjectItem(expected, "offset"))) {
            print_error("%s: '%s' at %zu\n", folder, decode_error(&decoder, &offset), offset);
            fail();
        }
    }
    free(exact);
    free(text);
    free(expected_text);
    cJSON_Delete(expected);
}

static void test_vectors(void **state)
{
    (void)state;
    DIR *directory = opendir(vectors);
    assert_non_null(directory);
    size_t folders = 0;
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            check_folder(entry->d_name);
            folders++;
        }
    }
    closedir(directory);
    assert_true(folders >= 49);
}

/* Both forms of the scan stop at the same byte, wherever in a block it stands. */
static void test_scan_forms_agree(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 7);
    char text[80];
    for (int round = 0; round < 200000; round++) {
        size_t length = (size_t)random_below(&random, sizeof text);
        for (size_t i = 0; i < length; i++) {
            text[i] = (char)(random_below(&random, 40) == 0 ? random_below(&random, 256)
                                                            : 0x20 + random_below(&random, 96));
        }
        const char *naive = text;
        while (naive < text + length && json_scan_is_plain(*naive)) {
            naive++;
        }
        assert_ptr_equal(json_scan(text, text + length), naive);
        assert_ptr_equal(json_scan_portable(text, text + length), naive);
    }
}

/* Whether a value of `lists` lists around an attribute of a text is taken. */
static bool takes_depth(unsigned lists)
{
    char page[2048];
    size_t length = (size_t)snprintf(page, sizeof page, "{\"Records\":[],\"more\":");
    memset(page + length, '[', lists);
    length += lists;
    length += (size_t)snprintf(page + length, sizeof page - length, "{\"S\":\"x\"}");
    memset(page + length, ']', lists);
    length += lists;
    page[length++] = '}';
    struct decoder decoder;
    struct decode_record record;
    decode_begin(&decoder, slice_of(page, length));
    return decode_next(&decoder, &record) == DECODE_END;
}

/* The short way through an attribute does not lead deeper than the long one. */
static void test_an_attribute_counts_as_a_level(void **state)
{
    (void)state;
    assert_true(takes_depth(DECODE_NESTING - 1));
    assert_false(takes_depth(DECODE_NESTING));
}

/* Writes a string of up to 12 plain and special parts; returns its length. */
static size_t put_string(char *text, struct random *random)
{
    static const char *const parts[] = {
        "a", "bcdefgh", " ", "\\n", "\\\"", "\\u00e9", "\xc3\xa9", "\xe6\xb0\xb4", "\xf0\x9f\x98\x80"};
    size_t length = 0;
    text[length++] = '"';
    for (uint64_t i = random_below(random, 12); i > 0; i--) {
        const char *part = parts[random_below(random, sizeof parts / sizeof parts[0])];
        memcpy(text + length, part, strlen(part));
        length += strlen(part);
    }
    text[length++] = '"';
    return length;
}

/* Whatever stands in a string and behind it: it ends at its quote, and is an error where the page ends first. */
static void test_strings_end_at_their_quote(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (int round = 0; round < 200000; round++) {
        char text[256];
        size_t length = put_string(text, &random);
        size_t spare = (size_t)random_below(&random, 40);
        memset(text + length, '"', spare);
        struct decode_cursor cursor = {.at = text, .end = text + length + spare};
        struct slice found;
        assert_true(decode_cursor_string(&cursor, &found));
        assert_ptr_equal(found.at, text + 1);
        assert_int_equal(found.length, length - 2);
        assert_ptr_equal(cursor.at, text + length);
        cursor = (struct decode_cursor){.at = text, .end = text + length - 1};
        assert_false(decode_cursor_string(&cursor, &found));
    }
}

static void test_milliseconds(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        int64_t ms; /* -1: refused */
    } cases[] = {
        {"0", 0},
        {"1", 1000},
        {"1763900000", 1763900000000},
        {"1.7639E9", 1763900000000},
        {"1.763900000123e+9", 1763900000123},
        {"1763900000.9999", 1763900000999},
        {"0.0004", 0},
        {"1763900000000e-3", 1763900000000},
        {"1763900000.00000000000000000000000000000001", 1763900000000},
        {"0e99999999999", 0},
        {"1e-99999999999", 0},
        {"1e99999999999", -1},
        {"999999999999999", 999999999999999000},
        {"9999999999999999", -1},
        {"-1", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;
        bool read = decode_text_milliseconds(slice_of_text(cases[i].number), &ms);
        if (read != (cases[i].ms >= 0) || ms != cases[i].ms) {
            print_error("%s gives %lld\n", cases[i].number, (long long)ms);
            fail();
        }
    }
}

static void test_unescape(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        const char *text;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"a\\/b\\\"c\\\\d", "a/b\"c\\d"},
        {"\\b\\f\\n\\r\\t", "\b\f\n\r\t"},
        {"\\u0041\\u00e9\\u20ac\\uD83D\\uDE00", "A\u00e9\u20ac\U0001F600"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        size_t length;
        assert_true(decode_text_unescape(slice_of_text(cases[i].raw), text, sizeof text, &length));
        assert_true(slice_equals_text(slice_of(text, length), cases[i].text));
        if (length > 0) {
            assert_false(decode_text_unescape(slice_of_text(cases[i].raw), text, length - 1, &length));
        }
    }
}

/* What can be told of a page that does not parse; an attribute of that name is not taken for it. */
static void test_salvage(void **state)
{
    (void)state;
    static const struct {
        const char *page;
        const char *found; /* NULL: nothing */
    } cases[] = {
        {"{\"NextShardIterator\":\"abc\",\"Records\":[{{{", "abc"},
        {"{\"Records\":[{\"a\":{\"NextShardIterator\":{\"S\":\"no\"}}],\"NextShardIterator\" : \"yes\"",
         "yes"},
        {"{\"Records\":[{\"S\":\"\\\"NextShardIterator\\\":\\\"no\\\"\"", NULL},
        {"{\"NextShardIterator\":null", NULL},
        {"{\"NextShardIterator\":\"cut", NULL},
        {"\"NextShardIterator", NULL},
        {"NextShardIterator\":\"x\"", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slice raw = slice_of_text("untouched");
        bool found = decode_salvage_text(slice_of_text(cases[i].page), "NextShardIterator", &raw);
        assert_int_equal(found, cases[i].found != NULL);
        assert_true(slice_equals_text(raw, found ? cases[i].found : "untouched"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_scan_forms_agree),
        cmocka_unit_test(test_an_attribute_counts_as_a_level),
        cmocka_unit_test(test_strings_end_at_their_quote),
        cmocka_unit_test(test_milliseconds),
        cmocka_unit_test(test_unescape),
        cmocka_unit_test(test_salvage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
