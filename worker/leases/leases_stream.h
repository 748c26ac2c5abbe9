/* The streams behind a lease table: which there are, and their shards. One thread fills, any may look. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_STREAM_H
#define PENSTOCK_WORKER_LEASES_LEASES_STREAM_H

#include "aws/streams.h"
#include "worker/leases/leases_read.h"

enum { LEASES_STREAMS_MAX = 64, LEASES_SHARDS_CEILING = 200000 };

/* The ARN that a row itself names: penstockStream, or made of a multi-stream key's
 * "<account>:<region>$<account>$<table>$<label>:1:..." (adapter 2.3.0, util/KinesisMapperUtil.java). Into `ret_arn`,
 * empty when the row does not say. Pure. */
void leases_stream_of_row(const struct leases_row *row, char ret_arn[STREAMS_ARN_BYTES]);

/* A stream's shards, sorted by id. */
struct leases_stream {
    struct stream_description description;
    bool gone; /* AWS knows no such stream: a deleted table's, or one older than 24 hours */
};

/* Zeroed memory is a valid empty set. */
struct leases_streams {
    struct leases_stream *at[LEASES_STREAMS_MAX];
    size_t count;
};

/* Lists the stream's shards unless it was done before (DescribeStream, page by page). A stream that is gone is
 * noted, not an error; STATUS_TOO_LARGE over LEASES_STREAMS_MAX streams. */
struct status leases_streams_add(const struct leases_source *source, const char *arn,
                                 struct leases_streams *streams) MUST_USE;

void leases_streams_free(struct leases_streams *streams);

/* NULL when it was not added. */
const struct leases_stream *leases_streams_get(const struct leases_streams *streams, const char *arn);

/* False when the stream has no such shard. */
bool leases_streams_find(const struct leases_streams *streams, const char *arn, const char *shard,
                         const struct stream_shard **ret_shard) MUST_USE;

#endif
