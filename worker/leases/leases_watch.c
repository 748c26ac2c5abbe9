/* penstock leases watch: on a terminal a table that is drawn anew, elsewhere a line an event. */
#include <stdio.h>
#include <stdlib.h>

#include "worker/leases/leases_events.h"
#include "worker/leases/leases_text.h"
#include "worker/leases/leases_view.h"
#include "worker/leases/leases_wrap.h"

enum {
    LINE_CEILING = 1024 * 1024,
    SCREEN_LINES_BELOW = 2,
    SCREEN_LEAST = 5,
    INTERVAL_MS = 2000 /* unless said */
};

/* ---- Events ---- */

struct event_printer {
    const struct leases_view *view;
    struct bytes line;
};

static struct status append_part(struct event_printer *printer, const char *text)
{
    return leases_text_escape(&printer->line, slice_of_text(text[0] != '\0' ? text : "-"),
                              printer->view->style.utf8);
}

static struct status append_json(struct event_printer *printer, const char *name, const char *text)
{
    TRY(bytes_append_format(&printer->line, ",\"%s\":", name));
    return text[0] == '\0' ? bytes_append_text(&printer->line, "null")
                           : leases_text_json(&printer->line, slice_of_text(text));
}

static struct status append_csv(struct event_printer *printer, const char *text)
{
    struct bytes escaped;
    bytes_init(&escaped, LINE_CEILING);
    struct status status = bytes_append_text(&printer->line, ",");
    if (status_is_ok(&status)) {
        status = leases_text_escape(&escaped, slice_of_text(text), printer->view->style.utf8);
    }
    if (status_is_ok(&status)) {
        status = leases_text_csv(&printer->line, bytes_slice(&escaped));
    }
    bytes_free(&escaped);
    return status;
}

static struct status append_event(struct event_printer *printer, const struct leases_event *event)
{
    switch (printer->view->style.form) {
    case LEASES_FORM_JSON:
    case LEASES_FORM_JSONL:
        TRY(bytes_append_format(&printer->line, "{\"at\":\"%s\"", event->at));
        TRY(append_json(printer, "shard", event->row->shard));
        TRY(append_json(printer, "event", event->what));
        TRY(append_json(printer, "before", event->before));
        TRY(append_json(printer, "after", event->after));
        return bytes_append_text(&printer->line, "}\n");
    case LEASES_FORM_CSV:
        TRY(bytes_append_text(&printer->line, event->at));
        TRY(append_csv(printer, event->row->shard));
        TRY(append_csv(printer, event->what));
        TRY(append_csv(printer, event->before));
        TRY(append_csv(printer, event->after));
        return bytes_append_text(&printer->line, "\r\n");
    default:
        TRY(bytes_append_format(&printer->line, "%s  ", event->at));
        TRY(append_part(printer, event->row->shard));
        TRY(bytes_append_format(&printer->line, "  %s  ", event->what));
        TRY(append_part(printer, event->before));
        TRY(bytes_append_text(&printer->line, " -> "));
        TRY(append_part(printer, event->after));
        return bytes_append_text(&printer->line, "\n");
    }
}

static struct status print_event(void *context, const struct leases_event *event)
{
    struct event_printer *printer = context;
    bool wanted = leases_view_wants(printer->view, event->row) ||
                  (event->was != NULL && leases_view_wants(printer->view, event->was));
    if (!wanted) {
        return status_ok();
    }
    bytes_clear(&printer->line);
    TRY(append_event(printer, event));
    bool written = fwrite(printer->line.at, 1, printer->line.length, stdout) == printer->line.length;
    return written ? status_ok() : status_make(STATUS_IO, "cannot write to standard output");
}

static struct status print_events(const struct leases_view *view, const struct leases_list *earlier)
{
    char at[CLOCK_ISO_BYTES];
    clock_format_iso(clock_wall_ms(view->source.clock), at);
    struct event_printer printer = {.view = view};
    bytes_init(&printer.line, LINE_CEILING);
    if (earlier == NULL && view->style.form == LEASES_FORM_CSV && view->style.headers) {
        fputs("at,shard,event,before,after\r\n", stdout);
    }
    const struct leases_events_sink sink = {&printer, print_event, at, view->request->failover_ms};
    struct status status = leases_events_tell(earlier, &view->list, &sink);
    bytes_free(&printer.line);
    if (status_is_ok(&status) && fflush(stdout) != 0) {
        status = status_make(STATUS_IO, "cannot write to standard output");
    }
    return status;
}

/* ---- A screen ---- */

