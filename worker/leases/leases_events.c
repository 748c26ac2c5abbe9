#include "worker/leases/leases_events.h"

#include <string.h>

/* A row, and as it was before; NULL: it is new. */
struct change {
    const struct leases_row *was;
    const struct leases_row *row;
};

static struct status tell(const struct leases_events_sink *sink, const struct change *change,
                          const char *what, const char *before, const char *after)
{
    const struct leases_event event = {change->row, change->was, sink->at, what, before, after};
    return sink->tell(sink->context, &event);
}

static struct status tell_change(const struct leases_events_sink *sink, const struct change *change,
                                 const char *what, const char *before, const char *after)
{
    return strcmp(before, after) == 0 ? status_ok() : tell(sink, change, what, before, after);
}

static const char *gap_words(const struct leases_row *row)
{
    if (!row->gap.present) {
        return "";
    }
    return row->gap.certain ? "certain" : "possible";
}

static struct status compare(const struct leases_events_sink *sink, const struct leases_row *was,
                             const struct leases_row *row)
{
    const struct change change = {was, row};
    TRY(tell_change(sink, &change, "broken", was->defect, row->defect));
    TRY(tell_change(sink, &change, "owner", was->owner, row->owner));
    TRY(tell_change(sink, &change, "hand-over", was->checkpoint_owner, row->checkpoint_owner));
    TRY(tell_change(sink, &change, "checkpoint", was->checkpoint, row->checkpoint));
    TRY(tell_change(sink, &change, "gap", gap_words(was), gap_words(row)));
    return tell_change(sink, &change, "state", leases_state_name(leases_state_of(was, sink->failover_ms)),
                       leases_state_name(leases_state_of(row, sink->failover_ms)));
}

static struct status tell_seen(const struct leases_events_sink *sink, const struct leases_row *row)
{
    const struct change change = {NULL, row};
    TRY(tell(sink, &change, "seen", "", leases_state_name(leases_state_of(row, sink->failover_ms))));
    return tell_change(sink, &change, "owner", "", row->owner);
}

static struct status tell_gone(const struct leases_events_sink *sink, const struct leases_row *row)
{
    const struct change change = {row, row};
    return tell(sink, &change, "gone", leases_state_name(leases_state_of(row, sink->failover_ms)), "");
}

struct status leases_events_tell(const struct leases_list *earlier, const struct leases_list *list,
                                 const struct leases_events_sink *sink)
{
    size_t was = 0;
    size_t is = 0;
    size_t was_count = earlier == NULL ? 0 : earlier->count;
    while (was < was_count || is < list->count) {
        int order = was == was_count ? 1 : -1;
        if (was < was_count && is < list->count) {
            order = strcmp(earlier->by_key[was]->key, list->by_key[is]->key);
        }
        if (order < 0) {
            TRY(tell_gone(sink, earlier->by_key[was]));
        } else if (order > 0) {
            TRY(tell_seen(sink, list->by_key[is]));
        } else {
            TRY(compare(sink, earlier->by_key[was], list->by_key[is]));
        }
        was += order <= 0 ? 1 : 0;
        is += order >= 0 ? 1 : 0;
    }
    return status_ok();
}
