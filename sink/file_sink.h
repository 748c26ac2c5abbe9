/* The file sink: the landing layout of Firehose on a local disk, DIR/ddb/TABLE/dt=YYYY-MM-DD/HH=HH/NAME.gz
 * (UTC, arrival time).
 *
 * A file is gzip'ed under a hidden temporary name, fsync'ed and renamed, then its folder is fsync'ed: a
 * reader never sees a part of one, and accepted means durable. A full or failing disk is retried with
 * backoff; nothing is accepted meanwhile.
 */
#ifndef PENSTOCK_SINK_FILE_SINK_H
#define PENSTOCK_SINK_FILE_SINK_H

#include "base/clock.h"
#include "sink/sink.h"

struct file_sink_options {
    const char *directory; /* DIR; made when absent */
    const char *table;
    const char *worker_id;
    const struct clock *clock;
    int64_t flush_age_ms;
    size_t file_bytes; /* a file is closed at this size before compression at the latest */
};

/* Tries the folder by writing; STATUS_IO, STATUS_DENIED or STATUS_NOT_FOUND name it and say what it needs. */
struct status file_sink_create(const struct file_sink_options *options, struct sink **ret_sink) MUST_USE;

#endif
