/* Leases in the order of their lineage: each shard below the shard it was split from. Pure. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_TREE_H
#define PENSTOCK_WORKER_LEASES_LEASES_TREE_H

#include "worker/leases/leases_columns.h"
#include "worker/leases/leases_lineage.h"

/* A line of the tree. */
struct leases_leaf {
    const struct leases_row *row; /* of a shard without a row: one made up, with nothing but its name */
    bool missing;
    size_t depth;
    const char *branch; /* the lines left of the shard */
};

struct leases_tree {
    struct leases_leaf *at;
    size_t count;
    struct leases_pool pool; /* of branches and made-up rows */
};

/* Every row of `list` once, below the first of its parents; children that rows name and that have no row too. A row in a
 * circle of parents stands where it is met first. Lineages deeper than LEASES_TREE_DEPTH go on at that depth. */
enum { LEASES_TREE_DEPTH = 64 };
struct status leases_tree_make(const struct leases_list *list, bool utf8, struct leases_tree *ret_tree)
    MUST_USE;

/* Safe on zeroed memory. */
void leases_tree_free(struct leases_tree *tree);

#endif
