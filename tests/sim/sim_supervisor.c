/* The supervisor of one process: what tenure_next() and tenure_choose_start() say is done as
 * worker/supervisor.c and worker/supervisor_thread.c do it. */
#include "tests/sim/sim_worker.h"

enum { TICK_MS = 500, STOPPING_TICK_MS = 5 };

#define NEVER_VALID INT64_MIN

static struct sim_tenure *find(const struct sim_worker *worker, int shard, uint64_t number)
{
    for (struct sim_tenure *tenure = worker->tenures; tenure != NULL; tenure = tenure->next) {
        if (tenure->shard == shard && tenure->grant.tenure == number) {
            return tenure;
        }
    }
    return NULL;
}

/* Most tenures are the newest of their shard. */
static struct sim_tenure *find_fast(const struct sim_worker *worker, int shard, uint64_t number)
{
    struct sim_tenure *newest = worker->by_shard[shard];
    return newest != NULL && newest->grant.tenure == number ? newest : find(worker, shard, number);
}

static void round_now(struct sim *sim, void *context);

void sim_supervisor_wake(struct sim *sim, struct sim_worker *worker, int64_t in_ms)
{
    int64_t at_ms = sim->now_ms + in_ms;
    if (worker->round_at_ms == 0 || at_ms < worker->round_at_ms) {
        worker->round_at_ms = at_ms;
        sim_at_worker(sim, worker->index, at_ms, round_now, NULL, worker);
    }
}

static void grant(struct sim *sim, struct sim_worker *worker, const struct lease_action *action)
{
    int shard = sim_stream_find(sim, action->key);
    sim_check_grant(sim, worker->index, action);
    for (struct sim_tenure *elder = worker->by_shard[shard]; elder != NULL; elder = elder->next) {
        if (elder->shard == shard) {
            elder->valid_until_ms = NEVER_VALID;
            elder->lost = true;
        }
    }
    struct sim_tenure *tenure = sim_allocate(1, sizeof *tenure);
    tenure->shard = shard;
    tenure->row = action->write.row;
    tenure->grant = (struct lease_grant){
        .key = tenure->row.key,
        .tenure = action->tenure,
        .checkpoint_text = tenure->row.checkpoint,
        .nonce = tenure->row.nonce,
        .writer = tenure->row.writer,
        .start_wall_ms = tenure->row.start_wall_ms,
        .epoch = tenure->row.epoch,
        .closed = action->closed,
        .valid_until_boot_ms = action->valid_until_ms,
    };
    if (!lease_checkpoint_parse(tenure->row.checkpoint, &tenure->grant.kind, &tenure->grant.checkpoint)) {
        tenure->grant.kind = LEASE_AT_TRIM_HORIZON;
    }
    tenure->valid_until_ms = action->valid_until_ms;
    tenure->next = worker->tenures;
    worker->tenures = tenure;
    worker->by_shard[shard] = tenure;
}

void sim_supervisor_notice(struct sim *sim, struct sim_worker *worker, const struct lease_action *action)
{
    int shard = sim_stream_find(sim, action->key);
    if (action->kind != LEASE_ACTION_RENEWED) {
        static const char *const names[] = {
            [LEASE_ACTION_GRANTED] = "holds",    [LEASE_ACTION_LOST] = "loses",
            [LEASE_ACTION_WANTED] = "is asked",  [LEASE_ACTION_CHECKPOINTED] = "has checkpointed",
            [LEASE_ACTION_RELEASED] = "gave up", [LEASE_ACTION_DEAD] = "finds dead",
        };
        sim_trace(sim, worker->id, "%s %s (tenure %" PRIu64 ") %s %s", names[action->kind], action->key,
                  action->tenure, action->reason, action->other);
    }
    struct sim_tenure *tenure = find_fast(worker, shard, action->tenure);
    switch (action->kind) {
    case LEASE_ACTION_GRANTED:
        grant(sim, worker, action);
        break;
    case LEASE_ACTION_RENEWED:
        if (tenure != NULL && tenure->valid_until_ms != NEVER_VALID &&
            tenure->valid_until_ms < action->valid_until_ms) {
            tenure->valid_until_ms = action->valid_until_ms;
        }
        return;
    case LEASE_ACTION_LOST:
        if (tenure != NULL) {
            tenure->valid_until_ms = NEVER_VALID;
            tenure->lost = true;
        }
        break;
    case LEASE_ACTION_WANTED:
        if (tenure != NULL) {
            tenure->wanted = true;
        }
        break;
    case LEASE_ACTION_CHECKPOINTED:
        if (tenure != NULL) {
            sim_positions_note_remote(sim, worker, shard, action->write.row.checkpoint,
                                      action->write.row.nonce, action->write.row.writer);
        }
        return;
    default:
        return;
    }
    sim_supervisor_wake(sim, worker, sim_dice(sim, 3));
}

