/* The inside of a shard, for shard.c and reader.c alone. */
#ifndef PENSTOCK_SHARD_SHARD_PRIVATE_H
#define PENSTOCK_SHARD_SHARD_PRIVATE_H

#include <stdatomic.h>

#include "shard/ack_window.h"
#include "shard/line.h"
#include "shard/shard.h"

struct shard {
    /* Constant from shard_create on. */
    struct sink_receiver receiver; /* first: the two share their address */
    const struct shard_environment *environment;
    struct shard_start start; /* shard_id points to `id` */
    char id[STREAMS_SHARD_ID_BYTES];
    struct line_context line;

    /* Any thread; each has its own lock or is atomic. */
    struct stop halt; /* read no more */
    atomic_bool aborted; /* send no more either */
    atomic_bool finished;
    struct ack_window window;

    /* Any thread, under the lock. */
    struct mutex lock;
    struct shard_stats stats GUARDED_BY(lock); /* without records_done and records_open */
    uint64_t
        records_begun GUARDED_BY(lock); /* of records_read, those that are done or can be in this reading */

    struct budget_share share; /* the budget's, under its lock */
    struct thread thread; /* the owner's */
};

/* Is the lease held and sending allowed? Any thread. */
bool shard_may_send(struct shard *shard);

/* The shard's thread shows that it turns, and whether it begins a wait that has no bound of its own. */
void shard_turn(struct shard *shard, bool waiting) EXCLUDES(shard->lock);

#endif
