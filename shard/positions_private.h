/* The inside of the positions, for positions.c and positions_writer.c alone. */
#ifndef PENSTOCK_SHARD_POSITIONS_PRIVATE_H
#define PENSTOCK_SHARD_POSITIONS_PRIVATE_H

#include "base/thread.h"
#include "shard/position_slot.h"
#include "shard/position_store.h"
#include "shard/positions.h"

enum { POSITIONS_GAPS = 1024 };

struct positions {
    /* Constant from positions_open on. */
    struct position_slot slot;
    const struct clock *clock;
    char app[512];
    char stream_arn[STREAMS_ARN_BYTES];
    char path[POSITION_PATH_BYTES];
    struct thread writer;

    /* The writer's alone once it runs. */
    struct position_store *store; /* NULL: the disk refused it */
    int64_t tidied_boot_ms;

    /* Any thread, under the lock. */
    struct mutex lock;
    struct condition wanted; /* the writer has something to do that it does not find by itself */
    struct condition tried; /* a write ended, well or not */
    struct position_entry *entries GUARDED_BY(lock); /* sorted by shard */
    size_t count GUARDED_BY(lock);
    size_t capacity GUARDED_BY(lock);
    size_t dirty GUARDED_BY(lock);
    struct position_gap_entry *gaps GUARDED_BY(lock); /* POSITIONS_GAPS of them, or NULL: none yet */
    size_t gap_count GUARDED_BY(lock);
    size_t gaps_dirty GUARDED_BY(lock);
    uint64_t tries_begun GUARDED_BY(lock);
    uint64_t tries_ended GUARDED_BY(lock);
    bool idle GUARDED_BY(lock); /* the writer waits for a change, not for its next transaction's time */
    bool closing GUARDED_BY(lock);
    bool degraded GUARDED_BY(lock);
};

/* The shard's entry, or NULL; made when `make` is set (NULL: no memory). */
struct position_entry *positions_find(struct positions *positions, const char *shard, bool make)
    REQUIRES(positions->lock);

/* Counts the entry as one to be written, and wakes the writer if it is idle. */
void positions_mark(struct positions *positions, struct position_entry *entry) REQUIRES(positions->lock);

/* positions_gaps.c */
/* Counts the gap as one to be written, and wakes the writer. */
void positions_mark_gap(struct positions *positions, struct position_gap_entry *gap)
    REQUIRES(positions->lock);
/* Adds a gap, or widens the one that begins where it does. NULL: too many, or no memory. */
struct position_gap_entry *positions_put_gap(struct positions *positions,
                                             const struct position_gap_entry *gap) REQUIRES(positions->lock);
/* Forgets the acknowledged ones that are out of the file. */
void positions_drop_gone(struct positions *positions) REQUIRES(positions->lock);

/* Opens the file, setting a damaged one aside, and takes over what it holds. The caller's thread owns the
 * store. */
struct status positions_open_store(struct positions *positions) MUST_USE EXCLUDES(positions->lock);

/* The writer thread: groups what is dirty into one transaction at most every 100 ms, retries each second. */
void *positions_write_all(void *argument);

#endif
