#include "worker/admin/metrics_text.h"

#include <math.h>

/* Backslash, quote and newline are escaped in a label's value, and nothing else. */
static struct status append_escaped(struct bytes *target, const char *value)
{
    for (const char *letter = value; *letter != '\0'; letter++) {
        if (*letter == '\\' || *letter == '"') {
            TRY(bytes_append(target, "\\", 1));
        }
        TRY(*letter == '\n' ? bytes_append_text(target, "\\n") : bytes_append(target, letter, 1));
    }
    return status_ok();
}

struct status metrics_text_label(struct bytes *target, const char *before, const char *name,
                                 const char *value)
{
    TRY(bytes_append_format(target, "%s%s=\"", before, name));
    TRY(append_escaped(target, value));
    return bytes_append_text(target, "\"");
}

static struct status append_head(struct bytes *target, const struct metric *metric)
{
    return bytes_append_format(target, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
                               metric->name, metric_type_name(metric->type));
}

static struct status append_metric(enum metric_id id, const struct admin_snapshot *snapshot, double value,
                                   bool per_shard, struct bytes *target)
{
    const struct metric *metric = metric_of(id);
    size_t before = target->length;
    TRY(append_head(target, metric));
    size_t head = target->length;
    if (!isnan(value)) {
        TRY(bytes_append_format(target, "%s %.15g\n", metric->name, value));
    }
    TRY(metrics_series_write(id, snapshot, per_shard, target));
    if (target->length == head) {
        target->length = before; /* a head without a series says nothing */
    }
    return status_ok();
}

struct status metrics_text_write(const struct admin_snapshot *snapshot, bool per_shard, struct bytes *target)
{
    struct metric_values values;
    metric_values_collect(snapshot, &values);
    for (size_t id = 0; id < METRIC_COUNT; id++) {
        TRY(append_metric((enum metric_id)id, snapshot, values.at[id], per_shard, target));
    }
    return status_ok();
}
