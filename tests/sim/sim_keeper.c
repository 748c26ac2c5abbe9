/* The keeper of one process: events into the rules, actions out of them, and the pool of threads that carries
 * requests out: what keeps a lease first, as lease/keeper.c and lease/keeper_pool.c. */
#include "tests/sim/sim_worker.h"

enum { LONGEST_WAIT_MS = 1000 };

void sim_answer_free(void *context)
{
    struct sim_answer *answer = context;
    if (answer != NULL) {
        free(answer->rows);
        free(answer->shards);
        free(answer);
    }
}

static void tick(struct sim *sim, void *context);

static void plan_tick(struct sim *sim, struct sim_worker *worker)
{
    int64_t boot_ms = sim_worker_boot_ms(sim, worker);
    int64_t wait_ms = lease_rules_next_ms(worker->rules) - boot_ms;
    wait_ms = wait_ms < 0 ? 0 : wait_ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : wait_ms;
    int64_t at_ms = sim_worker_when(sim, worker, boot_ms + wait_ms);
    if (worker->tick_at_ms == 0 || at_ms < worker->tick_at_ms) {
        worker->tick_at_ms = at_ms;
        sim_at_worker(sim, worker->index, at_ms, tick, NULL, worker);
    }
}

/* Answers a request that was not sent. */
static void refuse_task(struct sim *sim, struct sim_worker *worker, uint64_t call)
{
    struct sim_answer *answer = sim_allocate(1, sizeof *answer);
    *answer = (struct sim_answer){.call = call, .worker = worker->index, .outcome = LEASE_UNSENT};
    sim_at_worker(sim, worker->index, sim->now_ms, sim_keeper_answer, sim_answer_free, answer);
}

/* Threads take what waits: urgent writes first, and the rest never occupies all of them. */
static void run_pool(struct sim *sim, struct sim_worker *worker)
{
    for (size_t i = 0; i < KEEPER_POOL_THREADS; i++) {
        if (worker->running[i].call != 0) {
            continue;
        }
        struct keeper_task *task = keeper_queue_pop(&worker->urgent);
        bool other = task == NULL;
        if (task == NULL && worker->others_running < KEEPER_POOL_OTHERS_MAX) {
            task = keeper_queue_pop(&worker->others);
        }
        if (task == NULL) {
            return;
        }
        worker->running[i].call = ++sim->calls;
        worker->running[i].other = other;
        worker->running[i].task = task;
        worker->others_running += other ? 1 : 0;
        task->sent_ms = sim_worker_boot_ms(sim, worker);
        if (keeper_task_is_outdated(task, task->sent_ms, sim->options.failover_ms)) {
            refuse_task(sim, worker, worker->running[i].call);
            continue;
        }
        struct lease_action action = {.kind = task->kind, .tenure = (uint64_t)task->row_count};
        action.write = task->write;
        memcpy(action.key, task->key, sizeof action.key);
        sim_table_send(sim, worker->index, worker->running[i].call, &action);
        if (sim->now_ms < worker->paused_until_ms) {
            return; /* paused between the stamp and the wire */
        }
    }
}

static void submit(struct sim *sim, struct sim_worker *worker, const struct lease_action *action)
{
    struct keeper_task *task = sim_allocate(1, sizeof *task);
    task->kind = action->kind;
    task->write = action->write;
    task->asked_ms = sim_worker_boot_ms(sim, worker);
    task->row_count = (size_t)action->tenure; /* for the checks; the field is free until the answer */
    memcpy(task->key, action->key, sizeof task->key);
    bool urgent = task->kind == LEASE_ACTION_WRITE && lease_write_is_urgent(task->write.kind);
    keeper_queue_push(urgent ? &worker->urgent : &worker->others, task);
}

/* Two conditional writes of one worker may overtake each other: the one that loses looks like another's row. */
static void check_one_outstanding(struct sim *sim, struct sim_worker *worker,
                                  const struct lease_action *action)
{
    if (action->kind != LEASE_ACTION_WRITE) {
        return;
    }
    bool other = false;
    for (size_t i = 0; i < KEEPER_POOL_THREADS; i++) {
        const struct keeper_task *task = worker->running[i].task;
        other = other || (worker->running[i].call != 0 && task->kind == LEASE_ACTION_WRITE &&
                          strcmp(task->key, action->key) == 0);
    }
    for (int i = 0; i < 2; i++) {
        const struct keeper_queue *queue = i == 0 ? &worker->urgent : &worker->others;
        for (const struct keeper_task *task = queue->first; task != NULL; task = task->next) {
            other = other || (task->kind == LEASE_ACTION_WRITE && strcmp(task->key, action->key) == 0);
        }
    }
    if (other) {
        sim_violate(sim, "two writes outstanding for one lease", action->key, worker->id);
    }
}

