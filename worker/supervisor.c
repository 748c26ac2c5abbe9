#include "worker/supervisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "worker/supervisor_inner.h"

struct status supervisor_create(const struct supervisor_options *options, struct supervisor **ret_supervisor)
    NO_THREAD_CHECK /* nobody else sees it yet */
{
    struct supervisor *supervisor = calloc(1, sizeof *supervisor);
    if (supervisor == NULL) {
        return status_no_memory("the supervisor", sizeof *supervisor);
    }
    struct status status = tenure_index_init(&supervisor->tenures);
    if (!status_is_ok(&status)) {
        free(supervisor);
        return status;
    }
    supervisor->environment = options->environment;
    supervisor->positions = options->positions;
    supervisor->clock = options->clock;
    supervisor->failover_ms = options->failover_ms;
    atomic_store(&supervisor->turned_boot_ms, clock_boot_ms(options->clock));
    mutex_init(&supervisor->lock);
    condition_init(&supervisor->idle_changed);
    wake_flag_init(&supervisor->wake);
    *ret_supervisor = supervisor;
    return status_ok();
}

/* A new tenure is the end of all earlier ones of its shard. */
static void end_elders(struct supervisor *supervisor, const char *key) REQUIRES(supervisor->lock)
{
    for (struct tenure *tenure = tenure_index_newest(&supervisor->tenures, key); tenure != NULL;
         tenure = tenure_index_elder(tenure)) {
        tenure_invalidate(tenure);
        tenure->lost = true;
    }
}

static void refuse_grant(struct supervisor *supervisor, const struct lease_grant *grant)
    REQUIRES(supervisor->lock)
{
    if (supervisor->refused_count < SUPERVISOR_REFUSED) {
        struct refused_grant *refused = &supervisor->refused[supervisor->refused_count++];
        snprintf(refused->key, sizeof refused->key, "%s", grant->key);
        refused->number = grant->tenure;
    }
}

static void on_granted(void *context, const struct lease_grant *grant)
{
    struct supervisor *supervisor = context;
    struct tenure *tenure = NULL;
    struct status status = tenure_create(grant, supervisor->clock, &supervisor->wake, &tenure);
    mutex_lock(&supervisor->lock);
    end_elders(supervisor, grant->key);
    if (status_is_ok(&status)) {
        tenure_index_add(&supervisor->tenures, tenure);
        supervisor->idle = false;
    } else {
        refuse_grant(supervisor, grant);
    }
    mutex_unlock(&supervisor->lock);
    if (!status_is_ok(&status)) {
        log_write_limited(10000, LOG_ERROR, "worker", "cannot work on a granted lease",
                          log_text("shard", grant->key), log_status(&status));
    }
    wake_flag_raise(&supervisor->wake);
}

static void on_renewed(void *context, const char *key, uint64_t number, int64_t valid_until_boot_ms)
{
    struct supervisor *supervisor = context;
    mutex_lock(&supervisor->lock);
    struct tenure *tenure = tenure_index_find(&supervisor->tenures, key, number);
    if (tenure != NULL) {
        tenure_extend(tenure, valid_until_boot_ms);
    }
    mutex_unlock(&supervisor->lock);
}

static void on_lost(void *context, const char *key, uint64_t number)
{
    struct supervisor *supervisor = context;
    mutex_lock(&supervisor->lock);
    struct tenure *tenure = tenure_index_find(&supervisor->tenures, key, number);
    if (tenure != NULL) {
        tenure_invalidate(tenure);
        tenure->lost = true;
    }
    mutex_unlock(&supervisor->lock);
    wake_flag_raise(&supervisor->wake);
}

static void on_wanted(void *context, const char *key, uint64_t number)
{
    struct supervisor *supervisor = context;
    mutex_lock(&supervisor->lock);
    struct tenure *tenure = tenure_index_find(&supervisor->tenures, key, number);
    if (tenure != NULL) {
        tenure->wanted = true;
    }
    mutex_unlock(&supervisor->lock);
    wake_flag_raise(&supervisor->wake);
}

