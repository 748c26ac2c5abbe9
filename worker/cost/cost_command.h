/* `penstock cost`: what carrying a table costs a month, from numbers alone; it asks AWS for nothing. */
#ifndef PENSTOCK_WORKER_COST_COST_COMMAND_H
#define PENSTOCK_WORKER_COST_COST_COMMAND_H

#include "worker/commands.h"
#include "worker/cost/cost_prices.h"

#define COST_DESCRIPTION                                                                                     \
    "Works out what the settings of a fleet cost at a rate of change: the GetRecords calls that --poll, "    \
    "--poll-idle and --poll-budget lead to; what Firehose bills for the lines, each record rounded up to "   \
    "5 KB, packed as the worker packs them and beside it were they not; and what the lease table's "         \
    "renewals and scans take. Machines, S3 and what reads it are not among it: deploy/databricks/costs.py "  \
    "adds them.\n\n"                                                                                         \
    "Changes are taken to come at random, the same to each shard. Prices are those of " COST_PRICES_OF       \
    ", without discounts; set yours with --price NAME=NUMBER. It asks AWS for nothing."

/* What the options say. Texts are owned by the parser and NULL when not given. */
struct cost_request {
    char *changes_per_second;
    char *price; /* "firehose_gb=0.03,read_million=0.2" */
    int64_t shards;
    int64_t workers;
    int64_t line_bytes;
    int64_t pack_bytes;
    int64_t poll_ms;
    int64_t poll_idle_ms;
    int64_t poll_budget; /* 0: no limit */
    int64_t failover_ms;
    int64_t rows; /* 0: COST_ROWS_A_SHARD for each shard */
    int64_t row_bytes;
    int64_t output; /* enum leases_form */
    bool no_headers;
};

enum { COST_ROWS_A_SHARD = 7 }; /* open for four hours, its row kept for a day */

extern const struct option_table *const cost_options[]; /* ends with NULL */
extern const struct command_example cost_examples[];

int cost_run(const struct command_line *line);

#endif
