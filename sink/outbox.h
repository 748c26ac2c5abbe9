/* The outbox of a sink: parcels in the order they came, from which the sink's threads take batches when one
 * is due. It owns every parcel from outbox_put until the last of its lines is settled. One lock, taken per
 * parcel and per batch, never per line.
 */
#ifndef PENSTOCK_SINK_OUTBOX_H
#define PENSTOCK_SINK_OUTBOX_H

#include "base/clock.h"
#include "sink/batch.h"

struct outbox {
    /* Constant after outbox_init. */
    const struct clock *clock;
    struct batch_limits limits;

    struct mutex lock;
    struct condition changed;
    struct parcel *first GUARDED_BY(lock); /* with lines not taken yet */
    struct parcel *last GUARDED_BY(lock);
    struct batch_backlog backlog GUARDED_BY(lock);
    uint64_t lines_put GUARDED_BY(lock);
    uint64_t lines_taken GUARDED_BY(lock);
    uint64_t flush_mark GUARDED_BY(lock); /* lines put before a flush was asked */
    uint32_t under_way GUARDED_BY(lock); /* batches taken and not yet answered */
    int64_t last_start_boot_ms GUARDED_BY(lock); /* of a batch */
    int64_t flush_age_ms GUARDED_BY(lock);
    bool time_kept GUARDED_BY(lock); /* a thread waits for the age of the backlog */
    bool closed GUARDED_BY(lock);
};

void outbox_init(struct outbox *outbox, const struct batch_limits *limits, int64_t flush_age_ms,
                 const struct clock *clock);
/* Empty, and no thread inside. */
void outbox_destroy(struct outbox *outbox);

/* Takes the parcel over. Any thread; never blocks. */
void outbox_put(struct outbox *outbox, struct parcel *parcel) EXCLUDES(outbox->lock);

/* Lines wait this long for company from now on; 0: while a batch is under way (batch_due_in_ms). Any thread. */
void outbox_set_flush_age(struct outbox *outbox, int64_t flush_age_ms) EXCLUDES(outbox->lock);

/* What is there now is due. Any thread. */
void outbox_flush(struct outbox *outbox) EXCLUDES(outbox->lock);

enum outbox_taken {
    OUTBOX_BATCH, /* one record at least */
    OUTBOX_IDLE, /* nothing was due for `idle_ms` */
    OUTBOX_CLOSED,
};

/* Until outbox_take has a batch to give: 0 now, -1 not before the next put, flush or answer. Any thread. */
int64_t outbox_due_in_ms(struct outbox *outbox) EXCLUDES(outbox->lock);

/* Waits until a batch is due and takes it, in the order lines came. `records` has room for limits.records. It
 * is under way until outbox_answered. */
enum outbox_taken outbox_take(struct outbox *outbox, int64_t idle_ms, struct batch_record *records,
                              uint32_t *ret_count) EXCLUDES(outbox->lock);

/* A batch that was taken has its first answer, good or bad, or needs none. What is sent again of it holds up
 * no other batch. */
void outbox_answered(struct outbox *outbox) EXCLUDES(outbox->lock);

/* Takes the waiting lines of shards that are no longer ours, as one record a parcel and at most `capacity` of
 * them; returns how many. Asks may_send under the outbox's lock. */
uint32_t outbox_take_lost(struct outbox *outbox, struct batch_record *records, uint32_t capacity)
    EXCLUDES(outbox->lock);

/* Nothing is due any more: outbox_take says OUTBOX_CLOSED. */
void outbox_close(struct outbox *outbox) EXCLUDES(outbox->lock);

/* Takes what waits whatever its shard: one record a parcel. */
uint32_t outbox_take_rest(struct outbox *outbox, struct batch_record *records, uint32_t capacity)
    EXCLUDES(outbox->lock);

#endif
