/* Watches every write of a lease row: is each position covered by what was accepted, does each go forward, and does
 * only an owner of the row write it? Any thread may call. */
#ifndef PENSTOCK_FAULTD_LEASE_WATCH_H
#define PENSTOCK_FAULTD_LEASE_WATCH_H

#include "tests/support/faultd/stream.h"

/* What must never be is counted, with a first sample in words. */
struct lease_watch {
    struct mutex lock;
    uint64_t writes GUARDED_BY(lock); /* of rows of known shards */
    uint64_t positions GUARDED_BY(lock); /* writes that moved a checkpoint to a sequence number */
    uint64_t ends GUARDED_BY(lock); /* to SHARD_END */
    uint64_t takes GUARDED_BY(lock); /* the owner changed to the writer */
    uint64_t ahead
        GUARDED_BY(lock); /* a record at or before the position (of an ended shard: any) is unaccepted */
    uint64_t back GUARDED_BY(lock); /* below the position before, the rewind nonce being the same */
    uint64_t
        strangers GUARDED_BY(lock); /* by a worker that is not an owner of the row and does not take it */
    char sample[512] GUARDED_BY(lock); /* of the first that must never be; empty: none */
};

void lease_watch_init(struct lease_watch *watch);
void lease_watch_reset(struct lease_watch *watch) EXCLUDES(watch->lock);

/* An item is about to replace `old` (NULL: none) by the write of `values` (ExpressionAttributeValues or NULL, whose
 * :me names the writer). Items that are no leases of a known shard are left out. */
void lease_watch_note(struct lease_watch *watch, struct streams *streams, const cJSON *old, const cJSON *item,
                      const cJSON *values) EXCLUDES(watch->lock, streams->lock);

/* {"writes","positions","ends","takes","ahead","back","strangers","sample"}. Owned. */
cJSON *lease_watch_report(struct lease_watch *watch) EXCLUDES(watch->lock);

#endif
