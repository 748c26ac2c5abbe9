/* Which lease's shard was split into which: from parentShardId and childShardIds together, since either may be
 * missing. Pure. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_LINEAGE_H
#define PENSTOCK_WORKER_LEASES_LEASES_LINEAGE_H

#include "worker/leases/leases_read.h"

/* Indexes count in list->by_key. */
struct leases_edge {
    size_t parent;
    size_t child;
};

/* A child that a row names and that has no row. */
struct leases_missing {
    size_t parent;
    const char *shard; /* borrowed from the list */
};

struct leases_lineage {
    struct leases_edge *edges; /* by parent, then child; no doubles */
    size_t edge_count;
    bool *has_parent; /* of each row: a row of one of its parents is there */
    struct leases_missing *missing; /* in the order of the rows */
    size_t missing_count;
};

/* Borrows `list`, which is sorted. Shards of different streams are never related. On failure nothing is owned.
 */
struct status leases_lineage_make(const struct leases_list *list, struct leases_lineage *ret_lineage)
    MUST_USE;

/* Safe on zeroed memory. */
void leases_lineage_free(struct leases_lineage *lineage);

/* The edges from a row to its children: *ret_count of them. */
const struct leases_edge *leases_lineage_children(const struct leases_lineage *lineage, size_t row,
                                                  size_t *ret_count);

/* The row of shard `shard` of the same stream as `row`; false: there is none. */
bool leases_lineage_find(const struct leases_list *list, const struct leases_row *row, const char *shard,
                         size_t *ret_index) MUST_USE;

#endif
