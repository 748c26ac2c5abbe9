/* Kinesis Data Firehose: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
 * Any thread may call with a shared client. */
#ifndef PENSTOCK_AWS_FIREHOSE_H
#define PENSTOCK_AWS_FIREHOSE_H

#include "aws/put_body.h"
#include "aws/put_reply.h"

enum {
    FIREHOSE_RECORDS = 500, /* records a request */
    FIREHOSE_REQUEST_BYTES = 4 * 1024 * 1024, /* a request, counted after base64 */
    FIREHOSE_RECORD_BYTES = 1024000, /* a record, before base64 */
};

/* A PutRecordBatch body under construction, written once: base64 goes straight into it. */
struct status firehose_body_begin(struct bytes *body, const char *delivery_stream) MUST_USE;
/* One record made of `count` pieces, joined. */
struct status firehose_body_add(struct bytes *body, const struct slice *pieces, size_t count) MUST_USE;
struct status firehose_body_end(struct bytes *body) MUST_USE;

/* One attempt, no retries inside (only failed records may be resent, which the sink does). On success
 * verdicts[i] tells of record i; a reply whose array does not match `count` is STATUS_CORRUPT and its outcome
 * unknown. *ret_error_code is that of the first failed record, or empty. */
struct status firehose_put_record_batch(struct aws_client *client, struct slice body, size_t count,
                                        const struct put_limits *limits, struct aws_reply *reply,
                                        enum put_verdict *verdicts, char ret_error_code[AWS_ERROR_CODE_BYTES])
    MUST_USE;

#endif
