#include "lease/lease_store.h"

#include <stdlib.h>

enum { FIRST_ROWS = 64 };

void lease_rows_free(struct lease_rows *rows)
{
    free(rows->at);
    *rows = (struct lease_rows){0};
}

struct lease *lease_rows_add(struct lease_rows *rows)
{
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity == 0 ? FIRST_ROWS : rows->capacity * 2;
        struct lease *at = realloc(rows->at, capacity * sizeof *at);
        if (at == NULL) {
            return NULL;
        }
        rows->at = at;
        rows->capacity = capacity;
    }
    struct lease *row = &rows->at[rows->count];
    rows->count++;
    *row = (struct lease){0};
    return row;
}

enum lease_outcome lease_store_outcome(enum status_code code)
{
    switch (code) {
    case STATUS_OK:
        return LEASE_DONE;
    case STATUS_CONDITION:
        return LEASE_REFUSED;
    case STATUS_THROTTLED:
    case STATUS_DENIED:
    case STATUS_INVALID:
    case STATUS_NOT_FOUND:
        return LEASE_UNSENT;
    default:
        return LEASE_UNKNOWN;
    }
}
