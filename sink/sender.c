#include "sink/sender.h"

#include "base/log.h"
#include "sink/refusal.h"
#include "sink/sender_counts.h"
#include "sink/sender_pace.h"
#include "sink/settle.h"

enum {
    SENDER_IDLE_MS = 2000, /* then the buffers are given back */
    SENDER_BACKOFF_BASE_MS = 50,
    SENDER_BACKOFF_CAP_MS = 20000,
    SENDER_WAIT_SLICE_MS = 200,
    SENDER_LOG_MS = 10000,
    SENDER_SPARE_BYTES = 256 * 1024,
    SENDER_SPILL_AGES = 10, /* spilled lines wait so many times --flush-age, for greater objects */
    SENDER_SPILL_LEAST_MS = 1000, /* where that is less */
};

static void turn(struct sender *sender)
{
    atomic_store(&sender->turned_boot_ms, clock_boot_ms(sender->shared->options.clock));
}

static void give_memory_back(struct sender *sender)
{
    bytes_free(&sender->body);
    aws_reply_free(&sender->reply);
}

/* One great request must not hold its memory for a day of small ones. */
static void give_spare_memory_back(struct sender *sender)
{
    if (sender->body.capacity > SENDER_SPARE_BYTES && sender->body.length < sender->body.capacity / 8) {
        bytes_free(&sender->body);
    }
}

static void settle_all_unsent(struct sender *sender)
{
    settle_records(sender->window.records, sender->window.count, SINK_UNSENT, NULL);
    window_begin(&sender->window, 0);
}

/* Drops the records of shards that are no longer ours; true when there were any. Asks once for neighbours of
 * one shard, and nothing of a receiver after the verdict that may have been its last. */
static bool drop_lost(struct sender *sender)
{
    struct window *window = &sender->window;
    struct sink_receiver *ours = NULL;
    bool any = false;
    for (uint32_t i = 0; i < window->count;) {
        struct sink_receiver *receiver = window->records[i].parcel->receiver;
        if (receiver == ours || receiver->may_send(receiver)) {
            ours = receiver;
            i++;
            continue;
        }
        struct batch_record lost = window_remove(window, i);
        settle_records(&lost, 1, SINK_UNSENT, NULL);
        any = true;
    }
    return any;
}

static struct status build_body(struct sender *sender)
{
    const struct batch_limits *limits = &sender->shared->outbox.limits;
    const struct window *window = &sender->window;
    size_t size = limits->frame_bytes;
    for (uint32_t i = 0; i < window->size; i++) {
        size += batch_record_cost(limits, window->records[i].bytes);
    }
    bytes_clear(&sender->body);
    TRY(bytes_reserve(&sender->body, size));
    TRY(firehose_body_begin(&sender->body, sender->shared->delivery_stream));
    for (uint32_t i = 0; i < window->size; i++) {
        struct slice piece = batch_record_slice(&window->records[i]);
        TRY(firehose_body_add(&sender->body, &piece, 1));
    }
    return firehose_body_end(&sender->body);
}

/* The leases are ours for a request's time at least: waiting to be let go counts into it. */
static struct status put_body(struct sender *sender, int64_t begun_ms)
{
    struct sending *shared = sender->shared;
    struct put_limits limits = {.attempt_timeout_ms = shared->options.request_timeout_ms,
                                .deadline_boot_ms = begun_ms + shared->options.request_timeout_ms,
                                .cancel = &shared->cancel};
    struct status status =
        firehose_put_record_batch(shared->options.client, bytes_slice(&sender->body), sender->window.size,
                                  &limits, &sender->reply, sender->verdicts, sender->error_code);
    for (uint32_t i = 0; i < sender->window.size && !sender->reply.held_back; i++) {
        sender->window.records[i].attempts++;
    }
    return status;
}

/* Sleeps for the backoff, awake enough to let go of lost shards; returns at once when the sink closes. */
static void wait_before_retry(struct sender *sender)
{
    struct sending *shared = sender->shared;
    int64_t left = backoff_next_ms(&sender->backoff, &sender->random);
    while (left > 0 && sender->window.count > 0) {
        int64_t slice = left < SENDER_WAIT_SLICE_MS ? left : SENDER_WAIT_SLICE_MS;
        turn(sender);
        if (stop_wait_ms(&shared->closing, slice)) {
            return;
        }
        left -= slice;
        (void)drop_lost(sender);
        settle_lost(&shared->outbox);
    }
}

