/* Gap-free acknowledgement (design 4.1): lines go out in order, verdicts come back in any order, and the
 * frontier is the newest position with nothing undone before it.
 *
 * The reader fills a block of positions a page, without a lock, and publishes it before its lines go to the
 * sink. Records that need no verdict (dropped, stored as dead letters) are marked behind the line before
 * them. A block is freed when the frontier has passed it, so an idle window holds nothing.
 *
 * A window lives for one reading, from one start position: after SINK_UNSENT it is drained and begun again.
 */
#ifndef PENSTOCK_SHARD_ACK_WINDOW_H
#define PENSTOCK_SHARD_ACK_WINDOW_H

#include "aws/sequence_number.h"
#include "base/thread.h"
#include "sink/parcel.h"

struct ack_entry {
    struct sequence_number position; /* reached when this line and all before it are done */
    bool done;
    uint32_t records; /* read since the entry before: the line's own and those marked behind it */
};

/* One page's positions: the reader's until published, then the window's. */
struct ack_block {
    struct ack_block *next;
    uint64_t first_token;
    uint32_t count;
    uint32_t capacity;
    uint32_t passed; /* entries behind the frontier */
    struct sequence_number lead; /* reached when all before this block is done; length 0: none */
    uint32_t lead_records;
    struct ack_entry *entries;
};

struct ack_block *ack_block_create(void) MUST_USE; /* NULL: no memory */
void ack_block_destroy(struct ack_block *block);
/* One more line. False: no memory. */
bool ack_block_add_line(struct ack_block *block, const struct sequence_number *position) MUST_USE;
/* A record that is done already; `position` of length 0 is not known. */
void ack_block_add_done(struct ack_block *block, const struct sequence_number *position);
/* Memory it occupies, in bytes. */
size_t ack_block_footprint(const struct ack_block *block);

enum { ACK_REASON_BYTES = 160 };

struct ack_window {
    struct mutex lock;
    struct condition settled; /* outstanding became 0, or a line was refused or unsent */
    struct ack_block *oldest GUARDED_BY(lock);
    struct ack_block *newest GUARDED_BY(lock);
    uint64_t next_token GUARDED_BY(lock);
    uint64_t outstanding GUARDED_BY(lock); /* lines without a verdict */
    uint64_t unsent GUARDED_BY(lock); /* since the window was begun */
    uint64_t refused GUARDED_BY(lock);
    uint64_t records_done GUARDED_BY(lock);
    struct sequence_number frontier GUARDED_BY(lock);
    struct sequence_number refused_at GUARDED_BY(lock); /* the first one's position */
    char refused_reason[ACK_REASON_BYTES] GUARDED_BY(lock);
    /* Called with the lock held when the frontier moved: quick, and never back into the window. */
    void (*moved)(void *context, const struct sequence_number *frontier);
    void *context;
};

void ack_window_init(struct ack_window *window,
                     void (*moved)(void *context, const struct sequence_number *frontier), void *context);
/* No lines may be outstanding. */
void ack_window_destroy(struct ack_window *window);

/* The reader's: takes the block over; its first line's token is returned (meaningless without lines). */
uint64_t ack_window_publish(struct ack_window *window, struct ack_block *block) EXCLUDES(window->lock);

/* Any thread: the verdict of `count` lines from `first_token` on. The window may be destroyed by its owner as
 * soon as the last line's verdict is counted. */
void ack_window_settle(struct ack_window *window, uint64_t first_token, uint32_t count,
                       enum sink_verdict verdict, const char *reason) EXCLUDES(window->lock);

/* The reader's, when nothing is outstanding: forgets blocks with unsent lines, so that reading can begin
 * again behind the frontier. */
void ack_window_restart(struct ack_window *window) EXCLUDES(window->lock);

struct ack_window_state {
    uint64_t outstanding;
    uint64_t unsent;
    uint64_t refused;
    uint64_t records_done;
    struct sequence_number frontier; /* length 0: the start position stands */
    struct sequence_number refused_at;
    char refused_reason[ACK_REASON_BYTES];
};
/* Any thread. */
void ack_window_read(struct ack_window *window, struct ack_window_state *ret_state) EXCLUDES(window->lock);

/* The reader's: waits up to `ms` until nothing is outstanding; false when the time passed first. */
bool ack_window_wait_settled(struct ack_window *window, int64_t ms) EXCLUDES(window->lock);

/* Any thread, cheap: was a line dropped unsent since the window was begun? Then those behind it must not be
 * sent either, even if the lease is valid again: they would overtake it. */
bool ack_window_is_torn(struct ack_window *window) EXCLUDES(window->lock);

/* The reader's, cheap: did a line come back unsent or refused? */
bool ack_window_has_trouble(struct ack_window *window) EXCLUDES(window->lock);

#endif
