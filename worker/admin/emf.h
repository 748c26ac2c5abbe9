/* One line of CloudWatch's embedded metric format: CloudWatch Logs makes metrics of it, without an agent
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 *
 * Namespace Penstock, dimension App; the worker's name is a property to search for, since each value of a
 * dimension is billed as a metric of its own. Counters are what was added since the line before, so that the
 * sum over workers and time is right; metrics that are not known are left out. */
#ifndef PENSTOCK_WORKER_ADMIN_EMF_H
#define PENSTOCK_WORKER_ADMIN_EMF_H

#include "worker/admin/metric_values.h"

enum { EMF_LINE_BYTES = 4096 }; /* what a pipe takes in one piece */

/* Pure: appends the line with its newline. `before` holds the values of the line before (all NAN: none). */
struct status emf_write(const struct admin_snapshot *snapshot, const struct metric_values *now,
                        const struct metric_values *before, struct bytes *target) MUST_USE;

/* Remembers what the last line said. Zeroed memory: nothing yet. One thread's. */
struct emf_memory {
    bool any;
    struct metric_values before;
};

/* Writes a line for the present moment to `descriptor` (1: standard output) without blocking: a reader that
 * stopped reading loses lines, which the next that fits makes up for. */
void emf_emit(const struct admin_sources *sources, struct emf_memory *memory, int descriptor);

#endif
