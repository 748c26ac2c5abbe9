/* Which generated records have been accepted: fed with the lines that Firehose accepted, asked for a verdict.
 */
#ifndef PENSTOCK_FAULTD_TRACKER_H
#define PENSTOCK_FAULTD_TRACKER_H

#include "tests/support/faultd/stream.h"

/* Marks every line (ended by '\n'; a last one without is a line too) of `data` as accepted. Returns the
 * number of lines. */
uint64_t tracker_mark(struct streams *streams, struct slice data, int64_t now_ms) REQUIRES(streams->lock);

/* {expected, accepted, missing, duplicates, unknown, ...} over all streams, or one; see README.md. With
 * `detail` the shards are listed, at most 20,000, and up to 20 missing records. Owned. */
cJSON *tracker_verdict(struct streams *streams, const struct stream *only, bool detail, int64_t now_ms)
    REQUIRES(streams->lock);

/* The envelope members that the tracker needs; slices of the line, `at` NULL when absent. */
struct line_fields {
    struct slice shard, sequence, event_id, operation;
};

/* Reads the top level of a line up to the last of the four. */
void line_fields_read(struct slice line, struct line_fields *ret_fields);

#endif
