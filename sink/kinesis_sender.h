/* A sender to a Kinesis data stream: a thread that takes records from the line-up and puts them. What failed goes back
 * to the line-up; a request that is refused for its content is halved down to the line that is poison, as
 * sink/window.h does it for Firehose.
 */
#ifndef PENSTOCK_SINK_KINESIS_SENDER_H
#define PENSTOCK_SINK_KINESIS_SENDER_H

#include <stdatomic.h>

#include "base/backoff.h"
#include "sink/flight_gate.h"
#include "sink/kinesis_sink.h"
#include "sink/letter_box.h"
#include "sink/lineup.h"
#include "sink/refusal.h"

enum { KINESIS_SENDER_KEY_BYTES = 16 /* of a partition key */ };

/* What the senders of one sink share. */
struct kinesis_sending {
    /* Constant after creation. */
    struct kinesis_sink_options options;
    char *stream; /* owned */
    char oversize_reason[80];
    struct batch_limits limits;
    struct lineup lineup;
    struct flight_gate gate;
    struct letter_box letter_box;
    struct stop closing; /* start no more requests */
    struct stop cancel; /* end requests in flight */

    struct mutex lock;
    struct condition sender_ended;
    uint32_t running GUARDED_BY(lock);
    struct sink_counts counts GUARDED_BY(lock);
};

struct kinesis_sender {
    struct kinesis_sending *shared;
    uint32_t place; /* constant */
    struct thread thread;

    /* Any thread. */
    _Atomic int64_t turned_boot_ms; /* when it last showed that it turns */

    /* The sender's thread only. */
    struct order_record records[KINESIS_RECORDS]; /* of groups of their own, none settled yet */
    uint32_t count;
    uint32_t size; /* of the first records: what the next request carries */
    struct order_record done[KINESIS_RECORDS];
    enum put_verdict verdicts[KINESIS_RECORDS];
    struct slice pieces[ORDER_LINES];
    struct bytes body;
    struct aws_reply reply;
    char error_code[AWS_ERROR_CODE_BYTES];
    struct backoff backoff;
    struct random random;
};

/* Starts the thread; it ends after `closing` and lineup_close, then tells sender_ended. */
struct status kinesis_sender_start(struct kinesis_sender *sender, struct kinesis_sending *shared,
                                   uint32_t place) MUST_USE EXCLUDES(shared->lock);

/* Joins it and frees what it held; safe when it was never started. */
void kinesis_sender_join(struct kinesis_sender *sender);

#endif
