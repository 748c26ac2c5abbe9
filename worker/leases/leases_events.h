/* What happened to a lease between two reads of its table. Pure. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_EVENTS_H
#define PENSTOCK_WORKER_LEASES_LEASES_EVENTS_H

#include "worker/leases/leases_state.h"

/* Texts are borrowed from the rows or literals; empty: nothing. */
struct leases_event {
    const struct leases_row *row; /* as it is now; of a gone one: as it was */
    const struct leases_row *was; /* as it was; NULL: it is new */
    const char *at; /* when it was seen: ISO 8601; the caller's */
    /* seen, gone, owner, hand-over, checkpoint, state, gap, broken */
    const char *what;
    const char *before;
    const char *after;
};

struct leases_events_sink {
    void *context;
    struct status (*tell)(void *context, const struct leases_event *event) MUST_USE;
    const char *at; /* put into each event */
    int64_t failover_ms;
};

/* Tells what differs, row by row in the order of the keys. Both lists are sorted; `list` has followed `earlier`
 * (leases_state_follow). Without `earlier` every row is told as seen, with its state. Renewals alone are no event. */
struct status leases_events_tell(const struct leases_list *earlier, const struct leases_list *list,
                                 const struct leases_events_sink *sink) MUST_USE;

#endif