/* Waits until the pace lets a request start. False: the window changed, or the sink closes. */
static bool wait_for_pace(struct sender *sender)
{
    int64_t left;
    while ((left = sender_pace_begin(sender)) > 0) {
        turn(sender);
        if (stop_wait_ms(&sender->shared->closing,
                         left < SENDER_WAIT_SLICE_MS ? left : SENDER_WAIT_SLICE_MS) ||
            drop_lost(sender)) {
            return false;
        }
        settle_lost(&sender->shared->outbox);
    }
    return true;
}

static void note_answer(struct sender *sender, bool took)
{
    struct sending *shared = sender->shared;
    if (shared->options.spill == NULL) {
        return;
    }
    spill_answered(shared->options.spill, took);
    if (took) {
        outbox_set_flush_age(&shared->outbox, shared->options.flush_age_ms);
    }
}

static void take_answer(struct sender *sender, int64_t begun_ms)
{
    struct sending *shared = sender->shared;
    uint32_t sent = sender->window.size;
    uint32_t accepted = window_take_verdicts(&sender->window, sender->verdicts, sender->accepted);
    sender_count_answer(sender, sent, accepted, begun_ms);
    sender_pace_answered(sender, accepted < sent, begun_ms);
    settle_records(sender->accepted, accepted, SINK_ACCEPTED, NULL);
    note_answer(sender, accepted > 0);
    if (accepted == sent) {
        backoff_reset(&sender->backoff);
        return;
    }
    log_write_limited(SENDER_LOG_MS, LOG_WARN, "sink", "Firehose failed some records: sent again",
                      log_text("delivery_stream", shared->delivery_stream),
                      log_number("records", sent - accepted), log_text("code", sender->error_code));
    wait_before_retry(sender);
}

static void log_failure(struct sender *sender, enum refusal refusal, const struct status *status)
{
    struct log_field where = log_text("delivery_stream", sender->shared->delivery_stream);
    if (refusal == REFUSAL_BLOCKED) {
        log_write_limited(SENDER_LOG_MS, LOG_ERROR, "sink", "Firehose takes nothing: waiting for a repair",
                          where, log_status(status));
    } else {
        log_write_limited(SENDER_LOG_MS, LOG_WARN, "sink", "a request to Firehose failed", where,
                          log_number("records", sender->window.size), log_status(status));
    }
}

static void take_failure(struct sender *sender, enum refusal refusal, const struct status *status)
{
    struct batch_record poison;
    if (refusal == REFUSAL_STOPPED) {
        settle_all_unsent(sender);
        return;
    }
    log_failure(sender, refusal, status);
    if (refusal != REFUSAL_CONTENT) {
        note_answer(sender, false);
        wait_before_retry(sender);
    } else if (window_divide(&sender->window, &poison)) {
        letter_box_put(&sender->shared->letter_box, &poison, status->reason);
    }
}

/* One request with the records of the window, and what follows from its answer. */
static void send_window(struct sender *sender)
{
    if (!wait_for_pace(sender)) {
        return;
    }
    struct status status = build_body(sender);
    if (!status_is_ok(&status)) {
        take_failure(sender, status.code == STATUS_TOO_LARGE ? REFUSAL_CONTENT : REFUSAL_RETRY, &status);
        return;
    }
    if (drop_lost(sender)) {
        return; /* a lease was lost while the body was made: make another */
    }
    int64_t begun_ms = clock_boot_ms(sender->shared->options.clock);
    status = put_body(sender, begun_ms);
    if (sender->reply.held_back) {
        sender_pace_held_back(sender);
        settle_lost(&sender->shared->outbox);
        return;
    }
    if (status_is_ok(&status)) {
        take_answer(sender, begun_ms);
        return;
    }
    sender_count_failure(sender, begun_ms);
    sender_pace_answered(sender, true, begun_ms);
    take_failure(sender,
                 refusal_of(status.code, sender->reply.error_code, sender->reply.http.status,
                            bytes_slice(&sender->reply.http.body)),
                 &status);
}

