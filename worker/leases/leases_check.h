/* What is wrong with a fleet, in words, from what was read of its lease table and stream. Pure. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_CHECK_H
#define PENSTOCK_WORKER_LEASES_LEASES_CHECK_H

#include "worker/leases/leases_columns.h"
#include "worker/leases/leases_findings.h"
#include "worker/leases/leases_stream.h"

enum { LEASES_HAND_OVER_MS = 30000 /* that a hand-over may take; KCL 3's too */ };

/* The table as it was at first and, followed (leases_state_follow), at last. What lasts for a moment in every
 * deployment, a lease without an owner or a hand-over, is a problem only when both show it. */
struct leases_check_input {
    const struct leases_list *first;
    const struct leases_list *last;
    int64_t failover_ms;
};

/* no-leases, unowned, expired (one for each owner), stuck-hand-over, gap, broken, and missing-lease for children that a
 * finished row names and that have neither a row nor children with one. */
struct status leases_check_rows(const struct leases_check_input *input, struct leases_findings *findings)
    MUST_USE;

/* lag (above `max_lag_ms`), trimmed, and lag-unknown where the stream did not tell. A row at LATEST is none. */
struct status leases_check_lag(const struct leases_shown *shown, size_t count, int64_t max_lag_ms,
                               struct leases_findings *findings) MUST_USE;

/* missing-lease: an open shard of a stream, listed before input->last was read, that has no row, none of whose descendants
 * has one, and that does not wait for the end of an ancestor that is still read. `sample` is any row of that stream. */
struct status leases_check_shards(const struct leases_check_input *input, const struct leases_stream *stream,
                                  const struct leases_row *sample, struct leases_findings *findings) MUST_USE;

/* A hand-over that may be stuck, but has not been watched for long enough to say so. */
bool leases_check_needs_time(const struct leases_check_input *input);

#endif
