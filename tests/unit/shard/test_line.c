/* The landed line, byte for byte: every folder of tests/vectors/line holds a page and its lines. Readers of
 * the lake (MERGE jobs, Athena) depend on each of these bytes. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "shard/line.h"

static const char vectors[] = "tests/vectors/line";

static const struct line_options orders = {
    .table = "orders",
    .region = "eu-west-1",
    .stream_label = "2026-11-23T10:00:00.000",
    .shard = "shardId-00000001763900000000-1a2b3c4d",
};

static char *read_file(const char *folder, const char *name, size_t *ret_length)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s/%s", vectors, folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    *ret_length = fread(text, 1, (1 << 16) - 1, file);
    fclose(file);
    return text;
}

/* The newline that ends the file is not part of the page. */
static size_t without_newline(const char *text, size_t length)
{
    return length > 0 && text[length - 1] == '\n' ? length - 1 : length;
}

static void expect_ok(struct status status)
{
    if (!status_is_ok(&status)) {
        print_error("%s\n", status.reason);
        fail();
    }
}

static void form_lines(const struct line_context *context, struct slice page, struct bytes *lines)
{
    struct decoder decoder;
    struct decode_record record;
    enum decode_result result;
    decode_begin(&decoder, page);
    while ((result = decode_next(&decoder, &record)) == DECODE_RECORD) {
        assert_null(record.defect);
        size_t before = lines->length;
        assert_int_equal(line_append(context, &record, 1763900001500, lines), STATUS_OK);
        /* One line, whatever the page looked like. */
        assert_ptr_equal(memchr(lines->at + before, '\n', lines->length - before),
                         lines->at + lines->length - 1);
        assert_null(memchr(lines->at + before, '\r', lines->length - before));
    }
    assert_int_equal(result, DECODE_END);
}

static const char *text_option(const cJSON *json, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItem(json, name));
}

static bool option_is(const cJSON *json, const char *name, const char *value)
{
    const char *text = text_option(json, name);
    return text != NULL && strcmp(text, value) == 0;
}

static void check_folder(const char *folder)
{
    size_t length;
    char *options_text = read_file(folder, "options.json", &length);
    cJSON *json = cJSON_Parse(options_text);
    struct line_options options = orders;
    options.old_image = cJSON_IsTrue(cJSON_GetObjectItem(json, "old_image"));
    options.epoch = (uint32_t)cJSON_GetNumberValue(cJSON_GetObjectItem(json, "epoch"));
    options.form.format = option_is(json, "format", "plain") ? LINE_PLAIN : LINE_TYPED;
    options.form.images = option_is(json, "images", "text") ? LINE_TEXTS : LINE_OBJECTS;
    struct projection *projection = NULL;
    expect_ok(projection_create(text_option(json, "include"), text_option(json, "exclude"), &projection));
    options.form.projection = projection;
    struct line_context context;
    expect_ok(line_context_init(&context, &options));
    char *page = read_file(folder, "page.json", &length);
    struct bytes lines;
    bytes_init(&lines, 1 << 20);
    form_lines(&context, slice_of(page, without_newline(page, length)), &lines);
    char *expected = read_file(folder, "lines.jsonl", &length);
    if (!slice_equals(bytes_slice(&lines), slice_of(expected, length))) {
        print_error("%s:\n%.*snot\n%s", folder, (int)lines.length, lines.at, expected);
        fail();
    }
    bytes_free(&lines);
    line_context_free(&context);
    projection_destroy(projection);
    cJSON_Delete(json);
    free(options_text);
    free(page);
    free(expected);
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
    assert_true(folders >= 30);
}

static void test_names_that_would_break_a_line(void **state)
{
    (void)state;
    struct line_context context;
    struct line_options options = orders;
    options.table = "or\"ders";
    struct status status = line_context_init(&context, &options);
    assert_int_equal(status.code, STATUS_INVALID);
    assert_non_null(strstr(status.reason, "or\"ders"));
    options = orders;
    options.epoch = 1000000;
    status = line_context_init(&context, &options);
    assert_int_equal(status.code, STATUS_INVALID);
}

