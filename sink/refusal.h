/* What a failed request to Firehose or Kinesis means for the lines it carried. Pure. */
#ifndef PENSTOCK_SINK_REFUSAL_H
#define PENSTOCK_SINK_REFUSAL_H

#include "base/bytes.h"

enum refusal {
    REFUSAL_RETRY, /* refused for now, or the outcome is unknown: all of it again, with backoff */
    REFUSAL_CONTENT, /* AWS dislikes something in it: bisect */
    REFUSAL_BLOCKED, /* nothing can be sent until a person acts (no such stream, rights, key): again, loudly
                      */
    REFUSAL_STOPPED, /* we cancelled it */
};

/* `error_code` and `body` are AWS's own words, empty without an answer; `http_status` 0 without one.
 *
 * Content is blamed only for InvalidArgumentException, ValidationException, SerializationException and HTTP
 * 413
 * (https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html#API_PutRecordBatch_Errors
 * and .../CommonErrors.html). The same codes also come for a wrong stream name or a stream that is not for
 * direct puts ("This operation is not permitted on KinesisStreamAsSource delivery stream type"): a message
 * about the delivery stream says nothing about a line, and must not send all lines to the dead letters. */
enum refusal refusal_of(enum status_code code, const char *error_code, int http_status, struct slice body);

#endif
