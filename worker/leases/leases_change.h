/* What the commands that change rows share: which rows are meant, what becomes of each, how it is told and which exit
 * code it makes. One thread. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_CHANGE_H
#define PENSTOCK_WORKER_LEASES_LEASES_CHANGE_H

#include "worker/leases/leases_access.h"
#include "worker/leases/leases_edit.h"
#include "worker/leases/leases_measure.h"
#include "worker/leases/leases_print.h"

enum leases_change_state {
    LEASES_CHANGE_PLANNED, /* would be made with --execute */
    LEASES_CHANGE_DONE,
    LEASES_CHANGE_UNCHANGED, /* there is nothing to do */
    LEASES_CHANGE_REFUSED, /* cannot or must not be done: `note` */
    LEASES_CHANGE_LOST, /* the row is another by now: nothing was written */
    LEASES_CHANGE_FAILED, /* `note`; nothing was written */
    LEASES_CHANGE_UNKNOWN, /* `note`; it was sent, and whether it was written is not known */
};

enum { LEASES_NOTE_BYTES = 252 };

/* One row. Borrowed from the list it was chosen of. */
struct leases_change {
    const struct leases_row *row;
    enum leases_change_state state;
    char note[LEASES_NOTE_BYTES];
    /* rewind: */
    struct leases_place target;
    char to[LEASES_CHECKPOINT_BYTES];
    bool counted;
    int64_t again; /* records that are delivered again; with `counted` */
    int64_t skipped; /* records that are never delivered; with `counted` */
    int64_t skip_wall_ms; /* time of the first of them; 0: not known */
    cJSON *item; /* owned: for --undo, the row to be put back */
};

/* Zeroed memory is valid: none. */
struct leases_changes {
    struct leases_change *at; /* owned, in the order of the keys; all of them PLANNED at first */
    size_t count;
};

void leases_changes_free(struct leases_changes *changes);

/* The rows that SHARD..., --owner or --all mean; a row is taken once. STATUS_INVALID: none of these or more than one is
 * given; STATUS_NOT_FOUND: no such lease, or the owner has none. */
struct status leases_changes_choose(const struct leases_request *request, const struct leases_list *list,
                                    struct leases_changes *ret_changes) MUST_USE;

/* State and note of one row. */
void leases_change_settle(struct leases_change *change, enum leases_change_state state, const char *format,
                          ...) PRINTF_LIKE(3, 4);

/* The state after leases_edit_send(): `made` says that the row which refused it is what it was to become. */
void leases_change_settle_sent(struct leases_change *change, const struct status *status, const cJSON *row,
                               bool made);

/* Prints all changes with the columns given, and how many rows were not looked at; STATUS_IO. */
struct status leases_changes_print(const struct leases_request *request, const struct leases_access *access,
                                   const struct leases_list *list, const struct leases_changes *changes,
                                   const struct leases_column *columns, size_t column_count) MUST_USE;

/* The command's end: what `status` says when it is a failure; else EXIT_CODE_CONDITION when a row was lost,
 * EXIT_CODE_FAILURE when one failed, was refused or is unknown, OK otherwise. Says on standard error that a dry run changed
 * nothing. */
int leases_changes_end(const struct leases_request *request, const struct leases_changes *changes,
                       const struct status *status);

/* Columns that all have: fills for a struct leases_change. */
struct status leases_change_fill_shard(const void *row, struct leases_cell *cell) MUST_USE;
struct status leases_change_fill_owner(const void *row, struct leases_cell *cell) MUST_USE;
struct status leases_change_fill_result(const void *row, struct leases_cell *cell) MUST_USE;
struct status leases_change_fill_note(const void *row, struct leases_cell *cell) MUST_USE;

/* Where these commands read and write, from an opened access. */
struct leases_source leases_change_source(const struct leases_access *access);

#endif
