/* The values of all metrics without labels, worked out from a snapshot. Pure. */
#ifndef PENSTOCK_WORKER_ADMIN_METRIC_VALUES_H
#define PENSTOCK_WORKER_ADMIN_METRIC_VALUES_H

#include "worker/admin/metric_table.h"
#include "worker/admin/snapshot.h"

/* NAN: not known, not applicable, or a metric with labels or buckets. */
struct metric_values {
    double at[METRIC_COUNT];
};

void metric_values_collect(const struct admin_snapshot *snapshot, struct metric_values *ret_values);

#endif