static bool on_position(void *context, const char *key, uint64_t number, struct sequence_number *ret_number)
{
    struct supervisor *supervisor = context;
    bool known = false;
    mutex_lock(&supervisor->lock);
    struct tenure *tenure = tenure_index_find(&supervisor->tenures, key, number);
    if (tenure != NULL && tenure->shard != NULL) {
        known = shard_read_position(tenure->shard, ret_number);
    } else if (tenure != NULL && tenure->has_position) {
        *ret_number = tenure->position;
        known = true;
    }
    mutex_unlock(&supervisor->lock);
    return known;
}

static void on_checkpointed(void *context, const char *key, uint64_t number, const char *checkpoint,
                            const char *nonce, const char *writer)
{
    struct supervisor *supervisor = context;
    mutex_lock(&supervisor->lock);
    struct tenure *tenure = tenure_index_find(&supervisor->tenures, key, number);
    bool known = tenure != NULL;
    if (known) {
        atomic_store(&tenure->checkpointed_boot_ms, clock_boot_ms(supervisor->clock));
    }
    mutex_unlock(&supervisor->lock);
    if (known) {
        positions_note_remote(supervisor->positions, key, checkpoint, nonce, writer);
    }
}

struct lease_observer supervisor_observer(struct supervisor *supervisor)
{
    return (struct lease_observer){
        .context = supervisor,
        .granted = on_granted,
        .renewed = on_renewed,
        .lost = on_lost,
        .wanted = on_wanted,
        .position = on_position,
        .checkpointed = on_checkpointed,
        .gap = supervisor_on_gap,
        .gap_stored = supervisor_on_gap_stored,
        .scanned = supervisor_on_scanned,
    };
}

struct status supervisor_start(struct supervisor *supervisor, struct lease_keeper *keeper)
{
    supervisor->keeper = keeper;
    return thread_start(&supervisor->thread, "supervisor", THREAD_STACK_CALLS, supervisor_run, supervisor);
}

void supervisor_leave(struct supervisor *supervisor)
{
    mutex_lock(&supervisor->lock);
    supervisor->leaving = true;
    supervisor->idle = false;
    mutex_unlock(&supervisor->lock);
    wake_flag_raise(&supervisor->wake);
}

void supervisor_abort(struct supervisor *supervisor)
{
    mutex_lock(&supervisor->lock);
    supervisor->overdue = true;
    mutex_unlock(&supervisor->lock);
    wake_flag_raise(&supervisor->wake);
}

bool supervisor_wait_idle(struct supervisor *supervisor, int64_t ms)
{
    int64_t until = clock_boot_ms(supervisor->clock) + ms;
    mutex_lock(&supervisor->lock);
    while (!supervisor->idle) {
        int64_t left = until - clock_boot_ms(supervisor->clock);
        if (left <= 0) {
            break;
        }
        (void)condition_wait_ms(&supervisor->idle_changed, &supervisor->lock, left);
    }
    bool idle = supervisor->idle;
    mutex_unlock(&supervisor->lock);
    return idle;
}

void supervisor_stop(struct supervisor *supervisor)
{
    mutex_lock(&supervisor->lock);
    supervisor->quit = true;
    mutex_unlock(&supervisor->lock);
    wake_flag_raise(&supervisor->wake);
    thread_join(&supervisor->thread);
}

void supervisor_destroy(struct supervisor *supervisor) NO_THREAD_CHECK
{
    if (supervisor == NULL) {
        return;
    }
    while (supervisor->tenures.newest != NULL) {
        struct tenure *tenure = supervisor->tenures.newest;
        tenure_index_remove(&supervisor->tenures, tenure);
        tenure_destroy(tenure);
    }
    tenure_index_free(&supervisor->tenures);
    wake_flag_destroy(&supervisor->wake);
    condition_destroy(&supervisor->idle_changed);
    mutex_destroy(&supervisor->lock);
    free(supervisor);
}

