/* One conditional UpdateItem of a lease row, put together piece by piece. Attribute names stand in the expressions as
 * they are: none of KCL's or ours is a reserved word of DynamoDB. One thread. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_EDIT_H
#define PENSTOCK_WORKER_LEASES_LEASES_EDIT_H

#include "worker/leases/leases_read.h"

enum { LEASES_EDIT_BYTES = 1024 };

/* Zeroed memory is a valid empty edit. */
struct leases_edit {
    char set[LEASES_EDIT_BYTES];
    char remove[LEASES_EDIT_BYTES];
    char add[LEASES_EDIT_BYTES];
    char condition[LEASES_EDIT_BYTES];
    cJSON *values; /* owned */
    unsigned value_count;
    bool failed; /* memory ran out, or a text was full: leases_edit_send() says so */
};

void leases_edit_free(struct leases_edit *edit);

/* SET name = value. `value` is a typed attribute ({"S":...}), copied. */
void leases_edit_set(struct leases_edit *edit, const char *name, const cJSON *value);
void leases_edit_set_text(struct leases_edit *edit, const char *name, const char *text);
void leases_edit_set_number(struct leases_edit *edit, const char *name, int64_t number);
/* ADD: the attribute grows by `number`. */
void leases_edit_add_number(struct leases_edit *edit, const char *name, int64_t number);
void leases_edit_remove(struct leases_edit *edit, const char *name);

/* The row exists, and attribute `name` is this; an empty text: it is not there. */
void leases_edit_require(struct leases_edit *edit, const char *name, const cJSON *value);
void leases_edit_require_text(struct leases_edit *edit, const char *name, const char *text);
void leases_edit_require_number(struct leases_edit *edit, const char *name, int64_t number);

/* Writes it to the row of this key. STATUS_CONDITION: the row is another by now; then *ret_row is the row as it stands,
 * owned by the caller, NULL: it is gone. A lost answer is asked for again, so a write can lose against itself: compare
 * the row. Other failures are made for the user. */
struct status leases_edit_send(const struct leases_source *source, const struct leases_edit *edit,
                               const char *key, cJSON **ret_row) MUST_USE;

#endif
