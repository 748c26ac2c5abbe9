/* DynamoDB Streams: a shard overlooked in a listing is data never read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/streams.h"
#include "tests/unit/aws/mutate.h"
#include "tests/unit/aws/scripted_client.h"
#include "tests/unit/seed.h"

#define ARN "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-11-23T10:00:00.000"

static void arns_are_taken_apart(void **state)
{
    (void)state;
    struct stream_arn_parts parts;
    assert_int_equal(stream_arn_parse(ARN, &parts).code, STATUS_OK);
    assert_string_equal(parts.region, "eu-west-1");
    assert_string_equal(parts.table, "orders");
    assert_string_equal(parts.label, "2026-11-23T10:00:00.000");
    assert_int_equal(
        stream_arn_parse("arn:aws-us-gov:dynamodb:ddblocal:000000000000:table/a.b-c_d/stream/x", &parts).code,
        STATUS_OK);
    assert_string_equal(parts.table, "a.b-c_d");
    static const char *const wrong[] = {"",
                                        "orders",
                                        "arn:aws:dynamodb:eu-west-1:1:table/orders",
                                        "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/",
                                        "arn:aws:dynamodb:eu-west-1:1:table//stream/x",
                                        "arn:aws:dynamodb::1:table/orders/stream/x",
                                        "arn:aws:kinesis:eu-west-1:1:stream/orders",
                                        "xrn:aws:dynamodb:eu-west-1:1:table/orders/stream/x",
                                        "arn:aws:dynamodb:eu-west-1:1:table/orders/index/x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct status status = stream_arn_parse(wrong[i], &parts);
        assert_int_equal(status.code, STATUS_INVALID);
        assert_non_null(strstr(status.reason, "no stream ARN"));
    }
    char *endless = calloc(1, 5000);
    assert_non_null(endless);
    memset(endless, 'a', 4999);
    memcpy(endless, ARN, strlen(ARN));
    assert_int_equal(stream_arn_parse(endless, &parts).code, STATUS_INVALID);
    free(endless);
}

#define PAGE_1                                                                                               \
    "{\"StreamDescription\":{\"StreamArn\":\"" ARN "\",\"StreamLabel\":\"L\",\"StreamStatus\":\"ENABLED\","  \
    "\"StreamViewType\":\"NEW_AND_OLD_IMAGES\",\"TableName\":\"orders\",\"LastEvaluatedShardId\":\"shardId-" \
    "2\","                                                                                                   \
    "\"Shards\":[{\"ShardId\":\"shardId-1\",\"SequenceNumberRange\":{\"StartingSequenceNumber\":"            \
    "\"100000000000000000001\",\"EndingSequenceNumber\":\"100000000000000000009\"}},{\"ShardId\":\"shardId-" \
    "2\","                                                                                                   \
    "\"ParentShardId\":\"shardId-1\",\"SequenceNumberRange\":{\"StartingSequenceNumber\":"                   \
    "\"100000000000000000010\"}}]}}"
#define PAGE_2                                                                                               \
    "{\"StreamDescription\":{\"StreamArn\":\"" ARN "\",\"StreamStatus\":\"ENABLED\",\"Shards\":["            \
    "{\"ShardId\":\"shardId-3\",\"SequenceNumberRange\":{\"StartingSequenceNumber\":\"5\"}}]}}"

static void a_page_is_read_whole(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.status = 200, .body = PAGE_1}};
    struct scripted_client c;
    struct stream_description d = {.shards = NULL};
    scripted_client_start(&c, AWS_DYNAMODB_STREAMS, steps, 1);
    assert_int_equal(streams_describe_page(c.client, ARN, "shardId-0", "shardId-\"9", NULL, &d).code,
                     STATUS_OK);
    assert_string_equal(c.script.requests[0].body,
                        "{\"StreamArn\":\"" ARN "\",\"Limit\":100,\"ExclusiveStartShardId\":\"shardId-0\","
                        "\"ShardFilter\":{\"Type\":\"CHILD_SHARDS\",\"ShardId\":\"shardId-\\\"9\"}}");
    assert_string_equal(d.arn, ARN);
    assert_string_equal(d.label, "L");
    assert_string_equal(d.table, "orders");
    assert_string_equal(d.status, "ENABLED");
    assert_string_equal(d.view_type, "NEW_AND_OLD_IMAGES");
    assert_string_equal(d.last_evaluated, "shardId-2");
    assert_int_equal(d.shard_count, 2);
    assert_string_equal(d.shards[0].id, "shardId-1");
    assert_string_equal(d.shards[0].parent_id, "");
    assert_true(slice_equals_text(sequence_number_slice(&d.shards[0].last), "100000000000000000009"));
    assert_string_equal(d.shards[1].parent_id, "shardId-1");
    assert_int_equal(d.shards[1].last.length, 0);
    stream_description_free(&d);
    stream_description_free(&d);
    scripted_client_end(&c);
}

static void pages_are_joined_and_continue_where_the_last_ended(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.status = 200, .body = PAGE_1},
                                               {.status = 200, .body = PAGE_2}};
    struct scripted_client c;
    struct stream_description d = {.shards = NULL};
    scripted_client_start(&c, AWS_DYNAMODB_STREAMS, steps, 2);
    assert_int_equal(streams_describe(c.client, ARN, 3, NULL, &d).code, STATUS_OK);
    assert_int_equal(d.shard_count, 3);
    assert_string_equal(d.shards[0].id, "shardId-1");
    assert_string_equal(d.shards[2].id, "shardId-3");
    assert_string_equal(d.last_evaluated, "");
    assert_non_null(strstr(c.script.requests[1].body, "\"ExclusiveStartShardId\":\"shardId-2\""));
    stream_description_free(&d);
    scripted_client_end(&c);
}

static void a_listing_that_fails_midway_or_stands_still_gives_nothing(void **state)
{
    (void)state;
    static const struct {
        struct script_step second;
        size_t ceiling;
        enum status_code code;
    } cases[] = {
        {{.status = 400, .body = "{\"__type\":\"ResourceNotFoundException\"}"}, 9, STATUS_NOT_FOUND},
        {{.transport = STATUS_TIMEOUT}, 9, STATUS_TIMEOUT},
        {{.status = 200, .body = PAGE_1}, 9, STATUS_CORRUPT}, /* the same last shard again */
        {{.status = 200, .body = PAGE_2}, 2, STATUS_TOO_LARGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct script_step steps[] = {{.status = 200, .body = PAGE_1}, cases[i].second};
        struct scripted_client c;
        struct stream_description d = {.shards = NULL, .shard_count = 7};
        scripted_client_start(&c, AWS_DYNAMODB_STREAMS, steps, 2);
        assert_int_equal(streams_describe(c.client, ARN, cases[i].ceiling, NULL, &d).code, cases[i].code);
        assert_int_equal(d.shard_count, 7);
        scripted_client_end(&c);
    }
}

