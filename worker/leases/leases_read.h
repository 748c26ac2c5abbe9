/* Reading a lease table for an operator, with the rights dynamodb:Scan and dynamodb:GetItem alone. Nothing is
 * ever written. One thread.
 *
 * Failures are made for the user: STATUS_NOT_FOUND names the table, the region and the remedy; STATUS_CORRUPT
 * says that the table is no lease table. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_READ_H
#define PENSTOCK_WORKER_LEASES_LEASES_READ_H

#include "aws/dynamodb.h"
#include "worker/leases/leases_row.h"

/* The table and the way to it; everything is borrowed. */
struct leases_source {
    struct aws_client *dynamodb;
    struct aws_client *streams;
    const struct clock *clock;
    const char *table; /* the lease table */
    const char *region; /* for messages */
    const char *credentials; /* where they come from, for messages */
    struct stop *cancel; /* or NULL */
};

/* Called for each row of the table in the order of the scan; `row` only for LEASES_ROW_LEASE. Both are
 * borrowed for the call. */
struct leases_visitor {
    void *context;
    struct status (*visit)(void *context, const cJSON *item, enum leases_row_kind kind,
                           const struct leases_row *row) MUST_USE;
    struct leases_pool *pool; /* where the rows' texts go; NULL: they are valid for the call only */
};

/* Checks the table's shape by a GetItem (passed over when that right is missing), then scans it in pages,
 * holding one page at a time. Rows without a leaseKey end it with STATUS_CORRUPT, as does a table whose key
 * is another. */
struct status leases_read_each(const struct leases_source *source, const struct leases_visitor *visitor)
    MUST_USE;

/* Every lease row of a table at one time. Zeroed memory is a valid empty list. */
struct leases_list {
    struct leases_row *at; /* in the order of the scan */
    const struct leases_row **by_key; /* the same rows sorted by key */
    size_t count;
    size_t capacity;
    size_t others; /* rows of another entityType */
    size_t broken; /* rows with a defect, in the list */
    int64_t began_boot_ms; /* before the first request */
    int64_t ended_boot_ms; /* after the last reply */
    struct leases_pool pool;
};

enum { LEASES_ROWS_CEILING = 1000000 };

/* All rows, sorted by key; about 500 bytes of memory a row. STATUS_TOO_LARGE over LEASES_ROWS_CEILING. */
struct status leases_read_all(const struct leases_source *source, struct leases_list *ret_list) MUST_USE;

void leases_list_free(struct leases_list *list);

/* Adds a row whose texts live in list->pool; leases_list_sort() afterwards. For readers and tests. */
struct status leases_list_add(struct leases_list *list, const struct leases_row *row) MUST_USE;
struct status leases_list_sort(struct leases_list *list) MUST_USE;

/* By the whole key; NULL when there is none. */
const struct leases_row *leases_list_find(const struct leases_list *list, const char *key);

/* The row that a user means: by the whole key, else by the shard id, else by the only one that begins so.
 * STATUS_NOT_FOUND: none, or several (the reason names some). */
struct status leases_list_match(const struct leases_list *list, const char *name,
                                const struct leases_row **ret_row) MUST_USE;

/* One row by GetItem, consistently: *ret_item is the item, owned by the caller, NULL when it does not exist.
 */
struct status leases_read_item(const struct leases_source *source, const char *key, cJSON **ret_item)
    MUST_USE;

#endif
