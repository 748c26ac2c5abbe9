/* The writes of a rewind, and what has to be so before them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/leases/leases_rewind.h"

enum { LIVE_MOST = 4096 };

/* Workers seen to renew any lease. Borrowed names. */
struct live_workers {
    const char *names[LIVE_MOST];
    size_t count;
    bool overflow;
};

static bool is_live(const struct live_workers *live, const char *name)
{
    for (size_t i = 0; i < live->count; i++) {
        if (strcmp(live->names[i], name) == 0) {
            return true;
        }
    }
    return live->overflow;
}

static void find_live(const struct leases_list *list, struct live_workers *live)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *holder = leases_row_holder(&list->at[i]);
        if (!list->at[i].moved || holder[0] == '\0' || is_live(live, holder)) {
            continue;
        }
        if (live->count == LIVE_MOST) {
            live->overflow = true;
            return;
        }
        live->names[live->count] = holder;
        live->count++;
    }
}

/* Finished leases have owners too: the Kinesis Client Library keeps and renews them. */
bool leases_rewind_is_open(const struct leases_row *row, int64_t failover_ms)
{
    return leases_row_holder(row)[0] != '\0' && !row->moved &&
           row->sent_boot_ms - row->since_boot_ms < failover_ms;
}

void leases_rewind_refuse_live(const struct leases_list *list, int64_t failover_ms,
                               struct leases_changes *changes)
{
    static struct live_workers live; /* too large for a stack; one thread */
    live.count = 0;
    live.overflow = false;
    find_live(list, &live);
    for (size_t i = 0; i < changes->count; i++) {
        struct leases_change *change = &changes->at[i];
        const char *holder = leases_row_holder(change->row);
        if (change->state != LEASES_CHANGE_PLANNED || holder[0] == '\0') {
            continue;
        }
        if (change->row->moved || is_live(&live, holder) || leases_rewind_is_open(change->row, failover_ms)) {
            leases_change_settle(
                change, LEASES_CHANGE_REFUSED,
                "its owner is alive: %.128s; stop the fleet, or --force takes the lease from it", holder);
        }
    }
}

struct status leases_rewind_confirm(const struct leases_request *request, const char *app, size_t count)
{
    if (request->yes) {
        return status_ok();
    }
    if (!isatty(STDIN_FILENO)) {
        return status_make(STATUS_INVALID, "--execute without a terminal needs --yes");
    }
    fprintf(stderr, "%zu leases of '%s' are about to change. Type the table's name to go on: ", count, app);
    char *line = NULL;
    size_t size = 0;
    ssize_t length = getline(&line, &size, stdin);
    bool same = length > 0 && strcspn(line, "\n") == strlen(app) && strncmp(line, app, strlen(app)) == 0;
    free(line);
    return same ? status_ok() : status_make(STATUS_INVALID, "that is not its name; nothing was changed");
}

static const char *const position_attributes[] = {
    "checkpoint",
    "checkpointSubSequenceNumber",
    "pendingCheckpoint",
    "pendingCheckpointSubSequenceNumber",
    "pendingCheckpointState",
    "ownerSwitchesSinceCheckpoint",
    "penstockStart",
};

enum { POSITION_ATTRIBUTES = sizeof position_attributes / sizeof position_attributes[0] };

/* Everything about the position as the item of an undo file has it. */
static void put_back(struct leases_edit *edit, const cJSON *item)
{
    for (size_t i = 0; i < POSITION_ATTRIBUTES; i++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, position_attributes[i]);
        if (value != NULL) {
            leases_edit_set(edit, position_attributes[i], value);
        } else {
            leases_edit_remove(edit, position_attributes[i]);
        }
    }
}

/* KCL's rules for a checkpoint: the sub-number is 0 with sentinels, pending checkpoints go. Rows at LATEST carry the
 * time from which their records count (design 5). */
static void put_target(struct leases_edit *edit, const struct leases_change *change, int64_t now_wall_ms)
{
    leases_edit_set_text(edit, "checkpoint", change->to);
    leases_edit_set_number(edit, "checkpointSubSequenceNumber", 0);
    leases_edit_set_number(edit, "ownerSwitchesSinceCheckpoint", 0);
    if (change->target.kind == LEASES_PLACE_LATEST) {
        leases_edit_set_number(edit, "penstockStart", now_wall_ms);
    }
    leases_edit_remove(edit, "pendingCheckpoint");
    leases_edit_remove(edit, "pendingCheckpointSubSequenceNumber");
    leases_edit_remove(edit, "pendingCheckpointState");
}

static bool is_made(const char *nonce, const cJSON *item)
{
    struct leases_pool pool = {0};
    struct leases_row now;
    bool made = item != NULL && leases_row_read(item, &pool, &now) == LEASES_ROW_LEASE &&
                strcmp(now.rewind, nonce) == 0;
    leases_pool_free(&pool);
    return made;
}

/* The owner goes and the counter moves, so that one who still lives loses the lease at its next renewal and cannot
 * write its own position over this one. By force the row may have moved on meanwhile, as a live owner's does. */
void leases_rewind_apply(const struct leases_source *source, const struct leases_rewind_write *write,
                         struct leases_change *change)
{
    const struct leases_row *row = change->row;
    struct leases_edit edit = {.values = NULL};
    if (change->item != NULL) {
        put_back(&edit, change->item);
    } else {
        put_target(&edit, change, write->now_wall_ms);
    }
    leases_edit_set_text(&edit, "penstockRewind", write->nonce);
    leases_edit_add_number(&edit, "leaseCounter", 1);
    leases_edit_remove(&edit, "leaseOwner");
    leases_edit_remove(&edit, "checkpointOwner");
    leases_edit_remove(&edit, "penstockOwner");
    leases_edit_require_text(&edit, "leaseOwner", row->owner);
    leases_edit_require_text(&edit, "checkpointOwner", row->checkpoint_owner);
    if (!write->force) {
        leases_edit_require_number(&edit, "leaseCounter", row->counter);
        leases_edit_require_text(&edit, "checkpoint", row->checkpoint);
    }
    cJSON *now = NULL;
    struct status status = leases_edit_send(source, &edit, row->key, &now);
    leases_change_settle_sent(change, &status, now, is_made(write->nonce, now));
    cJSON_Delete(now);
    leases_edit_free(&edit);
}
