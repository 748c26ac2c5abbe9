/* A write to one lease row, as plain data: the rules form it, lease/lease_expression.c turns it into a
 * conditional request, a simulation applies it to a table in memory.
 *
 * Every condition is KCL's (the counter) AND that we hold the lease: we are the row's checkpointOwner, or its leaseOwner
 * while it has none. (Our name as leaseOwner beside another's as checkpointOwner is a wish, by which a write of an
 * earlier holding of ours, landing late on a row that was put back, must not pass.) For a take: that the owners are still
 * those that were seen. */
#ifndef PENSTOCK_LEASE_LEASE_WRITE_H
#define PENSTOCK_LEASE_LEASE_WRITE_H

#include "lease/lease.h"

enum lease_write_kind {
    LEASE_WRITE_NONE,
    /* PutItem of `row` when the key does not exist. */
    LEASE_WRITE_CREATE,
    /* lease_write_next_counter(), leaseOwner and marker = me, no checkpointOwner; ownerSwitches+1 when `owner` is
     * another. If counter, leaseOwner (or its absence) and checkpointOwner (or its absence) are as seen. */
    LEASE_WRITE_TAKE,
    /* KCL's start-handoff: leaseOwner = me, checkpointOwner = old; counter unchanged.
     * If leaseOwner = old, the marker names old, and no checkpointOwner. */
    LEASE_WRITE_ASK,
    /* Undoes ASK: leaseOwner = old again. If leaseOwner = me and checkpointOwner = old. */
    LEASE_WRITE_UNASK,
    /* counter+1, marker = me, and the checkpoint, with its writer (lease/lease.h), when there is one.
     * If the counter is as seen and we hold the lease. */
    LEASE_WRITE_RENEW,
    /* counter+1, the checkpoint with its writer when there is one, no leaseOwner, no marker.
     * If the counter is as seen, leaseOwner = me, and no checkpointOwner. */
    LEASE_WRITE_RELEASE,
    /* KCL's end-handoff with the last checkpoint and its writer: counter+1, no checkpointOwner.
     * If the counter is as seen and checkpointOwner = me. */
    LEASE_WRITE_HAND_OVER,
    /* counter+1, checkpoint SHARD_END with its writer, childShardIds, no owners, no marker.
     * If the counter is as seen and we hold the lease. */
    LEASE_WRITE_SHARD_END,
    /* DeleteItem. If the counter is as seen and the checkpoint is SHARD_END. */
    LEASE_WRITE_DELETE
};

struct lease_write {
    enum lease_write_kind kind;
    /* The row as last seen: key, counter, owner and checkpoint_owner are the condition's. For CREATE: the new
     * row. For SHARD_END: children are written. */
    struct lease row;
    /* TAKE: the greatest counter that the row was seen to have. Somebody may have put back an older copy of it since: a
     * write of ours that was given up long ago would find its own counter come again. */
    int64_t highest;
    char checkpoint[LEASE_CHECKPOINT_BYTES]; /* to be written with RENEW, RELEASE, HAND_OVER; empty: none */
    struct lease_gap
        gap; /* to be written with RENEW, RELEASE, HAND_OVER, SHARD_END: the whole attribute; none:
                             it stays as it is */
};

/* What became of a write. */
enum lease_outcome {
    LEASE_DONE, /* applied */
    LEASE_REFUSED, /* its condition did not hold */
    LEASE_UNSENT, /* surely not applied: throttled, denied, refused before it was sent */
    LEASE_UNKNOWN /* the answer was lost: it may have been applied, or may still be */
};

/* The counter that the write leaves behind, if it is none that leaves it as it is (ASK, UNASK, CREATE, DELETE). */
int64_t lease_write_next_counter(const struct lease_write *write);

/* "renew", "take", ...: for logs. Never NULL. */
const char *lease_write_name(enum lease_write_kind kind);

/* True for the writes that keep or end a lease that we hold: they go before everything else. */
bool lease_write_is_urgent(enum lease_write_kind kind);

/* What the write does to a table, on paper: `row` is the row as it stands or NULL. LEASE_REFUSED when the
 * condition does not hold; else LEASE_DONE and *ret_row is the new row (for DELETE untouched). The
 * expressions of lease/lease_expression.c say the same to DynamoDB. */
enum lease_outcome lease_write_apply(const struct lease_write *write, const char *me, const struct lease *row,
                                     struct lease *ret_row) MUST_USE;

#endif