/* Lands the whole window beside the sink. */
static void spill_window(struct sender *sender)
{
    struct sending *shared = sender->shared;
    struct window *window = &sender->window;
    if (drop_lost(sender)) {
        return;
    }
    struct status status = spill_write(shared->options.spill, window->records, window->count,
                                       &sender->spill_name, &shared->cancel);
    if (status_is_ok(&status)) {
        settle_records(window->records, window->count, SINK_ACCEPTED, NULL);
        window_begin(window, 0);
        return;
    }
    if (status.code == STATUS_STOPPED) {
        settle_all_unsent(sender);
        return;
    }
    log_write_limited(SENDER_LOG_MS, LOG_ERROR, "sink", "cannot land lines directly either: trying again",
                      log_number("records", window->count), log_status(&status));
    wait_before_retry(sender);
}

/* What is to be done with the window, by the state of the sink. */
static enum spill_choice choose(struct sender *sender)
{
    struct sending *shared = sender->shared;
    if (shared->options.spill == NULL) {
        return SPILL_SEND;
    }
    enum spill_choice choice = spill_next(shared->options.spill);
    int64_t age_ms = shared->options.flush_age_ms;
    int64_t spill_ms = age_ms * SENDER_SPILL_AGES;
    spill_ms = spill_ms < SENDER_SPILL_LEAST_MS ? SENDER_SPILL_LEAST_MS : spill_ms;
    outbox_set_flush_age(&shared->outbox, choice == SPILL_SEND ? age_ms : spill_ms);
    return choice;
}

static void bury_oversize(struct sender *sender)
{
    struct window *window = &sender->window;
    for (uint32_t i = 0; i < window->count;) {
        if (window->records[i].oversize) {
            struct batch_record record = window_remove(window, i);
            letter_box_put_large(&sender->shared->letter_box, &record);
        } else {
            i++;
        }
    }
}

/* The next step with what is left of the window. */
static void deliver_some(struct sender *sender)
{
    if (sender->window.count == 0) {
        return;
    }
    turn(sender);
    if (stop_is_requested(&sender->shared->closing)) {
        settle_all_unsent(sender);
    } else if (choose(sender) == SPILL_LAND) {
        spill_window(sender);
    } else {
        send_window(sender);
    }
}

static void deliver_batch(struct sender *sender, uint32_t count)
{
    backoff_init(&sender->backoff, SENDER_BACKOFF_BASE_MS, SENDER_BACKOFF_CAP_MS);
    window_begin(&sender->window, count);
    sender->spill_name = (struct spill_name){.number = 0};
    (void)drop_lost(sender);
    bury_oversize(sender);
    deliver_some(sender);
    outbox_answered(&sender->shared->outbox);
    while (sender->window.count > 0) {
        deliver_some(sender);
    }
}

static enum outbox_taken take(struct sender *sender, uint32_t *ret_count)
{
    if (!flight_gate_wait(&sender->shared->gate, sender->place, SENDER_IDLE_MS)) {
        return OUTBOX_IDLE;
    }
    return outbox_take(&sender->shared->outbox, SENDER_IDLE_MS, sender->window.records, ret_count);
}

static void *sender_run(void *argument)
{
    struct sender *sender = argument;
    struct sending *shared = sender->shared;
    enum outbox_taken taken;
    uint32_t count = 0;
    while ((taken = take(sender, &count)) != OUTBOX_CLOSED) {
        turn(sender);
        if (taken == OUTBOX_BATCH) {
            deliver_batch(sender, count);
            give_spare_memory_back(sender);
        } else {
            give_memory_back(sender);
        }
    }
    mutex_lock(&shared->lock);
    shared->running--;
    condition_broadcast(&shared->sender_ended);
    mutex_unlock(&shared->lock);
    return NULL;
}

struct status sender_start(struct sender *sender, struct sending *shared, uint32_t place)
{
    sender->shared = shared;
    sender->place = place;
    turn(sender);
    bytes_init(&sender->body, FIREHOSE_REQUEST_BYTES);
    random_init(&sender->random, random_seed_from_system());
    mutex_lock(&shared->lock);
    shared->running++;
    mutex_unlock(&shared->lock);
    struct status status =
        thread_start(&sender->thread, "sink-sender", THREAD_STACK_CALLS, sender_run, sender);
    if (!status_is_ok(&status)) {
        mutex_lock(&shared->lock);
        shared->running--;
        mutex_unlock(&shared->lock);
    }
    return status;
}

void sender_join(struct sender *sender)
{
    thread_join(&sender->thread);
    give_memory_back(sender);
}
