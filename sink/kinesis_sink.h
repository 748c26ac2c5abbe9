/* The sink for a Kinesis data stream, which keeps each item's changes in order (design 4.2).
 *
 * The partition key is the item key's hash, 16 hexadecimal digits, so that all changes of an item go to one shard of
 * the data stream; at most one record of a key is unacknowledged, since PutRecords keeps no order within a request
 * and takes or fails each record for itself. Lines of one key share a record up to `pack_bytes`. A record that failed
 * rests with its key and goes again; other keys do not wait for it.
 */
#ifndef PENSTOCK_SINK_KINESIS_SINK_H
#define PENSTOCK_SINK_KINESIS_SINK_H

#include "aws/kinesis.h"
#include "base/clock.h"
#include "sink/dead_letter.h"
#include "sink/sink.h"

struct kinesis_sink_options {
    const char *stream;
    struct aws_client *client; /* borrowed */
    struct dead_letters *letters; /* borrowed, or NULL */
    const struct clock *clock;
    int64_t flush_age_ms; /* no line waits longer for company */
    size_t pack_bytes; /* lines of one item share a record up to this size; 0: one line a record */
    size_t record_bytes; /* the stream's greatest record with its partition key; 0: 1 MiB */
    uint32_t requests_in_flight; /* at most (sink/flight.h); as many sender threads, 1 to 16 */
    int64_t request_timeout_ms; /* one PutRecords */
};

struct status kinesis_sink_create(const struct kinesis_sink_options *options, struct sink **ret_sink)
    MUST_USE;

#endif
