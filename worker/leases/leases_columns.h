/* The columns that commands of `penstock leases` print, each defined once. Pure. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_COLUMNS_H
#define PENSTOCK_WORKER_LEASES_LEASES_COLUMNS_H

#include "worker/leases/leases_lag.h"
#include "worker/leases/leases_print.h"
#include "worker/leases/leases_state.h"

/* A row with what was found out about it: what the columns are filled from. */
struct leases_shown {
    const struct leases_row *row; /* borrowed */
    enum leases_state state;
    struct leases_lag lag;
    int64_t retention_ms; /* how long the stream keeps an event */
    const char *branch; /* of a tree: the lines left of the shard; else "" */
    size_t depth; /* of a tree */
};

enum { LEASES_RETENTION_MS = 24 * 60 * 60 * 1000 }; /* of DynamoDB Streams; fixed by AWS */

/* Columns of list and watch, of lag, and of tree; *ret_count of them. */
const struct leases_column *leases_columns_of_list(size_t *ret_count);
const struct leases_column *leases_columns_of_lag(size_t *ret_count);
const struct leases_column *leases_columns_of_tree(size_t *ret_count);

enum leases_tone leases_columns_tone(enum leases_state state);

/* "4m31s", "unknown", "-": a lag in words. */
enum { LEASES_LAG_BYTES = 32 };
void leases_columns_lag(const struct leases_lag *lag, char ret_text[LEASES_LAG_BYTES]);

#endif
