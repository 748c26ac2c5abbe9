/* penstock leases list */
#include "worker/leases/leases_view.h"

/* Who asks for owners that live, or that do not, wants them told apart. */
static bool needs_sample(const struct leases_request *request)
{
    return request->sample || request->state == LEASES_ACTIVE + 1 || request->state == LEASES_EXPIRED + 1;
}

static struct status list(const struct leases_request *request, struct leases_view *view)
{
    if (request->interval_ms != 0 || request->watch_ms != 0) {
        return status_make(STATUS_INVALID, "--interval and --for are of watching: give --watch too");
    }
    TRY(leases_view_open(request, view));
    TRY(leases_view_read(view, needs_sample(request)));
    TRY(leases_view_choose(view, false));
    if (leases_view_wants_lag(request)) {
        TRY(leases_view_ask_lag(view, false));
    }
    leases_view_sort(view);
    size_t count = 0;
    const struct leases_column *columns = leases_columns_of_list(&count);
    return leases_view_print(view, columns, count, "leases");
}

int leases_list_run(const struct leases_request *request)
{
    if (request->watch) {
        return leases_watch_run(request);
    }
    struct leases_view view = {0};
    struct status status = list(request, &view);
    return leases_view_finish(&view, &status);
}
