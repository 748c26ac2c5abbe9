/* How far a lease's checkpoint is behind its stream, asked of the stream itself: DynamoDB Streams has no
 * figure for it, so the event behind the checkpoint is looked at. What cannot be told is unknown, with the
 * reason, and never 0.
 *
 * Rights: dynamodb:DescribeStream, GetShardIterator and GetRecords on the stream. A shard is read at most five
 * times a second; the reads count among the two readers a shard that AWS advises. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_LAG_H
#define PENSTOCK_WORKER_LEASES_LEASES_LAG_H

#include "worker/leases/leases_read.h"

enum leases_lag_kind {
    LEASES_LAG_NOT_ASKED,
    LEASES_LAG_KNOWN, /* `ms` */
    LEASES_LAG_DONE, /* a finished shard: nothing is left to read */
    LEASES_LAG_TRIMMED, /* the position is older than what the stream still holds; `ms` counts from that */
    LEASES_LAG_UNKNOWN /* `note` says why */
};

struct leases_lag {
    enum leases_lag_kind kind;
    int64_t ms; /* age of the oldest unread event; 0: the checkpoint is at the tip; -1: not known */
    int64_t event_wall_ms; /* that event's time; 0: none */
    int64_t position_wall_ms; /* time of the event at the checkpoint; 0: not asked or gone */
    const char *note; /* a literal; "" when there is nothing to say */
};

/* One shard to ask for. */
struct leases_lag_job {
    const struct leases_row *row;
    const char *stream_arn; /* "": not known */
    bool want_position; /* also look at the event at the checkpoint */
    struct leases_lag lag; /* the answer */
};

/* Asks for all jobs, several shards at a time. Fails when the stream cannot be read at all (no rights, no such
 * stream, no network); trouble with one shard is its note. Starts threads and joins them. */
struct status leases_lag_ask(const struct leases_source *source, struct leases_lag_job *jobs, size_t count)
    MUST_USE;

/* ---- The decisions, pure ---- */

/* What is known before anything is read: false when the stream has to be asked. */
bool leases_lag_without_reading(const struct leases_row *row, const char *stream_arn,
                                struct leases_lag *ret_lag);

/* A page of records behind the checkpoint. */
struct leases_lag_page {
    bool has_event; /* a record behind the checkpoint */
    int64_t event_wall_ms; /* of the first such */
    bool ended; /* no iterator follows: the shard has nothing more */
    uint32_t empty_pages; /* in a row, this one included */
    int64_t now_wall_ms;
};

enum { LEASES_LAG_EMPTY_PAGES = 5, LEASES_LAG_PAGES_MAX = 25, LEASES_LAG_POLL_MS = 200 };

/* True when the page decides; `closed`: the stream's listing says that the shard takes no more records. An open
 * shard is at its tip after LEASES_LAG_EMPTY_PAGES empty pages in a row; a closed one only at its end. */
bool leases_lag_judge(const struct leases_lag_page *page, bool closed, struct leases_lag *ret_lag);

#endif
