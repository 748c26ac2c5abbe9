/* A sink that keeps order, as sink/sink.h asks of one: at most one unacknowledged record of an order group, and
 * the lines of a group in the order they came. A model: such a sink is not among the programs yet. */
#include "tests/sim/sim_worker.h"

enum { REQUEST_RECORDS = 16 };

static void pump_lines(struct sim *sim, struct sim_worker *worker);

static void remove_line(struct sim_worker *worker, size_t at)
{
    worker->line_count--;
    memmove(worker->lines + at, worker->lines + at + 1, (worker->line_count - at) * sizeof *worker->lines);
}

static void settle_line(struct sim_worker *worker, size_t at, enum sink_verdict verdict)
{
    struct batch_record record = worker->lines[at].record;
    remove_line(worker, at);
    settle_records(&record, 1, verdict, NULL);
}

static void drop_lost(struct sim_worker *worker)
{
    for (size_t i = worker->line_count; i > 0; i--) {
        struct sim_line *line = &worker->lines[i - 1];
        struct sink_receiver *receiver = line->record.parcel->receiver;
        if (line->call == 0 && !receiver->may_send(receiver)) {
            settle_line(worker, i - 1, SINK_UNSENT);
        }
    }
}

static void retry(struct sim *sim, void *context)
{
    sim_sink_pump(sim, context);
}

static void answered(struct sim *sim, void *context)
{
    struct sim_put *put = context;
    struct sim_worker *worker = &sim->workers[put->worker];
    uint32_t record = 0;
    bool failed = false;
    for (size_t i = 0; i < worker->line_count;) {
        if (worker->lines[i].call != put->call) {
            i++;
            continue;
        }
        bool done = put->answered && !put->throttled && put->verdicts[record] == PUT_ACCEPTED;
        record++;
        worker->lines[i].call = 0;
        failed = failed || !done;
        if (done) {
            settle_line(worker, i, SINK_ACCEPTED);
        } else {
            i++;
        }
    }
    sim_put_free(put);
    if (failed) {
        int64_t wait_ms = backoff_next_ms(&worker->line_backoff, &sim->random);
        worker->lines_retry_ms = sim->now_ms + wait_ms;
        sim_at_worker(sim, worker->index, worker->lines_retry_ms, retry, NULL, worker);
    } else {
        backoff_reset(&worker->line_backoff);
    }
    sim_sink_pump(sim, worker);
}

static uint64_t group_of(const struct sim_line *line)
{
    return line->record.parcel->lines[line->record.first].group;
}

/* The first waiting line of each group of which none is under way. */
static void pump_lines(struct sim *sim, struct sim_worker *worker)
{
    size_t chosen[REQUEST_RECORDS];
    uint32_t count = 0;
    uint64_t blocked = 0; /* a bit a group */
    for (size_t i = 0; i < worker->line_count; i++) {
        blocked |= worker->lines[i].call != 0 ? UINT64_C(1) << group_of(&worker->lines[i]) : 0;
    }
    for (size_t i = 0; i < worker->line_count && count < REQUEST_RECORDS; i++) {
        uint64_t bit = UINT64_C(1) << group_of(&worker->lines[i]);
        if (worker->lines[i].call == 0 && (blocked & bit) == 0) {
            chosen[count++] = i;
            blocked |= bit;
        }
    }
    if (count == 0) {
        return;
    }
    struct sim_put *put = sim_put_create(count, count);
    put->call = ++sim->calls;
    put->worker = worker->index;
    for (uint32_t i = 0; i < count; i++) {
        struct sim_line *line = &worker->lines[chosen[i]];
        line->call = put->call;
        put->shards[i] = sim_run_shard(line->record.parcel->receiver);
        memcpy(&put->records[i], parcel_slice(line->record.parcel, line->record.first).at, sizeof(uint32_t));
        put->line_ends[i] = i + 1;
    }
    sim_put_send(sim, worker, put, answered);
}

static bool has_some(struct sim_worker *worker) NO_THREAD_CHECK
{
    return worker->outbox.first != NULL;
}

void sim_ordered_pump(struct sim *sim, struct sim_worker *worker)
{
    struct batch_record records[FIREHOSE_RECORDS];
    uint32_t count = 0;
    while (has_some(worker) && worker->line_count + worker->outbox.limits.records <= SIM_LINES_WAITING &&
           outbox_take(&worker->outbox, 0, records, &count) == OUTBOX_BATCH) {
        for (uint32_t i = 0; i < count; i++) {
            worker->lines[worker->line_count++] = (struct sim_line){.record = records[i]};
        }
        outbox_answered(&worker->outbox);
    }
    drop_lost(worker);
    if (sim->now_ms >= worker->lines_retry_ms) {
        pump_lines(sim, worker);
    }
}