/* Begins the screen; *ret_lines: how many it took. */
static struct status print_summary(const struct leases_view *view, size_t *ret_lines)
{
    size_t counts[LEASES_STATE_COUNT] = {0};
    for (size_t i = 0; i < view->list.count; i++) {
        counts[leases_state_of(&view->list.at[i], view->request->failover_ms)]++;
    }
    char at[CLOCK_ISO_BYTES];
    char line[256];
    clock_format_iso(clock_wall_ms(view->source.clock), at);
    size_t used =
        (size_t)snprintf(line, sizeof line, "%.8s  %zu leases", at + sizeof "2026-11-23", view->list.count);
    for (size_t i = 0; i < LEASES_STATE_COUNT && used < sizeof line; i++) {
        if (counts[i] > 0) {
            used += (size_t)snprintf(line + used, sizeof line - used, ", %zu %s", counts[i],
                                     leases_state_name((enum leases_state)i));
        }
    }
    struct bytes text;
    bytes_init(&text, LINE_CEILING);
    struct status status = leases_wrap_append(&text, slice_of_text(view->source.table), 0, view->style.width);
    if (status_is_ok(&status)) {
        status = bytes_append_text(&text, "\n");
    }
    if (status_is_ok(&status)) {
        status = leases_wrap_append(&text, slice_of_text(line), 0, view->style.width);
    }
    *ret_lines = 1;
    for (size_t i = 0; i < text.length; i++) {
        *ret_lines += text.at[i] == '\n' ? 1 : 0;
    }
    printf("\x1b[H\x1b[2J%.*s\n", (int)text.length, text.at != NULL ? text.at : "");
    bytes_free(&text);
    return status;
}

static struct status draw(struct leases_view *view)
{
    leases_view_sort(view);
    size_t taken = 0;
    TRY(print_summary(view, &taken));
    size_t count = 0;
    const struct leases_column *columns = leases_columns_of_list(&count);
    struct leases_sheet sheet = {columns, count, view->rows, view->count, "leases", ""};
    size_t height = 1;
    TRY(leases_print_height(&view->style, &sheet, &height));
    taken += SCREEN_LINES_BELOW;
    size_t rows = view->style.height > taken ? (view->style.height - taken) / height : 0;
    size_t least = SCREEN_LEAST / height;
    rows = rows > least ? rows : least;
    sheet.row_count = view->count < rows ? view->count : rows;
    struct status status = leases_print(stdout, &view->style, &sheet);
    if (status_is_ok(&status) && sheet.row_count < view->count) {
        printf("and %zu more\n", view->count - sheet.row_count);
    }
    fflush(stdout);
    return status;
}

/* ---- The loop ---- */

static bool is_transient(const struct status *status)
{
    return status->code == STATUS_UNAVAILABLE || status->code == STATUS_TIMEOUT ||
           status->code == STATUS_THROTTLED;
}

static bool draws(const struct leases_view *view)
{
    return view->style.width > 0 &&
           (view->style.form == LEASES_FORM_TABLE || view->style.form == LEASES_FORM_WIDE);
}

static struct status present(struct leases_view *view, const struct leases_list *earlier)
{
    if (!draws(view)) {
        return print_events(view, earlier);
    }
    TRY(leases_view_choose(view, false));
    if (leases_view_wants_lag(view->request)) {
        TRY(leases_view_ask_lag(view, false));
    }
    return draw(view);
}

static struct status look_again(struct leases_view *view)
{
    struct leases_list next = {0};
    TRY(leases_read_all(&view->source, &next));
    leases_state_follow(&next, &view->list);
    struct leases_list earlier = view->list;
    view->list = next;
    struct status status = present(view, &earlier);
    leases_list_free(&earlier);
    return status;
}

static struct status watch(const struct leases_request *request, struct leases_view *view)
{
    TRY(leases_view_open(request, view));
    TRY(leases_view_read(view, false));
    TRY(present(view, NULL));
    int64_t begin_ms = clock_boot_ms(view->source.clock);
    int64_t end_ms = request->watch_ms > 0 ? begin_ms + request->watch_ms : INT64_MAX;
    int64_t interval_ms = request->interval_ms > 0 ? request->interval_ms : INTERVAL_MS;
    int64_t next_ms = begin_ms + interval_ms;
    while (next_ms <= end_ms) {
        TRY(leases_sample_sleep_until(&view->source, next_ms));
        struct status status = look_again(view);
        if (is_transient(&status)) {
            fprintf(stderr, "penstock: %s\n", status.reason);
        } else {
            TRY(status);
        }
        int64_t now_ms = clock_boot_ms(view->source.clock);
        next_ms = now_ms > next_ms ? now_ms + interval_ms : next_ms + interval_ms;
    }
    return status_ok();
}

int leases_watch_run(const struct leases_request *request)
{
    struct leases_view view = {0};
    struct status status = watch(request, &view);
    return leases_view_finish(&view, &status);
}
