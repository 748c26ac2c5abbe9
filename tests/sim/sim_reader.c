/* A shard's thread: reads with the real shard_rules and pacing, counts verdicts with the real ack_window, and
 * hands parcels to the real outbox, in the steps of shard/reader.c, reader_page.c and shard.c. */
#include "tests/sim/sim_worker.h"

enum { LEASE_WAIT_MS = 50, FLUSH_MS = 1000, BACKOFF_BASE_MS = 50, BACKOFF_CAP_MS = 5000 };
enum { POLL_MS = 200, POLL_IDLE_MS = 1000, PAGE_MOST = 12, PAGE_CALM = 500 };

enum reading { READING, SETTLING };
enum reading_end { END_STOPPED, END_OF_SHARD, END_TROUBLE };

struct sim_run {
    struct sink_receiver receiver; /* first: the two share their address */
    struct sim *sim;
    struct sim_worker *worker;
    struct sim_tenure *tenure;
    struct tenure_start start;
    struct shard_rules rules;
    struct pacing pacing;
    struct backoff backoff;
    struct ack_window window;
    struct sequence_number last; /* newest position read */
    size_t iterator; /* the next record */
    enum rules_action action; /* of the next call */
    enum reading state;
    enum reading_end end;
    int64_t call_ms;
    int64_t wait_ms;
    int64_t due_ms; /* of the step that waits; 0: none */
    bool calling;
    bool halt;
    bool aborted;
    bool finished;
    bool gap_pending;
    size_t references; /* events that point here */
    bool freed;
};

int sim_run_shard(const struct sink_receiver *receiver)
{
    return ((const struct sim_run *)receiver)->tenure->shard;
}

/* An event that points here is over. True: so is the run. */
static bool let_go_of(struct sim_run *run)
{
    bool freed = run->freed;
    run->references--;
    if (freed && run->references == 0) {
        free(run);
    }
    return freed;
}

static void let_go(void *context)
{
    (void)let_go_of(context);
}

static void step(struct sim *sim, void *context);

static void plan(struct sim_run *run, int64_t in_ms)
{
    int64_t at_ms = run->sim->now_ms + in_ms;
    if (run->due_ms == 0 || at_ms < run->due_ms) {
        run->due_ms = at_ms;
        run->references++;
        sim_at_worker(run->sim, run->worker->index, at_ms, step, let_go, run);
    }
}

static bool may_send(const struct sim_run *run)
{
    return !run->aborted && sim_tenure_may_send(run->sim, run->worker, run->tenure);
}

static bool receiver_may_send(struct sink_receiver *receiver)
{
    struct sim_run *run = (struct sim_run *)receiver;
    return may_send(run) && !ack_window_is_torn(&run->window);
}

static void receiver_verdict(struct sink_receiver *receiver, uint64_t first_token, uint32_t count,
                             enum sink_verdict verdict, const char *reason)
{
    struct sim_run *run = (struct sim_run *)receiver;
    ack_window_settle(&run->window, first_token, count, verdict, reason);
    if (run->state == SETTLING) {
        plan(run, 0);
    }
}

static void save_position(void *context, const struct sequence_number *frontier)
{
    struct sim_run *run = context;
    if (!run->aborted) {
        sim_positions_save(run->sim, run->worker, run->tenure->shard, frontier);
    }
}

static void begin(struct sim_run *run, const struct sequence_number *after)
{
    rules_init(&run->rules, after);
    pacing_forget(&run->pacing);
    run->last = run->rules.after;
    run->wait_ms = 0;
    run->gap_pending = false;
    run->action = RULES_OPEN;
    run->state = READING;
}

struct sim_run *sim_run_start(struct sim *sim, struct sim_worker *worker, struct sim_tenure *tenure,
                              const struct tenure_start *start)
{
    struct sim_run *run = sim_allocate(1, sizeof *run);
    run->sim = sim;
    run->worker = worker;
    run->tenure = tenure;
    run->start = *start;
    run->receiver = (struct sink_receiver){
        .shard = tenure->row.key, .verdict = receiver_verdict, .may_send = receiver_may_send};
    ack_window_init(&run->window, save_position, run);
    pacing_init(&run->pacing, POLL_MS, POLL_IDLE_MS, tenure->grant.closed);
    backoff_init(&run->backoff, BACKOFF_BASE_MS, BACKOFF_CAP_MS);
    begin(run, start->origin == SHARD_FROM_AFTER ? &start->after : NULL);
    plan(run, sim_dice(sim, 2));
    return run;
}

static void note_gap(struct sim_run *run, size_t until)
{
    if (run->gap_pending) {
        sim_check_gap(run->sim, run->tenure->shard, until);
        run->gap_pending = false;
    }
}

