/* A keeper's beginning and end. */
#include <stdlib.h>
#include <string.h>

#include "lease/keeper.h"
#include "lease/keeper_private.h"

static void init(struct lease_keeper *keeper, const struct lease_keeper_options *options,
                 const struct lease_store *store) NO_THREAD_CHECK /* nobody else sees it yet */
{
    keeper->clock = options->clock;
    keeper->gap_ms = keeper_pace_gap_ms(options->failover_ms);
    keeper->observer = options->observer;
    lease_copy_text(keeper->table_name, sizeof keeper->table_name, options->table);
    lease_copy_text(keeper->stream_arn, sizeof keeper->stream_arn, options->stream_arn);
    lease_copy_text(keeper->worker_id, sizeof keeper->worker_id, options->worker_id);
    keeper->table = (struct lease_table_options){
        .dynamodb = options->dynamodb,
        .streams = options->streams,
        .clock = options->clock,
        .table = keeper->table_name,
        .stream_arn = keeper->stream_arn,
        .me = keeper->worker_id,
        .failover_ms = options->failover_ms,
        .cancel = &keeper->cancel,
    };
    keeper->store = store != NULL ? *store : lease_table_store(&keeper->table);
    keeper->calls_end = &keeper->calls;
    stop_init(&keeper->cancel);
    mutex_init(&keeper->lock);
    condition_init(&keeper->changed);
    condition_init(&keeper->watch.rows_came);
    keeper->watch.pulse.turned_boot_ms = clock_boot_ms(options->clock);
    keeper->watch.pulse.answered_boot_ms = keeper->watch.pulse.turned_boot_ms;
}

static struct status make_rules(struct lease_keeper *keeper, const struct lease_keeper_options *options)
{
    struct lease_rules_options rules = {
        .failover_ms = options->failover_ms,
        .max_leases = options->max_leases,
        .start_at_latest = options->start_at_latest,
        .seed = options->seed,
        .position = options->observer.position,
        .gap = options->observer.gap,
        .position_context = options->observer.context,
    };
    lease_copy_text(rules.me, sizeof rules.me, options->worker_id);
    lease_copy_text(rules.previous, sizeof rules.previous,
                    options->previous_worker_id == NULL ? "" : options->previous_worker_id);
    keeper->rules = lease_rules_create(&rules);
    return keeper->rules == NULL ? status_no_memory("the lease rules", sizeof rules) : status_ok();
}

static void free_rest(struct lease_keeper *keeper) NO_THREAD_CHECK /* all threads have ended */
{
    struct keeper_task *task;
    while ((task = keeper_queue_pop(&keeper->answers)) != NULL) {
        keeper_task_free(task);
    }
    while (keeper->calls != NULL) {
        struct keeper_call *call = keeper->calls;
        keeper->calls = call->next;
        free(call);
    }
    lease_rules_destroy(keeper->rules);
    lease_actions_free(&keeper->actions);
    lease_snapshot_free(&keeper->watch.rows);
    condition_destroy(&keeper->watch.rows_came);
    condition_destroy(&keeper->changed);
    mutex_destroy(&keeper->lock);
    stop_destroy(&keeper->cancel);
    free(keeper);
}

static struct status check_options(const struct lease_keeper_options *options)
{
    if (options->worker_id[0] == '\0' || strlen(options->worker_id) >= LEASE_OWNER_BYTES) {
        return status_make(STATUS_INVALID, "worker id '%.40s' is empty or longer than %d characters",
                           options->worker_id, LEASE_OWNER_BYTES - 1);
    }
    if (strlen(options->table) >= DYNAMODB_NAME_BYTES || strlen(options->stream_arn) >= STREAMS_ARN_BYTES) {
        return status_make(STATUS_INVALID, "the lease table's name or the stream's ARN is too long");
    }
    if (options->failover_ms < 1000) {
        return status_make(STATUS_INVALID, "a failover time below 1 s leaves no time to renew a lease");
    }
    return status_ok();
}

struct status lease_keeper_start_with(const struct lease_keeper_options *options,
                                      const struct lease_store *store, struct lease_keeper **ret_keeper)
{
    TRY(check_options(options));
    struct lease_keeper *keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL) {
        return status_no_memory("the lease keeper", sizeof *keeper);
    }
    init(keeper, options, store);
    struct status status = make_rules(keeper, options);
    if (status_is_ok(&status)) {
        status =
            keeper_pool_start(&keeper->pool, keeper->clock, options->failover_ms, keeper_work_run, keeper);
        if (status_is_ok(&status)) {
            status = thread_start(&keeper->thread, "lease-keeper", THREAD_STACK_CALLS, keeper_run, keeper);
            if (!status_is_ok(&status)) {
                keeper_pool_stop(&keeper->pool);
            }
        }
    }
    if (!status_is_ok(&status)) {
        free_rest(keeper);
        return status_prefix(status, "cannot start the lease keeper");
    }
    *ret_keeper = keeper;
    return status_ok();
}

struct status lease_keeper_start(const struct lease_keeper_options *options, struct lease_keeper **ret_keeper)
{
    return lease_keeper_start_with(options, NULL, ret_keeper);
}

void lease_keeper_destroy(struct lease_keeper *keeper)
{
    if (keeper == NULL) {
        return;
    }
    mutex_lock(&keeper->lock);
    keeper->stopping = true;
    condition_signal(&keeper->changed);
    mutex_unlock(&keeper->lock);
    stop_request(&keeper->cancel);
    thread_join(&keeper->thread);
    keeper_pool_stop(&keeper->pool);
    free_rest(keeper);
}
