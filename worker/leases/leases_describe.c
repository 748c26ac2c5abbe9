/* penstock leases describe SHARD */
#include <stdio.h>

#include "worker/leases/leases_lineage.h"
#include "worker/leases/leases_record.h"
#include "worker/leases/leases_text.h"
#include "worker/leases/leases_view.h"

enum { HEAD_CEILING = 1024 * 1024, LINE_BYTES = 512 };

/* A parent or child, told in either form. */
struct relative {
    const char *relation; /* "parent" or "child" */
    const char *title;
    const char *shard;
    const struct leases_row *row; /* NULL: it has no lease */
};

struct relatives_sink {
    void *context;
    struct status (*tell)(void *context, const struct relative *relative) MUST_USE;
};

/* Those that the row names, with their rows where there are any, then rows that name it as their parent. */
static struct status each_relative(const struct leases_view *view, const struct leases_row *row,
                                   const struct relatives_sink *sink)
{
    const struct leases_list *list = &view->list;
    size_t at = 0;
    for (size_t i = 0; i < row->parents.count; i++) {
        bool found = leases_lineage_find(list, row, row->parents.at[i], &at);
        const struct relative parent = {"parent", "PARENT", row->parents.at[i],
                                        found ? list->by_key[at] : NULL};
        TRY(sink->tell(sink->context, &parent));
    }
    for (size_t i = 0; i < row->children.count; i++) {
        if (!leases_lineage_find(list, row, row->children.at[i], &at)) {
            const struct relative child = {"child", "CHILD", row->children.at[i], NULL};
            TRY(sink->tell(sink->context, &child));
        }
    }
    struct leases_lineage lineage = {0};
    TRY(leases_lineage_make(list, &lineage));
    struct status status = status_ok();
    size_t count = 0;
    if (leases_lineage_find(list, row, row->shard, &at)) {
        const struct leases_edge *edges = leases_lineage_children(&lineage, at, &count);
        for (size_t i = 0; i < count && status_is_ok(&status); i++) {
            const struct leases_row *child = list->by_key[edges[i].child];
            status =
                sink->tell(sink->context, &(const struct relative){"child", "CHILD", child->shard, child});
        }
    }
    leases_lineage_free(&lineage);
    return status;
}

/* ---- For people ---- */

static struct status tell_relative(void *context, const struct relative *relative)
{
    const struct leases_view *view = context;
    char line[LINE_BYTES];
    if (relative->row == NULL) {
        snprintf(line, sizeof line, "%s: no lease", relative->shard);
    } else {
        enum leases_state state = leases_state_of(relative->row, view->request->failover_ms);
        snprintf(line, sizeof line, "%s: %s%s%s", relative->shard, leases_state_name(state),
                 relative->row->owner[0] != '\0' ? ", " : "", relative->row->owner);
    }
    return leases_record_line(stdout, &view->style, relative->title, line);
}

static struct status tell_position(const struct leases_view *view, const struct leases_lag *lag)
{
    if (lag->position_wall_ms == 0) {
        return status_ok();
    }
    char at[CLOCK_ISO_BYTES];
    char age[LEASES_TIME_BYTES];
    char line[CLOCK_ISO_BYTES + LEASES_TIME_BYTES + 8];
    clock_format_iso(lag->position_wall_ms, at);
    leases_text_time(clock_wall_ms(view->source.clock) - lag->position_wall_ms, age);
    snprintf(line, sizeof line, "%s, %s ago", at, age);
    return leases_record_line(stdout, &view->style, "CHECKPOINT-EVENT", line);
}

static struct status describe_to_people(struct leases_view *view, const struct leases_shown *shown)
{
    size_t count = 0;
    const struct leases_column *columns = leases_columns_of_list(&count);
    TRY(leases_record_print(stdout, &view->style, columns, count, shown));
    const struct leases_gap *gap = &shown->row->gap;
    if (gap->present) {
        TRY(leases_record_line(stdout, &view->style, "GAP-AFTER", gap->after));
        TRY(leases_record_line(stdout, &view->style, "GAP-UNTIL", gap->until));
        TRY(leases_record_line(stdout, &view->style, "GAP-FOUND", gap->found));
    }
    TRY(tell_position(view, &shown->lag));
    return each_relative(view, shown->row, &(const struct relatives_sink){view, tell_relative});
}

