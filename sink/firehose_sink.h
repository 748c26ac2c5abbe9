/* The Firehose sink: lines packed into records, records into PutRecordBatch requests, several requests in
 * flight. */
#ifndef PENSTOCK_SINK_FIREHOSE_SINK_H
#define PENSTOCK_SINK_FIREHOSE_SINK_H

#include "aws/firehose.h"
#include "base/clock.h"
#include "sink/dead_letter.h"
#include "sink/large_records.h"
#include "sink/sink.h"
#include "sink/spill.h"

struct firehose_sink_options {
    const char *delivery_stream;
    struct aws_client *client; /* borrowed */
    struct dead_letters *letters; /* borrowed, or NULL */
    const struct large_records *large; /* borrowed, or NULL: lines over a record's size are dead letters */
    struct spill *spill; /* borrowed, or NULL: an outage is waited for */
    const struct clock *clock;
    int64_t flush_age_ms; /* no line waits longer for company */
    size_t pack_bytes; /* lines of one shard share a record up to this size; 0: one line a record */
    int64_t fleet_bytes_per_second; /* of all workers together (sink/pace.h); 0: no limit */
    uint32_t requests_in_flight; /* at most (sink/flight.h); as many sender threads, 1 to 16 */
    int64_t request_timeout_ms; /* one PutRecordBatch */
};

struct status firehose_sink_create(const struct firehose_sink_options *options, struct sink **ret_sink)
    MUST_USE;

#endif
