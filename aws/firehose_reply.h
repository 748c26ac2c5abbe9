/* PutRecordBatch's reply, read without a tree: with 500 records a request this is per-record work. */
#ifndef PENSTOCK_AWS_FIREHOSE_REPLY_H
#define PENSTOCK_AWS_FIREHOSE_REPLY_H

#include "aws/firehose.h"

/* verdicts[i] for each of `count` records, and the code of the first that failed (empty: none). A record
 * without ErrorCode and with a RecordId is accepted; any other failed. STATUS_CORRUPT, with `verdicts`
 * unspecified: malformed or too deep JSON, another number of records, or a FailedPutCount that the records do
 * not bear out. */
struct status firehose_reply_parse(struct slice body, size_t count, enum firehose_verdict *verdicts,
                                   char ret_error_code[AWS_ERROR_CODE_BYTES]) MUST_USE;

#endif