static void add_shard(const struct shard_stats *stats, struct supervisor_totals *totals)
{
    totals->running++;
    totals->failed += stats->failed ? 1 : 0;
    totals->lag_unknown += stats->lag_ms < 0 ? 1 : 0;
    if (stats->lag_ms > totals->lag_max_ms) {
        totals->lag_max_ms = stats->lag_ms;
    }
    totals->records_read += stats->records_read;
    totals->records_done += stats->records_done;
    totals->records_dropped += stats->records_dropped;
    totals->records_filtered += stats->records_filtered;
    totals->calls += stats->calls;
    totals->order_violations += stats->order_violations;
    totals->records_open += stats->records_open;
}

void supervisor_read_totals(struct supervisor *supervisor, struct supervisor_totals *ret_totals)
{
    mutex_lock(&supervisor->lock);
    struct supervisor_totals totals = supervisor->gone;
    totals.lag_max_ms = -1;
    for (struct tenure *tenure = supervisor->tenures.newest; tenure != NULL; tenure = tenure->next) {
        if (tenure_runs(tenure)) {
            struct shard_stats stats;
            shard_read_stats(tenure->shard, &stats);
            add_shard(&stats, &totals);
        }
    }
    mutex_unlock(&supervisor->lock);
    *ret_totals = totals;
}

int64_t supervisor_turned_boot_ms(struct supervisor *supervisor)
{
    return atomic_load(&supervisor->turned_boot_ms);
}

static void look_at_shard(const struct tenure *tenure, struct supervisor_shard *ret_shard)
{
    snprintf(ret_shard->key, sizeof ret_shard->key, "%s", tenure->key);
    ret_shard->stopping = tenure->phase != TENURE_RUNNING || tenure->wanted || tenure->lost;
    ret_shard->checkpointed_boot_ms = atomic_load(&tenure->checkpointed_boot_ms);
    shard_read_stats(tenure->shard, &ret_shard->stats);
}

struct status supervisor_read_shards(struct supervisor *supervisor, struct supervisor_shards *ret_shards)
{
    struct supervisor_shards shards = {0};
    mutex_lock(&supervisor->lock);
    size_t running = 0;
    for (const struct tenure *tenure = supervisor->tenures.newest; tenure != NULL; tenure = tenure->next) {
        running += tenure_runs(tenure) ? 1 : 0;
    }
    shards.at = calloc(running + 1, sizeof shards.at[0]);
    if (shards.at != NULL) {
        for (const struct tenure *tenure = supervisor->tenures.newest; tenure != NULL;
             tenure = tenure->next) {
            if (tenure_runs(tenure)) {
                look_at_shard(tenure, &shards.at[shards.count++]);
            }
        }
    }
    mutex_unlock(&supervisor->lock);
    if (shards.at == NULL) {
        return status_no_memory("the list of shards", (running + 1) * sizeof shards.at[0]);
    }
    *ret_shards = shards;
    return status_ok();
}

void supervisor_shards_free(struct supervisor_shards *shards)
{
    free(shards->at);
    *shards = (struct supervisor_shards){0};
}

void supervisor_log_unfinished(struct supervisor *supervisor)
{
    mutex_lock(&supervisor->lock);
    for (struct tenure *tenure = supervisor->tenures.newest; tenure != NULL; tenure = tenure->next) {
        if (tenure_runs(tenure)) {
            struct shard_stats stats;
            shard_read_stats(tenure->shard, &stats);
            log_write(LOG_ERROR, "worker", "shard not delivered in time", log_text("shard", tenure->key),
                      log_number("records_open", (int64_t)stats.records_open));
        }
    }
    mutex_unlock(&supervisor->lock);
}
