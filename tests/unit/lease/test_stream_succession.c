/* A table's stream is switched off and on again. What breaks else: changes of the new stream land before older ones of
 * the same items, or what the old one still held is never read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lease/stream_succession.h"

#define TABLE "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/"
static const char first[] = TABLE "2026-11-20T10:00:00.000";
static const char second[] = TABLE "2026-11-22T10:00:00.000";
static const char latest[] = TABLE "2026-11-23T10:00:00.000";
static const char foreign[] = "arn:aws:dynamodb:eu-west-1:1:table/other/stream/2026-11-20T10:00:00.000";

static void arns_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *arn;
        enum lease_stream stream;
    } cases[] = {
        {latest, LEASE_STREAM_SAME},
        {first, LEASE_STREAM_EARLIER},
        {second, LEASE_STREAM_EARLIER},
        {TABLE "2026-11-24T10:00:00.000", LEASE_STREAM_OTHER}, /* a later one: somebody else's business */
        {foreign, LEASE_STREAM_OTHER},
        {"arn:aws:dynamodb:eu-west-1:1:table/orders2/stream/2026-11-20T10:00:00.000", LEASE_STREAM_OTHER},
        {"arn:aws:dynamodb:us-east-1:1:table/orders/stream/2026-11-20T10:00:00.000", LEASE_STREAM_OTHER},
        {"arn:aws:dynamodb:eu-west-1:1:table/orders", LEASE_STREAM_OTHER},
        {"", LEASE_STREAM_OTHER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].arn);
        assert_int_equal(lease_stream_compare(cases[i].arn, latest), cases[i].stream);
    }
}

static void add(struct stream_survey *survey, const char *key, const char *arn, const char *checkpoint)
{
    char text[400];
    char stream[200] = "";
    if (arn != NULL) {
        snprintf(stream, sizeof stream, "\"penstockStream\":{\"S\":\"%s\"},", arn);
    }
    snprintf(text, sizeof text,
             "{\"leaseKey\":{\"S\":\"%s\"},%s\"leaseCounter\":{\"N\":\"1\"},\"checkpoint\":{\"S\":\"%s\"}}",
             key, stream, checkpoint);
    assert_true(stream_survey_add(survey, slice_of_text(text), latest));
}

struct survey_row {
    const char *arn; /* NULL: says none */
    const char *checkpoint;
};

static void the_stream_whose_turn_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct survey_row rows[4];
        const char *drained;
        const char *chosen;
    } cases[] = {
        {"an empty table", {{NULL, NULL}}, "", latest},
        {"at work on the latest", {{latest, "5"}}, "", latest},
        {"an unfinished row of an earlier one", {{first, "5"}, {second, "SHARD_END"}}, "", first},
        {"the earliest first", {{second, "5"}, {first, "TRIM_HORIZON"}}, "", first},
        {"even if the latest was begun", {{latest, "5"}, {second, "5"}}, "", second},
        {"all ended, the latest not begun: is it really?",
         {{first, "SHARD_END"}, {second, "SHARD_END"}},
         "",
         second},
        {"it is", {{first, "SHARD_END"}, {second, "SHARD_END"}}, second, latest},
        {"it was not", {{second, "SHARD_END"}, {second, "5"}}, second, second},
        {"all ended, the latest begun", {{second, "SHARD_END"}, {latest, "TRIM_HORIZON"}}, "", latest},
        {"another table's rows", {{foreign, "5"}}, "", latest},
        {"a later stream's", {{TABLE "2026-12-01T00:00:00.000", "5"}}, "", latest},
        {"a Java fleet's", {{NULL, "5"}, {NULL, "SHARD_END"}}, "", latest},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stream_survey *survey = calloc(1, sizeof *survey);
        assert_non_null(survey);
        for (size_t j = 0; j < 4 && cases[i].rows[j].checkpoint != NULL; j++) {
            char key[16];
            snprintf(key, sizeof key, "s-%zu", j);
            add(survey, key, cases[i].rows[j].arn, cases[i].rows[j].checkpoint);
        }
        print_message("%s\n", cases[i].what);
        assert_string_equal(stream_survey_choose(survey, latest, cases[i].drained), cases[i].chosen);
        stream_survey_free(survey);
        free(survey);
    }
}

