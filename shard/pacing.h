/* When a shard is polled next, and how far behind it is; pure (design 5, "Tip and lag").
 *
 * Behind: at once while pages are full or hold old events, else every `poll_ms`. The tip is proven by several
 * empty pages in a row, or by an event under 5 s old followed by an empty page; until then the lag of an
 * empty page is unknown, never 0. At the tip the interval starts at `poll_ms` and grows by half with each empty
 * page until it is `idle_ms`; one record brings it back. Intervals are jittered by a twentieth, downwards.
 */
#ifndef PENSTOCK_SHARD_PACING_H
#define PENSTOCK_SHARD_PACING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "shard/allowance.h"

enum {
    PACING_EMPTY_PAGES = 5, /* in a row, prove the tip */
    PACING_FRESH_MS = 5000, /* an event younger than this is from the tip */
    PACING_FULL_BYTES = 900 * 1024, /* pages end at 1,000 records or about 1 MB */
};

struct pacing {
    int64_t poll_ms;
    int64_t idle_ms;
    bool closed; /* the shard takes no more records: no pauses */
    bool at_tip;
    bool fresh; /* the last record read was young when read */
    bool more; /* the last page was full, or its records old */
    uint32_t empty_pages; /* in a row */
    int64_t interval_ms; /* at the tip */
    int64_t lag_ms; /* -1: not known */
};

void pacing_init(struct pacing *pacing, int64_t poll_ms, int64_t idle_ms, bool closed);

struct pacing_page {
    uint32_t records;
    bool full; /* there is most likely more */
    int64_t newest_event_wall_ms; /* with records */
    int64_t now_wall_ms;
};

/* How long after the start of the call that brought this page the next one is due; 0: at once. */
int64_t pacing_after_page(struct pacing *pacing, const struct pacing_page *page, struct random *random);

/* What the next call is likely to bring, for --poll-budget. */
enum allowance_class pacing_expects(const struct pacing *pacing);

/* Reading begins anew somewhere else, or calls fail: nothing is proven any more. */
void pacing_forget(struct pacing *pacing);

#endif
