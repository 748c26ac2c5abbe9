#include "aws/firehose.h"

#include "aws/json.h"

enum { REPLY_CEILING = 1024 * 1024 };

struct status firehose_body_begin(struct bytes *body, const char *delivery_stream)
{
    bytes_clear(body);
    TRY(bytes_append_text(body, "{\"DeliveryStreamName\":"));
    TRY(json_append_string(body, slice_of_text(delivery_stream)));
    return bytes_append_text(body, ",\"Records\":[");
}

struct status firehose_body_add(struct bytes *body, const struct slice *pieces, size_t count)
{
    TRY(put_body_open_record(body, pieces, count, 1));
    return bytes_append_text(body, "}");
}

struct status firehose_body_end(struct bytes *body)
{
    return bytes_append_text(body, "]}");
}

struct status firehose_put_record_batch(struct aws_client *client, struct slice body, size_t count,
                                        const struct put_limits *limits, struct aws_reply *reply,
                                        enum put_verdict *verdicts, char ret_error_code[AWS_ERROR_CODE_BYTES])
{
    struct aws_call call = {
        .operation = "PutRecordBatch", .body = body, .reply_ceiling = REPLY_CEILING, .max_attempts = 1};
    if (limits != NULL) {
        call.attempt_timeout_ms = limits->attempt_timeout_ms;
        call.deadline_boot_ms = limits->deadline_boot_ms;
        call.cancel = limits->cancel;
    }
    TRY(aws_client_call(client, &call, reply));
    static const struct put_reply_names names = {"Firehose PutRecordBatch", "RequestResponses", "RecordId",
                                                 "FailedPutCount"};
    return put_reply_parse(bytes_slice(&reply->http.body), &names, count, verdicts, ret_error_code);
}
