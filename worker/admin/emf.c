#include "worker/admin/emf.h"

#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "aws/json.h"
#include "base/log.h"

enum { EMF_LOG_MS = 600000 };

/* NAN: not in this line. */
static double value_of(enum metric_id id, const struct metric_values *now, const struct metric_values *before)
{
    const struct metric *metric = metric_of(id);
    double value = now->at[id];
    if (metric->emf_name == NULL || isnan(value)) {
        return NAN;
    }
    if (metric->type == METRIC_COUNTER && !isnan(before->at[id])) {
        value -= before->at[id];
    }
    return value * (metric->emf_factor > 0 ? metric->emf_factor : 1);
}

static struct status append_directive(const struct admin_snapshot *snapshot, const struct metric_values *now,
                                      const struct metric_values *before, struct bytes *target)
{
    TRY(bytes_append_format(target,
                            "{\"_aws\":{\"Timestamp\":%" PRId64 ",\"CloudWatchMetrics\":[{\"Namespace\":"
                            "\"Penstock\",\"Dimensions\":[[\"App\"]],\"Metrics\":[",
                            snapshot->wall_ms));
    const char *comma = "";
    for (size_t id = 0; id < METRIC_COUNT; id++) {
        const struct metric *metric = metric_of((enum metric_id)id);
        if (!isnan(value_of((enum metric_id)id, now, before))) {
            TRY(bytes_append_format(target, "%s{\"Name\":\"%s\",\"Unit\":\"%s\"}", comma, metric->emf_name,
                                    metric->emf_unit));
            comma = ",";
        }
    }
    return bytes_append_text(target, "]}]},\"App\":");
}

struct status emf_write(const struct admin_snapshot *snapshot, const struct metric_values *now,
                        const struct metric_values *before, struct bytes *target)
{
    TRY(append_directive(snapshot, now, before, target));
    TRY(json_append_string(target, slice_of_text(snapshot->sources->app)));
    TRY(bytes_append_text(target, ",\"Worker\":"));
    TRY(json_append_string(target, slice_of_text(snapshot->sources->worker_id)));
    TRY(bytes_append_text(target, ",\"Table\":"));
    TRY(json_append_string(target, slice_of_text(snapshot->sources->table)));
    for (size_t id = 0; id < METRIC_COUNT; id++) {
        double value = value_of((enum metric_id)id, now, before);
        if (!isnan(value)) {
            TRY(bytes_append_format(target, ",\"%s\":%.15g", metric_of((enum metric_id)id)->emf_name, value));
        }
    }
    return bytes_append_text(target, "}\n");
}

static bool write_whole(int descriptor, struct slice line)
{
    struct pollfd ready = {.fd = descriptor, .events = POLLOUT};
    return poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0 &&
           write(descriptor, line.at, line.length) == (ssize_t)line.length;
}

static void emit(const struct admin_snapshot *snapshot, struct emf_memory *memory, int descriptor)
{
    struct metric_values now;
    struct bytes line;
    bytes_init(&line, EMF_LINE_BYTES);
    metric_values_collect(snapshot, &now);
    if (!memory->any) {
        for (size_t id = 0; id < METRIC_COUNT; id++) {
            memory->before.at[id] = NAN;
        }
    }
    struct status status = emf_write(snapshot, &now, &memory->before, &line);
    if (status_is_ok(&status) && write_whole(descriptor, bytes_slice(&line))) {
        memory->before = now;
        memory->any = true;
    } else {
        log_write_limited(EMF_LOG_MS, LOG_WARN, "worker",
                          "a line of metrics did not reach standard output: nobody reads it fast enough");
    }
    bytes_free(&line);
}

void emf_emit(const struct admin_sources *sources, struct emf_memory *memory, int descriptor)
{
    struct admin_snapshot *snapshot = malloc(sizeof *snapshot);
    struct status status =
        snapshot == NULL ? status_no_memory("a snapshot", sizeof *snapshot)
                         : admin_snapshot_take(sources, sources->parts.clock, ADMIN_RUNNING, false, snapshot);
    if (status_is_ok(&status)) {
        emit(snapshot, memory, descriptor);
        admin_snapshot_free(snapshot);
    } else {
        log_write_limited(EMF_LOG_MS, LOG_WARN, "worker", "no line of metrics", log_status(&status));
    }
    free(snapshot);
}
