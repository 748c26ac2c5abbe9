/* What the supervisor does with a tenure (one holding of one shard's lease by this process), as pure rules.
 */
#ifndef PENSTOCK_WORKER_SUPERVISOR_RULES_H
#define PENSTOCK_WORKER_SUPERVISOR_RULES_H

#include "lease/keeper.h"
#include "shard/positions.h"
#include "shard/shard.h"

enum tenure_phase {
    TENURE_WAITING, /* granted, no thread yet */
    TENURE_RUNNING,
    TENURE_DRAINING,
    TENURE_ABORTING,
    TENURE_CLOSED, /* the thread is gone, or never was */
};

struct tenure_view {
    enum tenure_phase phase;
    bool lost; /* the lease is no longer ours */
    bool wanted; /* another worker is to have it */
    bool leaving; /* this worker stops */
    bool overdue; /* it has been stopping for too long: drop what was not sent */
    bool ended; /* the shard is closed and each of its records is accepted */
    bool failed; /* the shard stands still and will not go on */
    bool finished; /* its thread is done and every line has its verdict */
    bool told; /* the keeper knows the outcome: ended or released */
    bool elder_runs; /* an earlier tenure of the same shard still has a thread */
    bool run_out; /* no renewal has come for long: the keeper has let go of it */
};

enum tenure_action {
    TENURE_NOTHING,
    TENURE_START, /* make the shard's thread */
    TENURE_DRAIN,
    TENURE_ABORT,
    TENURE_REPORT_END, /* tell the keeper that the shard is at its end */
    TENURE_CLOSE, /* keep the final position, join and free the shard */
    TENURE_RELEASE, /* give the lease up */
    TENURE_FORGET,
};

/* The next thing to do; asked again after each until it is TENURE_NOTHING. A lost lease is never written for.
 * A failed shard keeps its lease, since every other worker would fail at the same record. */
enum tenure_action tenure_next(const struct tenure_view *view);

/* Where a granted shard starts (design 5 and 6). `local` is what the state folder knows of it, or NULL. */
struct tenure_start {
    enum shard_origin origin;
    struct sequence_number after; /* SHARD_FROM_AFTER */
    int64_t drop_before_wall_ms; /* 0: none */
    bool from_local; /* the local position was newer than the row's and known to belong to it */
    bool reset_local; /* the local position is not of this row's history: forget it */
};

struct tenure_start tenure_choose_start(const struct lease_grant *grant, const struct position_row *local);

#endif