static void a_malformed_description_is_corrupt(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "{}",
        "[]",
        "{\"StreamDescription\":{}}",
        "{\"StreamDescription\":[]}",
        "{\"StreamDescription\":{\"StreamArn\":\"a\",\"StreamStatus\":\"ENABLED\",\"Shards\":[{}]}}",
        "{\"StreamDescription\":{\"StreamArn\":\"a\",\"StreamStatus\":\"ENABLED\",\"Shards\":[5]}}",
        "{\"StreamDescription\":{\"StreamArn\":\"a\",\"StreamStatus\":\"ENABLED\",\"Shards\":[{\"ShardId\":"
        "\"s\","
        "\"SequenceNumberRange\":{\"StartingSequenceNumber\":\"12x\"}}]}}",
        "{\"StreamDescription\":{\"StreamArn\":\"a\",\"StreamStatus\":\"ENABLED\",\"Shards\":[{\"ShardId\":"
        "\"0123456789012345678901234567890123456789012345678901234567890123456789\"}]}}",
        "{\"StreamDescription\":{\"StreamArn\":\"a\",\"StreamStatus\":\"A status without an "
        "end\",\"Shards\":[]}}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        const struct script_step steps[] = {{.status = 200, .body = bodies[i]}};
        struct scripted_client c;
        struct stream_description d = {.shards = NULL};
        scripted_client_start(&c, AWS_DYNAMODB_STREAMS, steps, 1);
        struct status status = streams_describe_page(c.client, ARN, NULL, NULL, NULL, &d);
        if (status.code != STATUS_CORRUPT) {
            fail_msg("%s: %s", bodies[i], status_code_name(status.code));
        }
        scripted_client_end(&c);
    }
}

