/* Lines too long for a Firehose record, put into the landing prefix by hand, so that they are not lost to the
 * table: an object each, PREFIX/dt=/HH=/penstock-large-SHARD-SEQUENCE.gz.
 *
 * The hour is that of the change, not of its arrival, and the name that of the record: the same line always has the
 * same key, and a repetition replaces what is there. Any thread may call. */
#ifndef PENSTOCK_SINK_LARGE_RECORDS_H
#define PENSTOCK_SINK_LARGE_RECORDS_H

#include "base/clock.h"
#include "sink/s3_landing.h"

/* Constant; borrowed parts. */
struct large_records {
    struct s3_landing landing;
    const struct clock *clock;
};

/* Durable when it returns OK. A line that says no time or number gets the present hour and its content's hash. */
struct status large_records_store(const struct large_records *records, const char *shard, struct slice line,
                                  struct stop *cancel) MUST_USE;

#endif
