#include "worker/leases/leases_view.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/exit_code.h"
#include "worker/leases/leases_stream.h"
#include "worker/leases/leases_text.h"

enum { BROKEN_TOLD_MOST = 10, HEAD_CEILING = 8 * 1024, MESSAGE_CEILING = 64 * 1024 };

struct status leases_view_open(const struct leases_request *request, struct leases_view *ret_view)
{
    /* A reader that goes away, of our output or at the other end of a connection, is a failed write. */
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignored, NULL);
    *ret_view = (struct leases_view){.request = request};
    TRY(leases_access_open(request, &ret_view->access));
    ret_view->source = (struct leases_source){
        .dynamodb = ret_view->access.access.dynamodb,
        .streams = ret_view->access.access.streams,
        .clock = clock_real(),
        .table = ret_view->access.app,
        .region = ret_view->access.access.region,
        .credentials = ret_view->access.access.credentials,
    };
    ret_view->style =
        leases_style_of(stdout, (enum leases_form)request->output, !request->no_headers, environ);
    return status_ok();
}

struct status leases_view_read(struct leases_view *view, bool sample)
{
    struct leases_list list = {0};
    if (sample) {
        TRY(leases_sample(&view->source, view->request->failover_ms, &list));
    } else {
        TRY(leases_read_all(&view->source, &list));
    }
    leases_list_free(&view->list);
    view->list = list;
    return status_ok();
}

/* ---- Which rows ---- */

bool leases_view_wants(const struct leases_view *view, const struct leases_row *row)
{
    const struct leases_request *request = view->request;
    if (request->owner != NULL && strcmp(request->owner, row->owner) != 0 &&
        strcmp(request->owner, row->checkpoint_owner) != 0) {
        return false;
    }
    return request->prefix == NULL || strncmp(row->shard, request->prefix, strlen(request->prefix)) == 0;
}

static bool has_wanted_state(const struct leases_view *view, const struct leases_row *row)
{
    const struct leases_request *request = view->request;
    return request->state == 0 || request->state == (int64_t)leases_state_of(row, request->failover_ms) + 1;
}

static void show(struct leases_view *view, const struct leases_row *row)
{
    struct leases_shown *shown = &view->shown[view->count];
    *shown = (struct leases_shown){
        .row = row,
        .state = leases_state_of(row, view->request->failover_ms),
        .retention_ms = LEASES_RETENTION_MS,
        .branch = "",
    };
    if (leases_row_is_finished(row)) {
        shown->lag.kind = LEASES_LAG_DONE;
    }
    view->rows[view->count] = shown;
    view->count++;
}

static struct status choose_named(struct leases_view *view)
{
    for (size_t i = 0; i < view->request->shards.count; i++) {
        const struct leases_row *row = NULL;
        TRY(leases_list_match(&view->list, view->request->shards.at[i], &row));
        show(view, row);
    }
    return status_ok();
}

struct status leases_view_choose(struct leases_view *view, bool all)
{
    size_t most =
        view->list.count > view->request->shards.count ? view->list.count : view->request->shards.count;
    free(view->shown);
    free(view->rows);
    view->count = 0;
    view->shown = calloc(most + 1, sizeof *view->shown);
    view->rows = calloc(most + 1, sizeof *view->rows);
    if (view->shown == NULL || view->rows == NULL) {
        return status_no_memory("the rows to show", most * sizeof *view->shown);
    }
    if (!all && view->request->shards.count > 0) {
        return choose_named(view);
    }
    for (size_t i = 0; i < view->list.count; i++) {
        const struct leases_row *row = view->list.by_key[i];
        if (all || (leases_view_wants(view, row) && has_wanted_state(view, row))) {
            show(view, row);
        }
    }
    return status_ok();
}

static int64_t lag_rank(const struct leases_lag *lag)
{
    switch (lag->kind) {
    case LEASES_LAG_TRIMMED:
        return INT64_MAX;
    case LEASES_LAG_UNKNOWN:
        return INT64_MAX - 1;
    case LEASES_LAG_KNOWN:
        return lag->ms;
    default:
        return -1;
    }
}

