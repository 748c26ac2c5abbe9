/* One row as a list of names and values, for people. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_RECORD_H
#define PENSTOCK_WORKER_LEASES_LEASES_RECORD_H

#include "worker/leases/leases_print.h"

enum { LEASES_RECORD_INDENT = 18 };

/* "OWNER             w-1f": a line for each column that has a value, wrapped to the style's width. */
struct status leases_record_print(FILE *out, const struct leases_style *style,
                                  const struct leases_column *columns, size_t count, const void *row)
    MUST_USE;

/* One such line; the value is escaped. */
struct status leases_record_line(FILE *out, const struct leases_style *style, const char *name,
                                 const char *value) MUST_USE;

#endif