/* Now and then the position of some time ago: whoever carried it was stalled on the way. */
static bool read_running(struct sim *sim, struct sim_tenure *tenure, struct sequence_number *ret_number)
{
    if (tenure->older.length > 0 && sim_faults_strike(sim, FAULT_POSITION_STALE, 40)) {
        *ret_number = tenure->older;
        return true;
    }
    bool known = sim_run_position(tenure->run, ret_number);
    if (known && (tenure->older.length == 0 || sim_dice(sim, 3) == 0)) {
        tenure->older = *ret_number;
    }
    return known;
}

bool sim_supervisor_position(void *context, const char *key, uint64_t number,
                             struct sequence_number *ret_number)
{
    const struct sim_worker *worker = context;
    struct sim_tenure *tenure = find_fast(worker, sim_stream_find(worker->sim, key), number);
    if (tenure == NULL) {
        return false;
    }
    if (tenure->run != NULL) {
        return read_running(worker->sim, tenure, ret_number);
    }
    *ret_number = tenure->position;
    return tenure->has_position;
}

bool sim_tenure_may_send(const struct sim *sim, const struct sim_worker *worker,
                         const struct sim_tenure *tenure)
{
    return sim_worker_boot_ms(sim, worker) < tenure->valid_until_ms;
}

static bool elder_runs(const struct sim_worker *worker, const struct sim_tenure *tenure)
{
    if (worker->by_shard[tenure->shard] == tenure && tenure->next == NULL) {
        return false;
    }
    for (const struct sim_tenure *other = worker->tenures; other != NULL; other = other->next) {
        if (other != tenure && other->shard == tenure->shard && other->run != NULL) {
            return true;
        }
    }
    return false;
}

static struct tenure_view look_at(const struct sim *sim, const struct sim_worker *worker,
                                  const struct sim_tenure *tenure)
{
    int64_t boot_ms = sim_worker_boot_ms(sim, worker);
    return (struct tenure_view){
        .phase = tenure->phase,
        .lost = tenure->lost,
        .wanted = tenure->wanted,
        .leaving = worker->leaving,
        .overdue = worker->overdue,
        .ended = tenure->ended,
        .failed = tenure->failed,
        .finished = tenure->run != NULL && sim_run_is_finished(tenure->run),
        .told = tenure->told,
        .elder_runs = tenure->phase == TENURE_WAITING && elder_runs(worker, tenure),
        .run_out = tenure->valid_until_ms == NEVER_VALID ||
                   tenure->valid_until_ms + sim->options.failover_ms < boot_ms,
    };
}

static void start(struct sim *sim, struct sim_worker *worker, struct sim_tenure *tenure)
{
    struct tenure_start chosen = tenure_choose_start(&tenure->grant, &worker->slot->now[tenure->shard]);
    if (chosen.reset_local) {
        sim_positions_reset(sim, worker, tenure->shard);
    }
    sim_check_reading(sim, worker->index, tenure->shard);
    sim_trace(sim, worker->id, "reads %s %s %.*s%s", tenure->row.key,
              chosen.origin == SHARD_FROM_AFTER ? "after" : "from the trim horizon", (int)chosen.after.length,
              chosen.after.digits, chosen.from_local ? " (state folder)" : " (row)");
    tenure->run = sim_run_start(sim, worker, tenure, &chosen);
    tenure->phase = TENURE_RUNNING;
}

