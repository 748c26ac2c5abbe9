#include "worker/leases/leases_change.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/json.h"
#include "worker/exit_code.h"

enum { HEAD_CEILING = 4096 };

void leases_changes_free(struct leases_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        cJSON_Delete(changes->at[i].item);
    }
    free(changes->at);
    *changes = (struct leases_changes){NULL, 0};
}

static struct status check_choice(const struct leases_request *request)
{
    int ways = (request->shards.count > 0) + (request->owner != NULL) + request->all;
    if (ways == 1) {
        return status_ok();
    }
    return status_make(STATUS_INVALID, ways == 0 ? "which leases? give SHARD..., --owner WORKER or --all"
                                                 : "give only one of SHARD..., --owner WORKER and --all");
}

static bool is_of_owner(const struct leases_row *row, const char *owner)
{
    return strcmp(row->owner, owner) == 0 || strcmp(row->checkpoint_owner, owner) == 0;
}

static int compare_keys(const void *left, const void *right)
{
    const struct leases_change *a = left;
    const struct leases_change *b = right;
    return strcmp(a->row->key, b->row->key);
}

static void drop_doubles(struct leases_changes *changes)
{
    size_t kept = 0;
    for (size_t i = 0; i < changes->count; i++) {
        if (kept == 0 || changes->at[kept - 1].row != changes->at[i].row) {
            changes->at[kept] = changes->at[i];
            kept++;
        }
    }
    changes->count = kept;
}

static struct status choose_named(const struct leases_request *request, const struct leases_list *list,
                                  struct leases_changes *changes)
{
    for (size_t i = 0; i < request->shards.count; i++) {
        const struct leases_row *row = NULL;
        TRY(leases_list_match(list, request->shards.at[i], &row));
        changes->at[changes->count].row = row;
        changes->count++;
    }
    if (changes->count > 1) {
        qsort(changes->at, changes->count, sizeof *changes->at, compare_keys);
    }
    drop_doubles(changes);
    return status_ok();
}

static struct status choose_fitting(const struct leases_request *request, const struct leases_list *list,
                                    struct leases_changes *changes)
{
    for (size_t i = 0; i < list->count; i++) {
        if (request->all || is_of_owner(list->by_key[i], request->owner)) {
            changes->at[changes->count].row = list->by_key[i];
            changes->count++;
        }
    }
    if (changes->count == 0 && request->owner != NULL) {
        return status_make(STATUS_NOT_FOUND,
                           "no lease of a worker '%.100s'; 'penstock leases workers' shows who has any",
                           request->owner);
    }
    return status_ok();
}

struct status leases_changes_choose(const struct leases_request *request, const struct leases_list *list,
                                    struct leases_changes *ret_changes)
{
    TRY(check_choice(request));
    size_t most = request->shards.count > 0 ? request->shards.count : list->count;
    struct leases_changes changes = {.at = calloc(most + 1, sizeof *changes.at)};
    if (changes.at == NULL) {
        return status_no_memory("the rows chosen", most * sizeof *changes.at);
    }
    struct status status = request->shards.count > 0 ? choose_named(request, list, &changes)
                                                     : choose_fitting(request, list, &changes);
    if (!status_is_ok(&status)) {
        leases_changes_free(&changes);
        return status;
    }
    *ret_changes = changes;
    return status;
}

void leases_change_settle(struct leases_change *change, enum leases_change_state state, const char *format,
                          ...)
{
    change->state = state;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(change->note, sizeof change->note, format, arguments);
    va_end(arguments);
}

/* Did a write that ended so perhaps take effect? */
static bool may_be_written(enum status_code code)
{
    return code == STATUS_UNAVAILABLE || code == STATUS_TIMEOUT || code == STATUS_CORRUPT ||
           code == STATUS_STOPPED;
}

void leases_change_settle_sent(struct leases_change *change, const struct status *status, const cJSON *row,
                               bool made)
{
    if (status_is_ok(status) || (status->code == STATUS_CONDITION && made)) {
        change->state = LEASES_CHANGE_DONE;
    } else if (status->code == STATUS_CONDITION) {
        leases_change_settle(change, LEASES_CHANGE_LOST, "%s",
                             row == NULL ? "the row is gone" : "somebody else changed the row meanwhile");
    } else if (may_be_written(status->code)) {
        leases_change_settle(change, LEASES_CHANGE_UNKNOWN,
                             "it may have been written; look, or do it again: %s", status->reason);
    } else {
        leases_change_settle(change, LEASES_CHANGE_FAILED, "%s", status->reason);
    }
}

