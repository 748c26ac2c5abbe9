/* Recognises a running fleet of the Kinesis Client Library 3, whose leader gives every lease away by rules of
 * its own: it and workers of ours would take shards from each other without end (KCL 3.4.3,
 * coordinator/assignment/LeaseAssignmentManager.java). A fleet of the 2.x protocol is no trouble.
 *
 * What tells: each of its workers writes a row every 30 s with its time of writing, `lut` in whole seconds, to
 * table <app>-WorkerMetricStats (key `wid`), or, from KCL 3.5 on, to the lease table itself (entityType
 * WORKER_METRIC_STATS, key `leaseKey`); it leaves the row behind when it ends
 * (worker/metricstats/WorkerMetricStats.java).
 */
#ifndef PENSTOCK_LEASE_KCL_FLEET_H
#define PENSTOCK_LEASE_KCL_FLEET_H

#include "aws/dynamodb.h"
#include "base/clock.h"

enum { KCL_WORKER_BYTES = 128, KCL_FRESH_MS = 60000, KCL_CLOCK_ERROR_MS = 15 * 60000, KCL_WATCH_MS = 35000 };

/* A worker's row. */
struct kcl_worker {
    char id[KCL_WORKER_BYTES]; /* cut; told apart by it */
    int64_t written_s; /* `lut` */
};

/* Zeroed memory is a valid empty list. */
struct kcl_workers {
    struct kcl_worker *at;
    size_t count;
    size_t capacity;
};
void kcl_workers_free(struct kcl_workers *workers);

enum kcl_fleet_verdict {
    KCL_FLEET_NONE,
    KCL_FLEET_DOUBTFUL, /* written minutes ago, or in the future: a clock may be off, so look for a change */
    KCL_FLEET_RUNNING
};

/* Adds the row to the list when it is a worker's. `of_lease_table`: a row of the lease table (KCL 3.5); else
 * of <app>-WorkerMetricStats. Rows that cannot be understood are left out. False when memory ran out. */
bool kcl_workers_add(struct kcl_workers *workers, const cJSON *item, bool of_lease_table) MUST_USE;

/* Running: written within KCL_FRESH_MS before `now_wall_ms`, or changed since `before` (an earlier look, or
 * NULL). Doubtful: within KCL_CLOCK_ERROR_MS, or in the future, by which AWS's own check of signatures bounds
 * a clock's error. Older: nobody's. Pure. `ret_running` gets those running (the caller frees). False when
 * memory ran out. */
bool kcl_fleet_judge(const struct kcl_workers *before, const struct kcl_workers *now, int64_t now_wall_ms,
                     enum kcl_fleet_verdict *ret_verdict, struct kcl_workers *ret_running) MUST_USE;

/* STATUS_INVALID in words for the user: the first three workers (control characters as '?', cut), how many
 * more, and the remedy. Pure. */
struct status kcl_fleet_refusal(const char *app, const struct kcl_workers *running) MUST_USE;

/* Looks, and for KCL_WATCH_MS again while in doubt. Tables that do not exist or may not be read (logged) hold no
 * fleet. STATUS_INVALID: one runs (kcl_fleet_refusal); STATUS_STOPPED once `cancel` is requested. */
struct status kcl_fleet_check(struct aws_client *dynamodb, const char *app, const struct clock *clock,
                              struct stop *cancel) MUST_USE;

#endif