static void end_reading(struct sim_run *run, enum reading_end end)
{
    run->end = end;
    run->state = SETTLING;
    outbox_flush(&run->worker->outbox);
    sim_sink_pump(run->sim, run->worker);
    plan(run, 0);
}

/* What comes after reading stopped and all verdicts are in: shard.c's conclude(), without lines that nobody
 * takes, since there is always a place for dead letters. */
static void conclude(struct sim_run *run, const struct ack_window_state *state)
{
    if (state->unsent > 0) {
        ack_window_restart(&run->window);
        bool has_start = run->start.origin == SHARD_FROM_AFTER;
        begin(run, state->frontier.length > 0 ? &state->frontier : has_start ? &run->start.after : NULL);
        run->finished = run->halt;
    } else {
        if (run->end == END_OF_SHARD && !run->aborted) {
            run->tenure->ended = true;
        }
        run->finished = run->end != END_TROUBLE;
        run->state = READING;
        run->action = RULES_OPEN;
    }
    if (run->finished) {
        sim_supervisor_wake(run->sim, run->worker, sim_dice(run->sim, 3));
    } else {
        plan(run, 0);
    }
}

static void settle(struct sim_run *run)
{
    struct ack_window_state state;
    ack_window_read(&run->window, &state);
    if (state.outstanding == 0) {
        conclude(run, &state);
        return;
    }
    outbox_flush(&run->worker->outbox);
    sim_sink_pump(run->sim, run->worker);
    plan(run, FLUSH_MS);
}

/* The lines of a page: what is dropped counts as done behind the line before it. */
static void take_records(struct sim_run *run, size_t count)
{
    struct sim_shard *shard = &run->sim->shards[run->tenure->shard];
    struct ack_block *block = ack_block_create();
    struct parcel *parcel = NULL;
    struct status status = parcel_create(4096, &parcel);
    for (size_t i = 0; i < count; i++) {
        size_t index = run->iterator + i;
        const struct sim_record *record = &shard->records[index];
        struct sequence_number number;
        sim_stream_number(shard, index, &number);
        if (record->event_wall_ms < run->start.drop_before_wall_ms) {
            ack_block_add_done(block, &number);
        } else {
            uint32_t text = (uint32_t)index;
            size_t offset = parcel->data.length;
            status = bytes_append(&parcel->data, &text, sizeof text);
            bool added = status_is_ok(&status) && ack_block_add_line(block, &number);
            if (!added || parcel_add_line(parcel, (uint32_t)offset, record->key) != STATUS_OK) {
                abort();
            }
        }
        run->last = number;
    }
    parcel->first_token = ack_window_publish(&run->window, block);
    if (parcel->count == 0) {
        parcel_destroy(parcel);
        return;
    }
    parcel->receiver = &run->receiver;
    outbox_put(&run->worker->outbox, parcel);
    sim_sink_pump(run->sim, run->worker);
}

static struct rules_decision take_page(struct sim_run *run)
{
    struct sim *sim = run->sim;
    struct sim_shard *shard = &sim->shards[run->tenure->shard];
    size_t there = shard->count - run->iterator;
    size_t most = sim->faults.on ? 1 + (size_t)sim_dice(sim, PAGE_MOST) : PAGE_CALM;
    most = most < run->rules.limit ? most : run->rules.limit;
    size_t count = there < most ? there : most;
    bool ends = shard->closed && count == there;
    int64_t wall_ms = SIM_WALL_MS + sim->now_ms;
    struct pacing_page page = {
        .records = (uint32_t)count,
        .full = count == most,
        .newest_event_wall_ms = count > 0 ? shard->records[run->iterator + count - 1].event_wall_ms : 0,
        .now_wall_ms = wall_ms + run->worker->wall_skew_ms,
    };
    run->wait_ms = pacing_after_page(&run->pacing, &page, &sim->random);
    note_gap(run, count > 0 ? run->iterator : shard->trimmed);
    take_records(run, count);
    run->iterator += count;
    backoff_reset(&run->backoff);
    if (count == there && may_send(run)) {
        sim_note_delivery(sim, shard);
    }
    return rules_on_page(&run->rules, (uint32_t)count, &run->last, ends);
}

/* Where an iterator opened as the rules say stands. */
static enum status_code open_iterator(struct sim_run *run)
{
    const struct sim_shard *shard = &run->sim->shards[run->tenure->shard];
    if (run->rules.from_horizon) {
        run->iterator = shard->trimmed;
        if (run->rules.after.length == 0 &&
            !run->gap_pending) { /* no answer tells that anything is missing */
            sim_check_gap(run->sim, run->tenure->shard, shard->trimmed);
        }
        return STATUS_OK;
    }
    run->iterator = sim_stream_count_to(shard, run->rules.after.digits, run->rules.after.length);
    return run->iterator < shard->trimmed ? STATUS_TRIMMED : STATUS_OK;
}

