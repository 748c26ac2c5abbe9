/* The senders of one process to a delivery stream that keeps no order: batches of the real outbox, windows and
 * their division real, in the steps of sink/sender.c. */
#include "tests/sim/sim_worker.h"

enum {
    FLUSH_AGE_MS = 1000,
    BACKOFF_BASE_MS = 50,
    BACKOFF_CAP_MS = 20000,
    BATCH_RECORDS = 8,
    RECORD_BYTES = 16, /* four lines of four bytes */
};

static void send_window(struct sim *sim, struct sim_worker *worker, struct sim_sender *sender);

void sim_sink_open(struct sim *sim, struct sim_worker *worker)
{
    bool ordered = sim->options.ordered > 0;
    struct batch_limits limits = {
        .records = BATCH_RECORDS,
        .batch_bytes = 1024,
        .record_bytes = RECORD_BYTES,
        .pack_bytes = ordered ? 0 : RECORD_BYTES,
    };
    bool at_once = ordered || worker->index % 2 == 1;
    outbox_init(&worker->outbox, &limits, at_once ? 0 : FLUSH_AGE_MS, &worker->clock);
    for (size_t i = 0; i < SIM_SENDERS; i++) {
        worker->senders[i].busy = false;
        worker->senders[i].call = 0;
        worker->senders[i].window.count = 0;
    }
    backoff_init(&worker->line_backoff, BACKOFF_BASE_MS, BACKOFF_CAP_MS);
    worker->line_count = 0;
    worker->lines_retry_ms = 0;
    if (ordered && worker->lines == NULL) {
        worker->lines = sim_allocate(SIM_LINES_WAITING, sizeof *worker->lines);
    }
}

void sim_sink_close(struct sim_worker *worker)
{
    for (size_t i = 0; i < SIM_SENDERS; i++) {
        struct sim_sender *sender = &worker->senders[i];
        settle_records(sender->window.records, sender->window.count, SINK_UNSENT, NULL);
        sender->window.count = 0;
    }
    for (size_t i = 0; i < worker->line_count; i++) {
        settle_records(&worker->lines[i].record, 1, SINK_UNSENT, NULL);
    }
    worker->line_count = 0;
    outbox_close(&worker->outbox);
    settle_rest(&worker->outbox);
    outbox_destroy(&worker->outbox);
}

/* As sink/sender.c: drops the records of shards that are no longer ours; true when there were any. */
static bool drop_lost(struct window *window)
{
    bool any = false;
    for (uint32_t i = 0; i < window->count;) {
        struct sink_receiver *receiver = window->records[i].parcel->receiver;
        if (receiver->may_send(receiver)) {
            i++;
            continue;
        }
        struct batch_record lost = window_remove(window, i);
        settle_records(&lost, 1, SINK_UNSENT, NULL);
        any = true;
    }
    return any;
}

struct retry {
    struct sim_worker *worker;
    struct sim_sender *sender;
};

static void send_again(struct sim *sim, void *context)
{
    struct retry *retry = context;
    struct sim_worker *worker = retry->worker;
    struct sim_sender *sender = retry->sender;
    free(retry);
    (void)drop_lost(&sender->window);
    settle_lost(&worker->outbox);
    send_window(sim, worker, sender);
}

static void wait_and_send(struct sim *sim, struct sim_worker *worker, struct sim_sender *sender, int64_t ms)
{
    struct retry *retry = sim_allocate(1, sizeof *retry);
    *retry = (struct retry){worker, sender};
    sim_at_worker(sim, worker->index, sim->now_ms + ms, send_again, free, retry);
}

/* A line that the destination refuses for its content is durable among the dead letters. */
static void bury(struct sim *sim, const struct batch_record *poison)
{
    uint32_t index;
    memcpy(&index, parcel_slice(poison->parcel, poison->first).at, sizeof index);
    sim_check_accept(sim, sim_run_shard(poison->parcel->receiver), index);
    settle_records(poison, 1, SINK_DEAD_LETTERED, "refused");
}

/* Once a batch: others need not wait for it any more. */
static void end_first_request(struct sim *sim, struct sim_worker *worker, struct sim_sender *sender)
{
    if (sender->first_request) {
        sender->first_request = false;
        outbox_answered(&worker->outbox);
        sim_sink_pump(sim, worker);
    }
}

