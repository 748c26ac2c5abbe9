/* A sender: a thread that takes batches from the outbox and stays with each until every line of it has its
 * verdict. Records that Firehose failed, and whole requests whose outcome is unknown, are sent again with
 * capped jittered backoff, for as long as their shards are ours; content that is refused is divided
 * (sink/window.h).
 */
#ifndef PENSTOCK_SINK_SENDER_H
#define PENSTOCK_SINK_SENDER_H

#include <stdatomic.h>

#include "base/backoff.h"
#include "sink/firehose_sink.h"
#include "sink/flight_gate.h"
#include "sink/letter_box.h"
#include "sink/outbox.h"
#include "sink/pace.h"
#include "sink/window.h"

/* What the senders of one sink share. */
struct sending {
    /* Constant after creation. */
    struct firehose_sink_options options;
    char *delivery_stream; /* owned */
    struct outbox outbox;
    struct flight_gate gate;
    struct letter_box letter_box;
    struct stop closing; /* start no more requests */
    struct stop cancel; /* end requests in flight */

    struct mutex lock;
    struct condition sender_ended;
    uint32_t running GUARDED_BY(lock);
    struct sink_counts counts GUARDED_BY(lock);
    struct pace pace GUARDED_BY(lock);
};

struct sender {
    struct sending *shared;
    uint32_t place; /* constant */
    struct thread thread;

    /* Any thread. */
    _Atomic int64_t turned_boot_ms; /* when it last showed that it turns */

    /* The sender's thread only. */
    struct window window;
    struct batch_record accepted[FIREHOSE_RECORDS];
    enum put_verdict verdicts[FIREHOSE_RECORDS];
    struct bytes body;
    struct aws_reply reply;
    char error_code[AWS_ERROR_CODE_BYTES];
    struct backoff backoff;
    struct spill_name spill_name; /* of the batch under way, once it was to be spilled */
    struct random random;
};

/* Starts the thread; it ends after `closing` and outbox_close, then tells sender_ended. */
struct status sender_start(struct sender *sender, struct sending *shared, uint32_t place)
    MUST_USE EXCLUDES(shared->lock);

/* Joins it and frees what it held; safe when it was never started. */
void sender_join(struct sender *sender);

#endif
