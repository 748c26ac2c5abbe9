/* What the keeper needs of the world, as a table of functions: production hands in the lease table
 * (lease/lease_table.h), a test a table in memory. The functions block; any thread may call. */
#ifndef PENSTOCK_LEASE_LEASE_STORE_H
#define PENSTOCK_LEASE_LEASE_STORE_H

#include "lease/lease_rows.h"
#include "lease/lease_write.h"

struct lease_store {
    void *context;
    /* All rows, consistently read. */
    struct status (*scan)(void *context, struct lease_rows *rows) MUST_USE;
    /* *ret_row_count is 1 and *ret_row the row as it stands after the write (OK) or without it
     * (STATUS_CONDITION); 0 when it does not exist or the answer did not say. THROTTLED, DENIED, INVALID,
     * NOT_FOUND: surely not applied. Anything else: unknown. */
    struct status (*write)(void *context, const struct lease_write *write, size_t *ret_row_count,
                           struct lease *ret_row) MUST_USE;
    struct status (*read)(void *context, const char *key, size_t *ret_row_count, struct lease *ret_row)
        MUST_USE;
    /* The whole listing, or with `children_of` the shards that the stream names as its children. */
    struct status (*list)(void *context, const char *children_of, struct stream_description *ret_description)
        MUST_USE;
};

/* What a write's status says about the row. */
enum lease_outcome lease_store_outcome(enum status_code code);

#endif
