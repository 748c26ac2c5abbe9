/* A snapshot in the text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Pure. */
#ifndef PENSTOCK_WORKER_ADMIN_METRICS_TEXT_H
#define PENSTOCK_WORKER_ADMIN_METRICS_TEXT_H

#include "worker/admin/metric_values.h"

#define METRICS_TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends every metric that has a value. `per_shard`: those with the label shard too; the series of a shard
 * end with its lease. STATUS_TOO_LARGE, STATUS_NO_MEMORY. */
struct status metrics_text_write(const struct admin_snapshot *snapshot, bool per_shard, struct bytes *target)
    MUST_USE;

/* metrics_series.c: the series of a metric with labels or buckets; none is fine. */
struct status metrics_series_write(enum metric_id id, const struct admin_snapshot *snapshot, bool per_shard,
                                   struct bytes *target) MUST_USE;

/* Appends {name="value"} with escapes; `name` NULL: nothing. For metrics_series.c. */
struct status metrics_text_label(struct bytes *target, const char *before, const char *name,
                                 const char *value) MUST_USE;

#endif
