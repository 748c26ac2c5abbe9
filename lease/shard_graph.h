/* Which shards of a listing want a lease row, and where each starts: pure. Follows the adapter's
 * DynamoDBStreamsShardSyncer (2.3.0), with listings that may be late, partial or stale. */
#ifndef PENSTOCK_LEASE_SHARD_GRAPH_H
#define PENSTOCK_LEASE_SHARD_GRAPH_H

#include "aws/streams.h"
#include "lease/lease.h"

struct shard_edge {
    const char *parent;
    const char *child;
};

/* The lineage that the listing and the rows know together. Borrows both. */
struct shard_graph {
    const struct stream_shard **by_id;
    size_t shard_count;
    struct shard_edge *edges; /* by parent, then child; no doubles */
    size_t edge_count;
    const char **leased; /* keys of rows, sorted */
    size_t leased_count;
};

/* `rows` are those that exist. False when memory ran out. Free in either case. */
bool shard_graph_make(const struct stream_shard *shards, size_t shard_count, const struct lease *const *rows,
                      size_t row_count, struct shard_graph *ret_graph) MUST_USE;
void shard_graph_free(struct shard_graph *graph);

/* NULL when the listing has no such shard. */
const struct stream_shard *shard_graph_find(const struct shard_graph *graph, const char *id);

/* The known children of a shard: *ret_count edges. */
const struct shard_edge *shard_graph_children(const struct shard_graph *graph, const char *id,
                                              size_t *ret_count);

enum shard_verdict {
    SHARD_LEAVE, /* has a row, or was done with before, or needs none */
    SHARD_LEASE_AT_TRIM_HORIZON,
    SHARD_LEASE_AT_LATEST
};

enum shard_start {
    SHARD_START_TRIM_HORIZON,
    SHARD_START_LATEST, /* a fresh table */
    SHARD_START_LATEST_LATER /* the table has rows that were made at LATEST */
};

/* - A shard with a row: leave.
 * - A shard with a descendant that has a row: it was done with; it is never leased again.
 * - A shard with an ancestor that has a row: at the trim horizon, else records would be lost.
 * - Otherwise a new start. At LATEST: open shards alone; an open shard that has a child counts as closed,
 *   listings can be that stale. LATER: a shard that an earlier listing left out, so it can hold records since
 *   the fleet's start even if it has closed by now: roots at LATEST (read whole, older records dropped),
 * their descendants at the trim horizon. Ancestors that the listing does not hold are tolerated.
 * *ret_related: an ancestor has a row. */
enum shard_verdict shard_graph_judge(const struct shard_graph *graph, const struct stream_shard *shard,
                                     enum shard_start start, bool *ret_related);

#endif
