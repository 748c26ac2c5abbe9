#include "aws/call_counts.h"

#include <stdio.h>
#include <string.h>

/* The row of both, a free one made into it, or NULL in a table that keeps `spare` rows free. */
static struct call_count *find(struct call_counts *counts, const char *operation, const char *code,
                               size_t spare)
{
    for (size_t i = 0; i < CALL_COUNTS - spare; i++) {
        struct call_count *row = &counts->at[i];
        if (row->operation == NULL) {
            row->operation = operation;
            snprintf(row->code, sizeof row->code, "%s", code);
        }
        if (strcmp(row->operation, operation) == 0 && strncmp(row->code, code, sizeof row->code - 1) == 0) {
            return row;
        }
    }
    return NULL;
}

void call_counts_add(struct call_counts *counts, const char *operation, const char *code)
{
    enum { OPERATIONS_MOST = 12 }; /* of one service: each gets a row for other codes */
    struct call_count *row = find(counts, operation, code, OPERATIONS_MOST);
    if (row == NULL) {
        row = find(counts, operation, "other", 0);
    }
    if (row != NULL) {
        row->count++;
    }
}
