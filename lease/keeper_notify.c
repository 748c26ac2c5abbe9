/* What the rules decided, told to the shard's owner and written to the log. Runs on the keeper's thread. */
#include "base/log.h"
#include "lease/keeper_private.h"

enum { LOG_INTERVAL_MS = 10000 };

static void notify_granted(struct lease_keeper *keeper, const struct lease_action *action)
{
    const struct lease *row = &action->write.row;
    struct lease_grant grant = {
        .key = action->key,
        .tenure = action->tenure,
        .checkpoint_text = row->checkpoint,
        .nonce = row->nonce,
        .writer = row->writer,
        .start_wall_ms = row->start_wall_ms,
        .epoch = row->epoch,
        .closed = action->closed,
        .valid_until_boot_ms = action->valid_until_ms,
    };
    if (!lease_checkpoint_parse(row->checkpoint, &grant.kind, &grant.checkpoint)) {
        grant.kind = LEASE_AT_TRIM_HORIZON; /* never: such a row is broken and not taken */
    }
    log_write(LOG_INFO, "lease", "holds a lease", log_text("shard", action->key),
              log_text("how", action->reason), log_text("checkpoint", row->checkpoint),
              log_text("owner", row->owner), log_number("counter", row->counter));
    keeper->observer.granted(keeper->observer.context, &grant);
}

void keeper_notify(struct lease_keeper *keeper, const struct lease_action *action)
{
    const struct lease_observer *observer = &keeper->observer;
    const struct lease *row = &action->write.row;
    switch (action->kind) {
    case LEASE_ACTION_GRANTED:
        notify_granted(keeper, action);
        break;
    case LEASE_ACTION_RENEWED:
        observer->renewed(observer->context, action->key, action->tenure, action->valid_until_ms);
        break;
    case LEASE_ACTION_LOST:
        log_write(LOG_WARN, "lease", "lost a lease", log_text("shard", action->key),
                  log_text("why", action->reason), log_text("owner", action->other),
                  log_number("counter", row->counter));
        observer->lost(observer->context, action->key, action->tenure);
        break;
    case LEASE_ACTION_WANTED:
        log_write(LOG_INFO, "lease", "another worker asks for a lease", log_text("shard", action->key),
                  log_text("owner", action->other));
        observer->wanted(observer->context, action->key, action->tenure);
        break;
    case LEASE_ACTION_CHECKPOINTED:
        observer->checkpointed(observer->context, action->key, action->tenure, row->checkpoint, row->nonce,
                               row->writer);
        break;
    case LEASE_ACTION_GAP_STORED:
        if (observer->gap_stored != NULL) {
            observer->gap_stored(observer->context, action->key, action->tenure, action->gap_count);
        }
        break;
    case LEASE_ACTION_RELEASED:
        log_write(LOG_INFO, "lease", "gave a lease up", log_text("shard", action->key),
                  log_text("how", action->reason), log_text("owner", action->other));
        break;
    case LEASE_ACTION_DEAD:
        log_write_limited(LOG_INTERVAL_MS, LOG_WARN, "lease", "an owner stopped renewing",
                          log_text("shard", action->key), log_text("owner", action->other));
        break;
    default:
        break;
    }
}

/* A table that was deleted does not come back by itself, as an outage ends. */
static void notify_scan_failure(const struct lease_keeper *keeper, const struct status *status)
{
    if (status->code == STATUS_NOT_FOUND) {
        log_write_limited(
            LOG_INTERVAL_MS, LOG_ERROR, "lease",
            "the lease table is gone: nothing is read or sent; restore it, or start anew without it",
            log_text("table", keeper->table_name), log_status(status));
    } else {
        log_write_limited(LOG_INTERVAL_MS, LOG_WARN, "lease", "cannot scan the lease table",
                          log_text("table", keeper->table_name), log_status(status));
    }
}

void keeper_notify_failure(const struct lease_keeper *keeper, const struct keeper_task *task)
{
    if (task->status.code == STATUS_OK || task->status.code == STATUS_CONDITION ||
        task->status.code == STATUS_STOPPED) {
        return;
    }
    switch (task->kind) {
    case LEASE_ACTION_SCAN:
        notify_scan_failure(keeper, &task->status);
        break;
    case LEASE_ACTION_LIST_SHARDS:
    case LEASE_ACTION_LIST_CHILDREN:
        log_write_limited(LOG_INTERVAL_MS, LOG_WARN, "lease", "cannot list the stream's shards",
                          log_text("shard", task->key), log_status(&task->status));
        break;
    case LEASE_ACTION_WRITE:
        log_write_limited(LOG_INTERVAL_MS, LOG_WARN, "lease", "cannot write a lease",
                          log_text("shard", task->key), log_text("write", lease_write_name(task->write.kind)),
                          log_status(&task->status));
        break;
    default:
        log_write_limited(LOG_INTERVAL_MS, LOG_WARN, "lease", "cannot read a lease",
                          log_text("shard", task->key), log_status(&task->status));
        break;
    }
}
