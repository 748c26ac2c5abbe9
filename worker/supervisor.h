/* Between the lease keeper and the shards: a granted lease becomes a shard's thread, a lost one ends it, what
 * a shard acknowledged becomes the lease's checkpoint.
 *
 * One thread of its own makes, stops, joins and frees shards; the keeper's callbacks only note what happened.
 * Two tenures of one shard never run at once: a lease regained while the old thread still finishes waits for
 * it, and what is said of an earlier tenure does not touch a later one. */
#ifndef PENSTOCK_WORKER_SUPERVISOR_H
#define PENSTOCK_WORKER_SUPERVISOR_H

#include "lease/keeper.h"
#include "shard/shard.h"

struct supervisor; /* opaque */

struct supervisor_options {
    const struct shard_environment *environment; /* borrowed, outlives the supervisor */
    struct positions *positions; /* borrowed */
    const struct clock *clock;
    int64_t failover_ms;
};

/* No thread yet. */
struct status supervisor_create(const struct supervisor_options *options, struct supervisor **ret_supervisor)
    MUST_USE;

/* What the keeper is to be started with. */
struct lease_observer supervisor_observer(struct supervisor *supervisor);

/* Starts the thread; grants that came before wait for it. `keeper` is borrowed until supervisor_stop
 * returned. */
struct status supervisor_start(struct supervisor *supervisor, struct lease_keeper *keeper) MUST_USE;

/* The worker leaves: every shard drains, then its lease is released; new grants are released at once. Any
 * thread. */
void supervisor_leave(struct supervisor *supervisor);

/* Draining has taken too long: shards drop what was not sent. After supervisor_leave. Any thread. */
void supervisor_abort(struct supervisor *supervisor);

/* Waits up to `ms` until no shard has a thread and the keeper was told of each outcome. After
 * supervisor_leave. */
bool supervisor_wait_idle(struct supervisor *supervisor, int64_t ms) MUST_USE;

/* Joins the supervisor's thread, which must be idle (supervisor_wait_idle) or never started. */
void supervisor_stop(struct supervisor *supervisor);

/* Frees; after supervisor_stop and after the keeper is destroyed. NULL is fine. */
void supervisor_destroy(struct supervisor *supervisor);

/* Of all shards of this process, those that are gone included. */
struct supervisor_totals {
    size_t running; /* shards with a thread */
    size_t failed;
    size_t lag_unknown; /* running shards whose lag is not known */
    int64_t lag_max_ms; /* of those known; -1: none is */
    uint64_t records_read;
    uint64_t records_done;
    uint64_t records_dropped;
    uint64_t records_filtered;
    uint64_t calls; /* GetRecords */
    uint64_t order_violations;
    uint64_t records_open; /* read and not done, of running shards */
    uint64_t
        records_given_up; /* read and not done when this worker left; what was lost or handed over while it
                                * worked on is its new owner's to deliver */
};
/* Any thread. */
void supervisor_read_totals(struct supervisor *supervisor, struct supervisor_totals *ret_totals);

/* One shard that has a thread here. */
struct supervisor_shard {
    char key[LEASE_KEY_BYTES];
    bool stopping; /* draining or aborting, or about to */
    int64_t
        checkpointed_boot_ms; /* when its position was last written into the lease; 0: not by this tenure */
    struct shard_stats stats;
};

struct supervisor_shards {
    struct supervisor_shard *at; /* owned */
    size_t count;
};

/* Newest lease first; a shard is listed twice while an earlier tenure of it still ends. Any thread. */
struct status supervisor_read_shards(struct supervisor *supervisor, struct supervisor_shards *ret_shards)
    MUST_USE;
/* Safe on zeroed memory. */
void supervisor_shards_free(struct supervisor_shards *shards);

/* When the supervisor's thread last turned. Any thread. */
int64_t supervisor_turned_boot_ms(struct supervisor *supervisor);

/* Logs each shard that still has a thread, with what it has not delivered. Any thread. */
void supervisor_log_unfinished(struct supervisor *supervisor);

#endif