static void foreign_descriptions_are_read_or_refused(void **state)
{
    (void)state;
    struct random random;
    char *target = malloc(sizeof PAGE_1);
    char *text = malloc(sizeof PAGE_1 + 1);
    assert_true(target != NULL && text != NULL);
    random_init(&random, test_seed());
    for (int i = 0; i < 10000; i++) {
        struct slice bytes = mutate(&random, PAGE_1, target, sizeof PAGE_1);
        memcpy(text, bytes.at, bytes.length);
        text[bytes.length] = '\0';
        const struct script_step steps[] = {{.status = 200, .body = text}};
        struct scripted_client c;
        struct stream_description d = {.shards = NULL};
        scripted_client_start(&c, AWS_DYNAMODB_STREAMS, steps, 1);
        struct status status = streams_describe_page(c.client, ARN, NULL, NULL, NULL, &d);
        assert_true(status.code == STATUS_OK || status.code == STATUS_CORRUPT);
        stream_description_free(&d);
        scripted_client_end(&c);
    }
    free(target);
    free(text);
}

static void an_iterator_is_asked_for_by_its_type(void **state)
{
    (void)state;
    static const struct {
        enum stream_iterator_type type;
        const char *members;
    } cases[] = {
        {STREAM_TRIM_HORIZON, "\"ShardIteratorType\":\"TRIM_HORIZON\"}"},
        {STREAM_LATEST, "\"ShardIteratorType\":\"LATEST\"}"},
        {STREAM_AT_SEQUENCE_NUMBER,
         "\"ShardIteratorType\":\"AT_SEQUENCE_NUMBER\",\"SequenceNumber\":\"42\"}"},
        {STREAM_AFTER_SEQUENCE_NUMBER,
         "\"ShardIteratorType\":\"AFTER_SEQUENCE_NUMBER\",\"SequenceNumber\":\"42\"}"},
    };
    struct sequence_number number;
    assert_true(sequence_number_parse(slice_of_text("42"), &number));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const struct script_step steps[] = {
            {.status = 200, .body = "{\"ShardIterator\":\"arn|1|abc\"}"},
            {.status = 200, .body = "{\"ShardIterator\":\"\"}"},
            {.status = 400, .body = "{\"__type\":\"TrimmedDataAccessException\"}"}};
        struct scripted_client c;
        struct bytes iterator;
        char expected[512];
        bytes_init(&iterator, 4096);
        assert_int_equal(bytes_append_text(&iterator, "old").code, STATUS_OK);
        scripted_client_start(&c, AWS_DYNAMODB_STREAMS, steps, 3);
        assert_int_equal(
            streams_get_shard_iterator(c.client, ARN, "s", cases[i].type, &number, NULL, &iterator).code,
            STATUS_OK);
        assert_true(slice_equals_text(bytes_slice(&iterator), "arn|1|abc"));
        snprintf(expected, sizeof expected, "{\"StreamArn\":\"" ARN "\",\"ShardId\":\"s\",%s",
                 cases[i].members);
        assert_string_equal(c.script.requests[0].body, expected);
        assert_int_equal(
            streams_get_shard_iterator(c.client, ARN, "s", cases[i].type, &number, NULL, &iterator).code,
            STATUS_CORRUPT);
        assert_int_equal(
            streams_get_shard_iterator(c.client, ARN, "s", cases[i].type, &number, NULL, &iterator).code,
            STATUS_TRIMMED);
        assert_true(slice_equals_text(bytes_slice(&iterator), "arn|1|abc"));
        bytes_free(&iterator);
        scripted_client_end(&c);
    }
}

