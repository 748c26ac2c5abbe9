/* A look into a running keeper, for metrics, health and the page: the rows as it sees them, the last moves of
 * leases, and whether its threads turn. Nothing here costs the keeper anything until somebody asks. */
#ifndef PENSTOCK_LEASE_KEEPER_WATCH_H
#define PENSTOCK_LEASE_KEEPER_WATCH_H

#include "base/histogram.h"
#include "lease/lease_watch.h"

/* Asks the keeper's thread for a copy of its rows and waits up to `wait_ms` for it; the caller frees it.
 * STATUS_TIMEOUT when the thread does not answer. Any thread; one caller at a time. */
struct status lease_keeper_read_rows(struct lease_keeper *keeper, int64_t wait_ms,
                                     struct lease_snapshot *ret_snapshot) MUST_USE;

enum { LEASE_MOVES = 100 };

/* The last moves, newest first; returns how many. Any thread. */
size_t lease_keeper_read_moves(struct lease_keeper *keeper, struct lease_move ret_moves[LEASE_MOVES]);

struct lease_keeper_pulse {
    int64_t turned_boot_ms; /* when the keeper's thread last turned */
    int64_t answered_boot_ms; /* when the last request of the keeper ended, well or not; at first the start */
    int64_t scan_failed_boot_ms; /* when a scan failed; 0: the last one succeeded */
    size_t foreign_rows; /* rows of another entityType, at the last scan */
    size_t broken_rows;
    struct histogram renew_ms; /* from sending a renewal to its answer */
};
/* Any thread. */
void lease_keeper_read_pulse(struct lease_keeper *keeper, struct lease_keeper_pulse *ret_pulse);

#endif
