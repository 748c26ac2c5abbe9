/* penstock leases check */
#include <stdio.h>
#include <stdlib.h>

#include "worker/exit_code.h"
#include "worker/leases/leases_check.h"
#include "worker/leases/leases_text.h"
#include "worker/leases/leases_view.h"

enum { HEAD_CEILING = 8 * 1024, MAX_LAG_MS = 5 * 60 * 1000 /* unless said */ };

/* What a check holds while it runs; zeroed memory is a valid begin. */
struct check {
    struct leases_view view; /* view.list: the last read */
    struct leases_list first;
    struct leases_streams streams; /* listed before the last read */
    struct leases_findings findings;
};

static struct leases_check_input input_of(const struct check *check)
{
    return (struct leases_check_input){&check->first, &check->view.list, check->view.request->failover_ms};
}

/* ---- Reading ---- */

/* Lists the streams that unfinished rows are of; a row of which the stream is not known is the
 * user's to explain. */
static struct status list_streams(struct check *check)
{
    char last[STREAMS_ARN_BYTES] = "";
    for (size_t i = 0; i < check->first.count; i++) {
        const struct leases_row *row = check->first.by_key[i];
        char arn[STREAMS_ARN_BYTES];
        if (leases_row_is_finished(row) || leases_row_is_broken(row)) {
            continue;
        }
        TRY(leases_view_find_stream(&check->view, row, arn));
        if (arn[0] == '\0') {
            return status_make(STATUS_INVALID,
                               "the rows of '%s' do not say which stream they are of: give --table NAME or "
                               "--stream-arn ARN, or --no-lag to leave the stream out",
                               check->view.source.table);
        }
        if (strcmp(arn, last) != 0) {
            TRY(leases_streams_add(&check->view.source, arn, &check->streams));
            snprintf(last, sizeof last, "%s", arn);
        }
    }
    return status_ok();
}

/* Reads again after half of the failover time, until it is known who lives, and on while a hand-over may be
 * stuck. */
static struct status watch_rows(struct check *check)
{
    struct leases_view *view = &check->view;
    int64_t failover_ms = view->request->failover_ms;
    int64_t half_ms = failover_ms / 2;
    int64_t next_ms = check->first.ended_boot_ms + half_ms;
    int64_t looks = 2 + (LEASES_HAND_OVER_MS + failover_ms) / half_ms + 1;
    TRY(leases_sample_sleep_until(&view->source, next_ms));
    TRY(leases_read_all(&view->source, &view->list));
    leases_state_follow(&view->list, &check->first);
    for (int64_t look = 1; look < looks; look++) {
        const struct leases_check_input input = input_of(check);
        bool open = look == 1 && leases_state_is_open(&view->list, failover_ms);
        if (!open && !leases_check_needs_time(&input)) {
            break;
        }
        next_ms += half_ms;
        TRY(leases_sample_sleep_until(&view->source, next_ms));
        TRY(leases_sample_again(&view->source, &view->list));
    }
    return status_ok();
}

/* ---- Judging ---- */

static struct status check_shards(struct check *check)
{
    const struct leases_check_input input = input_of(check);
    for (size_t s = 0; s < check->streams.count; s++) {
        const struct leases_row *sample = NULL;
        for (size_t i = 0; i < check->first.count && sample == NULL; i++) {
            char arn[STREAMS_ARN_BYTES];
            TRY(leases_view_find_stream(&check->view, check->first.by_key[i], arn));
            bool same = strcmp(arn, check->streams.at[s]->description.arn) == 0;
            sample = same ? check->first.by_key[i] : NULL;
        }
        if (sample != NULL && !check->streams.at[s]->gone) {
            TRY(leases_check_shards(&input, check->streams.at[s], sample, &check->findings));
        }
    }
    return status_ok();
}

static struct status judge(struct check *check)
{
    const struct leases_check_input input = input_of(check);
    TRY(leases_check_rows(&input, &check->findings));
    TRY(leases_view_choose(&check->view, true));
    if (check->view.request->no_lag) {
        return status_ok();
    }
    TRY(check_shards(check));
    TRY(leases_view_ask_lag(&check->view, false));
    int64_t max_lag_ms = check->view.request->max_lag_ms;
    return leases_check_lag(check->view.shown, check->view.count, max_lag_ms > 0 ? max_lag_ms : MAX_LAG_MS,
                            &check->findings);
}

/* ---- Printing ---- */

static struct status fill_problem(const void *row, struct leases_cell *cell)
{
    cell->tone = LEASES_TONE_BAD;
    return leases_cell_text(cell, ((const struct leases_finding *)row)->problem);
}

