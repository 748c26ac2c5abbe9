/* Patterns over records: every folder of tests/vectors/filter holds a pattern, a record and what is to come out. `expect` is
 * "pass", "drop FIELD: WHY" or "refused: WHY". */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shard/filter.h"

enum { VECTORS_LEAST = 200, FILE_BYTES = 64 * 1024, ANSWER_BYTES = 1024 };

static const char vectors[] = "tests/vectors/filter";

#define STREAM_ARN "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-11-23T10:00:00.000"

static char *read_file(const char *folder, const char *name, size_t *ret_length)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s/%s", vectors, folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    char *content = malloc(FILE_BYTES);
    assert_non_null(content);
    *ret_length = fread(content, 1, FILE_BYTES - 1, file);
    content[*ret_length] = '\0';
    fclose(file);
    return content;
}

/* The record as the only one of a page. */
static void decode_only(const char *record_text, char *page, size_t size, struct decode_record *ret_record)
{
    int length = snprintf(page, size, "{\"Records\":[%s]}", record_text);
    struct decoder decoder;
    decode_begin(&decoder, slice_of(page, (size_t)length));
    assert_int_equal(decode_next(&decoder, ret_record), DECODE_RECORD);
    assert_null(ret_record->defect);
}

/* The first pattern's reason stands for all, as in `penstock filter --dry-run`. */
static void judge(const struct filter *filter, const struct decode_record *record, char answer[ANSWER_BYTES])
{
    struct filter_reason reason;
    switch (filter_judge(filter, record)) {
    case FILTER_PASS:
        snprintf(answer, ANSWER_BYTES, "pass\n");
        return;
    case FILTER_DROP:
        filter_explain(filter, 0, record, &reason);
        snprintf(answer, ANSWER_BYTES, "drop %s: %s\n", reason.field, reason.words);
        return;
    case FILTER_UNDECIDED:
        snprintf(answer, ANSWER_BYTES, "undecided\n");
        return;
    }
}

static void answer_vector(const char *folder, char answer[ANSWER_BYTES])
{
    size_t length;
    char *pattern = read_file(folder, "pattern.json", &length);
    struct filter *filter;
    struct status status = filter_create(&filter);
    assert_int_equal(status.code, STATUS_OK);
    status = filter_add(filter, slice_of(pattern, length));
    if (status.code != STATUS_OK) {
        assert_int_equal(status.code, STATUS_INVALID);
        assert_int_equal(filter_count(filter), 0);
        snprintf(answer, ANSWER_BYTES, "refused: %s\n", status.reason);
    } else {
        char *record_text = read_file(folder, "record.json", &length);
        char *page = malloc(FILE_BYTES + 64);
        struct decode_record record;
        assert_non_null(page);
        filter_set_stream(filter, STREAM_ARN);
        decode_only(record_text, page, FILE_BYTES + 64, &record);
        judge(filter, &record, answer);
        free(page);
        free(record_text);
    }
    filter_destroy(filter);
    free(pattern);
}

static void test_vectors(void **state)
{
    (void)state;
    DIR *directory = opendir(vectors);
    assert_non_null(directory);
    int count = 0;
    int wrong = 0;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char answer[ANSWER_BYTES];
        size_t length;
        char *expected = read_file(entry->d_name, "expect", &length);
        answer_vector(entry->d_name, answer);
        if (strcmp(answer, expected) != 0) {
            print_error("%s:\n  expected %s  is       %s", entry->d_name, expected, answer);
            wrong++;
        }
        free(expected);
        count++;
    }
    closedir(directory);
    assert_int_equal(wrong, 0);
    assert_in_range(count, VECTORS_LEAST, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
