/* Poison on its way out: what happens to a line that no request can carry.
 *
 * With a dead-letter place, one thread stores such lines, so that a slow or full disk there holds up no
 * sender, only the shard whose line it is: with backoff for as long as it takes, then the line is settled as
 * SINK_DEAD_LETTERED; if its shard is lost meanwhile, or the sink closes first, as SINK_UNSENT. Without a
 * place the line is settled as SINK_REFUSED at once.
 *
 * A line that is only too long for a record goes the same way, but into the landing prefix where there is one, and is
 * settled as SINK_ACCEPTED.
 */
#ifndef PENSTOCK_SINK_LETTER_BOX_H
#define PENSTOCK_SINK_LETTER_BOX_H

#include "sink/batch.h"
#include "sink/dead_letter.h"
#include "sink/large_records.h"

struct letter; /* private */

struct letter_box {
    /* Constant after letter_box_start; borrowed. */
    struct dead_letters *letters; /* or NULL */
    const struct large_records *large; /* or NULL */
    const struct clock *clock;
    struct stop *closing;

    struct thread thread;

    struct mutex lock;
    struct condition changed;
    struct letter *first GUARDED_BY(lock);
    struct letter *last GUARDED_BY(lock);
    bool closed GUARDED_BY(lock);
    uint64_t stored GUARDED_BY(lock);
    uint64_t large_landed GUARDED_BY(lock);
    uint64_t refused GUARDED_BY(lock);
};

struct letter_places {
    struct dead_letters *letters; /* or NULL */
    const struct large_records *large; /* or NULL */
    const struct clock *clock;
};

/* All is borrowed and outlives the box. A requested `closing` ends the waits for a failing place. */
struct status letter_box_start(struct letter_box *box, const struct letter_places *places,
                               struct stop *closing) MUST_USE;

/* Takes `record` (one line) over; `reason` is copied. Any thread. Returns at once unless memory is short. */
void letter_box_put(struct letter_box *box, const struct batch_record *record, const char *reason)
    EXCLUDES(box->lock);

/* The same for a line over what a record takes: landed directly where there is a place for that. */
void letter_box_put_large(struct letter_box *box, const struct batch_record *record) EXCLUDES(box->lock);

/* So far. */
struct letter_box_counts {
    uint64_t stored; /* lines among the dead letters */
    uint64_t large; /* lines landed because they are too long for a record */
    uint64_t refused; /* for want of a place */
};
void letter_box_read_counts(struct letter_box *box, struct letter_box_counts *ret_counts) EXCLUDES(box->lock);

/* After `closing` was requested and the last put: tries what is left once (which a place across the network ends at
 * once), settles the rest as unsent, joins the thread. */
void letter_box_close(struct letter_box *box) EXCLUDES(box->lock);

#endif
