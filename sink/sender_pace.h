/* A sender's part in the pace that all senders of the sink share (sink/pace.h). The sender's thread. */
#ifndef PENSTOCK_SINK_SENDER_PACE_H
#define PENSTOCK_SINK_SENDER_PACE_H

#include "sink/sender.h"

/* How long until the next request may start. 0: now; the window is then no larger than the pace likes a request, and
 * its bytes are spent. */
int64_t sender_pace_begin(struct sender *sender) EXCLUDES(sender->shared->lock);

/* What the destination said to the request: whether records, or all of it, were throttled. */
void sender_pace_answered(struct sender *sender, bool failed) EXCLUDES(sender->shared->lock);

#endif
