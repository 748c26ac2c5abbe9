/* What worker/supervisor.c and worker/supervisor_thread.c share; nobody else includes it. */
#ifndef PENSTOCK_WORKER_SUPERVISOR_INNER_H
#define PENSTOCK_WORKER_SUPERVISOR_INNER_H

#include "worker/supervisor.h"
#include "worker/tenure_index.h"

enum { SUPERVISOR_REFUSED = 8 };

/* A lease granted when there was no memory to note it: to be released. */
struct refused_grant {
    char key[LEASE_KEY_BYTES];
    uint64_t number;
};

struct supervisor {
    /* Constant once the thread runs. */
    const struct shard_environment *environment;
    struct positions *positions;
    const struct clock *clock;
    int64_t failover_ms;
    struct lease_keeper *keeper;
    struct thread thread;

    /* The thread's alone. */
    int64_t whole_round_ms; /* when it looked at every tenure */
    int64_t heap_due_ms; /* when it gives free memory back again */

    struct wake_flag wake;
    _Atomic int64_t turned_boot_ms; /* when the thread last looked at its tenures */

    struct mutex lock;
    struct condition idle_changed;
    struct tenure_index tenures GUARDED_BY(lock); /* removed and freed by the thread only */
    struct refused_grant refused[SUPERVISOR_REFUSED] GUARDED_BY(lock);
    size_t refused_count GUARDED_BY(lock);
    bool leaving GUARDED_BY(lock);
    bool overdue GUARDED_BY(lock);
    bool idle GUARDED_BY(lock);
    bool quit GUARDED_BY(lock);
    struct supervisor_totals gone GUARDED_BY(lock); /* sums of shards that are closed */
};

/* The thread's function; `argument` is the supervisor. */
void *supervisor_run(void *argument);

/* worker/supervisor_gaps.c: callbacks of the keeper, on its thread; `context` is the supervisor. */
bool supervisor_on_gap(void *context, const char *key, uint64_t tenure, struct lease_gap *ret_gap);
void supervisor_on_gap_stored(void *context, const char *key, uint64_t tenure, uint32_t count);
void supervisor_on_scanned(void *context, const struct lease_rows *rows, int64_t sent_boot_ms);

/* A tenure whose shard has a thread. */
static inline bool tenure_runs(const struct tenure *tenure)
{
    return tenure->shard != NULL;
}

#endif
