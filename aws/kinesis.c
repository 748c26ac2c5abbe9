#include "aws/kinesis.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#include "aws/json.h"

enum {
    REPLY_CEILING = 1024 * 1024,
    KEY_FRAME_BYTES = sizeof ",\"PartitionKey\":\"\"}" - 1,
    KIB = 1024,
    DEFAULT_RECORD_KIB = KINESIS_RECORD_BYTES / KIB
};

struct status kinesis_body_begin(struct bytes *body, const char *stream)
{
    bytes_clear(body);
    TRY(bytes_append_text(body, "{\"StreamName\":"));
    TRY(json_append_string(body, slice_of_text(stream)));
    return bytes_append_text(body, ",\"Records\":[");
}

struct status kinesis_body_add(struct bytes *body, const char *partition_key, const struct slice *pieces,
                               size_t count)
{
    TRY(put_body_open_record(body, pieces, count, KEY_FRAME_BYTES + strlen(partition_key)));
    return bytes_append_format(body, ",\"PartitionKey\":\"%s\"}", partition_key);
}

struct status kinesis_body_end(struct bytes *body)
{
    return bytes_append_text(body, "]}");
}

struct status kinesis_put_records(struct aws_client *client, struct slice body, size_t count,
                                  const struct put_limits *limits, struct aws_reply *reply,
                                  enum put_verdict *verdicts, char ret_error_code[AWS_ERROR_CODE_BYTES])
{
    static const struct put_reply_names names = {"Kinesis PutRecords", "Records", "SequenceNumber",
                                                 "FailedRecordCount"};
    struct aws_call call = {
        .operation = "PutRecords", .body = body, .reply_ceiling = REPLY_CEILING, .max_attempts = 1};
    if (limits != NULL) {
        call.attempt_timeout_ms = limits->attempt_timeout_ms;
        call.deadline_boot_ms = limits->deadline_boot_ms;
        call.cancel = limits->cancel;
    }
    TRY(aws_client_call(client, &call, reply));
    return put_reply_parse(bytes_slice(&reply->http.body), &names, count, verdicts, ret_error_code);
}

static int64_t member_or(const cJSON *object, const char *name, int64_t fallback)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(member) ? (int64_t)member->valuedouble : fallback;
}

static struct status read_summary(struct slice body, struct kinesis_summary *ret_summary)
{
    cJSON *tree = NULL;
    TRY(status_prefix(json_parse(body, &tree), "Kinesis DescribeStreamSummary"));
    const cJSON *summary = cJSON_GetObjectItemCaseSensitive(tree, "StreamDescriptionSummary");
    const cJSON *state = cJSON_GetObjectItemCaseSensitive(summary, "StreamStatus");
    struct status status = status_ok();
    if (cJSON_IsString(state)) {
        struct kinesis_summary found = {
            .active =
                strcmp(state->valuestring, "ACTIVE") == 0 || strcmp(state->valuestring, "UPDATING") == 0,
            .record_bytes = member_or(summary, "MaxRecordSizeInKiB", DEFAULT_RECORD_KIB) * KIB,
            .open_shards = member_or(summary, "OpenShardCount", 0)};
        snprintf(found.state, sizeof found.state, "%s", state->valuestring);
        *ret_summary = found;
    } else {
        status = status_make(STATUS_CORRUPT, "Kinesis DescribeStreamSummary: the reply has no StreamStatus");
    }
    cJSON_Delete(tree);
    return status;
}

struct status kinesis_describe(struct aws_client *client, const char *stream, struct stop *cancel,
                               struct kinesis_summary *ret_summary)
{
    struct bytes body;
    struct aws_reply reply = {.attempts = 0};
    bytes_init(&body, 4 * KIB);
    struct status status;
    TRY_GOTO(status, out, bytes_append_text(&body, "{\"StreamName\":"));
    TRY_GOTO(status, out, json_append_string(&body, slice_of_text(stream)));
    TRY_GOTO(status, out, bytes_append_text(&body, "}"));
    const struct aws_call call = {
        .operation = "DescribeStreamSummary", .body = bytes_slice(&body), .cancel = cancel};
    TRY_GOTO(status, out, aws_client_call(client, &call, &reply));
    status = read_summary(bytes_slice(&reply.http.body), ret_summary);
out:
    bytes_free(&body);
    aws_reply_free(&reply);
    return status;
}
