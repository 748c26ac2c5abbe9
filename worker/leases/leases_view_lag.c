/* The lag of the rows that a view shows. */
#include <stdlib.h>

#include "worker/leases/leases_stream.h"
#include "worker/leases/leases_view.h"

struct status leases_view_find_stream(struct leases_view *view, const struct leases_row *row,
                                      char ret_arn[STREAMS_ARN_BYTES])
{
    leases_stream_of_row(row, ret_arn);
    if (ret_arn[0] != '\0' || (view->request->stream_arn == NULL && view->request->table == NULL)) {
        return status_ok();
    }
    if (view->stream_arn[0] == '\0') {
        TRY(leases_access_find_stream(&view->access, view->request, NULL, view->stream_arn));
    }
    snprintf(ret_arn, STREAMS_ARN_BYTES, "%s", view->stream_arn);
    return status_ok();
}

/* Texts of ARNs, one a job, in one piece. */
static struct status fill_jobs(struct leases_view *view, bool want_positions, struct leases_lag_job *jobs,
                               struct leases_pool *pool)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct leases_shown *shown = view->rows[i];
        char arn[STREAMS_ARN_BYTES];
        TRY(leases_view_find_stream(view, shown->row, arn));
        const char *kept = i > 0 && strcmp(jobs[i - 1].stream_arn, arn) == 0 ? jobs[i - 1].stream_arn
                                                                             : leases_pool_copy(pool, arn);
        if (kept == NULL) {
            return status_no_memory("a stream's ARN", sizeof arn);
        }
        jobs[i] =
            (struct leases_lag_job){.row = shown->row, .stream_arn = kept, .want_position = want_positions};
    }
    return status_ok();
}

struct status leases_view_ask_lag(struct leases_view *view, bool want_positions)
{
    struct leases_pool pool = {0};
    struct leases_lag_job *jobs = calloc(view->count + 1, sizeof *jobs);
    if (jobs == NULL) {
        return status_no_memory("questions to the stream", view->count * sizeof *jobs);
    }
    struct status status = fill_jobs(view, want_positions, jobs, &pool);
    if (status_is_ok(&status)) {
        status = leases_lag_ask(&view->source, jobs, view->count);
    }
    for (size_t i = 0; status_is_ok(&status) && i < view->count; i++) {
        view->shown[(const struct leases_shown *)view->rows[i] - view->shown].lag = jobs[i].lag;
    }
    free(jobs);
    leases_pool_free(&pool);
    return status;
}