static enum status_code strike_call(struct sim_run *run)
{
    struct sim *sim = run->sim;
    if (sim->shards[run->tenure->shard].gone) {
        return STATUS_NOT_FOUND;
    }
    if (sim_faults_strike(sim, FAULT_GET_THROTTLED, 60)) {
        return STATUS_THROTTLED;
    }
    if (sim_faults_strike(sim, FAULT_GET_FAILED, 60)) {
        return sim_dice(sim, 2) == 0 ? STATUS_UNAVAILABLE : STATUS_TIMEOUT;
    }
    return STATUS_OK;
}

static struct rules_decision decide(struct sim_run *run)
{
    struct sim *sim = run->sim;
    enum status_code code = strike_call(run);
    switch (run->action) {
    case RULES_OPEN:
        return rules_on_iterator(&run->rules, code != STATUS_OK ? code : open_iterator(run));
    case RULES_LIST:
        return rules_on_listing(&run->rules, code == STATUS_NOT_FOUND ? RULES_MISSING
                                             : code == STATUS_OK      ? RULES_LISTED
                                                                      : RULES_LISTING_UNKNOWN);
    default:
        if (code == STATUS_OK && sim_faults_strike(sim, FAULT_ITERATOR_EXPIRED, 100)) {
            code = STATUS_EXPIRED;
        }
        if (code == STATUS_OK && run->iterator < sim->shards[run->tenure->shard].trimmed) {
            code = STATUS_TRIMMED;
        }
        return code != STATUS_OK ? rules_on_read_failure(&run->rules, code) : take_page(run);
    }
}

static void answered(struct sim *sim, void *context)
{
    struct sim_run *run = context;
    if (let_go_of(run)) {
        return;
    }
    run->calling = false;
    if (run->halt) {
        end_reading(run, END_STOPPED);
        return;
    }
    struct rules_decision decision = decide(run);
    run->gap_pending = run->gap_pending || decision.gap;
    if (decision.action == RULES_END) {
        note_gap(run, sim->shards[run->tenure->shard].count);
        end_reading(run, END_OF_SHARD);
        return;
    }
    run->action = decision.action;
    int64_t wait_ms = 0;
    if (decision.back_off) {
        pacing_forget(&run->pacing);
        wait_ms = backoff_next_ms(&run->backoff, &sim->random);
    } else if (run->action == RULES_READ && run->wait_ms > 0) {
        int64_t left_ms = run->call_ms + run->wait_ms - sim->now_ms;
        wait_ms = left_ms > 0 ? left_ms : 0;
        run->wait_ms = 0;
    }
    plan(run, wait_ms);
}

static void call(struct sim_run *run)
{
    run->calling = true;
    run->call_ms = run->sim->now_ms;
    run->references++;
    int64_t in_ms = 1 + sim_dice(run->sim, run->sim->latency_ms);
    sim_at_worker(run->sim, run->worker->index, run->sim->now_ms + in_ms, answered, let_go, run);
}

static bool is_full(struct sim_run *run)
{
    struct ack_window_state state;
    ack_window_read(&run->window, &state);
    return state.outstanding > SIM_OUTBOX_LINES;
}

static void step(struct sim *sim, void *context)
{
    struct sim_run *run = context;
    if (let_go_of(run) || run->due_ms == 0 || sim->now_ms < run->due_ms) {
        return; /* an earlier one came before */
    }
    run->due_ms = 0;
    if (run->calling || run->finished) {
        return; /* the answer will look at everything */
    }
    if (run->state == SETTLING) {
        settle(run);
    } else if (run->halt) {
        end_reading(run, END_STOPPED);
    } else if (!may_send(run)) {
        plan(run, LEASE_WAIT_MS);
    } else if (ack_window_has_trouble(&run->window)) {
        end_reading(run, END_TROUBLE);
    } else if (is_full(run)) {
        plan(run, LEASE_WAIT_MS);
    } else {
        call(run);
    }
}

void sim_run_stop(struct sim_run *run, bool abort)
{
    run->halt = true;
    run->aborted = run->aborted || abort;
    plan(run, 0);
}

bool sim_run_is_finished(const struct sim_run *run)
{
    return run->finished;
}

bool sim_run_position(struct sim_run *run, struct sequence_number *ret_number)
{
    struct ack_window_state state;
    ack_window_read(&run->window, &state);
    *ret_number = state.frontier;
    return state.frontier.length > 0;
}

void sim_run_free(struct sim_run *run)
{
    ack_window_destroy(&run->window);
    run->freed = true;
    if (run->references == 0) {
        free(run);
    }
}
