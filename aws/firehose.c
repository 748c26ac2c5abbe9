#include "aws/firehose.h"

#include "aws/base64.h"
#include "aws/firehose_reply.h"
#include "aws/json.h"

enum { RECORD_FRAME_BYTES = sizeof ",{\"Data\":\"\"}" - 1, REPLY_CEILING = 1024 * 1024 };

struct status firehose_body_begin(struct bytes *body, const char *delivery_stream)
{
    bytes_clear(body);
    TRY(bytes_append_text(body, "{\"DeliveryStreamName\":"));
    TRY(json_append_string(body, slice_of_text(delivery_stream)));
    return bytes_append_text(body, ",\"Records\":[");
}

/* Base64 over pieces as if they were one: what is over a multiple of three bytes waits for the next piece. */
struct joiner {
    char *target;
    unsigned char waiting[3];
    size_t waiting_count;
};

static void join_piece(struct joiner *joiner, struct slice piece)
{
    while (joiner->waiting_count > 0 && piece.length > 0) {
        joiner->waiting[joiner->waiting_count++] = (unsigned char)piece.at[0];
        piece = slice_of(piece.at + 1, piece.length - 1);
        if (joiner->waiting_count == 3) {
            base64_encode(joiner->waiting, 3, joiner->target);
            joiner->target += 4;
            joiner->waiting_count = 0;
        }
    }
    size_t whole = piece.length / 3 * 3;
    base64_encode((const unsigned char *)piece.at, whole, joiner->target);
    joiner->target += whole / 3 * 4;
    for (size_t i = whole; i < piece.length; i++) {
        joiner->waiting[joiner->waiting_count++] = (unsigned char)piece.at[i];
    }
}

struct status firehose_body_add(struct bytes *body, const struct slice *pieces, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += pieces[i].length;
    }
    size_t encoded = base64_length(total);
    TRY(bytes_reserve(body, encoded + RECORD_FRAME_BYTES));
    const char *frame = body->at[body->length - 1] == '[' ? "{\"Data\":\"" : ",{\"Data\":\"";
    TRY(bytes_append_text(body, frame));
    struct joiner joiner = {.target = body->at + body->length};
    for (size_t i = 0; i < count; i++) {
        join_piece(&joiner, pieces[i]);
    }
    base64_encode(joiner.waiting, joiner.waiting_count, joiner.target);
    body->length += encoded;
    return bytes_append_text(body, "\"}");
}

struct status firehose_body_end(struct bytes *body)
{
    return bytes_append_text(body, "]}");
}

struct status firehose_put_record_batch(struct aws_client *client, struct slice body, size_t count,
                                        const struct firehose_limits *limits, struct aws_reply *reply,
                                        enum firehose_verdict *verdicts,
                                        char ret_error_code[AWS_ERROR_CODE_BYTES])
{
    struct aws_call call = {
        .operation = "PutRecordBatch", .body = body, .reply_ceiling = REPLY_CEILING, .max_attempts = 1};
    if (limits != NULL) {
        call.attempt_timeout_ms = limits->attempt_timeout_ms;
        call.deadline_boot_ms = limits->deadline_boot_ms;
        call.cancel = limits->cancel;
    }
    TRY(aws_client_call(client, &call, reply));
    return firehose_reply_parse(bytes_slice(&reply->http.body), count, verdicts, ret_error_code);
}
