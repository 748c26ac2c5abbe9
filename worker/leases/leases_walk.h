/* Reads a shard's records for their places and times: what a rewind needs to find a point in time and to count.
 * DynamoDB Streams has no iterator for a time, so a shard is read from a place on. Rights: dynamodb:GetShardIterator
 * and GetRecords on the stream. One thread. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_WALK_H
#define PENSTOCK_WORKER_LEASES_LEASES_WALK_H

#include "aws/streams.h"
#include "worker/leases/leases_read.h"

struct leases_walk {
    const struct leases_source *source; /* borrowed, as everything here */
    const char *stream_arn;
    const char *shard;
    const struct sequence_number *after; /* NULL: from the trim horizon */
    int64_t records_ceiling; /* reads no more than about this many */
    void *context;
    /* For each record in stream order; false: enough. */
    bool (*visit)(void *context, const struct sequence_number *sequence, int64_t event_wall_ms);
};

enum leases_walk_end {
    LEASES_WALK_ENOUGH, /* the visitor said so */
    LEASES_WALK_SHARD_END, /* the shard is closed, and this was all of it */
    LEASES_WALK_TIP, /* the shard is open, and all that was there when the walk began was visited */
    LEASES_WALK_CEILING
};

/* STATUS_TRIMMED: `after` is older than what the stream holds; STATUS_INVALID: it is no place in this shard;
 * STATUS_NOT_FOUND: no such shard; others as streams_get_records(). Throttles and expired iterators are waited out. */
struct status leases_walk_shard(const struct leases_walk *walk, enum leases_walk_end *ret_end) MUST_USE;

#endif
