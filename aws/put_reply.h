/* The replies of PutRecordBatch (Firehose) and PutRecords (Kinesis), read without a tree: with 500 records a request
 * this is per-record work. */
#ifndef PENSTOCK_AWS_PUT_REPLY_H
#define PENSTOCK_AWS_PUT_REPLY_H

#include "aws/client.h"

enum put_verdict { PUT_ACCEPTED, PUT_FAILED };

/* The members' names, and the operation's for errors. */
struct put_reply_names {
    const char *operation; /* "Firehose PutRecordBatch" */
    const char *entries; /* "RequestResponses" */
    const char *id; /* "RecordId" */
    const char *failed; /* "FailedPutCount" */
};

/* verdicts[i] for each of `count` records, and the code of the first that failed (empty: none). A record
 * without ErrorCode and with an id is accepted; any other failed. STATUS_CORRUPT, with `verdicts`
 * unspecified: malformed or too deep JSON, another number of records, or a count of failures that the records do
 * not bear out. */
struct status put_reply_parse(struct slice body, const struct put_reply_names *names, size_t count,
                              enum put_verdict *verdicts, char ret_error_code[AWS_ERROR_CODE_BYTES]) MUST_USE;

#endif
