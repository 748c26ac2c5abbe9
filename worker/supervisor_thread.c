#include "worker/supervisor_inner.h"

#include <malloc.h>
#include <string.h>

#include "base/log.h"

enum {
    TICK_MS = 500, /* nothing is stopping: only a safety net behind the wake flag */
    STOPPING_TICK_MS = 5,
    HEAP_FIRST_MS = 10000, /* after the start, whose burst is over by then */
    HEAP_MS = 60000,
};

static bool elder_runs(struct supervisor *supervisor, const struct tenure *tenure) REQUIRES(supervisor->lock)
{
    for (const struct tenure *other = tenure_index_newest(&supervisor->tenures, tenure->key); other != NULL;
         other = tenure_index_elder(other)) {
        if (other != tenure && tenure_runs(other)) {
            return true;
        }
    }
    return false;
}

static bool has_run_out(struct supervisor *supervisor, struct tenure *tenure)
{
    int64_t valid_until = atomic_load(&tenure->valid_until_boot_ms);
    return valid_until + supervisor->failover_ms < clock_boot_ms(supervisor->clock);
}

static struct tenure_view look_at(struct supervisor *supervisor, struct tenure *tenure)
{
    mutex_lock(&supervisor->lock);
    struct tenure_view view = {
        .phase = tenure->phase,
        .lost = tenure->lost,
        .wanted = tenure->wanted,
        .leaving = supervisor->leaving,
        .overdue = supervisor->overdue,
        /* Before `ended`: a shard says that it ended, then finishes. */
        .finished = tenure->shard != NULL && shard_is_finished(tenure->shard),
        .told = tenure->told,
        .elder_runs = elder_runs(supervisor, tenure),
    };
    mutex_unlock(&supervisor->lock);
    view.ended = atomic_load(&tenure->ended);
    view.failed = atomic_load(&tenure->failed);
    view.run_out = has_run_out(supervisor, tenure);
    return view;
}

static void set_phase(struct supervisor *supervisor, struct tenure *tenure, enum tenure_phase phase,
                      bool told)
{
    mutex_lock(&supervisor->lock);
    tenure->phase = phase;
    tenure->told = told;
    mutex_unlock(&supervisor->lock);
}

static struct tenure_start choose_start(struct supervisor *supervisor, const struct tenure *tenure)
{
    struct position_row local;
    struct status status = positions_load(supervisor->positions, tenure->key, &local);
    bool known = status_is_ok(&status);
    struct tenure_start start = tenure_choose_start(&tenure->grant, known ? &local : NULL);
    if (start.reset_local) {
        positions_reset(supervisor->positions, tenure->key);
    }
    return start;
}

static void log_start(const struct tenure *tenure, const struct tenure_start *start)
{
    const char *from = start->origin == SHARD_FROM_AFTER ? "after"
                       : start->drop_before_wall_ms > 0  ? "latest"
                                                         : "trim horizon";
    log_write(LOG_INFO, "worker", "shard started", log_text("shard", tenure->key),
              log_number("tenure", (int64_t)tenure->grant.tenure), log_text("from", from),
              log_slice("seq", slice_of(start->after.digits, start->after.length)),
              log_text("position_of", start->from_local ? "state folder" : "lease"));
}

static void start_shard(struct supervisor *supervisor, struct tenure *tenure)
{
    struct tenure_start start = choose_start(supervisor, tenure);
    const struct shard_start shard_start = {
        .shard_id = tenure->key,
        .origin = start.origin,
        .after = start.after,
        .drop_before_wall_ms = start.drop_before_wall_ms,
        .epoch = tenure->grant.epoch,
        .closed = tenure->grant.closed,
        .ownership = tenure_ownership(tenure),
        .events = tenure_events(tenure),
        .user = tenure,
    };
    struct shard *shard = NULL;
    struct status status = shard_create(supervisor->environment, &shard_start, &shard);
    if (!status_is_ok(&status)) {
        log_write(LOG_ERROR, "worker", "cannot start a shard; its lease is released",
                  log_text("shard", tenure->key), log_status(&status));
        set_phase(supervisor, tenure, TENURE_CLOSED, false);
        return;
    }
    log_start(tenure, &start);
    mutex_lock(&supervisor->lock);
    tenure->shard = shard;
    tenure->phase = TENURE_RUNNING;
    mutex_unlock(&supervisor->lock);
}

