/* What a worker can tell of the lease table to a person: each row with its state as observed, and how leases
 * moved. Pure, over the rules' own view. */
#ifndef PENSTOCK_LEASE_LEASE_WATCH_H
#define PENSTOCK_LEASE_LEASE_WATCH_H

#include "lease/lease_rules.h"

/* The table holds no times: whether an owner lives shows only by its counter, read again and again. */
enum lease_row_state {
    LEASE_ROW_ACTIVE, /* ours, or its counter was seen to move under this owner within the failover time */
    LEASE_ROW_EXPIRED, /* its counter has stood still for longer than the failover time */
    LEASE_ROW_UNKNOWN, /* it has an owner, who has not been watched for long enough to say */
    LEASE_ROW_UNOWNED,
    LEASE_ROW_WAITING, /* nobody's, and not to be had before its parents are finished */
    LEASE_ROW_HANDING_OVER, /* the owner is asked to let the next one have it */
    LEASE_ROW_FINISHED, /* at SHARD_END */
    LEASE_ROW_OTHER_STREAM, /* of an earlier stream of the table, or another table's */
    LEASE_ROW_BROKEN, /* not understood; only its key is known */
    LEASE_ROW_STATES
};

/* "active", "handing-over", ...: one word without spaces, as `penstock leases` has them. */
const char *lease_row_state_name(enum lease_row_state state);

struct lease_watch_row {
    size_t at; /* in the snapshot's `rows` */
    struct slice key; /* borrowed from there */
    enum lease_row_state state;
    bool held; /* by this process, now */
};

struct lease_snapshot {
    struct lease_watch_row *at;
    size_t count;
    struct lease_rows rows;
};

/* Safe on zeroed memory. */
void lease_snapshot_free(struct lease_snapshot *snapshot);

/* A copy of every row that exists, in no order. False when memory ran out. */
bool lease_rules_copy_rows(const struct lease_rules *rules, struct lease_snapshot *ret_snapshot) MUST_USE;

/* A lease that went from one owner to another; empty: from or to nobody. */
struct lease_move {
    int64_t wall_ms; /* when it was seen; set by whoever keeps it */
    char key[LEASE_KEY_BYTES];
    char from[LEASE_OWNER_BYTES];
    char to[LEASE_OWNER_BYTES];
    const char *how; /* a literal */
};

/* Whether `row`, just read and not yet taken in, shows that a lease moved between others, or from us after we
 * lost it. What this worker does itself comes as notices (lease_move_of_action). */
bool lease_rules_find_move(const struct lease_rules *rules, const struct lease *row,
                           struct lease_move *ret_move) MUST_USE;

/* Whose `key` is now, and how it would come to us if the answer to be taken in next makes it ours: read before
 * that, since the rules forget it. Empty when nothing is known of it. */
void lease_rules_find_origin(const struct lease_rules *rules, const char *key, struct lease_move *ret_origin);

/* Whether a notice says that a lease came to `me` or left it; `origin` as above. */
bool lease_move_of_action(const struct lease_action *action, const char *me, const struct lease_move *origin,
                          struct lease_move *ret_move) MUST_USE;

#endif
