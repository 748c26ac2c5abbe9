/* Many rows in little memory: most of a struct lease is room for long names, which few rows have. A worker of a table with
 * 100,000 rows holds one list of them beside its view. Plain memory of one thread. */
#ifndef PENSTOCK_LEASE_LEASE_ROWS_H
#define PENSTOCK_LEASE_LEASE_ROWS_H

#include "base/bytes.h"
#include "lease/lease.h"

/* Zeroed memory is a valid empty list. */
struct lease_rows {
    struct bytes packed; /* one behind the other */
    size_t count;
    size_t foreign; /* rows of another entityType, left out */
    size_t broken; /* rows that could not be understood: in the list as broken, or without a key left out */
};

void lease_rows_free(struct lease_rows *rows);

/* Appends a copy; false when memory ran out. */
bool lease_rows_add(struct lease_rows *rows, const struct lease *row) MUST_USE;

/* The row at `*at`, byte for byte as it was added, and on to the next; false behind the last. Begins with 0. */
bool lease_rows_next(const struct lease_rows *rows, size_t *at, struct lease *ret_row) MUST_USE;

/* The key of the row at `at`; borrowed until the next is added. */
struct slice lease_rows_key(const struct lease_rows *rows, size_t at);

/* All of them, to be freed by the caller; NULL when memory ran out. */
struct lease *lease_rows_unpack(const struct lease_rows *rows) MUST_USE;

#endif
