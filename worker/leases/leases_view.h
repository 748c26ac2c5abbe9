/* What every reading command does alike: open the table, read it (once, or often enough to tell who lives), choose and
 * sort rows, ask the stream, print. One thread. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_VIEW_H
#define PENSTOCK_WORKER_LEASES_LEASES_VIEW_H

#include "worker/leases/leases_access.h"
#include "worker/leases/leases_columns.h"
#include "worker/leases/leases_sample.h"

/* Zeroed memory is a valid closed view. */
struct leases_view {
    const struct leases_request *request; /* borrowed */
    struct leases_access access;
    struct leases_source source;
    struct leases_style style;
    struct leases_list list;
    struct leases_shown *shown; /* of the chosen rows */
    const void **rows; /* pointers to `shown`, in the order to print */
    size_t count;
    char stream_arn[STREAMS_ARN_BYTES]; /* of --table or --stream-arn, once it was looked up */
};

/* Opens the way to the table; nothing is read yet. */
struct status leases_view_open(const struct leases_request *request, struct leases_view *ret_view) MUST_USE;

/* Reads all rows into view->list; with `sample` often enough to tell their states. */
struct status leases_view_read(struct leases_view *view, bool sample) MUST_USE;

/* True when the row fits --owner and --shard. */
bool leases_view_wants(const struct leases_view *view, const struct leases_row *row);

/* Puts rows of the list into `shown`: those that the request's SHARD, --owner, --state and --shard want, or `all`. In
 * the order of the keys. STATUS_NOT_FOUND for a SHARD that there is not. Again after each read. */
struct status leases_view_choose(struct leases_view *view, bool all) MUST_USE;

/* True with --lag, and where --sort needs it. */
bool leases_view_wants_lag(const struct leases_request *request);

/* Asks the stream how far each shown row is behind. */
struct status leases_view_ask_lag(struct leases_view *view, bool want_positions) MUST_USE;

/* The stream that a row is of, into `ret_arn`: its own, else --stream-arn, else that of --table; else empty. Looks up
 * --table once. */
struct status leases_view_find_stream(struct leases_view *view, const struct leases_row *row,
                                      char ret_arn[STREAMS_ARN_BYTES]) MUST_USE;

/* By --sort; equal ones stay in the order of their keys. */
void leases_view_sort(struct leases_view *view);

/* Prints the shown rows on standard output under `name`, and on standard error what a reader should know: rows that are
 * not shown or broken. */
struct status leases_view_print(const struct leases_view *view, const struct leases_column *columns,
                                size_t column_count, const char *name) MUST_USE;

/* Members that begin every JSON document: the table, its region, what was counted. */
struct status leases_view_head(const struct leases_view *view, struct bytes *head) MUST_USE;

/* Closes, frees, and turns `status` into the exit code, telling it on standard error. */
int leases_view_finish(struct leases_view *view, const struct status *status);

#endif