static const char *reason_of(const struct tenure_view *view)
{
    if (view->lost) {
        return "lease lost";
    }
    if (view->ended) {
        return "end of shard";
    }
    if (view->wanted) {
        return "handed over";
    }
    if (view->leaving) {
        return "worker stops";
    }
    return "gave up";
}

/* Adds a closed shard's sums to those of the shards that are gone. */
static void retire(struct supervisor *supervisor, const struct shard_stats *stats,
                   const struct tenure_view *view) REQUIRES(supervisor->lock)
{
    struct supervisor_totals *gone = &supervisor->gone;
    gone->records_read += stats->records_read;
    gone->records_done += stats->records_done;
    gone->records_dropped += stats->records_dropped;
    gone->records_filtered += stats->records_filtered;
    gone->calls += stats->calls;
    gone->order_violations += stats->order_violations;
    if (view->leaving && !view->lost) {
        gone->records_given_up += stats->records_open;
    }
}

static void close_shard(struct supervisor *supervisor, struct tenure *tenure, const struct tenure_view *view)
{
    struct shard_stats stats;
    mutex_lock(&supervisor->lock);
    struct shard *shard = tenure->shard;
    shard_read_stats(shard, &stats);
    tenure->has_position = shard_read_position(shard, &tenure->position);
    tenure->shard = NULL;
    tenure->phase = TENURE_CLOSED;
    retire(supervisor, &stats, view);
    mutex_unlock(&supervisor->lock);
    shard_destroy(shard);
    log_write(LOG_INFO, "worker", "shard stopped", log_text("shard", tenure->key),
              log_number("tenure", (int64_t)tenure->grant.tenure), log_text("reason", reason_of(view)),
              log_number("records", (int64_t)stats.records_done),
              log_number("records_given_up", (int64_t)stats.records_open));
}

static void forget(struct supervisor *supervisor, struct tenure *tenure)
{
    mutex_lock(&supervisor->lock);
    tenure_index_remove(&supervisor->tenures, tenure);
    mutex_unlock(&supervisor->lock);
    tenure_destroy(tenure);
}

/* False when the tenure is gone or there is nothing more to do for it now. */
static bool take_step(struct supervisor *supervisor, struct tenure *tenure)
{
    struct tenure_view view = look_at(supervisor, tenure);
    switch (tenure_next(&view)) {
    case TENURE_NOTHING:
        return false;
    case TENURE_START:
        start_shard(supervisor, tenure);
        return true;
    case TENURE_DRAIN:
        shard_stop(tenure->shard, SHARD_DRAIN);
        set_phase(supervisor, tenure, TENURE_DRAINING, view.told);
        return true;
    case TENURE_ABORT:
        shard_stop(tenure->shard, SHARD_ABORT);
        set_phase(supervisor, tenure, TENURE_ABORTING, view.told);
        return true;
    case TENURE_REPORT_END:
        set_phase(supervisor, tenure, view.phase, true);
        lease_keeper_shard_ended(supervisor->keeper, tenure->key, tenure->grant.tenure);
        return true;
    case TENURE_CLOSE:
        close_shard(supervisor, tenure, &view);
        return true;
    case TENURE_RELEASE:
        set_phase(supervisor, tenure, TENURE_CLOSED, true);
        lease_keeper_release(supervisor->keeper, tenure->key, tenure->grant.tenure);
        return true;
    case TENURE_FORGET:
        forget(supervisor, tenure);
        return false;
    }
    return false;
}

/* Nothing but time can change what a shard that runs in peace needs. */
static bool is_due(const struct tenure *tenure)
{
    return tenure->phase != TENURE_RUNNING || tenure->lost || tenure->wanted || atomic_load(&tenure->ended) ||
           atomic_load(&tenure->failed);
}

