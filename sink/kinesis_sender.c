#include "sink/kinesis_sender.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"

enum {
    SENDER_IDLE_MS = 2000, /* then the buffers are given back */
    SENDER_BACKOFF_BASE_MS = 50,
    SENDER_BACKOFF_CAP_MS = 20000,
    SENDER_WAIT_SLICE_MS = 200,
    SENDER_LOG_MS = 10000,
};

static void turn(struct kinesis_sender *sender)
{
    atomic_store(&sender->turned_boot_ms, clock_boot_ms(sender->shared->options.clock));
}

static void give_memory_back(struct kinesis_sender *sender)
{
    bytes_free(&sender->body);
    aws_reply_free(&sender->reply);
}

static void set_size(struct kinesis_sender *sender, uint32_t size)
{
    sender->size = size < sender->count ? size : sender->count;
    if (sender->size == 0 && sender->count > 0) {
        sender->size = 1;
    }
}

static void remove_record(struct kinesis_sender *sender, uint32_t at)
{
    sender->count--;
    memmove(sender->records + at, sender->records + at + 1, (sender->count - at) * sizeof *sender->records);
    set_size(sender, sender->size);
}

static void settle_all_unsent(struct kinesis_sender *sender)
{
    lineup_finish(&sender->shared->lineup, sender->records, sender->count, SINK_UNSENT);
    sender->count = 0;
    sender->size = 0;
}

/* Drops the records of shards that are no longer ours; true when there were any. */
static bool drop_lost(struct kinesis_sender *sender)
{
    bool any = false;
    for (uint32_t i = 0; i < sender->count;) {
        struct sink_receiver *receiver = order_receiver(&sender->records[i]);
        if (receiver->may_send(receiver)) {
            i++;
            continue;
        }
        struct order_record lost = sender->records[i];
        remove_record(sender, i);
        lineup_finish(&sender->shared->lineup, &lost, 1, SINK_UNSENT);
        any = true;
    }
    return any;
}

static struct status build_body(struct kinesis_sender *sender)
{
    const struct batch_limits *limits = &sender->shared->limits;
    size_t size = limits->frame_bytes;
    for (uint32_t i = 0; i < sender->size; i++) {
        size += batch_record_cost(limits, sender->records[i].bytes);
    }
    bytes_clear(&sender->body);
    TRY(bytes_reserve(&sender->body, size));
    TRY(kinesis_body_begin(&sender->body, sender->shared->stream));
    for (uint32_t i = 0; i < sender->size; i++) {
        const struct order_record *record = &sender->records[i];
        char key[KINESIS_SENDER_KEY_BYTES + 1];
        snprintf(key, sizeof key, "%016" PRIx64, order_group_id(record));
        order_lines(record, sender->pieces);
        TRY(kinesis_body_add(&sender->body, key, sender->pieces, record->count));
    }
    return kinesis_body_end(&sender->body);
}

/* The leases are ours for a request's time at least: waiting to be let go counts into it. */
static struct status put_body(struct kinesis_sender *sender, int64_t begun_ms)
{
    struct kinesis_sending *shared = sender->shared;
    struct put_limits limits = {.attempt_timeout_ms = shared->options.request_timeout_ms,
                                .deadline_boot_ms = begun_ms + shared->options.request_timeout_ms,
                                .cancel = &shared->cancel};
    struct status status =
        kinesis_put_records(shared->options.client, bytes_slice(&sender->body), sender->size, &limits,
                            &sender->reply, sender->verdicts, sender->error_code);
    for (uint32_t i = 0; i < sender->size && !sender->reply.held_back; i++) {
        sender->records[i].attempts++;
    }
    return status;
}

/* Sleeps for the backoff, awake enough to let go of lost shards; returns at once when the sink closes. */
static void wait_before_retry(struct kinesis_sender *sender)
{
    struct kinesis_sending *shared = sender->shared;
    int64_t left = backoff_next_ms(&sender->backoff, &sender->random);
    while (left > 0 && sender->count > 0) {
        int64_t slice = left < SENDER_WAIT_SLICE_MS ? left : SENDER_WAIT_SLICE_MS;
        turn(sender);
        if (stop_wait_ms(&shared->closing, slice)) {
            return;
        }
        left -= slice;
        (void)drop_lost(sender);
        lineup_settle_lost(&shared->lineup);
    }
}