static void a_page_of_records_comes_undecoded(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.status = 200, .body = "{\"Records\":[]}"}};
    struct scripted_client c;
    struct aws_reply reply = {.attempts = 0};
    struct streams_limits limits = {.attempt_timeout_ms = 321};
    scripted_client_start(&c, AWS_DYNAMODB_STREAMS, steps, 1);
    assert_int_equal(streams_get_records(c.client, slice_of_text("a\"b"), 1000, 77, &limits, &reply).code,
                     STATUS_OK);
    assert_string_equal(c.script.requests[0].body, "{\"ShardIterator\":\"a\\\"b\",\"Limit\":1000}");
    assert_int_equal(c.script.requests[0].reply_ceiling, 77);
    assert_int_equal(c.script.requests[0].timeout_ms, 321);
    assert_true(slice_equals_text(bytes_slice(&reply.http.body), "{\"Records\":[]}"));
    aws_reply_free(&reply);
    scripted_client_end(&c);
}

static void the_streams_of_a_table(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.status = 200,
         .body =
             "{\"Streams\":[{\"StreamArn\":\"arn-1\",\"TableName\":\"orders\"},{\"StreamArn\":\"arn-2\"}],"
             "\"LastEvaluatedStreamArn\":\"arn-2\"}"},
        {.status = 200, .body = "{\"Streams\":[{\"StreamArn\":\"arn-3\"}]}"}};
    struct scripted_client c;
    static struct stream_names names;
    const struct streams_limits limits = {.cancel = NULL};
    scripted_client_start(&c, AWS_DYNAMODB_STREAMS, steps, 2);
    assert_int_equal(streams_list(c.client, "orders", &limits, &names).code, STATUS_OK);
    assert_int_equal(names.count, 3);
    assert_string_equal(names.arns[2], "arn-3");
    assert_string_equal(c.script.requests[0].body, "{\"TableName\":\"orders\"}");
    assert_string_equal(c.script.requests[1].body,
                        "{\"TableName\":\"orders\",\"ExclusiveStartStreamArn\":\"arn-2\"}");
    scripted_client_end(&c);
}

static void a_malformed_list_of_streams_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{\"Streams\":[{}]}", "{\"Streams\":[7]}", "[",
                                         "{\"Streams\":[{\"StreamArn\":5}]}"};
    static struct stream_names names;
    const struct streams_limits limits = {.cancel = NULL};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        const struct script_step step = {.status = 200, .body = bodies[i]};
        struct scripted_client c;
        scripted_client_start(&c, AWS_DYNAMODB_STREAMS, &step, 1);
        assert_int_equal(streams_list(c.client, "orders", &limits, &names).code, STATUS_CORRUPT);
        scripted_client_end(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arns_are_taken_apart),
        cmocka_unit_test(a_page_is_read_whole),
        cmocka_unit_test(the_streams_of_a_table),
        cmocka_unit_test(a_malformed_list_of_streams_is_refused),
        cmocka_unit_test(pages_are_joined_and_continue_where_the_last_ended),
        cmocka_unit_test(a_listing_that_fails_midway_or_stands_still_gives_nothing),
        cmocka_unit_test(a_malformed_description_is_corrupt),
        cmocka_unit_test(foreign_descriptions_are_read_or_refused),
        cmocka_unit_test(an_iterator_is_asked_for_by_its_type),
        cmocka_unit_test(a_page_of_records_comes_undecoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
