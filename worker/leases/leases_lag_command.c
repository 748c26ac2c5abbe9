/* penstock leases lag */
#include "worker/leases/leases_view.h"

/* A finished shard is behind nothing: it is shown to those who ask for it by name. */
static void drop_finished(struct leases_view *view)
{
    size_t kept = 0;
    for (size_t i = 0; i < view->count; i++) {
        const struct leases_shown *shown = view->rows[i];
        if (shown->state != LEASES_FINISHED) {
            view->rows[kept] = shown;
            kept++;
        }
    }
    view->count = kept;
}

static struct status lag(const struct leases_request *request, struct leases_view *view)
{
    TRY(leases_view_open(request, view));
    TRY(leases_view_read(view, false));
    TRY(leases_view_choose(view, false));
    if (request->shards.count == 0) {
        drop_finished(view);
    }
    TRY(leases_view_ask_lag(view, false));
    leases_view_sort(view);
    size_t count = 0;
    const struct leases_column *columns = leases_columns_of_lag(&count);
    return leases_view_print(view, columns, count, "leases");
}

int leases_lag_run(const struct leases_request *request)
{
    struct leases_view view = {0};
    struct status status = lag(request, &view);
    return leases_view_finish(&view, &status);
}
