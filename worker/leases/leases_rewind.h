/* The steps of `penstock leases rewind`. One thread. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_REWIND_H
#define PENSTOCK_WORKER_LEASES_LEASES_REWIND_H

#include "worker/leases/leases_change.h"

/* Where to, from the options: exactly one of --to-trim-horizon, --to-latest, --to-sequence, --to-datetime, --shift-by
 * and --undo is given; with --undo *ret_goal is left alone. STATUS_INVALID says what is wrong. Pure. */
struct status leases_rewind_goal(const struct leases_request *request, int64_t now_wall_ms,
                                 struct leases_goal *ret_goal) MUST_USE;

/* Works out target, counts, state and note of each change; reads the stream where it has to. Fails when the stream is
 * needed and cannot be found; trouble with one shard is its note. */
struct status leases_rewind_plan(const struct leases_request *request, const struct leases_access *access,
                                 const struct leases_goal *goal, struct leases_changes *changes) MUST_USE;

/* The same for --undo: the rows of the file, each to its position there. Says on standard error how many rows of the
 * file are gone. STATUS_INVALID: not a file of `export` or `rewind`, or of another table. */
struct status leases_rewind_plan_undo(const struct leases_request *request,
                                      const struct leases_access *access, const struct leases_list *list,
                                      struct leases_changes *ret_changes) MUST_USE;

/* Counts what the planned changes of --undo deliver again or skip, where the stream tells. Fails when it is stopped or
 * memory runs out. */
struct status leases_rewind_count_undo(const struct leases_request *request,
                                       const struct leases_access *access, struct leases_changes *changes)
    MUST_USE;

/* True while it cannot be told whether the row's owner lives: its counter was neither seen to move nor to stand still for
 * the failover time. Pure. */
bool leases_rewind_is_open(const struct leases_row *row, int64_t failover_ms);

/* Refuses every planned change whose owner lives, as `list`, which was sampled, shows. */
void leases_rewind_refuse_live(const struct leases_list *list, int64_t failover_ms,
                               struct leases_changes *changes);

/* Asks for the table's name on a terminal. STATUS_INVALID: another answer, or there is no terminal and no --yes. */
struct status leases_rewind_confirm(const struct leases_request *request, const char *app, size_t count)
    MUST_USE;

/* Writes the rows that are about to change, as they are now, into a new file and says its path on standard error.
 * Nothing may be changed when it fails. */
struct status leases_rewind_write_undo(const struct leases_request *request,
                                       const struct leases_access *access,
                                       const struct leases_changes *changes) MUST_USE;

/* What all rows of one command have in common. */
struct leases_rewind_write {
    const char
        *nonce; /* new for this command: positions that a worker keeps on its own disk are not used any more
                          (design 6) */
    int64_t now_wall_ms;
    bool force; /* on the condition that the owner is the one seen; else that the whole row is */
};

/* Makes the change of one row. */
void leases_rewind_apply(const struct leases_source *source, const struct leases_rewind_write *write,
                         struct leases_change *change);

#endif
