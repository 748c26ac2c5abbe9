#include "lease/keeper.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "lease/keeper_private.h"

enum { LONGEST_WAIT_MS = 1000, BROKEN_LOG_INTERVAL_MS = 60000, AWAITING_LOG_INTERVAL_MS = 60000 };

static bool is_request(enum lease_action_kind kind)
{
    return kind <= LEASE_ACTION_LIST_CHILDREN;
}

static bool submit(struct lease_keeper *keeper, const struct lease_action *action)
{
    struct keeper_task *task = calloc(1, sizeof *task);
    if (task == NULL) {
        return false;
    }
    task->kind = action->kind;
    task->write = action->write;
    task->asked_ms = clock_boot_ms(keeper->clock);
    memcpy(task->key, action->key, sizeof task->key);
    keeper_pool_submit(&keeper->pool, task);
    return true;
}

/* One event through the rules, then what they want done. A request that cannot be queued for want of memory
 * comes back at once as one that was never sent, which the rules try again later. */
static void step(struct lease_keeper *keeper, const struct lease_event *event)
{
    lease_actions_clear(&keeper->actions);
    bool good = lease_rules_step(keeper->rules, event, clock_boot_ms(keeper->clock), &keeper->actions);
    for (size_t i = 0; i < keeper->actions.count; i++) {
        struct lease_action *action = &keeper->actions.at[i];
        if (!is_request(action->kind)) {
            keeper->recount = keeper->recount || action->kind != LEASE_ACTION_RENEWED;
            keeper_watch_action(keeper, action);
            keeper_notify(keeper, action);
        } else if (!submit(keeper, action)) {
            char key[LEASE_KEY_BYTES];
            memcpy(key, action->key, sizeof key);
            struct lease_event refusal;
            int64_t now_ms = clock_boot_ms(keeper->clock);
            keeper_work_refusal(action, now_ms, &refusal);
            refusal.key = key;
            good = lease_rules_step(keeper->rules, &refusal, now_ms, &keeper->actions) && good;
        }
    }
    if (!good) {
        log_write_limited(LONGEST_WAIT_MS, LOG_ERROR, "lease", "out of memory for leases; trying again");
    }
}

static void count(struct lease_keeper *keeper)
{
    struct lease_rules_counts counts;
    lease_rules_read_counts(keeper->rules, &counts);
    mutex_lock(&keeper->lock);
    keeper->counts = (struct lease_keeper_counts){
        .held = counts.held,
        .total = counts.total,
        .finished = counts.finished,
        .unowned = counts.unowned,
        .workers = counts.workers,
        .awaiting_children = counts.awaiting_children,
        .gaps_certain = counts.gaps_certain,
        .gaps_possible = counts.gaps_possible,
        .taken = counts.taken,
        .lost = counts.lost,
        .stolen = counts.stolen,
        .last_scan_boot_ms = keeper->last_scan_ms,
    };
    mutex_unlock(&keeper->lock);
    keeper->recount = false;
    if (counts.awaiting_children > 0) {
        log_write_limited(AWAITING_LOG_INTERVAL_MS, LOG_WARN, "lease",
                          "shards are read to their end, but the stream shows no children of them; asking on",
                          log_number("shards", (int64_t)counts.awaiting_children));
    }
}

static void note_scan(struct lease_keeper *keeper, const struct keeper_task *task)
{
    if (task->kind != LEASE_ACTION_SCAN || !status_is_ok(&task->status)) {
        return;
    }
    keeper->last_scan_ms = task->sent_ms;
    keeper->recount = true;
    if (keeper->observer.scanned != NULL) {
        keeper->observer.scanned(keeper->observer.context, &task->rows, task->sent_ms);
    }
    if (task->rows.broken > 0) {
        log_write_limited(BROKEN_LOG_INTERVAL_MS, LOG_WARN, "lease",
                          "rows of the lease table cannot be understood and are left alone",
                          log_text("table", keeper->table_name),
                          log_number("rows", (int64_t)task->rows.broken));
    }
}

static void take_answer(struct lease_keeper *keeper, struct keeper_task *task)
{
    keeper_notify_failure(keeper, task);
    keeper_watch_answer(keeper, task);
    note_scan(keeper, task);
    struct lease_event event;
    keeper_work_event(keeper, task, &event);
    step(keeper, &event);
    keeper_task_free(task);
}

static void take_call(struct lease_keeper *keeper, struct keeper_call *call)
{
    struct lease_event event = {.kind = call->kind, .key = call->key, .tenure = call->tenure};
    step(keeper, &event);
    free(call);
}

