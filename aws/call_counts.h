/* How many requests of which operation ended how, for metrics. Plain memory, guarded by its owner's lock;
 * zeroed memory is an empty table. */
#ifndef PENSTOCK_AWS_CALL_COUNTS_H
#define PENSTOCK_AWS_CALL_COUNTS_H

#include <stddef.h>
#include <stdint.h>

enum { CALL_COUNTS = 48, CALL_CODE_BYTES = 64 };

struct call_count {
    const char *operation; /* a literal; NULL: a free row */
    char
        code[CALL_CODE_BYTES]; /* "OK", AWS's error code, or "timeout", "unavailable" and so on without one */
    uint64_t count;
};

struct call_counts {
    struct call_count at[CALL_COUNTS];
};

/* One more. `operation` must live for ever; a code that finds no room counts as "other". */
void call_counts_add(struct call_counts *counts, const char *operation, const char *code);

#endif
