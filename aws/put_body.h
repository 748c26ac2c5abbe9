/* What the bodies of PutRecordBatch (Firehose) and PutRecords (Kinesis) share. */
#ifndef PENSTOCK_AWS_PUT_BODY_H
#define PENSTOCK_AWS_PUT_BODY_H

#include "base/bytes.h"
#include "base/thread.h"

/* How long one request may take. */
struct put_limits {
    int64_t attempt_timeout_ms; /* 0: 10 s */
    int64_t deadline_boot_ms; /* 0: none */
    struct stop *cancel; /* or NULL */
};

/* Opens a record: appends {"Data":"..." with `count` pieces, joined, in base64, written once, straight into the body;
 * with a comma before it unless it is the first. There is room for `tail` bytes behind it. Whole or not at all. */
struct status put_body_open_record(struct bytes *body, const struct slice *pieces, size_t count, size_t tail)
    MUST_USE;

#endif