/* ---- For programs ---- */

struct json_relatives {
    const struct leases_view *view;
    struct bytes *head;
    bool any;
};

static struct status append_relative(void *context, const struct relative *relative)
{
    struct json_relatives *to = context;
    const char *state = "missing";
    if (relative->row != NULL) {
        state = leases_state_name(leases_state_of(relative->row, to->view->request->failover_ms));
    }
    TRY(bytes_append_format(to->head, "%s{\"relation\":\"%s\",\"shard\":", to->any ? "," : "",
                            relative->relation));
    to->any = true;
    TRY(leases_text_json(to->head, slice_of_text(relative->shard)));
    TRY(bytes_append_format(to->head, ",\"state\":\"%s\",\"owner\":", state));
    if (relative->row == NULL || relative->row->owner[0] == '\0') {
        return bytes_append_text(to->head, "null}");
    }
    TRY(leases_text_json(to->head, slice_of_text(relative->row->owner)));
    return bytes_append_text(to->head, "}");
}

static struct status fill_head(const struct leases_view *view, const struct leases_shown *shown,
                               struct bytes *head)
{
    TRY(leases_view_head(view, head));
    TRY(bytes_append_text(head, ",\"checkpoint_event_at\":"));
    if (shown->lag.position_wall_ms == 0) {
        TRY(bytes_append_text(head, "null"));
    } else {
        char at[CLOCK_ISO_BYTES];
        clock_format_iso(shown->lag.position_wall_ms, at);
        TRY(bytes_append_format(head, "\"%s\"", at));
    }
    TRY(bytes_append_text(head, ",\"relatives\":["));
    struct json_relatives to = {view, head, false};
    TRY(each_relative(view, shown->row, &(const struct relatives_sink){&to, append_relative}));
    return bytes_append_text(head, "]");
}

static struct status describe_to_programs(struct leases_view *view, const struct leases_shown *shown)
{
    struct bytes head;
    const char *text = "";
    bytes_init(&head, HEAD_CEILING);
    size_t count = 0;
    const struct leases_column *columns = leases_columns_of_list(&count);
    struct status status;
    TRY_GOTO(status, end, fill_head(view, shown, &head));
    TRY_GOTO(status, end, bytes_terminate(&head, &text));
    const struct leases_sheet sheet = {.columns = columns,
                                       .column_count = count,
                                       .rows = view->rows,
                                       .row_count = 1,
                                       .name = "leases",
                                       .head = text};
    status = leases_print(stdout, &view->style, &sheet);
end:
    bytes_free(&head);
    return status;
}

/* A stream that cannot be asked leaves the lag unknown; the row is worth showing all the same. */
static void ask_stream(struct leases_view *view)
{
    struct status status = leases_view_ask_lag(view, true);
    if (!status_is_ok(&status)) {
        fprintf(stderr, "penstock: the lag is unknown: %s\n", status.reason);
        view->shown[0].lag =
            (struct leases_lag){.kind = LEASES_LAG_UNKNOWN, .ms = -1, .note = "not readable"};
    }
}

static struct status describe(const struct leases_request *request, struct leases_view *view)
{
    TRY(leases_view_open(request, view));
    TRY(leases_view_read(view, request->sample));
    TRY(leases_view_choose(view, false));
    if (!request->no_lag) {
        ask_stream(view);
    }
    const struct leases_shown *shown = &view->shown[0];
    bool people = view->style.form == LEASES_FORM_TABLE || view->style.form == LEASES_FORM_WIDE;
    return people ? describe_to_people(view, shown) : describe_to_programs(view, shown);
}

int leases_describe_run(const struct leases_request *request)
{
    struct leases_view view = {0};
    struct status status = describe(request, &view);
    return leases_view_finish(&view, &status);
}
