/* penstock leases tree */
#include <stdio.h>
#include <stdlib.h>

#include "worker/leases/leases_tree.h"
#include "worker/leases/leases_view.h"

/* The view's rows, each with its place in the tree. */
static struct status arrange(struct leases_view *view, const struct leases_tree *tree)
{
    struct leases_shown *shown = calloc(tree->count + 1, sizeof *shown);
    const void **rows = calloc(tree->count + 1, sizeof *rows);
    if (shown == NULL || rows == NULL) {
        free(shown);
        free(rows);
        return status_no_memory("the rows to show", tree->count * sizeof *shown);
    }
    free(view->shown);
    free(view->rows);
    view->shown = shown;
    view->rows = rows;
    view->count = tree->count;
    for (size_t i = 0; i < tree->count; i++) {
        const struct leases_leaf *leaf = &tree->at[i];
        shown[i] = (struct leases_shown){
            .row = leaf->row,
            .state = leaf->missing ? LEASES_MISSING : leases_state_of(leaf->row, view->request->failover_ms),
            .retention_ms = LEASES_RETENTION_MS,
            .branch = leaf->branch,
            .depth = leaf->depth,
        };
        bool done = leaf->missing || leases_row_is_finished(leaf->row);
        shown[i].lag.kind = done ? LEASES_LAG_DONE : LEASES_LAG_NOT_ASKED;
        rows[i] = &shown[i];
    }
    return status_ok();
}

/* Only rows of unfinished leases are asked for; `rows` is whole again afterwards. */
static struct status ask_lag(struct leases_view *view)
{
    size_t asked = 0;
    for (size_t i = 0; i < view->count; i++) {
        if (view->shown[i].lag.kind == LEASES_LAG_NOT_ASKED) {
            view->rows[asked] = &view->shown[i];
            asked++;
        }
    }
    size_t count = view->count;
    view->count = asked;
    struct status status = leases_view_ask_lag(view, false);
    view->count = count;
    for (size_t i = 0; i < count; i++) {
        view->rows[i] = &view->shown[i];
    }
    return status;
}

static struct status show(struct leases_view *view, const struct leases_tree *tree)
{
    TRY(arrange(view, tree));
    if (view->request->lag) {
        TRY(ask_lag(view));
    }
    size_t count = 0;
    const struct leases_column *columns = leases_columns_of_tree(&count);
    return leases_view_print(view, columns, count, "shards");
}

static struct status draw(const struct leases_request *request, struct leases_view *view)
{
    TRY(leases_view_open(request, view));
    TRY(leases_view_read(view, request->sample));
    struct leases_tree tree = {0};
    TRY(leases_tree_make(&view->list, view->style.utf8, &tree));
    struct status status = show(view, &tree);
    leases_tree_free(&tree);
    return status;
}

int leases_tree_run(const struct leases_request *request)
{
    struct leases_view view = {0};
    struct status status = draw(request, &view);
    return leases_view_finish(&view, &status);
}
