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

/* Into `tasks`, which go to the pool together. */
static bool queue(struct lease_keeper *keeper, const struct lease_action *action, struct keeper_queue *tasks)
{
    struct keeper_task *task = calloc(1, sizeof *task);
    if (task == NULL) {
        return false;
    }
    task->kind = action->kind;
    task->write = action->write;
    task->asked_ms = clock_boot_ms(keeper->clock);
    memcpy(task->key, action->key, sizeof task->key);
    keeper_queue_push(tasks, task);
    keeper->asked++;
    return true;
}

/* One event through the rules, then what they want done. A request that cannot be queued for want of memory
 * comes back at once as one that was never sent, which the rules try again later. */
static void step(struct lease_keeper *keeper, const struct lease_event *event)
{
    struct keeper_queue tasks = {0};
    lease_actions_clear(&keeper->actions);
    bool good = lease_rules_step(keeper->rules, event, clock_boot_ms(keeper->clock), &keeper->actions);
    for (size_t i = 0; i < keeper->actions.count; i++) {
        struct lease_action *action = &keeper->actions.at[i];
        if (!is_request(action->kind)) {
            keeper->recount = keeper->recount || action->kind != LEASE_ACTION_RENEWED;
            keeper->hurried = keeper->hurried || action->kind != LEASE_ACTION_RENEWED;
            keeper_watch_action(keeper, action);
            keeper_notify(keeper, action);
        } else if (!queue(keeper, action, &tasks)) {
            char key[LEASE_KEY_BYTES];
            memcpy(key, action->key, sizeof key);
            struct lease_event refusal;
            int64_t now_ms = clock_boot_ms(keeper->clock);
            keeper_work_refusal(action, now_ms, &refusal);
            refusal.key = key;
            good = lease_rules_step(keeper->rules, &refusal, now_ms, &keeper->actions) && good;
        }
    }
    if (tasks.first != NULL) {
        keeper_pool_submit(&keeper->pool, &tasks);
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
    keeper->asked--;
    keeper->hurried = keeper->hurried || !keeper_work_is_renewal(task);
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
    keeper->hurried = true;
    step(keeper, &event);
    free(call);
}

static bool has_work(struct lease_keeper *keeper) REQUIRES(keeper->lock)
{
    return keeper->stopping || keeper->answers.first != NULL || keeper->calls != NULL || keeper->leave ||
           keeper->watch.rows_wanted;
}

static int64_t tick_due_ms(const struct lease_keeper *keeper)
{
    return keeper_pace_tick_ms(lease_rules_next_ms(keeper->rules), keeper->ticked_ms, keeper->gap_ms,
                               keeper->hurried);
}

/* How long nothing has to be done, unless something comes. Answers do not always wake: see keeper_work_run(). */
static int64_t rest_ms(const struct lease_keeper *keeper)
{
    int64_t longest_ms = keeper->asked > 0 ? keeper->gap_ms : LONGEST_WAIT_MS;
    int64_t wait_ms = tick_due_ms(keeper) - clock_boot_ms(keeper->clock);
    return wait_ms < longest_ms ? wait_ms : longest_ms;
}

/* Sleeps until something came or the rules want a tick. False: the keeper stops. */
static bool wait_for_work(struct lease_keeper *keeper, struct keeper_queue *ret_answers,
                          struct keeper_call **ret_calls, bool *ret_leave)
{
    mutex_lock(&keeper->lock);
    int64_t wait_ms = rest_ms(keeper);
    while (!has_work(keeper) && wait_ms > 0 && condition_wait_ms(&keeper->changed, &keeper->lock, wait_ms)) {
        wait_ms = rest_ms(keeper);
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

/* A tick when one is due; and a look at the threads, all of which may hang. */
static void tick(struct lease_keeper *keeper)
{
    int64_t now_ms = clock_boot_ms(keeper->clock);
    if (now_ms >= tick_due_ms(keeper)) {
        keeper->ticked_ms = now_ms;
        keeper->hurried = false;
        step(keeper, &(struct lease_event){.kind = LEASE_EVENT_TICK});
    }
    if (keeper->asked > 0) {
        keeper_pool_look(&keeper->pool);
    }
}

void *keeper_run(void *argument)
{
    struct lease_keeper *keeper = argument;
    struct keeper_queue answers;
    struct keeper_call *calls;
    bool leave;
    while (wait_for_work(keeper, &answers, &calls, &leave)) {
        keeper_watch_turn(keeper);
        if (leave) {
            keeper->leaving = true;
            keeper->hurried = true;
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
        tick(keeper);
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