/* What every request adds to the counts, however it ended. */
static void count_request(struct kinesis_sending *shared, const struct kinesis_sender *sender,
                          int64_t begun_ms) REQUIRES(shared->lock)
{
    struct sink_counts *counts = &shared->counts;
    counts->requests++;
    histogram_add(&counts->batch_records, sender->size);
    histogram_add(&counts->batch_bytes, (int64_t)sender->body.length);
    histogram_add(&counts->request_ms, clock_boot_ms(shared->options.clock) - begun_ms);
}

static void count_answer(struct kinesis_sender *sender, uint32_t accepted, int64_t begun_ms)
{
    struct kinesis_sending *shared = sender->shared;
    uint64_t lines = 0;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < accepted; i++) {
        lines += sender->done[i].count;
        bytes += sender->done[i].bytes;
    }
    mutex_lock(&shared->lock);
    count_request(shared, sender, begun_ms);
    if (accepted > 0) {
        shared->counts.accepted_boot_ms = clock_boot_ms(shared->options.clock);
    }
    shared->counts.records_retried += sender->size - accepted;
    shared->counts.lines_accepted += lines;
    shared->counts.bytes_accepted += bytes;
    mutex_unlock(&shared->lock);
}

static bool is_throttle(const char *code)
{
    return strcmp(code, "ProvisionedThroughputExceededException") == 0 ||
           strcmp(code, "LimitExceededException") == 0 || strcmp(code, "ThrottlingException") == 0;
}

/* What the answer says of how many requests to have under way. */
static void note_flight(struct kinesis_sender *sender, bool failed, int64_t begun_ms)
{
    struct kinesis_sending *shared = sender->shared;
    const char *code = sender->reply.error_code[0] != '\0' ? sender->reply.error_code : sender->error_code;
    enum flight_answer answer = !failed ? FLIGHT_TAKEN : is_throttle(code) ? FLIGHT_THROTTLED : FLIGHT_FAILED;
    bool held_back = lineup_due_in_ms(&shared->lineup) == 0; /* nobody is free to take it */
    flight_gate_answered(&shared->gate, answer, begun_ms, held_back);
}

/* Accepted records to done[], failed ones back to the line-up, the rest stays. */
static void take_answer(struct kinesis_sender *sender, int64_t begun_ms)
{
    struct kinesis_sending *shared = sender->shared;
    uint32_t sent = sender->size;
    uint32_t accepted = 0;
    uint32_t failed = 0;
    for (uint32_t i = 0; i < sent; i++) {
        if (sender->verdicts[i] == PUT_ACCEPTED) {
            sender->done[accepted++] = sender->records[i];
        } else {
            sender->records[failed++] = sender->records[i];
        }
    }
    count_answer(sender, accepted, begun_ms);
    note_flight(sender, failed > 0, begun_ms);
    lineup_finish(&shared->lineup, sender->done, accepted, SINK_ACCEPTED);
    lineup_return(&shared->lineup, sender->records, failed);
    sender->count -= sent;
    memmove(sender->records, sender->records + sent, sender->count * sizeof *sender->records);
    set_size(sender, sent * 2);
    backoff_reset(&sender->backoff);
    if (failed > 0) {
        log_write_limited(SENDER_LOG_MS, LOG_WARN, "sink", "Kinesis failed some records: sent again",
                          log_text("data_stream", shared->stream), log_number("records", failed),
                          log_text("code", sender->error_code));
    }
}

static void count_failure(struct kinesis_sender *sender, int64_t begun_ms)
{
    struct kinesis_sending *shared = sender->shared;
    mutex_lock(&shared->lock);
    count_request(shared, sender, begun_ms);
    shared->counts.failed_boot_ms = clock_boot_ms(shared->options.clock);
    shared->counts.requests_failed++;
    shared->counts.records_retried += sender->size;
    mutex_unlock(&shared->lock);
}

static void log_failure(struct kinesis_sender *sender, enum refusal refusal, const struct status *status)
{
    struct log_field where = log_text("data_stream", sender->shared->stream);
    if (refusal == REFUSAL_BLOCKED) {
        log_write_limited(SENDER_LOG_MS, LOG_ERROR, "sink", "Kinesis takes nothing: waiting for a repair",
                          where, log_status(status));
    } else {
        log_write_limited(SENDER_LOG_MS, LOG_WARN, "sink", "a request to Kinesis failed", where,
                          log_number("records", sender->size), log_status(status));
    }
}