static struct status fill_shard(const void *row, struct leases_cell *cell)
{
    return leases_cell_text(cell, ((const struct leases_finding *)row)->shard);
}

static struct status fill_owner(const void *row, struct leases_cell *cell)
{
    return leases_cell_text(cell, ((const struct leases_finding *)row)->owner);
}

static struct status fill_words(const void *row, struct leases_cell *cell)
{
    return leases_cell_text(cell, ((const struct leases_finding *)row)->words);
}

static const struct leases_column finding_columns[] = {
    {"PROBLEM", "problem", LEASES_COLUMN_KEEP | LEASES_COLUMN_WHOLE, fill_problem},
    {"SHARD", "shard", LEASES_COLUMN_KEEP, fill_shard},
    {"OWNER", "owner", LEASES_COLUMN_KEEP, fill_owner},
    {"WHY", "why", LEASES_COLUMN_BELOW, fill_words},
};

/* The greatest lag that is known; -1: none is. */
static int64_t greatest_lag(const struct leases_view *view)
{
    int64_t greatest_ms = -1;
    for (size_t i = 0; i < view->count; i++) {
        const struct leases_lag *lag = &view->shown[i].lag;
        if (lag->kind == LEASES_LAG_KNOWN && lag->ms > greatest_ms) {
            greatest_ms = lag->ms;
        }
    }
    return greatest_ms;
}

static struct status fill_head(const struct check *check, struct bytes *head)
{
    int64_t lag_ms = greatest_lag(&check->view);
    TRY(leases_view_head(&check->view, head));
    TRY(bytes_append_format(
        head, ",\"healthy\":%s,\"greatest_lag_seconds\":", check->findings.count == 0 ? "true" : "false"));
    if (lag_ms < 0) {
        return bytes_append_text(head, "null");
    }
    return bytes_append_format(head, "%lld.%03d", (long long)(lag_ms / 1000), (int)(lag_ms % 1000));
}

static struct status print_sheet(const struct check *check, const void *const *rows)
{
    struct bytes head;
    const char *text = "";
    bytes_init(&head, HEAD_CEILING);
    struct status status;
    TRY_GOTO(status, end, fill_head(check, &head));
    TRY_GOTO(status, end, bytes_terminate(&head, &text));
    const struct leases_sheet sheet = {.columns = finding_columns,
                                       .column_count = sizeof finding_columns / sizeof finding_columns[0],
                                       .rows = rows,
                                       .row_count = check->findings.count,
                                       .name = "problems",
                                       .head = text};
    status = leases_print(stdout, &check->view.style, &sheet);
end:
    bytes_free(&head);
    return status;
}

/* Healthy and not on a terminal: nothing, so that cron sends no mail. */
static struct status print(const struct check *check)
{
    const struct leases_view *view = &check->view;
    bool people = view->style.form == LEASES_FORM_TABLE || view->style.form == LEASES_FORM_WIDE;
    if (check->findings.count == 0 && people) {
        if (view->style.width > 0) {
            printf("healthy: %zu leases\n", view->list.count);
        }
        return status_ok();
    }
    const void **rows = calloc(check->findings.count + 1, sizeof *rows);
    if (rows == NULL) {
        return status_no_memory("findings", check->findings.count * sizeof *rows);
    }
    for (size_t i = 0; i < check->findings.count; i++) {
        rows[i] = &check->findings.at[i];
    }
    struct status status = print_sheet(check, rows);
    free(rows);
    return status;
}

static struct status run(const struct leases_request *request, struct check *check)
{
    if (request->no_lag && request->max_lag_ms != 0) {
        return status_make(STATUS_INVALID,
                           "--max-lag has the stream asked, --no-lag leaves it out: give one");
    }
    TRY(leases_view_open(request, &check->view));
    TRY(leases_read_all(&check->view.source, &check->first));
    if (!request->no_lag) {
        TRY(list_streams(check));
    }
    TRY(watch_rows(check));
    TRY(judge(check));
    return print(check);
}

int leases_check_run(const struct leases_request *request)
{
    struct check check = {0};
    struct status status = run(request, &check);
    bool healthy = check.findings.count == 0;
    leases_findings_free(&check.findings);
    leases_streams_free(&check.streams);
    int code = leases_view_finish(&check.view, &status);
    leases_list_free(&check.first);
    return code == EXIT_CODE_OK && !healthy ? EXIT_CODE_UNHEALTHY : code;
}
