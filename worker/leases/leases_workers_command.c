/* penstock leases workers */
#include <stdio.h>
#include <stdlib.h>

#include "worker/leases/leases_view.h"
#include "worker/leases/leases_workers.h"

enum { HEAD_CEILING = 8 * 1024 };

static struct status fill_worker(const void *row, struct leases_cell *cell)
{
    return leases_cell_text(cell, ((const struct leases_worker *)row)->name);
}

static struct status fill_state(const void *row, struct leases_cell *cell)
{
    enum leases_state state = leases_worker_state(row);
    cell->tone = leases_columns_tone(state);
    return leases_cell_text(cell, state == LEASES_FINISHED ? "idle" : leases_state_name(state));
}

static struct status fill_kind(const void *row, struct leases_cell *cell)
{
    return leases_cell_text(cell, ((const struct leases_worker *)row)->ours ? "penstock" : "kcl");
}

#define COUNT_COLUMN(function, field)                                                                        \
    static struct status function(const void *row, struct leases_cell *cell)                                 \
    {                                                                                                        \
        return leases_cell_number(cell, (int64_t)((const struct leases_worker *)row)->field);                \
    }

COUNT_COLUMN(fill_held, held)
COUNT_COLUMN(fill_active, active)
COUNT_COLUMN(fill_expired, expired)
COUNT_COLUMN(fill_unknown, unknown)
COUNT_COLUMN(fill_giving, giving)
COUNT_COLUMN(fill_getting, getting)
COUNT_COLUMN(fill_finished, finished)

static struct status fill_share(const void *row, struct leases_cell *cell)
{
    const struct leases_worker *worker = row;
    size_t percent = worker->of == 0 ? 0 : (worker->held * 100 + worker->of / 2) / worker->of;
    cell->kind = LEASES_CELL_RAW;
    return bytes_append_format(&cell->text, cell->json ? "%zu" : "%zu%%", percent);
}

static const struct leases_column worker_columns[] = {
    {"WORKER", "worker", LEASES_COLUMN_KEEP, fill_worker},
    {"STATE", "state", LEASES_COLUMN_KEEP | LEASES_COLUMN_WHOLE, fill_state},
    {"LEASES", "leases", LEASES_COLUMN_KEEP | LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_held},
    {"SHARE", "share_percent", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_share},
    {"ACTIVE", "active", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_active},
    {"EXPIRED", "expired", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_expired},
    {"UNKNOWN", "unknown", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_unknown},
    {"GIVING", "giving", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_giving},
    {"GETTING", "getting", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_getting},
    {"FINISHED", "finished", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WIDE, fill_finished},
    {"KIND", "kind", LEASES_COLUMN_WIDE, fill_kind},
};

static struct status print(const struct leases_view *view, const struct leases_workers *workers)
{
    const void **rows = calloc(workers->count + 1, sizeof *rows);
    if (rows == NULL) {
        return status_no_memory("the workers of leases", workers->count * sizeof *rows);
    }
    for (size_t i = 0; i < workers->count; i++) {
        rows[i] = &workers->at[i];
    }
    struct bytes head;
    const char *text = "";
    bytes_init(&head, HEAD_CEILING);
    struct status status;
    TRY_GOTO(status, end, leases_view_head(view, &head));
    TRY_GOTO(status, end, bytes_append_format(&head, ",\"unowned\":%zu", workers->unowned));
    TRY_GOTO(status, end, bytes_terminate(&head, &text));
    const struct leases_sheet sheet = {.columns = worker_columns,
                                       .column_count = sizeof worker_columns / sizeof worker_columns[0],
                                       .rows = rows,
                                       .row_count = workers->count,
                                       .name = "workers",
                                       .head = text};
    status = leases_print(stdout, &view->style, &sheet);
    if (status_is_ok(&status) && workers->unowned > 0 && view->style.form != LEASES_FORM_JSON) {
        fprintf(stderr, "penstock: %zu leases have no owner\n", workers->unowned);
    }
end:
    bytes_free(&head);
    free(rows);
    return status;
}

static struct status show_workers(const struct leases_request *request, struct leases_view *view)
{
    TRY(leases_view_open(request, view));
    TRY(leases_view_read(view, request->sample));
    struct leases_workers workers = {0};
    TRY(leases_workers_count(&view->list, request->failover_ms, &workers));
    struct status status = print(view, &workers);
    leases_workers_free(&workers);
    return status;
}

int leases_workers_run(const struct leases_request *request)
{
    struct leases_view view = {0};
    struct status status = show_workers(request, &view);
    return leases_view_finish(&view, &status);
}