/* The tenures to be looked at in this round, newest first: every one each TICK_MS and while the worker leaves. */
static struct tenure *list_due(struct supervisor *supervisor)
{
    int64_t now_ms = clock_boot_ms(supervisor->clock);
    struct tenure *first = NULL;
    struct tenure **end = &first;
    mutex_lock(&supervisor->lock);
    bool whole = supervisor->leaving || now_ms - supervisor->whole_round_ms >= TICK_MS;
    supervisor->whole_round_ms = whole ? now_ms : supervisor->whole_round_ms;
    for (struct tenure *tenure = supervisor->tenures.newest; tenure != NULL; tenure = tenure->next) {
        if (whole || is_due(tenure)) {
            tenure->next_due = NULL;
            *end = tenure;
            end = &tenure->next_due;
        }
    }
    mutex_unlock(&supervisor->lock);
    return first;
}

static void release_refused(struct supervisor *supervisor)
{
    struct refused_grant refused[SUPERVISOR_REFUSED];
    mutex_lock(&supervisor->lock);
    size_t count = supervisor->refused_count;
    memcpy(refused, supervisor->refused, count * sizeof refused[0]);
    supervisor->refused_count = 0;
    mutex_unlock(&supervisor->lock);
    for (size_t i = 0; i < count; i++) {
        lease_keeper_release(supervisor->keeper, refused[i].key, refused[i].number);
    }
}

struct tally {
    bool stopping; /* some shard is to finish soon */
    bool busy; /* some tenure is not told yet */
};

static struct tally count_tenures(struct supervisor *supervisor) REQUIRES(supervisor->lock)
{
    struct tally tally = {false, supervisor->refused_count > 0};
    for (struct tenure *tenure = supervisor->tenures.newest; tenure != NULL; tenure = tenure->next) {
        bool stops = tenure->phase == TENURE_DRAINING || tenure->phase == TENURE_ABORTING;
        tally.stopping |= stops || (tenure_runs(tenure) && atomic_load(&tenure->ended));
        tally.busy |= tenure->phase != TENURE_CLOSED || (!tenure->told && !tenure->lost);
    }
    return tally;
}

/* What a burst (a start, a scan of a great table, hours of catching up) leaves free between pieces still in use,
 * glibc would keep. */
static void give_heap_back(struct supervisor *supervisor)
{
    int64_t now_ms = clock_boot_ms(supervisor->clock);
    if (now_ms >= supervisor->heap_due_ms) {
        supervisor->heap_due_ms = now_ms + HEAP_MS;
        (void)malloc_trim(0);
    }
}

/* Looks at the tenures that are due and says how long the thread may sleep; false when it is to end. */
static bool make_round(struct supervisor *supervisor, int64_t *ret_sleep_ms)
{
    atomic_store(&supervisor->turned_boot_ms, clock_boot_ms(supervisor->clock));
    release_refused(supervisor);
    struct tenure *tenure = list_due(supervisor);
    while (tenure != NULL) {
        struct tenure *next = tenure->next_due;
        while (take_step(supervisor, tenure)) {
        }
        tenure = next;
    }
    mutex_lock(&supervisor->lock);
    struct tally tally = count_tenures(supervisor);
    supervisor->idle = !tally.busy;
    if (supervisor->idle) {
        condition_broadcast(&supervisor->idle_changed);
    }
    bool quit = supervisor->quit;
    mutex_unlock(&supervisor->lock);
    give_heap_back(supervisor);
    *ret_sleep_ms = tally.stopping ? STOPPING_TICK_MS : TICK_MS;
    return !quit;
}

void *supervisor_run(void *argument)
{
    struct supervisor *supervisor = argument;
    int64_t sleep_ms = 0;
    supervisor->heap_due_ms = clock_boot_ms(supervisor->clock) + HEAP_FIRST_MS;
    do {
        wake_flag_wait_ms(&supervisor->wake, sleep_ms);
    } while (make_round(supervisor, &sleep_ms));
    return NULL;
}
