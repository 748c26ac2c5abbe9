/* penstock leases release: take leases from their owner, as the Kinesis Client Library's evict does
 * (amazon-kinesis-client v3.4.3, leases/dynamodb/DynamoDBLeaseRefresher.java, evictLease). Whoever has room takes
 * them; the owner that was notices at its next renewal and stops. */
#include <string.h>

#include "worker/leases/leases_change.h"

static struct status fill_action(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return leases_cell_text(cell,
                            change->row->checkpoint_owner[0] != '\0' ? "end the hand-over" : "no owner");
}

static const struct leases_column columns[] = {
    {"SHARD", "shard", LEASES_COLUMN_KEEP, leases_change_fill_shard},
    {"RESULT", "result", LEASES_COLUMN_KEEP | LEASES_COLUMN_WHOLE, leases_change_fill_result},
    {"OWNER", "owner", 0, leases_change_fill_owner},
    {"CHANGE", "change", 0, fill_action},
    {"NOTE", "note", LEASES_COLUMN_BELOW, leases_change_fill_note},
};

static void plan(struct leases_change *change)
{
    const struct leases_row *row = change->row;
    if (leases_row_is_broken(row)) {
        leases_change_settle(change, LEASES_CHANGE_REFUSED, "no lease row: %.200s", row->defect);
    } else if (leases_row_holder(row)[0] == '\0') {
        leases_change_settle(change, LEASES_CHANGE_UNCHANGED, "nobody owns it");
    } else if (row->checkpoint_owner[0] != '\0') {
        leases_change_settle(change, LEASES_CHANGE_PLANNED, "it is on its way to %.128s, who keeps it",
                             row->owner);
    }
}

/* True when the row that refused us is what we were to make of it: our own write, its answer lost. */
static bool is_made(const struct leases_row *seen, const cJSON *item)
{
    struct leases_pool pool = {0};
    struct leases_row now;
    bool made = item != NULL && leases_row_read(item, &pool, &now) == LEASES_ROW_LEASE &&
                now.counter == seen->counter + 1 && now.checkpoint_owner[0] == '\0' &&
                strcmp(now.owner, seen->checkpoint_owner[0] != '\0' ? seen->owner : "") == 0;
    leases_pool_free(&pool);
    return made;
}

/* The counter moves on by one from whatever it is: an owner that renews at this moment is still sent away. */
static void release(const struct leases_source *source, struct leases_change *change)
{
    const struct leases_row *row = change->row;
    struct leases_edit edit = {.values = NULL};
    leases_edit_add_number(&edit, "leaseCounter", 1);
    leases_edit_remove(&edit, row->checkpoint_owner[0] != '\0' ? "checkpointOwner" : "leaseOwner");
    leases_edit_require_text(&edit, "leaseOwner", row->owner);
    leases_edit_require_text(&edit, "checkpointOwner", row->checkpoint_owner);
    cJSON *now = NULL;
    struct status status = leases_edit_send(source, &edit, row->key, &now);
    leases_change_settle_sent(change, &status, now, is_made(row, now));
    cJSON_Delete(now);
    leases_edit_free(&edit);
}

static struct status release_all(const struct leases_request *request, const struct leases_access *access,
                                 struct leases_list *list, struct leases_changes *changes)
{
    struct leases_source source = leases_change_source(access);
    TRY(leases_read_all(&source, list));
    TRY(leases_changes_choose(request, list, changes));
    for (size_t i = 0; i < changes->count; i++) {
        plan(&changes->at[i]);
        if (request->execute && changes->at[i].state == LEASES_CHANGE_PLANNED) {
            release(&source, &changes->at[i]);
        }
    }
    return leases_changes_print(request, access, list, changes, columns, sizeof columns / sizeof columns[0]);
}

int leases_release_run(const struct leases_request *request)
{
    struct leases_access access = {.app = ""};
    struct leases_list list = {.count = 0};
    struct leases_changes changes = {.count = 0};
    struct status status = leases_access_open(request, &access);
    if (status_is_ok(&status)) {
        status = release_all(request, &access, &list, &changes);
    }
    int code = leases_changes_end(request, &changes, &status);
    leases_changes_free(&changes);
    leases_list_free(&list);
    leases_access_close(&access);
    return code;
}