static bool has_work(struct lease_keeper *keeper) REQUIRES(keeper->lock)
{
    return keeper->stopping || keeper->answers.first != NULL || keeper->calls != NULL || keeper->leave ||
           keeper->watch.rows_wanted;
}

/* Sleeps until something came or the rules want a tick. False: the keeper stops. */
static bool wait_for_work(struct lease_keeper *keeper, struct keeper_queue *ret_answers,
                          struct keeper_call **ret_calls, bool *ret_leave)
{
    mutex_lock(&keeper->lock);
    while (!has_work(keeper)) {
        int64_t wait_ms = lease_rules_next_ms(keeper->rules) - clock_boot_ms(keeper->clock);
        if (wait_ms <= 0) {
            break;
        }
        condition_wait_ms(&keeper->changed, &keeper->lock,
                          wait_ms < LONGEST_WAIT_MS ? wait_ms : LONGEST_WAIT_MS);
    }
    bool go_on = !keeper->stopping;
    if (go_on) {
        *ret_answers = keeper->answers;
        *ret_calls = keeper->calls;
        *ret_leave = keeper->leave;
        keeper->answers = (struct keeper_queue){0};
        keeper->calls = NULL;
        keeper->calls_end = &keeper->calls;
        keeper->leave = false;
    }
    mutex_unlock(&keeper->lock);
    return go_on;
}

static void *run_thread(void *argument)
{
    struct lease_keeper *keeper = argument;
    struct keeper_queue answers;
    struct keeper_call *calls;
    bool leave;
    while (wait_for_work(keeper, &answers, &calls, &leave)) {
        keeper_watch_turn(keeper);
        if (leave) {
            keeper->leaving = true;
            step(keeper, &(struct lease_event){.kind = LEASE_EVENT_LEAVE});
        }
        while (calls != NULL) {
            struct keeper_call *call = calls;
            calls = call->next;
            take_call(keeper, call);
        }
        struct keeper_task *task;
        while ((task = keeper_queue_pop(&answers)) != NULL) {
            take_answer(keeper, task);
        }
        if (clock_boot_ms(keeper->clock) >= lease_rules_next_ms(keeper->rules)) {
            step(keeper, &(struct lease_event){.kind = LEASE_EVENT_TICK});
        }
        if (keeper->recount || keeper->leaving) {
            count(keeper);
        }
    }
    return NULL;
}

static void call_keeper(struct lease_keeper *keeper, enum lease_event_kind kind, const char *key,
                        uint64_t tenure)
{
    struct keeper_call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        log_write(LOG_ERROR, "lease", "out of memory: the lease is kept until it runs out",
                  log_text("shard", key));
        return;
    }
    call->kind = kind;
    call->tenure = tenure;
    lease_copy_text(call->key, sizeof call->key, key);
    mutex_lock(&keeper->lock);
    *keeper->calls_end = call;
    keeper->calls_end = &call->next;
    condition_signal(&keeper->changed);
    mutex_unlock(&keeper->lock);
}

void lease_keeper_shard_ended(struct lease_keeper *keeper, const char *key, uint64_t tenure)
{
    call_keeper(keeper, LEASE_EVENT_ENDED, key, tenure);
}

void lease_keeper_release(struct lease_keeper *keeper, const char *key, uint64_t tenure)
{
    call_keeper(keeper, LEASE_EVENT_RELEASE, key, tenure);
}

void lease_keeper_leave(struct lease_keeper *keeper)
{
    mutex_lock(&keeper->lock);
    keeper->leave = true;
    condition_signal(&keeper->changed);
    mutex_unlock(&keeper->lock);
}

void lease_keeper_read_counts(struct lease_keeper *keeper, struct lease_keeper_counts *ret_counts)
{
    mutex_lock(&keeper->lock);
    *ret_counts = keeper->counts;
    mutex_unlock(&keeper->lock);
}

size_t lease_keeper_held(struct lease_keeper *keeper)
{
    struct lease_keeper_counts counts;
    lease_keeper_read_counts(keeper, &counts);
    return counts.held;
}

static void init(struct lease_keeper *keeper, const struct lease_keeper_options *options,
                 const struct lease_store *store) NO_THREAD_CHECK /* nobody else sees it yet */
{
    keeper->clock = options->clock;
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
        status = keeper_pool_start(&keeper->pool, keeper_work_run, keeper);
        if (status_is_ok(&status)) {
            status = thread_start(&keeper->thread, "lease-keeper", THREAD_STACK_CALLS, run_thread, keeper);
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
