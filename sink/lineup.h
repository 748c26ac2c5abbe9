/* The line-up of a sink that keeps order: the order book behind a lock, and the wait for what is due. Parcels are in
 * it until the last of their lines is taken out; verdicts are the caller's (settle_records), without the lock. */
#ifndef PENSTOCK_SINK_LINEUP_H
#define PENSTOCK_SINK_LINEUP_H

#include "base/clock.h"
#include "sink/order.h"

struct lineup {
    const struct clock *clock; /* constant */

    struct mutex lock;
    struct condition changed;
    struct order order GUARDED_BY(lock);
    struct random random GUARDED_BY(lock);
    bool closed GUARDED_BY(lock);
};

void lineup_init(struct lineup *lineup, const struct batch_limits *limits, int64_t flush_age_ms,
                 const struct clock *clock);
/* Empty, and no thread inside. */
void lineup_destroy(struct lineup *lineup);

/* Takes the parcel over; without memory for that its lines are settled as unsent at once. Any thread. */
void lineup_put(struct lineup *lineup, struct parcel *parcel) EXCLUDES(lineup->lock);
void lineup_flush(struct lineup *lineup) EXCLUDES(lineup->lock);

/* Waits until records are due and takes them (order_take); 0: nothing was due for `idle_ms`. False once closed. */
bool lineup_take(struct lineup *lineup, int64_t idle_ms, struct order_record *records, uint32_t *ret_count)
    EXCLUDES(lineup->lock);

/* Until lineup_take has records to give: 0 now, -1 not by time alone. Any thread. */
int64_t lineup_due_in_ms(struct lineup *lineup) EXCLUDES(lineup->lock);

/* A batch has its first answer, good or bad, or needs none (order_answered). */
void lineup_answered(struct lineup *lineup) EXCLUDES(lineup->lock);

/* Takes the lines of records under way out and gives them their verdict. `records` are cleared of their groups. */
void lineup_finish(struct lineup *lineup, const struct order_record *records, uint32_t count,
                   enum sink_verdict verdict) EXCLUDES(lineup->lock);

/* Takes a record of one line out, for the dead letters: its verdict comes later. */
struct batch_record lineup_take_poison(struct lineup *lineup, const struct order_record *record)
    EXCLUDES(lineup->lock);

/* Failed records go back and rest. */
void lineup_return(struct lineup *lineup, const struct order_record *records, uint32_t count)
    EXCLUDES(lineup->lock);

/* The record goes on with the first half of its lines. */
void lineup_narrow(struct lineup *lineup, struct order_record *record) EXCLUDES(lineup->lock);

/* SINK_UNSENT for the waiting lines of shards that are no longer ours. */
void lineup_settle_lost(struct lineup *lineup) EXCLUDES(lineup->lock);

/* Nothing is due any more: lineup_take says false. */
void lineup_close(struct lineup *lineup) EXCLUDES(lineup->lock);
/* SINK_UNSENT for all that waits; after lineup_close. */
void lineup_settle_rest(struct lineup *lineup) EXCLUDES(lineup->lock);

#endif
