/* Texts that go on below. Pure. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_WRAP_H
#define PENSTOCK_WORKER_LEASES_LEASES_WRAP_H

#include "base/bytes.h"

/* Appends an escaped text in lines of `width` columns at most, each but the first after a line end and `indent` blanks.
 * It breaks at blanks; a word longer than a line anywhere. A width of 0: one line. */
struct status leases_wrap_append(struct bytes *target, struct slice escaped, size_t indent, size_t width)
    MUST_USE;

#endif
