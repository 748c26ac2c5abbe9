/* How near this worker's oldest unread records are to their trim, looked at now and then: an alarm in the log long
 * before the loss, and the spill told when it comes near. */
#ifndef PENSTOCK_WORKER_TRIM_WATCH_H
#define PENSTOCK_WORKER_TRIM_WATCH_H

#include "sink/spill.h"
#include "worker/supervisor.h"

enum {
    TRIM_ALARM_MS = 12 * 60 * 60 * 1000, /* half of what a stream keeps */
    TRIM_URGENT_MS = 6 * 60 * 60 * 1000, /* lines are spilled, where there is a place */
    TRIM_CALM_MS = 7 * 60 * 60 * 1000, /* no longer */
};

/* Zeroed memory has looked at nothing yet. One thread. */
struct trim_watch {
    int64_t next_boot_ms; /* of the next look */
    int64_t alarm_boot_ms; /* of the next line in the log */
    bool urgent;
};

/* Looks when it is due. `spill` may be NULL. */
void trim_watch_look(struct trim_watch *watch, struct supervisor *supervisor, struct spill *spill,
                     const struct clock *clock);

/* Whether it is urgent, with `trim_ms` left (below 0: not known), when it `was` before. Pure. */
bool trim_is_urgent(int64_t trim_ms, bool was);

#endif