static void answered(struct sim *sim, void *context)
{
    struct sim_put *put = context;
    struct sim_worker *worker = &sim->workers[put->worker];
    struct sim_sender *sender = &worker->senders[put->sender];
    if (sender->call != put->call) { /* given up before */
        sim_put_free(put);
        return;
    }
    sender->call = 0;
    end_first_request(sim, worker, sender);
    int64_t wait_ms = 0;
    struct batch_record taken[FIREHOSE_RECORDS];
    if (!put->answered || put->throttled) {
        wait_ms = backoff_next_ms(&sender->backoff, &sim->random);
    } else if (put->refused) {
        if (window_divide(&sender->window, &taken[0])) {
            bury(sim, &taken[0]);
        }
    } else {
        uint32_t sent = sender->window.size;
        uint32_t accepted = window_take_verdicts(&sender->window, put->verdicts, taken);
        settle_records(taken, accepted, SINK_ACCEPTED, NULL);
        if (accepted == sent) {
            backoff_reset(&sender->backoff);
        } else {
            wait_ms = backoff_next_ms(&sender->backoff, &sim->random);
        }
    }
    sim_put_free(put);
    wait_and_send(sim, worker, sender, wait_ms);
}

static struct sim_put *make_put(const struct window *window)
{
    uint32_t lines = 0;
    for (uint32_t i = 0; i < window->size; i++) {
        lines += window->records[i].count;
    }
    struct sim_put *put = sim_put_create(window->size, lines);
    uint32_t line = 0;
    for (uint32_t i = 0; i < window->size; i++) {
        const struct batch_record *record = &window->records[i];
        for (uint32_t j = 0; j < record->count; j++, line++) {
            put->shards[line] = sim_run_shard(record->parcel->receiver);
            memcpy(&put->records[line], parcel_slice(record->parcel, record->first + j).at, sizeof(uint32_t));
        }
        put->line_ends[i] = line;
    }
    return put;
}

static void send_window(struct sim *sim, struct sim_worker *worker, struct sim_sender *sender)
{
    if (sender->window.count == 0) {
        end_first_request(sim, worker, sender);
        sender->busy = false;
        sim_sink_pump(sim, worker);
        return;
    }
    if (drop_lost(&sender->window)) {
        wait_and_send(sim, worker, sender, 0);
        return;
    }
    struct sim_put *put = make_put(&sender->window);
    sender->call = ++sim->calls;
    put->call = sender->call;
    put->worker = worker->index;
    put->sender = (size_t)(sender - worker->senders);
    sim_put_send(sim, worker, put, answered);
}

static void pump_again(struct sim *sim, void *context)
{
    struct sim_worker *worker = context;
    if (worker->pump_at_ms != 0 && sim->now_ms >= worker->pump_at_ms) {
        worker->pump_at_ms = 0;
        sim_sink_pump(sim, worker);
    }
}

static void plan_pump(struct sim *sim, struct sim_worker *worker, int64_t in_ms)
{
    int64_t at_ms = sim->now_ms + in_ms + 1;
    if (worker->pump_at_ms == 0 || at_ms < worker->pump_at_ms) {
        worker->pump_at_ms = at_ms;
        sim_at_worker(sim, worker->index, at_ms, pump_again, NULL, worker);
    }
}

void sim_sink_pump(struct sim *sim, struct sim_worker *worker)
{
    if (sim->options.ordered > 0) {
        sim_ordered_pump(sim, worker);
        return;
    }
    for (size_t i = 0; i < SIM_SENDERS; i++) {
        struct sim_sender *sender = &worker->senders[i];
        int64_t due_ms = outbox_due_in_ms(&worker->outbox);
        if (due_ms < 0) {
            return;
        }
        if (due_ms > 0) {
            plan_pump(sim, worker, due_ms);
            return;
        }
        uint32_t count = 0;
        if (sender->busy || outbox_take(&worker->outbox, 0, sender->window.records, &count) != OUTBOX_BATCH) {
            continue;
        }
        sender->busy = true;
        sender->first_request = true;
        backoff_init(&sender->backoff, BACKOFF_BASE_MS, BACKOFF_CAP_MS);
        window_begin(&sender->window, count);
        wait_and_send(sim, worker, sender, 0); /* on the sender's own thread */
    }
}