static void bury(struct kinesis_sender *sender, uint32_t at, const char *reason)
{
    struct order_record poison = sender->records[at];
    remove_record(sender, at);
    struct batch_record line = lineup_take_poison(&sender->shared->lineup, &poison);
    letter_box_put(&sender->shared->letter_box, &line, reason);
}

/* The request was refused for its content: half of it next, down to the one line. */
static void divide(struct kinesis_sender *sender, const char *reason)
{
    if (sender->size > 1) {
        set_size(sender, sender->size / 2);
    } else if (sender->records[0].count > 1) {
        lineup_narrow(&sender->shared->lineup, &sender->records[0]);
    } else {
        bury(sender, 0, reason);
    }
}

static void take_failure(struct kinesis_sender *sender, enum refusal refusal, const struct status *status)
{
    if (refusal == REFUSAL_STOPPED) {
        settle_all_unsent(sender);
        return;
    }
    log_failure(sender, refusal, status);
    if (refusal == REFUSAL_CONTENT) {
        divide(sender, status->reason);
    } else {
        wait_before_retry(sender);
    }
}

/* One request with the first records, and what follows from its answer. */
static void send_records(struct kinesis_sender *sender)
{
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
        lineup_settle_lost(&sender->shared->lineup);
        return;
    }
    if (status_is_ok(&status)) {
        take_answer(sender, begun_ms);
        return;
    }
    count_failure(sender, begun_ms);
    note_flight(sender, true, begun_ms);
    take_failure(sender,
                 refusal_of(status.code, sender->reply.error_code, sender->reply.http.status,
                            bytes_slice(&sender->reply.http.body)),
                 &status);
}

static void bury_oversize(struct kinesis_sender *sender)
{
    for (uint32_t i = 0; i < sender->count;) {
        if (sender->records[i].oversize) {
            bury(sender, i, sender->shared->oversize_reason);
        } else {
            i++;
        }
    }
}

/* The next step with what is left of the batch. */
static void deliver_some(struct kinesis_sender *sender)
{
    if (sender->count == 0) {
        return;
    }
    turn(sender);
    if (stop_is_requested(&sender->shared->closing)) {
        settle_all_unsent(sender);
    } else {
        send_records(sender);
    }
}

static void deliver(struct kinesis_sender *sender, uint32_t count)
{
    backoff_init(&sender->backoff, SENDER_BACKOFF_BASE_MS, SENDER_BACKOFF_CAP_MS);
    sender->count = count;
    set_size(sender, count);
    (void)drop_lost(sender);
    bury_oversize(sender);
    deliver_some(sender);
    lineup_answered(&sender->shared->lineup);
    while (sender->count > 0) {
        deliver_some(sender);
    }
}

/* False once the line-up is closed. */
static bool take(struct kinesis_sender *sender, uint32_t *ret_count)
{
    *ret_count = 0;
    return !flight_gate_wait(&sender->shared->gate, sender->place, SENDER_IDLE_MS) ||
           lineup_take(&sender->shared->lineup, SENDER_IDLE_MS, sender->records, ret_count);
}

static void *kinesis_sender_run(void *argument)
{
    struct kinesis_sender *sender = argument;
    struct kinesis_sending *shared = sender->shared;
    uint32_t count = 0;
    while (take(sender, &count)) {
        turn(sender);
        if (count > 0) {
            deliver(sender, count);
        } else {
            give_memory_back(sender);
        }
        lineup_settle_lost(&shared->lineup);
    }
    sender->count = count;
    settle_all_unsent(sender);
    mutex_lock(&shared->lock);
    shared->running--;
    condition_broadcast(&shared->sender_ended);
    mutex_unlock(&shared->lock);
    return NULL;
}

struct status kinesis_sender_start(struct kinesis_sender *sender, struct kinesis_sending *shared,
                                   uint32_t place)
{
    sender->shared = shared;
    sender->place = place;
    turn(sender);
    bytes_init(&sender->body, KINESIS_REQUEST_BYTES);
    random_init(&sender->random, random_seed_from_system());
    mutex_lock(&shared->lock);
    shared->running++;
    mutex_unlock(&shared->lock);
    struct status status =
        thread_start(&sender->thread, "sink-sender", THREAD_STACK_CALLS, kinesis_sender_run, sender);
    if (!status_is_ok(&status)) {
        mutex_lock(&shared->lock);
        shared->running--;
        mutex_unlock(&shared->lock);
    }
    return status;
}

void kinesis_sender_join(struct kinesis_sender *sender)
{
    thread_join(&sender->thread);
    give_memory_back(sender);
}
