/* Kinesis Data Streams: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
 * Any thread may call with a shared client. */
#ifndef PENSTOCK_AWS_KINESIS_H
#define PENSTOCK_AWS_KINESIS_H

#include "aws/client.h"
#include "aws/put_body.h"
#include "aws/put_reply.h"

enum {
    KINESIS_RECORDS = 500, /* records a request */
    KINESIS_REQUEST_BYTES = 10 * 1024 * 1024, /* a request, partition keys included; counted after base64 */
    KINESIS_RECORD_BYTES =
        1024 * 1024, /* a record with its partition key, before base64; a stream may allow more */
    KINESIS_KEY_BYTES = 256, /* characters of a partition key */
};

/* A PutRecords body under construction, written once. */
struct status kinesis_body_begin(struct bytes *body, const char *stream) MUST_USE;
/* One record made of `count` pieces, joined. `partition_key` needs no escapes in JSON. */
struct status kinesis_body_add(struct bytes *body, const char *partition_key, const struct slice *pieces,
                               size_t count) MUST_USE;
struct status kinesis_body_end(struct bytes *body) MUST_USE;

/* One attempt, no retries inside (only failed records may be resent, which the sink does). On success
 * verdicts[i] tells of record i, which Kinesis takes and fails each for itself, in no order; a reply whose array does
 * not match `count` is STATUS_CORRUPT and its outcome unknown. *ret_error_code is that of the first failed record, or
 * empty. */
struct status kinesis_put_records(struct aws_client *client, struct slice body, size_t count,
                                  const struct put_limits *limits, struct aws_reply *reply,
                                  enum put_verdict *verdicts, char ret_error_code[AWS_ERROR_CODE_BYTES])
    MUST_USE;

/* What a start needs to know of a stream. */
struct kinesis_summary {
    bool active; /* takes records: ACTIVE or UPDATING */
    char state[24]; /* AWS's word */
    int64_t record_bytes; /* the greatest record with its partition key */
    int64_t open_shards;
};

/* DescribeStreamSummary. STATUS_NOT_FOUND: no such stream. */
struct status kinesis_describe(struct aws_client *client, const char *stream, struct stop *cancel,
                               struct kinesis_summary *ret_summary) MUST_USE;

#endif
