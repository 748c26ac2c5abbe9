#include "worker/leases/leases_events.h"

#include <string.h>

static struct status tell(const struct leases_events_sink *sink, const struct leases_row *row,
                          const char *what, const char *before, const char *after)
{
    const struct leases_event event = {row, sink->at, what, before, after};
    return sink->tell(sink->context, &event);
}

static struct status tell_change(const struct leases_events_sink *sink, const struct leases_row *row,
                                 const char *what, const char *before, const char *after)
{
    return strcmp(before, after) == 0 ? status_ok() : tell(sink, row, what, before, after);
}

static const char *gap_words(const struct leases_row *row)
{
    if (!row->gap.present) {
        return "";
    }
    return row->gap.certain ? "certain" : "possible";
}

static struct status compare(const struct leases_events_sink *sink, const struct leases_row *before,
                             const struct leases_row *after)
{
    TRY(tell_change(sink, after, "broken", before->defect, after->defect));
    TRY(tell_change(sink, after, "owner", before->owner, after->owner));
    TRY(tell_change(sink, after, "hand-over", before->checkpoint_owner, after->checkpoint_owner));
    TRY(tell_change(sink, after, "checkpoint", before->checkpoint, after->checkpoint));
    TRY(tell_change(sink, after, "gap", gap_words(before), gap_words(after)));
    return tell_change(sink, after, "state", leases_state_name(leases_state_of(before, sink->failover_ms)),
                       leases_state_name(leases_state_of(after, sink->failover_ms)));
}

static struct status tell_seen(const struct leases_events_sink *sink, const struct leases_row *row)
{
    TRY(tell(sink, row, "seen", "", leases_state_name(leases_state_of(row, sink->failover_ms))));
    return tell_change(sink, row, "owner", "", row->owner);
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
            const struct leases_row *row = earlier->by_key[was];
            TRY(tell(sink, row, "gone", leases_state_name(leases_state_of(row, sink->failover_ms)), ""));
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
