#include "worker/leases/leases_check.h"

#include <stdlib.h>
#include <string.h>

#include "worker/leases/leases_lineage.h"
#include "worker/leases/leases_text.h"
#include "worker/leases/leases_workers.h"

/* The same hand-over stood in both reads. */
static bool hand_over_lasted(const struct leases_row *first, const struct leases_row *last)
{
    return first != NULL && last->checkpoint_owner[0] != '\0' &&
           strcmp(first->checkpoint_owner, last->checkpoint_owner) == 0 &&
           strcmp(first->owner, last->owner) == 0;
}

static int64_t watched_ms(const struct leases_check_input *input)
{
    return input->last->began_boot_ms - input->first->ended_boot_ms;
}

static bool is_hand_over_stuck(const struct leases_check_input *input, const struct leases_row *row,
                               enum leases_state state)
{
    const struct leases_row *first = leases_list_find(input->first, row->key);
    if (row->checkpoint_owner[0] == '\0' || !hand_over_lasted(first, row)) {
        return false;
    }
    return state == LEASES_EXPIRED || watched_ms(input) >= LEASES_HAND_OVER_MS + input->failover_ms;
}

bool leases_check_needs_time(const struct leases_check_input *input)
{
    for (size_t i = 0; i < input->last->count; i++) {
        const struct leases_row *row = &input->last->at[i];
        bool pending = leases_state_of(row, input->failover_ms) == LEASES_HANDING_OVER &&
                       hand_over_lasted(leases_list_find(input->first, row->key), row);
        if (pending && watched_ms(input) < LEASES_HAND_OVER_MS + input->failover_ms) {
            return true;
        }
    }
    return false;
}

static struct status check_row(const struct leases_check_input *input, const struct leases_row *row,
                               struct leases_findings *findings)
{
    enum leases_state state = leases_state_of(row, input->failover_ms);
    if (state == LEASES_BROKEN) {
        TRY(leases_findings_add(findings, "broken", row->shard, row->owner, "%s", row->defect));
    }
    if (row->gap.present) {
        TRY(leases_findings_add(findings, "gap", row->shard, row->owner,
                                "changes %s trimmed before they were read (behind %s, up to %s); when that "
                                "is known, run 'penstock "
                                "leases acknowledge'",
                                row->gap.certain ? "were" : "may have been",
                                row->gap.after[0] != '\0' ? row->gap.after : "the shard's start",
                                row->gap.until[0] != '\0' ? row->gap.until : "an unknown position"));
    }
    if (state == LEASES_UNOWNED) {
        const struct leases_row *first = leases_list_find(input->first, row->key);
        bool lasted = first != NULL && leases_row_holder(first)[0] == '\0';
        return lasted ? leases_findings_add(findings, "unowned", row->shard, "", "no worker reads this shard")
                      : status_ok();
    }
    if (is_hand_over_stuck(input, row, state)) {
        return leases_findings_add(findings, "stuck-hand-over", row->shard, row->owner,
                                   "the hand-over from '%.80s' does not end", row->checkpoint_owner);
    }
    return status_ok();
}

static struct status check_owners(const struct leases_check_input *input, struct leases_findings *findings)
{
    struct leases_workers workers = {0};
    TRY(leases_workers_count(input->last, input->failover_ms, &workers));
    struct status status = status_ok();
    for (size_t i = 0; i < workers.count && status_is_ok(&status); i++) {
        const struct leases_worker *worker = &workers.at[i];
        if (worker->expired > 0) {
            status =
                leases_findings_add(findings, "expired", "", worker->name,
                                    "does not renew %zu of its %zu leases", worker->expired, worker->held);
        }
    }
    leases_workers_free(&workers);
    return status;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Every shard that a row names as its parent, sorted; the caller frees it. Ids of shards are never used twice, in
 * whatever stream. */
static const char **name_parents(const struct leases_list *list, size_t *ret_count)
{
    size_t most = 0;
    for (size_t i = 0; i < list->count; i++) {
        most += list->at[i].parents.count;
    }
    const char **names = calloc(most + 1, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; names != NULL && i < list->count; i++) {
        for (size_t k = 0; k < list->at[i].parents.count; k++) {
            names[count++] = list->at[i].parents.at[k];
        }
    }
    if (names != NULL) {
        qsort(names, count, sizeof *names, compare_texts);
    }
    *ret_count = count;
    return names;
}

/* A child that was finished and removed leaves children of its own behind. */
static struct status check_children(const struct leases_check_input *input, struct leases_findings *findings)
{
    struct leases_lineage lineage = {0};
    size_t parent_count = 0;
    const char **parents = name_parents(input->last, &parent_count);
    if (parents == NULL) {
        return status_no_memory("the lineage of leases", parent_count * sizeof *parents);
    }
    struct status status = leases_lineage_make(input->last, &lineage);
    for (size_t i = 0; status_is_ok(&status) && i < lineage.missing_count; i++) {
        const struct leases_row *parent = input->last->by_key[lineage.missing[i].parent];
        const char *child = lineage.missing[i].shard;
        bool passed = bsearch(&child, parents, parent_count, sizeof child, compare_texts) != NULL;
        if (leases_row_is_finished(parent) && !passed) {
            status = leases_findings_add(findings, "missing-lease", child, "",
                                         "its parent %.70s is finished, but it has no lease: nobody reads it",
                                         parent->shard);
        }
    }
    leases_lineage_free(&lineage);
    free(parents);
    return status;
}

struct status leases_check_rows(const struct leases_check_input *input, struct leases_findings *findings)
{
    if (input->last->count == 0) {
        return leases_findings_add(findings, "no-leases", "", "",
                                   "the lease table has no leases: no worker has started");
    }
    TRY(check_owners(input, findings));
    for (size_t i = 0; i < input->last->count; i++) {
        TRY(check_row(input, input->last->by_key[i], findings));
    }
    return check_children(input, findings);
}

struct status leases_check_lag(const struct leases_shown *shown, size_t count, int64_t max_lag_ms,
                               struct leases_findings *findings)
{
    char most[LEASES_TIME_BYTES];
    leases_text_time(max_lag_ms, most);
    for (size_t i = 0; i < count; i++) {
        const struct leases_lag *lag = &shown[i].lag;
        const struct leases_row *row = shown[i].row;
        if (lag->kind == LEASES_LAG_KNOWN && lag->ms > max_lag_ms) {
            char text[LEASES_TIME_BYTES];
            leases_text_time(lag->ms, text);
            TRY(leases_findings_add(findings, "lag", row->shard, row->owner, "%s behind; %s are allowed",
                                    text, most));
        } else if (lag->kind == LEASES_LAG_TRIMMED) {
            TRY(leases_findings_add(findings, "trimmed", row->shard, row->owner, "%s", lag->note));
        } else if (lag->kind == LEASES_LAG_UNKNOWN && strcmp(row->checkpoint, "LATEST") != 0 &&
                   !leases_row_is_broken(row)) {
            TRY(leases_findings_add(findings, "lag-unknown", row->shard, row->owner, "%s", lag->note));
        }
    }
    return status_ok();
}
