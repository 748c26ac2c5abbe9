/* The seam between shards and where lines go. A sink sees bytes and tokens, never a record.
 *
 * To add a sink: write one file that fills this table, and name it in the settings table. A sink promises:
 *   - put never blocks (the parcel's bytes were reserved before) and takes the parcel over;
 *   - every line gets exactly one verdict, through parcel->receiver, when the destination really has it or
 * never will;
 *   - a shard's lines are first sent in the order they came; a sink that keeps order has at most one
 * unacknowledged record of an order group;
 *   - only what failed is sent again, with backoff, for as long as may_send() says yes;
 *   - poison is bisected down to the line and given to the dead letters; without a place for them its verdict
 * is SINK_REFUSED.
 */
#ifndef PENSTOCK_SINK_SINK_H
#define PENSTOCK_SINK_SINK_H

#include "base/histogram.h"
#include "sink/parcel.h"

struct sink_counts {
    uint64_t lines_accepted;
    uint64_t bytes_accepted; /* of lines, before packing and base64 */
    uint64_t
        bytes_billed; /* by AWS for the accepted records, each rounded up (sink/pack.h); 0: no such rounding */
    uint64_t bytes_billed_unpacked; /* the same lines, each a record of its own */
    int64_t pace_bytes_per_second; /* what this worker may send by now (sink/pace.h); 0: no limit */
    uint32_t requests_most; /* under way at once, by now (sink/flight.h); 0: no such rule */
    uint64_t requests;
    uint64_t records_retried;
    uint64_t requests_failed;
    uint64_t lines_dead_lettered;
    uint64_t lines_large; /* landed beside the sink because they are too long for a record */
    uint64_t lines_refused;
    int64_t
        turned_boot_ms; /* when the slowest of the sink's threads last showed that it turns; 0: it has none */
    int64_t accepted_boot_ms; /* the last request of which something was accepted; 0: none */
    int64_t failed_boot_ms; /* the last request that failed as a whole; 0: none */
    bool
        broken; /* the destination is gone for good: this sink will accept nothing more, the worker has to end */
    struct histogram batch_records; /* of a request */
    struct histogram batch_bytes; /* of a request's body */
    struct histogram request_ms; /* from its start to its answer */
};

struct sink {
    /* Any thread. The parcel has one line at least. */
    void (*put)(struct sink *self, struct parcel *parcel);
    /* Any thread: send what is there without waiting for size or age. */
    void (*flush)(struct sink *self);
    /* Any thread, at times: this worker holds `mine` of the `all` leases that somebody holds, for a sink that divides a
     * limit among the fleet. NULL: it has none. */
    void (*divide)(struct sink *self, uint64_t mine, uint64_t all);
    /* Any thread. */
    void (*read_counts)(struct sink *self, struct sink_counts *ret_counts);
    /* After the last put: lines without a verdict get SINK_UNSENT, threads are joined, the sink is freed.
     * Requests in flight are waited for until `deadline_boot_ms`, then cancelled. */
    void (*close)(struct sink *self, int64_t deadline_boot_ms);
};

#endif
