/* How wide the columns of a table get. Pure. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_LAYOUT_H
#define PENSTOCK_WORKER_LEASES_LEASES_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

enum {
    LEASES_LAYOUT_GAP = 2,
    LEASES_LAYOUT_LEAST = 8,
    LEASES_LAYOUT_LEGIBLE = 18,
    LEASES_LAYOUT_NARROWEST = 40
};

struct leases_layout_column {
    size_t wanted; /* of the widest cell, title included */
    bool whole; /* may not be cut */
    bool keep; /* may not be left out, and stays LEASES_LAYOUT_LEGIBLE wide; such columns come first */
    size_t width; /* result; 0: left out */
};

/* Columns two blanks apart, in `available` terminal columns (0: any). What is too wide is cut, the widest
 * first, down to LEASES_LAYOUT_LEAST; if that is not enough, columns are left out from the right. The first
 * always stays. */
void leases_layout_fit(struct leases_layout_column *columns, size_t count, size_t available);

/* True when those to be kept do not fit. leases_layout_fit() would leave some out. */
bool leases_layout_is_narrow(const struct leases_layout_column *columns, size_t count, size_t available);

#endif
