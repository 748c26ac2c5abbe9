/* Poison on its way out: what happens to a line that no request can carry.
 *
 * With a dead-letter place, one thread stores such lines, so that a slow or full disk there holds up no
 * sender, only the shard whose line it is: with backoff for as long as it takes, then the line is settled as
 * SINK_DEAD_LETTERED; if its shard is lost meanwhile, or the sink closes first, as SINK_UNSENT. Without a
 * place the line is settled as SINK_REFUSED at once.
 */
#ifndef PENSTOCK_SINK_LETTER_BOX_H
#define PENSTOCK_SINK_LETTER_BOX_H

#include "sink/batch.h"
#include "sink/dead_letter.h"

struct letter; /* private */

struct letter_box {
    /* Constant after letter_box_start; borrowed. */
    struct dead_letters *letters; /* or NULL */
    const struct clock *clock;
    struct stop *closing;

    struct thread thread;

    struct mutex lock;
    struct condition changed;
    struct letter *first GUARDED_BY(lock);
    struct letter *last GUARDED_BY(lock);
    bool closed GUARDED_BY(lock);
    uint64_t stored GUARDED_BY(lock);
    uint64_t refused GUARDED_BY(lock);
};

/* `letters` may be NULL; all are borrowed and outlive the box. A requested `closing` ends the waits for a
 * failing place. */
struct status letter_box_start(struct letter_box *box, struct dead_letters *letters,
                               const struct clock *clock, struct stop *closing) MUST_USE;

/* Takes `record` (one line) over; `reason` is copied. Any thread. Returns at once unless memory is short. */
void letter_box_put(struct letter_box *box, const struct batch_record *record, const char *reason)
    EXCLUDES(box->lock);

/* Lines stored, and lines refused for want of a place, so far. */
void letter_box_read_counts(struct letter_box *box, uint64_t *ret_stored, uint64_t *ret_refused)
    EXCLUDES(box->lock);

/* After `closing` was requested and the last put: tries what is left once (which a place across the network ends at
 * once), settles the rest as unsent, joins the thread. */
void letter_box_close(struct letter_box *box) EXCLUDES(box->lock);

#endif
