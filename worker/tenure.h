/* One holding of one shard's lease by this process: what was granted, and the shard that works on it.
 *
 * Made on the keeper's thread, worked on by the supervisor's, asked by the shard's and the sink's. */
#ifndef PENSTOCK_WORKER_TENURE_H
#define PENSTOCK_WORKER_TENURE_H

#include <stdatomic.h>

#include "base/clock.h"
#include "lease/keeper.h"
#include "worker/supervisor_rules.h"

struct tenure {
    /* Constant after tenure_create. */
    char key[LEASE_KEY_BYTES];
    struct lease_grant grant; /* its texts point to the copies below */
    char checkpoint_text[LEASE_CHECKPOINT_BYTES];
    char nonce[LEASE_NONCE_BYTES];
    char writer[LEASE_WRITER_BYTES];
    const struct clock *clock;
    struct wake_flag *wake; /* of the supervisor: something changed */

    /* Any thread. */
    _Atomic int64_t valid_until_boot_ms;
    _Atomic int64_t checkpointed_boot_ms; /* when its position was last written into the lease; 0: not yet */
    atomic_bool ended;
    atomic_bool failed;

    /* Under the supervisor's lock; `shard` is set and cleared by its thread only. */
    struct tenure *next; /* these three: worker/tenure_index.h */
    struct tenure *previous;
    struct tenure *next_in_slot;
    enum tenure_phase phase;
    bool lost;
    bool wanted;
    bool told;
    struct shard *shard;
    bool has_position; /* of a closed shard */
    struct sequence_number position;

    /* The supervisor's thread alone. */
    struct tenure *next_due; /* of those that it looks at in this round */
};

/* A copy of the grant, waiting. Freed by tenure_destroy; its shard must be gone by then. */
struct status tenure_create(const struct lease_grant *grant, const struct clock *clock,
                            struct wake_flag *wake, struct tenure **ret_tenure) MUST_USE;
void tenure_destroy(struct tenure *tenure);

/* What a shard of this tenure asks and tells; all callbacks only touch atomics and the wake flag. */
struct shard_ownership tenure_ownership(struct tenure *tenure);
struct shard_events tenure_events(struct tenure *tenure);

/* The moment until which sink requests may start; a renewal that was overtaken never moves it back. */
void tenure_extend(struct tenure *tenure, int64_t valid_until_boot_ms);
/* No request may start from now on, whatever renewals still say. */
void tenure_invalidate(struct tenure *tenure);

/* A flag that one thread sleeps on and others raise. */
struct wake_flag {
    struct mutex lock;
    struct condition changed;
    bool raised GUARDED_BY(lock);
};

void wake_flag_init(struct wake_flag *flag);
void wake_flag_destroy(struct wake_flag *flag);
void wake_flag_raise(struct wake_flag *flag) EXCLUDES(flag->lock);
/* Waits up to `ms` for the flag and lowers it. */
void wake_flag_wait_ms(struct wake_flag *flag, int64_t ms) EXCLUDES(flag->lock);

#endif