static void carry_out(struct sim *sim, struct sim_worker *worker)
{
    for (size_t i = 0; i < worker->actions.count; i++) {
        const struct lease_action *action = &worker->actions.at[i];
        if (action->kind <= LEASE_ACTION_LIST_CHILDREN) {
            if (sim->faults.on) {
                check_one_outstanding(sim, worker, action);
            }
            submit(sim, worker, action);
        } else {
            sim_supervisor_notice(sim, worker, action);
        }
    }
    run_pool(sim, worker);
}

static void check_cap(struct sim *sim, struct sim_worker *worker)
{
    struct lease_rules_counts counts;
    if (sim->max_leases > 0 && !worker->leaving) {
        lease_rules_read_counts(worker->rules, &counts);
        if (counts.held > sim->max_leases) {
            sim_violate(sim, "a worker holds more leases than its cap", "", worker->id);
        }
    }
}

void sim_keeper_step(struct sim *sim, struct sim_worker *worker, const struct lease_event *event)
{
    lease_actions_clear(&worker->actions);
    int64_t boot_ms = sim_worker_boot_ms(sim, worker);
    bool good = lease_rules_step(worker->rules, event, boot_ms, &worker->actions);
    if (good && event->kind != LEASE_EVENT_TICK && boot_ms >= lease_rules_next_ms(worker->rules)) {
        good = lease_rules_step(worker->rules, &(struct lease_event){.kind = LEASE_EVENT_TICK}, boot_ms,
                                &worker->actions);
    }
    if (!good) {
        sim_violate(sim, "the rules ran out of memory", "", worker->id);
    }
    check_cap(sim, worker);
    carry_out(sim, worker);
    plan_tick(sim, worker);
}

static void tick(struct sim *sim, void *context)
{
    struct sim_worker *worker = context;
    if (worker->tick_at_ms == 0 || sim->now_ms < worker->tick_at_ms) {
        return; /* an earlier one came before */
    }
    worker->tick_at_ms = 0;
    if (sim_worker_boot_ms(sim, worker) >= lease_rules_next_ms(worker->rules)) {
        sim_keeper_step(sim, worker, &(struct lease_event){.kind = LEASE_EVENT_TICK});
    } else {
        plan_tick(sim, worker);
    }
}

void sim_keeper_begin(struct sim *sim, struct sim_worker *worker)
{
    sim_keeper_step(sim, worker, &(struct lease_event){.kind = LEASE_EVENT_TICK});
}

static const enum lease_event_kind event_kinds[] = {
    [LEASE_ACTION_SCAN] = LEASE_EVENT_SCAN,
    [LEASE_ACTION_WRITE] = LEASE_EVENT_WRITE,
    [LEASE_ACTION_READ] = LEASE_EVENT_READ,
    [LEASE_ACTION_LIST_SHARDS] = LEASE_EVENT_SHARDS,
    [LEASE_ACTION_LIST_CHILDREN] = LEASE_EVENT_CHILDREN,
};

void sim_keeper_answer(struct sim *sim, void *context)
{
    struct sim_answer *answer = context;
    struct sim_worker *worker = &sim->workers[answer->worker];
    size_t at = 0;
    while (at < KEEPER_POOL_THREADS && worker->running[at].call != answer->call) {
        at++;
    }
    if (at == KEEPER_POOL_THREADS) { /* given up before */
        sim_answer_free(answer);
        return;
    }
    struct keeper_task *task = worker->running[at].task;
    worker->others_running -= worker->running[at].other ? 1 : 0;
    worker->running[at].call = 0;
    worker->running[at].task = NULL;
    struct lease_event event = {
        .kind = event_kinds[task->kind],
        .outcome = answer->outcome,
        .key = task->key,
        .sent_ms = task->sent_ms,
        .wall_ms = SIM_WALL_MS + sim->now_ms + worker->wall_skew_ms -
                   (sim_worker_boot_ms(sim, worker) - task->sent_ms),
        .rows = answer->rows,
        .row_count = answer->row_count,
        .shards = answer->shards,
        .shard_count = answer->shard_count,
    };
    sim_keeper_step(sim, worker, &event);
    keeper_task_free(task);
    sim_answer_free(answer);
}

void sim_keeper_free(struct sim_worker *worker)
{
    struct keeper_task *task;
    while ((task = keeper_queue_pop(&worker->urgent)) != NULL ||
           (task = keeper_queue_pop(&worker->others)) != NULL) {
        keeper_task_free(task);
    }
    for (size_t i = 0; i < KEEPER_POOL_THREADS; i++) {
        keeper_task_free(worker->running[i].task);
        worker->running[i].task = NULL;
        worker->running[i].call = 0;
    }
    worker->others_running = 0;
    lease_rules_destroy(worker->rules);
    worker->rules = NULL;
    lease_actions_free(&worker->actions);
}
