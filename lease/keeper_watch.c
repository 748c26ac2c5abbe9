#include "lease/keeper_watch.h"

#include "lease/keeper_private.h"

void keeper_watch_move(struct lease_keeper *keeper, const struct lease_move *move)
{
    int64_t wall_ms = clock_wall_ms(keeper->clock);
    mutex_lock(&keeper->lock);
    struct keeper_watch *watch = &keeper->watch;
    struct lease_move *kept = &watch->moves[watch->move_count % LEASE_MOVES];
    *kept = *move;
    kept->wall_ms = wall_ms;
    watch->move_count++;
    mutex_unlock(&keeper->lock);
}

void keeper_watch_action(struct lease_keeper *keeper, const struct lease_action *action)
{
    struct lease_move move;
    if (lease_move_of_action(action, keeper->worker_id, &keeper->origin, &move)) {
        keeper_watch_move(keeper, &move);
    }
}

static void watch_scan(struct lease_keeper *keeper, const struct keeper_task *task)
{
    bool good = status_is_ok(&task->status);
    mutex_lock(&keeper->lock);
    struct lease_keeper_pulse *pulse = &keeper->watch.pulse;
    pulse->scan_failed_boot_ms = good ? 0 : clock_boot_ms(keeper->clock);
    pulse->foreign_rows = good ? task->rows.foreign : pulse->foreign_rows;
    pulse->broken_rows = good ? task->rows.broken : pulse->broken_rows;
    mutex_unlock(&keeper->lock);
    struct lease row;
    for (size_t at = 0; good && lease_rows_next(&task->rows, &at, &row);) {
        struct lease_move move;
        if (lease_rules_find_move(keeper->rules, &row, &move)) {
            keeper_watch_move(keeper, &move);
        }
    }
}

void keeper_watch_answer(struct lease_keeper *keeper, const struct keeper_task *task)
{
    int64_t now_ms = clock_boot_ms(keeper->clock);
    mutex_lock(&keeper->lock);
    keeper->watch.pulse.answered_boot_ms = now_ms;
    if (task->kind == LEASE_ACTION_WRITE && task->write.kind == LEASE_WRITE_RENEW) {
        histogram_add(&keeper->watch.pulse.renew_ms, now_ms - task->sent_ms);
    }
    mutex_unlock(&keeper->lock);
    lease_rules_find_origin(keeper->rules, task->key, &keeper->origin);
    if (task->kind == LEASE_ACTION_SCAN) {
        watch_scan(keeper, task);
    }
}

void keeper_watch_turn(struct lease_keeper *keeper)
{
    mutex_lock(&keeper->lock);
    keeper->watch.pulse.turned_boot_ms = clock_boot_ms(keeper->clock);
    bool wanted = keeper->watch.rows_wanted;
    mutex_unlock(&keeper->lock);
    struct lease_snapshot rows = {0};
    if (!wanted || !lease_rules_copy_rows(keeper->rules, &rows)) {
        return; /* without memory the caller waits, then goes without rows */
    }
    mutex_lock(&keeper->lock);
    lease_snapshot_free(&keeper->watch.rows); /* of a caller that gave up */
    keeper->watch.rows = rows;
    keeper->watch.rows_wanted = false;
    condition_broadcast(&keeper->watch.rows_came);
    mutex_unlock(&keeper->lock);
}

struct status lease_keeper_read_rows(struct lease_keeper *keeper, int64_t wait_ms,
                                     struct lease_snapshot *ret_snapshot)
{
    int64_t until_ms = clock_boot_ms(keeper->clock) + wait_ms;
    mutex_lock(&keeper->lock);
    struct keeper_watch *watch = &keeper->watch;
    watch->rows_wanted = true;
    condition_signal(&keeper->changed);
    int64_t left_ms = wait_ms;
    while (watch->rows_wanted && left_ms > 0) {
        (void)condition_wait_ms(&watch->rows_came, &keeper->lock, left_ms);
        left_ms = until_ms - clock_boot_ms(keeper->clock);
    }
    bool came = !watch->rows_wanted;
    watch->rows_wanted = false;
    if (came) {
        *ret_snapshot = watch->rows;
        watch->rows = (struct lease_snapshot){0};
    }
    mutex_unlock(&keeper->lock);
    return came ? status_ok()
                : status_make(STATUS_TIMEOUT, "the lease keeper did not answer within %lld ms",
                              (long long)wait_ms);
}

size_t lease_keeper_read_moves(struct lease_keeper *keeper, struct lease_move ret_moves[LEASE_MOVES])
{
    mutex_lock(&keeper->lock);
    const struct keeper_watch *watch = &keeper->watch;
    size_t count = watch->move_count < LEASE_MOVES ? watch->move_count : LEASE_MOVES;
    for (size_t i = 0; i < count; i++) {
        ret_moves[i] = watch->moves[(watch->move_count - 1 - i) % LEASE_MOVES];
    }
    mutex_unlock(&keeper->lock);
    return count;
}

void lease_keeper_read_pulse(struct lease_keeper *keeper, struct lease_keeper_pulse *ret_pulse)
{
    mutex_lock(&keeper->lock);
    *ret_pulse = keeper->watch.pulse;
    mutex_unlock(&keeper->lock);
}
