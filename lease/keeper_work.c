#include "lease/keeper_private.h"

static void carry_out(struct lease_keeper *keeper, struct keeper_task *task)
{
    struct lease_store *store = &keeper->store;
    switch (task->kind) {
    case LEASE_ACTION_SCAN:
        task->status = store->scan(store->context, &task->rows);
        break;
    case LEASE_ACTION_WRITE:
        task->status = store->write(store->context, &task->write, &task->row_count, &task->row);
        break;
    case LEASE_ACTION_READ:
        task->status = store->read(store->context, task->key, &task->row_count, &task->row);
        break;
    case LEASE_ACTION_LIST_SHARDS:
        task->status = store->list(store->context, NULL, &task->listing);
        break;
    case LEASE_ACTION_LIST_CHILDREN:
        task->status = store->list(store->context, task->key, &task->listing);
        break;
    default:
        task->status = status_make(STATUS_INTERNAL, "a notice is no request");
        break;
    }
}

bool keeper_work_is_renewal(const struct keeper_task *task)
{
    return task->kind == LEASE_ACTION_WRITE && task->write.kind == LEASE_WRITE_RENEW &&
           task->status.code == STATUS_OK;
}

/* The stamp is taken here, right before the request is sent: validity may count from nothing later (faults 2
 * and 4). */
void keeper_work_run(void *context, struct keeper_task *task)
{
    struct lease_keeper *keeper = context;
    task->sent_ms = clock_boot_ms(keeper->clock);
    if (keeper_task_is_outdated(task, task->sent_ms, keeper->table.failover_ms)) {
        task->status = status_make(STATUS_THROTTLED, "a row was to be made too long ago: it was not sent");
    } else {
        carry_out(keeper, task);
    }
    /* Of a renewal that went well the keeper hears with the ones behind it, or when it looks by itself. */
    bool waits = keeper_work_is_renewal(task) && keeper_pool_renews_on(&keeper->pool);
    mutex_lock(&keeper->lock);
    keeper_queue_push(&keeper->answers, task);
    if (!waits) {
        condition_signal(&keeper->changed);
    }
    mutex_unlock(&keeper->lock);
}

static enum lease_event_kind event_of(enum lease_action_kind kind)
{
    switch (kind) {
    case LEASE_ACTION_SCAN:
        return LEASE_EVENT_SCAN;
    case LEASE_ACTION_WRITE:
        return LEASE_EVENT_WRITE;
    case LEASE_ACTION_READ:
        return LEASE_EVENT_READ;
    case LEASE_ACTION_LIST_SHARDS:
        return LEASE_EVENT_SHARDS;
    default:
        return LEASE_EVENT_CHILDREN;
    }
}

void keeper_work_event(const struct lease_keeper *keeper, const struct keeper_task *task,
                       struct lease_event *ret_event)
{
    bool write = task->kind == LEASE_ACTION_WRITE;
    bool scan = task->kind == LEASE_ACTION_SCAN;
    *ret_event = (struct lease_event){
        .kind = event_of(task->kind),
        .outcome = write                         ? lease_store_outcome(task->status.code)
                   : status_is_ok(&task->status) ? LEASE_DONE
                                                 : LEASE_UNKNOWN,
        .key = task->key,
        .sent_ms = task->sent_ms,
        .wall_ms = clock_wall_ms(keeper->clock) - (clock_boot_ms(keeper->clock) - task->sent_ms),
        .rows = scan ? NULL : &task->row,
        .row_count = scan ? task->rows.count : task->row_count,
        .scanned = scan ? &task->rows : NULL,
        .shards = task->listing.shards,
        .shard_count = task->listing.shard_count,
        .stream_gone = (task->kind == LEASE_ACTION_LIST_SHARDS || task->kind == LEASE_ACTION_LIST_CHILDREN) &&
                       task->status.code == STATUS_NOT_FOUND,
        .stream_disabled = slice_equals_text(slice_of_text(task->listing.status), "DISABLED"),
    };
}

void keeper_work_refusal(const struct lease_action *action, int64_t now_ms, struct lease_event *ret_event)
{
    *ret_event = (struct lease_event){
        .kind = event_of(action->kind),
        .outcome = action->kind == LEASE_ACTION_WRITE ? LEASE_UNSENT : LEASE_UNKNOWN,
        .sent_ms = now_ms,
    };
}