static void tell(struct sim *sim, struct sim_worker *worker, const struct sim_tenure *tenure,
                 enum lease_event_kind kind)
{
    struct lease_event event = {.kind = kind, .key = tenure->row.key, .tenure = tenure->grant.tenure};
    sim_keeper_step(sim, worker, &event);
}

static void forget(struct sim_worker *worker, struct sim_tenure *tenure)
{
    struct sim_tenure **link = &worker->tenures;
    while (*link != tenure) {
        link = &(*link)->next;
    }
    *link = tenure->next;
    if (worker->by_shard[tenure->shard] == tenure) {
        worker->by_shard[tenure->shard] = NULL;
    }
    free(tenure);
}

static void close_run(struct sim_tenure *tenure)
{
    tenure->has_position = sim_run_position(tenure->run, &tenure->position);
    sim_run_free(tenure->run);
    tenure->run = NULL;
    tenure->phase = TENURE_CLOSED;
}

/* False when the tenure is gone or there is nothing more to do for it now. */
static bool take_step(struct sim *sim, struct sim_worker *worker, struct sim_tenure *tenure)
{
    struct tenure_view view = look_at(sim, worker, tenure);
    switch (tenure_next(&view)) {
    case TENURE_NOTHING:
        return false;
    case TENURE_START:
        start(sim, worker, tenure);
        return true;
    case TENURE_DRAIN:
        sim_run_stop(tenure->run, false);
        tenure->phase = TENURE_DRAINING;
        return true;
    case TENURE_ABORT:
        sim_run_stop(tenure->run, true);
        tenure->phase = TENURE_ABORTING;
        return true;
    case TENURE_REPORT_END:
        tenure->told = true;
        tell(sim, worker, tenure, LEASE_EVENT_ENDED);
        return true;
    case TENURE_CLOSE:
        close_run(tenure);
        return true;
    case TENURE_RELEASE:
        tenure->phase = TENURE_CLOSED;
        tenure->told = true;
        tell(sim, worker, tenure, LEASE_EVENT_RELEASE);
        return true;
    case TENURE_FORGET:
        forget(worker, tenure);
        return false;
    }
    return false;
}

bool sim_supervisor_idle(const struct sim_worker *worker)
{
    for (const struct sim_tenure *tenure = worker->tenures; tenure != NULL; tenure = tenure->next) {
        if (tenure->phase != TENURE_CLOSED || (!tenure->told && !tenure->lost)) {
            return false;
        }
    }
    return true;
}

static void round_now(struct sim *sim, void *context)
{
    struct sim_worker *worker = context;
    if (worker->round_at_ms == 0 || sim->now_ms < worker->round_at_ms) {
        return;
    }
    worker->round_at_ms = 0;
    bool stopping = false;
    struct sim_tenure *next = NULL;
    for (struct sim_tenure *tenure = worker->tenures; tenure != NULL; tenure = next) {
        next = tenure->next;
        stopping = stopping || tenure->phase == TENURE_DRAINING || tenure->phase == TENURE_ABORTING ||
                   (tenure->run != NULL && tenure->ended);
        while (take_step(sim, worker, tenure)) {
        }
    }
    if (worker->tenures != NULL) {
        sim_supervisor_wake(sim, worker, stopping ? STOPPING_TICK_MS : TICK_MS);
    }
}

void sim_supervisor_free(struct sim_worker *worker)
{
    while (worker->tenures != NULL) {
        struct sim_tenure *tenure = worker->tenures;
        worker->tenures = tenure->next;
        if (tenure->run != NULL) {
            sim_run_free(tenure->run);
        }
        free(tenure);
    }
    free(worker->by_shard);
    worker->by_shard = NULL;
}
