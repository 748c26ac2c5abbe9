#include "aws/json.h"
#include "aws/streams.h"

enum { REQUEST_CEILING = 8 * 1024, REPLY_CEILING = 1024 * 1024, PAGES_MAX = 100 };

static struct status write_request(struct bytes *body, const char *table, const char *after)
{
    TRY(bytes_append_text(body, "{\"TableName\":"));
    TRY(json_append_string(body, slice_of_text(table)));
    if (after[0] != '\0') {
        TRY(bytes_append_text(body, ",\"ExclusiveStartStreamArn\":"));
        TRY(json_append_string(body, slice_of_text(after)));
    }
    return bytes_append_text(body, "}");
}

static struct status read_page(const cJSON *tree, struct stream_names *names, char after[STREAMS_ARN_BYTES])
{
    const cJSON *node = NULL;
    cJSON_ArrayForEach(node, json_array(tree, "Streams"))
    {
        if (names->count == STREAMS_NAMES_MAX) {
            return status_make(STATUS_TOO_LARGE, "ListStreams: more than %d streams of one table",
                               STREAMS_NAMES_MAX);
        }
        if (!json_copy_text(node, "StreamArn", names->arns[names->count], STREAMS_ARN_BYTES)) {
            return status_make(STATUS_CORRUPT, "ListStreams: stream %zu of the reply is malformed",
                               names->count);
        }
        names->count++;
    }
    after[0] = '\0';
    if (json_text(tree, "LastEvaluatedStreamArn").at != NULL &&
        !json_copy_text(tree, "LastEvaluatedStreamArn", after, STREAMS_ARN_BYTES)) {
        return status_make(STATUS_CORRUPT, "ListStreams: the reply has a member too long");
    }
    return status_ok();
}

static struct status list_page(struct aws_client *client, const char *table,
                               const struct streams_limits *limits, struct stream_names *names,
                               char after[STREAMS_ARN_BYTES])
{
    struct aws_reply reply = {.attempts = 0};
    struct bytes body;
    cJSON *tree = NULL;
    struct status status;
    bytes_init(&body, REQUEST_CEILING);
    TRY_GOTO(status, end, write_request(&body, table, after));
    const struct aws_call request = {.operation = "ListStreams",
                                     .body = bytes_slice(&body),
                                     .reply_ceiling = REPLY_CEILING,
                                     .attempt_timeout_ms = limits->attempt_timeout_ms,
                                     .deadline_boot_ms = limits->deadline_boot_ms,
                                     .max_attempts = limits->max_attempts,
                                     .cancel = limits->cancel};
    TRY_GOTO(status, end, aws_client_call(client, &request, &reply));
    status = status_prefix(json_parse(bytes_slice(&reply.http.body), &tree), "DynamoDB Streams ListStreams");
    if (status_is_ok(&status)) {
        status = read_page(tree, names, after);
    }
end:
    cJSON_Delete(tree);
    aws_reply_free(&reply);
    bytes_free(&body);
    return status;
}

struct status streams_list(struct aws_client *client, const char *table, const struct streams_limits *limits,
                           struct stream_names *ret_names)
{
    char after[STREAMS_ARN_BYTES] = "";
    ret_names->count = 0;
    for (int page = 0; page < PAGES_MAX; page++) {
        TRY(list_page(client, table, limits, ret_names, after));
        if (after[0] == '\0') {
            return status_ok();
        }
    }
    return status_make(STATUS_TOO_LARGE, "ListStreams: more than %d pages", PAGES_MAX);
}
