/* penstock leases acknowledge: an operator has taken note of a gap of trimmed records (penstockGap, lease/lease.h).
 * The value seen is the condition, so that a gap found meanwhile is not acknowledged unseen. */
#include <stdio.h>
#include <string.h>

#include "lease/lease.h"
#include "worker/leases/leases_change.h"

static struct status fill_after(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return leases_cell_text(cell, change->row->gap.after);
}

static struct status fill_until(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return leases_cell_text(cell, change->row->gap.until);
}

static struct status fill_found(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return leases_cell_text(cell, change->row->gap.found);
}

static struct status fill_certain(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    if (!change->row->gap.present) {
        return status_ok();
    }
    return leases_cell_bool(cell, change->row->gap.certain);
}

static struct status fill_gaps(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return change->row->gap.present ? leases_cell_number(cell, change->row->gap.count) : status_ok();
}

static const struct leases_column columns[] = {
    {"SHARD", "shard", LEASES_COLUMN_KEEP, leases_change_fill_shard},
    {"RESULT", "result", LEASES_COLUMN_KEEP | LEASES_COLUMN_WHOLE, leases_change_fill_result},
    {"AFTER", "after", 0, fill_after},
    {"UNTIL", "until", 0, fill_until},
    {"FOUND", "found", 0, fill_found},
    {"CERTAIN", "certain", 0, fill_certain},
    {"GAPS", "gaps", LEASES_COLUMN_RIGHT, fill_gaps},
    {"NOTE", "note", LEASES_COLUMN_BELOW, leases_change_fill_note},
};

static bool is_same_gap(const struct leases_gap *left, const struct leases_gap *right)
{
    return left->present == right->present && strcmp(left->after, right->after) == 0 &&
           strcmp(left->until, right->until) == 0 && strcmp(left->found, right->found) == 0 &&
           left->certain == right->certain && left->count == right->count;
}

static const cJSON *gap_of(const cJSON *item)
{
    return cJSON_GetObjectItemCaseSensitive(item, lease_gap_attribute);
}

/* The row as it is now must tell the gap that was shown. */
static bool is_as_shown(const struct leases_row *shown, const cJSON *item)
{
    struct leases_pool pool = {0};
    struct leases_row now;
    bool same = item != NULL && leases_row_read(item, &pool, &now) == LEASES_ROW_LEASE &&
                is_same_gap(&shown->gap, &now.gap);
    leases_pool_free(&pool);
    return same;
}

static void acknowledge(const struct leases_source *source, struct leases_change *change)
{
    cJSON *item = NULL;
    struct status status = leases_read_item(source, change->row->key, &item);
    if (!status_is_ok(&status)) {
        leases_change_settle(change, LEASES_CHANGE_FAILED, "%s", status.reason);
        return;
    }
    if (!is_as_shown(change->row, item)) {
        leases_change_settle(change, LEASES_CHANGE_LOST, "%s",
                             item == NULL ? "the row is gone" : "its gap is another meanwhile: look again");
        cJSON_Delete(item);
        return;
    }
    struct leases_edit edit = {.values = NULL};
    leases_edit_remove(&edit, lease_gap_attribute);
    leases_edit_require(&edit, lease_gap_attribute, gap_of(item));
    cJSON *now = NULL;
    status = leases_edit_send(source, &edit, change->row->key, &now);
    leases_change_settle_sent(change, &status, now, now != NULL && gap_of(now) == NULL);
    cJSON_Delete(now);
    cJSON_Delete(item);
    leases_edit_free(&edit);
}

static void plan(const struct leases_request *request, struct leases_changes *changes)
{
    size_t kept = 0;
    for (size_t i = 0; i < changes->count; i++) {
        struct leases_change *change = &changes->at[i];
        if (!change->row->gap.present) {
            leases_change_settle(change, LEASES_CHANGE_UNCHANGED, "it has no gap");
            if (request->shards.count == 0) {
                continue; /* of all leases only those with a gap are told */
            }
        }
        changes->at[kept] = *change;
        kept++;
    }
    changes->count = kept;
}

static struct status acknowledge_all(const struct leases_request *request, const struct leases_access *access,
                                     struct leases_list *list, struct leases_changes *changes)
{
    struct leases_source source = leases_change_source(access);
    TRY(leases_read_all(&source, list));
    TRY(leases_changes_choose(request, list, changes));
    plan(request, changes);
    for (size_t i = 0; request->execute && i < changes->count; i++) {
        if (changes->at[i].state == LEASES_CHANGE_PLANNED) {
            acknowledge(&source, &changes->at[i]);
        }
    }
    return leases_changes_print(request, access, list, changes, columns, sizeof columns / sizeof columns[0]);
}

int leases_acknowledge_run(const struct leases_request *request)
{
    struct leases_access access = {.app = ""};
    struct leases_list list = {.count = 0};
    struct leases_changes changes = {.count = 0};
    struct status status = leases_access_open(request, &access);
    if (status_is_ok(&status)) {
        status = acknowledge_all(request, &access, &list, &changes);
    }
    int code = leases_changes_end(request, &changes, &status);
    leases_changes_free(&changes);
    leases_list_free(&list);
    leases_access_close(&access);
    return code;
}