static void rows_of_java_are_noted(void **state)
{
    (void)state;
    struct stream_survey *survey = calloc(1, sizeof *survey);
    assert_non_null(survey);
    for (size_t i = 0; i < 200; i++) {
        char key[16];
        snprintf(key, sizeof key, "s-%zu", i);
        add(survey, key, NULL, i % 2 == 0 ? "SHARD_END" : "7");
    }
    assert_int_equal(survey->unsaid_count, 100);
    assert_string_equal(survey->unsaid[99], "s-199");
    assert_int_equal(survey->count, 0);
    stream_survey_free(survey);
    free(survey);
}

static void the_age_of_a_shard(void **state)
{
    (void)state;
    static const struct {
        const char *shard;
        const char *label;
        bool older;
    } cases[] = {
        {"shardId-00000001763892000000-1a2b3c4d", "2025-11-23T10:00:00.000", false}, /* the same moment */
        {"shardId-00000001763891999999-1a2b3c4d", "2025-11-23T10:00:00.000", true},
        {"shardId-00000001763892000001-1a2b3c4d", "2025-11-23T10:00:00.000", false},
        {"shardId-00000001763891999999", "2025-11-23T10:00:00.000", true},
        {"shardId-x-1a2b3c4d", "2025-11-23T10:00:00.000", false},
        {"s-1", "2025-11-23T10:00:00.000", false},
        {"shardId-00000001763891999999-1a2b3c4d", "yesterday", false},
        {"", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].shard);
        assert_int_equal(stream_shard_is_older(cases[i].shard, cases[i].label), cases[i].older);
    }
}

static struct lease row_of(const char *key, const char *checkpoint, enum lease_stream stream)
{
    struct lease row = {.stream = stream};
    lease_copy_text(row.key, sizeof row.key, key);
    lease_copy_text(row.checkpoint, sizeof row.checkpoint, checkpoint);
    return row;
}

static void a_stream_is_drained_when_all_has_ended(void **state)
{
    (void)state;
    static struct stream_shard shards[2] = {{.id = "a", .last = {1, "9"}},
                                            {.id = "b", .parent_id = "a", .last = {1, "9"}}};
    struct stream_description listing = {.status = "DISABLED", .shards = shards, .shard_count = 2};
    struct lease rows[3] = {row_of("a", "SHARD_END", LEASE_STREAM_SAME),
                            row_of("b", "SHARD_END", LEASE_STREAM_UNSAID),
                            row_of("x", "5", LEASE_STREAM_OTHER)};
    assert_true(stream_is_drained(rows, 3, &listing));
    assert_true(stream_is_drained(rows, 3, NULL)); /* gone */
    assert_false(stream_is_drained(rows, 1, &listing)); /* the child has no row yet: a scan is no snapshot */
    assert_true(stream_is_drained(rows, 1, NULL));
    assert_true(stream_is_drained(&rows[1], 1, &listing)); /* the parent's row was removed before */
    snprintf(listing.status, sizeof listing.status, "ENABLED");
    assert_false(stream_is_drained(rows, 3, &listing)); /* a listing that is late */
    snprintf(listing.status, sizeof listing.status, "DISABLED");
    rows[1] = row_of("b", "7", LEASE_STREAM_UNSAID);
    assert_false(stream_is_drained(rows, 3, &listing));
    assert_false(stream_is_drained(rows, 3, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arns_are_told_apart),
        cmocka_unit_test(the_stream_whose_turn_it_is),
        cmocka_unit_test(rows_of_java_are_noted),
        cmocka_unit_test(the_age_of_a_shard),
        cmocka_unit_test(a_stream_is_drained_when_all_has_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
