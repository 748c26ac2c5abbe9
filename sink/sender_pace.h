/* A sender's part in what all senders of the sink share: how fast (sink/pace.h) and how many requests at once
 * (sink/flight.h). The sender's thread. */
#ifndef PENSTOCK_SINK_SENDER_PACE_H
#define PENSTOCK_SINK_SENDER_PACE_H

#include "sink/sender.h"

/* How long until the next request may start. 0: now; the window is then no larger than the pace likes a request, and
 * its bytes are spent. */
int64_t sender_pace_begin(struct sender *sender) EXCLUDES(sender->shared->lock);

/* The request was held back before anything was sent (struct aws_reply). */
void sender_pace_held_back(struct sender *sender) EXCLUDES(sender->shared->lock);

/* What the destination said to the request that began at `begun_ms` (CLOCK_BOOTTIME): whether records, or all of it,
 * failed; the code says whether they were throttled. */
void sender_pace_answered(struct sender *sender, bool failed, int64_t begun_ms)
    EXCLUDES(sender->shared->lock);

#endif
