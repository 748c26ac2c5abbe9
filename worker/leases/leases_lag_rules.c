#include <string.h>

#include "worker/leases/leases_lag.h"

static const struct leases_lag unknown = {.kind = LEASES_LAG_UNKNOWN, .ms = -1, .note = ""};

bool leases_lag_without_reading(const struct leases_row *row, const char *stream_arn,
                                struct leases_lag *ret_lag)
{
    *ret_lag = unknown;
    if (leases_row_is_broken(row)) {
        ret_lag->note = "the row is broken";
    } else if (leases_row_is_finished(row)) {
        *ret_lag = (struct leases_lag){.kind = LEASES_LAG_DONE, .note = ""};
    } else if (strcmp(row->checkpoint, "LATEST") == 0) {
        ret_lag->note = "it stands at LATEST: nothing was delivered yet";
    } else if (stream_arn[0] == '\0') {
        ret_lag->note = "the row does not say which stream it is of: give --stream-arn or --table";
    } else {
        return false;
    }
    return true;
}

bool leases_lag_judge(const struct leases_lag_page *page, bool closed, struct leases_lag *ret_lag)
{
    *ret_lag = (struct leases_lag){.kind = LEASES_LAG_KNOWN, .note = ""};
    if (page->has_event) {
        int64_t ms = page->now_wall_ms - page->event_wall_ms;
        ret_lag->ms = ms > 0 ? ms : 0;
        ret_lag->event_wall_ms = page->event_wall_ms;
        return true;
    }
    if (page->ended) {
        ret_lag->note = "read to the shard's end";
        return true;
    }
    if (!closed && page->empty_pages >= LEASES_LAG_EMPTY_PAGES) {
        ret_lag->note = "at the tip";
        return true;
    }
    *ret_lag = unknown;
    ret_lag->note = "the stream gave empty pages only";
    return page->empty_pages >= LEASES_LAG_PAGES_MAX;
}
