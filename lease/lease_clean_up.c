/* Rows that have done their work are removed, and only on a listing that was understood. */
#include "lease/lease_state.h"
#include "lease/shard_graph.h"

static bool child_has_started(const struct lease_rules *rules, const char *key)
{
    const struct lease_entry *child = lease_view_find(&rules->view, key);
    return child != NULL && child->exists && !child->row.broken && !lease_is_unstarted(&child->row);
}

/* Finished for long enough that no scan still misses its children, all children started, parents gone, and no
 * gap that an operator has yet to see. Rows of an earlier stream say that this one is to be read whole: they stay
 * until each of its shards has a row. */
static bool is_removable(const struct lease_rules *rules, const struct lease_entry *entry,
                         const struct shard_graph *graph)
{
    if (!entry->exists || entry->tenure != 0 || entry->pending != LEASE_WRITE_NONE ||
        !lease_is_finished(&entry->row) || entry->row.more_children || entry->row.gap.count > 0 ||
        entry->finished_ms == 0 || rules->now_ms - entry->finished_ms < 2 * rules->options.failover_ms) {
        return false;
    }
    if (!lease_is_of_stream(&entry->row)) {
        return entry->row.stream == LEASE_STREAM_EARLIER && rules->succeeded;
    }
    for (size_t i = 0; i < entry->row.parent_count; i++) {
        if (lease_view_find(&rules->view, entry->row.parents[i]) != NULL) {
            return false;
        }
    }
    size_t count;
    const struct shard_edge *children = shard_graph_children(graph, entry->row.key, &count);
    for (size_t i = 0; i < count; i++) {
        if (!child_has_started(rules, children[i].child)) {
            return false;
        }
    }
    return count > 0;
}

void lease_clean_up(struct lease_rules *rules, const struct shard_graph *graph)
{
    for (size_t i = 0; i < rules->view.count; i++) {
        if (is_removable(rules, rules->view.entries[i], graph)) {
            (void)lease_send(rules, rules->view.entries[i], LEASE_WRITE_DELETE, "");
        }
    }
}