struct leases_source leases_change_source(const struct leases_access *access)
{
    return (struct leases_source){.dynamodb = access->access.dynamodb,
                                  .streams = access->access.streams,
                                  .clock = clock_real(),
                                  .table = access->app,
                                  .region = access->access.region,
                                  .credentials = access->access.credentials};
}

static struct status append_head(const struct leases_request *request, const struct leases_access *access,
                                 const struct leases_list *list, struct bytes *head)
{
    TRY(bytes_append_text(head, "\"app\":"));
    TRY(json_append_string(head, slice_of_text(access->app)));
    return bytes_append_format(head, ",\"executed\":%s,\"other_rows\":%zu",
                               request->execute ? "true" : "false", list->others);
}

static struct status print_sheet(const struct leases_request *request, const char *head,
                                 const struct leases_changes *changes, const struct leases_column *columns,
                                 size_t column_count)
{
    const void **rows = calloc(changes->count + 1, sizeof *rows);
    if (rows == NULL) {
        return status_no_memory("the rows to print", changes->count * sizeof *rows);
    }
    for (size_t i = 0; i < changes->count; i++) {
        rows[i] = &changes->at[i];
    }
    const struct leases_sheet sheet = {columns, column_count, rows, changes->count, "changes", head};
    struct leases_style style =
        leases_style_of(stdout, (enum leases_form)request->output, !request->no_headers, environ);
    struct status status = leases_print(stdout, &style, &sheet);
    free(rows);
    return status;
}

struct status leases_changes_print(const struct leases_request *request, const struct leases_access *access,
                                   const struct leases_list *list, const struct leases_changes *changes,
                                   const struct leases_column *columns, size_t column_count)
{
    struct bytes head;
    bytes_init(&head, HEAD_CEILING);
    const char *text = "";
    struct status status = append_head(request, access, list, &head);
    if (status_is_ok(&status)) {
        status = bytes_terminate(&head, &text);
    }
    if (status_is_ok(&status)) {
        status = print_sheet(request, text, changes, columns, column_count);
    }
    bytes_free(&head);
    if (status_is_ok(&status) && list->others > 0) {
        fprintf(stderr, "%zu other rows of the table are no leases and were left alone\n", list->others);
    }
    return status;
}

int leases_changes_end(const struct leases_request *request, const struct leases_changes *changes,
                       const struct status *status)
{
    if (!status_is_ok(status)) {
        return leases_fail(status);
    }
    int output = commands_finish_output();
    if (output != EXIT_CODE_OK) {
        return output;
    }
    size_t counts[LEASES_CHANGE_UNKNOWN + 1] = {0};
    for (size_t i = 0; i < changes->count; i++) {
        counts[changes->at[i].state]++;
    }
    if (!request->execute && counts[LEASES_CHANGE_PLANNED] > 0) {
        fputs("nothing was changed: this was a dry run; --execute makes the change\n", stderr);
    }
    if (counts[LEASES_CHANGE_LOST] > 0) {
        return EXIT_CODE_CONDITION;
    }
    return counts[LEASES_CHANGE_FAILED] + counts[LEASES_CHANGE_UNKNOWN] + counts[LEASES_CHANGE_REFUSED] > 0
               ? EXIT_CODE_FAILURE
               : EXIT_CODE_OK;
}

struct status leases_change_fill_shard(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return leases_cell_text(cell, cell->json ? change->row->key : change->row->shard);
}

struct status leases_change_fill_owner(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return leases_cell_text(cell, leases_row_holder(change->row));
}

struct status leases_change_fill_result(const void *row, struct leases_cell *cell)
{
    static const struct {
        const char *name;
        enum leases_tone tone;
    } states[] = {
        [LEASES_CHANGE_PLANNED] = {"planned", LEASES_TONE_PLAIN},
        [LEASES_CHANGE_DONE] = {"done", LEASES_TONE_GOOD},
        [LEASES_CHANGE_UNCHANGED] = {"unchanged", LEASES_TONE_DIM},
        [LEASES_CHANGE_REFUSED] = {"refused", LEASES_TONE_BAD},
        [LEASES_CHANGE_LOST] = {"lost", LEASES_TONE_BAD},
        [LEASES_CHANGE_FAILED] = {"failed", LEASES_TONE_BAD},
        [LEASES_CHANGE_UNKNOWN] = {"unknown", LEASES_TONE_BAD},
    };
    const struct leases_change *change = row;
    cell->tone = states[change->state].tone;
    return leases_cell_text(cell, states[change->state].name);
}

struct status leases_change_fill_note(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return leases_cell_text(cell, change->note);
}
