/* What carrying a table costs a month, as formulas. Pure.
 *
 * Reading is modelled as shard/pacing.c reads, without its jitter (which adds up to a twentieth of the calls): changes
 * come at random (Poisson), the same to each shard; after records a shard is read again after `poll_ms`, while pages
 * stay empty after that, growing by half up to `poll_idle_ms`. A poll budget stretches all waits alike until the calls
 * fit. Lines of one page share records as sink/pack.c packs lines of one length. The lease table: lease/lease_cost.h.
 * deploy/databricks/costs.py says the same in Python, and is the test's other opinion. */
#ifndef PENSTOCK_WORKER_COST_COST_MODEL_H
#define PENSTOCK_WORKER_COST_COST_MODEL_H

#include "worker/cost/cost_prices.h"

enum {
    COST_HOURS = 730, /* a month */
    COST_SECONDS = COST_HOURS * 3600,
};

struct cost_input {
    double changes_per_second; /* of the table; above 0 */
    int64_t shards; /* open ones */
    int64_t workers;
    int64_t line_bytes; /* of a landed line, its newline included */
    int64_t pack_bytes; /* 0: one line a record */
    int64_t poll_ms;
    int64_t poll_idle_ms;
    int64_t poll_budget; /* calls a second of a worker; 0: no limit */
    int64_t failover_ms;
    int64_t rows; /* of the lease table */
    int64_t row_bytes;
};

/* A month's. */
struct cost_estimate {
    double calls; /* GetRecords */
    double calls_unlimited; /* were there no poll budget */
    double firehose_gb; /* billed, packed */
    double firehose_gb_unpacked; /* were each line a record */
    double write_units; /* of the lease table */
    double read_units;
    bool keeps_up; /* the poll budget allows for a page of 1,000 records as often as they fill */

    double calls_dollars;
    double calls_unlimited_dollars;
    double firehose_dollars;
    double firehose_unpacked_dollars;
    double write_dollars;
    double read_dollars;
    double total_dollars; /* calls, Firehose packed, writes and reads */
};

void cost_estimate_make(const struct cost_input *input, const struct cost_prices *prices,
                        struct cost_estimate *ret_estimate);

#endif