/* A line that does not fit leaves the buffer as it was. */
static void test_ceiling(void **state)
{
    (void)state;
    struct line_context context;
    expect_ok(line_context_init(&context, &orders));
    struct decode_record record = {
        .op = RECORD_REMOVE,
        .event_id_raw = slice_of_text("e"),
        .keys = slice_of_text("{}"),
        .sequence_raw = slice_of_text("1"),
    };
    assert_true(sequence_number_parse(record.sequence_raw, &record.sequence));
    struct bytes lines;
    bytes_init(&lines, 100);
    assert_int_equal(line_append(&context, &record, 1, &lines), STATUS_TOO_LARGE);
    assert_int_equal(lines.length, 0);
    bytes_free(&lines);
    line_context_free(&context);
}

/* Line ends between tokens, of every system, are legal in a page and fatal in a line. */
static void test_line_breaks_between_tokens(void **state)
{
    (void)state;
    static const char page[] =
        "{\r\n\"Records\":[{\"eventID\":\"e\",\"eventName\":\"REMOVE\",\"dynamodb\":{\"Keys\":{\r\n\"k\"\r:\n"
        "{\"S\":\"\\r\\n\"}\r},\"SequenceNumber\":\"7\",\"ApproximateCreationDateTime\":1}}]}";
    struct line_context context;
    struct bytes lines;
    expect_ok(line_context_init(&context, &orders));
    bytes_init(&lines, 4096);
    form_lines(&context, slice_of_text(page), &lines);
    static const char keys[] = "\"keys\":{\"k\":{\"S\":\"\\r\\n\"}}}\n";
    assert_non_null(memmem(lines.at, lines.length, keys, sizeof keys - 1));
    bytes_free(&lines);
    line_context_free(&context);
}

/* Times are written digit by digit as printf does, whatever their length and sign. */
static void test_numbers(void **state)
{
    (void)state;
    struct line_context context;
    expect_ok(line_context_init(&context, &orders));
    struct decode_record record = {
        .event_id_raw = slice_of_text("e"), .sequence_raw = slice_of_text("1"), .keys = slice_of_text("{}")};
    assert_true(sequence_number_parse(record.sequence_raw, &record.sequence));
    struct bytes line;
    bytes_init(&line, 4096);
    int64_t number = 1;
    for (int digits = 0; digits < 19; digits++, number = digits < 19 ? number * 10 : 0) {
        const int64_t cases[] = {0,       number - 1, number,    number + 5,    9 - number,
                                 -number, INT64_MAX,  INT64_MIN, 1764539123456, 9080706050403};
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            char expected[128];
            snprintf(expected, sizeof expected, "\"event_ts_ms\":%lld,\"worker_ts_ms\":%lld,",
                     (long long)cases[i], (long long)number);
            record.event_wall_ms = cases[i];
            bytes_clear(&line);
            assert_int_equal(line_append(&context, &record, number, &line), STATUS_OK);
            assert_non_null(memmem(line.at, line.length, expected, strlen(expected)));
        }
    }
    bytes_free(&line);
    line_context_free(&context);
}

static void test_order_group(void **state)
{
    (void)state;
    char keys[] = "{\"pk\":{\"S\":\"0000000000\"},\"sk\":{\"N\":\"1\"}}";
    uint64_t first = line_order_group(slice_of_text(keys));
    assert_true(first == line_order_group(slice_of_text(keys)));
    for (size_t i = 0; i < sizeof keys - 1; i++) {
        keys[i]++;
        assert_true(first != line_order_group(slice_of_text(keys)));
        assert_true(first != line_order_group(slice_of(keys, i)));
        keys[i]--;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),     cmocka_unit_test(test_names_that_would_break_a_line),
        cmocka_unit_test(test_ceiling),     cmocka_unit_test(test_line_breaks_between_tokens),
        cmocka_unit_test(test_order_group), cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