static int compare_by(const void *left, const void *right, void *sort)
{
    const struct leases_shown *a = *(const void *const *)left;
    const struct leases_shown *b = *(const void *const *)right;
    int order = 0;
    switch (*(const enum leases_sort *)sort) {
    case LEASES_SORT_OWNER:
        order = strcmp(a->row->owner, b->row->owner);
        break;
    case LEASES_SORT_STATE:
        order = strcmp(leases_state_name(a->state), leases_state_name(b->state));
        break;
    case LEASES_SORT_LAG:
        order = (lag_rank(&a->lag) < lag_rank(&b->lag)) - (lag_rank(&a->lag) > lag_rank(&b->lag));
        break;
    default:
        order = strcmp(a->row->shard, b->row->shard);
        break;
    }
    return order != 0 ? order : strcmp(a->row->key, b->row->key);
}

bool leases_view_wants_lag(const struct leases_request *request)
{
    return request->lag || request->sort == LEASES_SORT_LAG;
}

void leases_view_sort(struct leases_view *view)
{
    enum leases_sort sort = (enum leases_sort)view->request->sort;
    qsort_r(view->rows, view->count, sizeof *view->rows, compare_by, &sort);
}

/* ---- Printing ---- */

struct status leases_view_head(const struct leases_view *view, struct bytes *head)
{
    TRY(bytes_append_text(head, "\"lease_table\":"));
    TRY(leases_text_json(head, slice_of_text(view->source.table)));
    TRY(bytes_append_text(head, ",\"region\":"));
    TRY(leases_text_json(head, slice_of_text(view->source.region)));
    return bytes_append_format(head, ",\"rows\":%zu,\"other_rows\":%zu,\"broken_rows\":%zu", view->list.count,
                               view->list.others, view->list.broken);
}

static struct status tell_broken(const struct leases_view *view, const struct leases_row *row)
{
    struct bytes text;
    bytes_init(&text, MESSAGE_CEILING);
    struct status status = leases_text_escape(&text, slice_of_text(row->shard), view->style.utf8);
    if (status_is_ok(&status)) {
        fprintf(stderr, "penstock: lease '%.*s' is broken: %s\n", (int)text.length, text.at, row->defect);
    }
    bytes_free(&text);
    return status;
}

/* What the table form has no room for; JSON carries it. */
static struct status tell(const struct leases_view *view)
{
    size_t told = 0;
    for (size_t i = 0; i < view->count && told < BROKEN_TOLD_MOST; i++) {
        const struct leases_shown *shown = view->rows[i];
        if (leases_row_is_broken(shown->row)) {
            TRY(tell_broken(view, shown->row));
            told++;
        }
    }
    if (view->list.broken > BROKEN_TOLD_MOST) {
        fprintf(stderr, "penstock: %zu rows are broken; -o wide says why\n", view->list.broken);
    }
    if (view->list.others > 0) {
        fprintf(stderr, "penstock: %zu other rows of the table are no leases and not shown\n",
                view->list.others);
    }
    if (view->list.count == 0) {
        fprintf(stderr, "penstock: lease table '%s' in %s has no leases\n", view->source.table,
                view->source.region);
    } else if (view->count == 0) {
        fprintf(stderr, "penstock: none of the %zu leases is asked for\n", view->list.count);
    }
    return status_ok();
}

struct status leases_view_print(const struct leases_view *view, const struct leases_column *columns,
                                size_t column_count, const char *name)
{
    struct bytes head;
    const char *text = "";
    bytes_init(&head, HEAD_CEILING);
    struct status status;
    TRY_GOTO(status, end, leases_view_head(view, &head));
    TRY_GOTO(status, end, bytes_terminate(&head, &text));
    const struct leases_sheet sheet = {.columns = columns,
                                       .column_count = column_count,
                                       .rows = view->rows,
                                       .row_count = view->count,
                                       .name = name,
                                       .head = text};
    TRY_GOTO(status, end, leases_print(stdout, &view->style, &sheet));
    if (view->style.form != LEASES_FORM_JSON) {
        status = tell(view);
    }
end:
    bytes_free(&head);
    return status;
}

int leases_view_finish(struct leases_view *view, const struct status *status)
{
    leases_list_free(&view->list);
    free(view->shown);
    free(view->rows);
    leases_access_close(&view->access);
    *view = (struct leases_view){0};
    return status_is_ok(status) ? commands_finish_output() : leases_fail(status);
}
