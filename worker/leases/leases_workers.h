/* The workers that a lease table names, and what each holds. Pure. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_WORKERS_H
#define PENSTOCK_WORKER_LEASES_LEASES_WORKERS_H

#include "worker/leases/leases_state.h"

struct leases_worker {
    const char *name; /* borrowed from the list */
    bool ours; /* its rows carry our marker */
    size_t held; /* unfinished leases that it may move */
    size_t active;
    size_t expired;
    size_t unknown;
    size_t giving; /* of those held: being handed over to another */
    size_t getting; /* being handed over to it, held by another still */
    size_t finished; /* finished leases that still name it */
    size_t of; /* unfinished leases that anybody holds */
};

struct leases_workers {
    struct leases_worker *at; /* by name */
    size_t count;
    size_t unowned;
};

/* Borrows `list`. Broken rows are left out. On failure nothing is owned. */
struct status leases_workers_count(const struct leases_list *list, int64_t failover_ms,
                                   struct leases_workers *ret_workers) MUST_USE;

/* Safe on zeroed memory. */
void leases_workers_free(struct leases_workers *workers);

/* A worker whose counters move anywhere is active; one none of whose counters moved, while one stood still for the
 * whole time, is expired; one that holds nothing unfinished is idle (LEASES_FINISHED). */
enum leases_state leases_worker_state(const struct leases_worker *worker);

#endif
