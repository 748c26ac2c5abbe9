/* What a sender adds to the counts that all senders of the sink share (struct sink_counts). The sender's thread. */
#ifndef PENSTOCK_SINK_SENDER_COUNTS_H
#define PENSTOCK_SINK_SENDER_COUNTS_H

#include "sink/sender.h"

/* A request of `sent` records that began at `begun_ms` (CLOCK_BOOTTIME) was answered: `accepted` of them, which stand in
 * sender->accepted, were taken. */
void sender_count_answer(struct sender *sender, uint32_t sent, uint32_t accepted, int64_t begun_ms)
    EXCLUDES(sender->shared->lock);

/* The request with the records of the window failed as a whole. */
void sender_count_failure(struct sender *sender, int64_t begun_ms) EXCLUDES(sender->shared->lock);

#endif
