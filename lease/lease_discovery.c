/* New shards: the whole listing is swept at the start and then by one worker, the owner of the least live
 * lease key. lease_making.c makes the rows that it wants.
 */
#include <stdlib.h>
#include <string.h>

#include "lease/lease_state.h"
#include "lease/shard_graph.h"

enum { LISTING_RETRY_MS = 500, LISTING_RETRY_MAX_MS = 30000, CONFIRM_MS = 250 };

struct lease_entry *lease_discovery_want(struct lease_rules *rules, const struct lease *row)
{
    struct lease_entry *entry = lease_view_add(&rules->view, row->key);
    if (entry == NULL) {
        rules->out_of_memory = true;
        return NULL;
    }
    if (!entry->exists && entry->pending == LEASE_WRITE_NONE) {
        rules->absent += entry->row.checkpoint[0] == '\0' ? 1 : 0;
        entry->row = *row; /* the newest listing knows best */
    }
    entry->wanted_ms = rules->now_ms;
    entry->bypassed = false;
    lease_wake_at(rules, rules->now_ms);
    return entry;
}

bool lease_discovery_is_sweeper(const struct lease_rules *rules)
{
    const struct lease_entry *least = NULL;
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        bool live = entry->exists && !entry->row.broken && !lease_is_finished(&entry->row) &&
                    lease_is_of_stream(&entry->row) && lease_holder(&entry->row)[0] != '\0' &&
                    !lease_seen_expired(rules, entry);
        if (live && (least == NULL || strcmp(entry->row.key, least->row.key) < 0)) {
            least = entry;
        }
    }
    return least == NULL || lease_is_me(rules, lease_holder(&least->row));
}

void lease_discovery_tick(struct lease_rules *rules)
{
    if (rules->leaving || rules->listing || !rules->scanned) {
        return;
    }
    if (rules->now_ms < rules->sweep_ms) {
        lease_wake_at(rules, rules->sweep_ms);
    } else if (!lease_discovery_is_sweeper(rules)) {
        rules->sweep_ms = rules->now_ms + lease_scan_ms(rules->options.failover_ms);
        lease_wake_at(rules, rules->sweep_ms);
    } else if (lease_push(rules, LEASE_ACTION_LIST_SHARDS, "") != NULL) {
        rules->listing = true;
    }
}

void lease_discovery_learn_start(struct lease_rules *rules)
{
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        bool counts = entry->exists && !entry->row.broken && lease_is_of_stream(&entry->row);
        int64_t start_ms = counts ? entry->row.start_wall_ms : 0;
        if (start_ms != 0 && (rules->start_wall_ms == 0 || start_ms < rules->start_wall_ms)) {
            rules->start_wall_ms = start_ms;
        }
    }
}

/* The row of a shard from the listing. `own`: we are its owner from the start, unless its parent is still at
 * work. */
static struct lease row_of_shard(const struct lease_rules *rules, const struct stream_shard *shard,
                                 bool latest, bool own)
{
    struct lease row = {.stream = LEASE_STREAM_SAME};
    lease_copy_text(row.key, sizeof row.key, shard->id);
    lease_copy_text(row.checkpoint, sizeof row.checkpoint, latest ? lease_latest : lease_trim_horizon);
    if (latest) {
        row.start_wall_ms = rules->start_wall_ms != 0 ? rules->start_wall_ms : rules->empty_wall_ms;
    }
    const struct lease_entry *parent = lease_view_find(&rules->view, shard->parent_id);
    if (shard->parent_id[0] != '\0') {
        row.parent_count = 1;
        lease_copy_text(row.parents[0], sizeof row.parents[0], shard->parent_id);
        row.epoch = parent != NULL ? parent->row.epoch : 0;
    }
    if (own && (parent == NULL || lease_is_finished(&parent->row))) {
        lease_copy_text(row.owner, sizeof row.owner, rules->options.me);
        lease_copy_text(row.marker, sizeof row.marker, rules->options.me);
    }
    return row;
}

/* True when the shard names a parent that neither the listing nor the table has. */
static bool lacks_parent(const struct lease_rules *rules, const struct shard_graph *graph,
                         const struct stream_shard *shard)
{
    if (shard->parent_id[0] == '\0' || shard_graph_find(graph, shard->parent_id) != NULL) {
        return false;
    }
    const struct lease_entry *parent = lease_view_find(&rules->view, shard->parent_id);
    return parent == NULL || !parent->exists;
}

/* Whether the fleet's start at LATEST is over, as far as a newer look at the table tells: while its rows still come, a
 * shard without one is no straggler, and what stands before it in the stream is not wanted. */
static bool is_start_over(const struct lease_rules *rules, const struct lease_entry *entry)
{
    bool looked = rules->scanned_ms - entry->doubt_ms >= lease_scan_ms(rules->options.failover_ms);
    return !rules->chose_late || (looked && rules->began_ms < entry->doubt_ms);
}

/* A shard without kin in a table with rows: new roots are rare, a listing that lacks a link is not. Its lease
 * may have been removed long ago, or its parent left out this once and still to be read before it, so another
 * listing has to say the same. `known`: we wanted it before. */
static void doubt_or_confirm(struct lease_rules *rules, struct lease_entry *entry, bool known, bool doubtful,
                             bool parentless)
{
    bool again = known && entry->doubted + 1 == rules->sweeps && entry->parentless == parentless;
    if (!doubtful || (again && is_start_over(rules, entry))) {
        entry->doubted = 0;
    } else if (!known || entry->doubted != 0) {
        entry->doubt_ms = again && rules->began_ms < entry->doubt_ms ? entry->doubt_ms : rules->now_ms;
        entry->doubted = rules->sweeps;
        entry->parentless = parentless;
        int64_t wait_ms = rules->chose_late ? 2 * lease_scan_ms(rules->options.failover_ms) : CONFIRM_MS;
        rules->sweep_ms = rules->now_ms + wait_ms;
    }
}

static void want_shard(struct lease_rules *rules, const struct stream_shard *shard, bool latest,
                       bool doubtful, bool parentless, bool own)
{
    struct lease row = row_of_shard(rules, shard, latest, own);
    bool known = lease_view_find(&rules->view, row.key) != NULL;
    struct lease_entry *entry = lease_discovery_want(rules, &row);
    if (entry != NULL && !entry->exists) {
        entry->swept = entry->swept || !known;
        doubt_or_confirm(rules, entry, known, doubtful, parentless);
    }
}

/* Rows that the last sweep wanted and this one does not. */
static void drop_doubted(struct lease_rules *rules)
{
    for (size_t i = rules->view.count; i > 0; i--) {
        struct lease_entry *entry = rules->view.entries[i - 1];
        if (!entry->exists && entry->doubted != 0 && entry->doubted != rules->sweeps) {
            rules->absent--;
            lease_view_remove(&rules->view, entry);
        }
    }
}

static bool has_rows_of(const struct lease_rules *rules, enum lease_stream stream)
{
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        if (entry->exists && entry->row.stream == stream) {
            return true;
        }
    }
    return false;
}

/* A stream that follows another is read whole, also with --start latest: its first record comes after the last
 * one that was delivered. */
static enum shard_start start_of_roots(const struct lease_rules *rules, bool follows)
{
    if (!rules->options.start_at_latest || follows) {
        return SHARD_START_TRIM_HORIZON;
    }
    if (!rules->had_rows) {
        return SHARD_START_LATEST;
    }
    return rules->start_wall_ms != 0 ? SHARD_START_LATEST_LATER : SHARD_START_TRIM_HORIZON;
}

/* What was changed while the table had no stream is in no shard: a possible gap before the first root. Its row is
 * the first of the stream that is made. */
static void note_gap_between(struct lease_rules *rules, const struct shard_graph *graph,
                             const struct lease_event *event)
{
    struct lease_entry *first = NULL;
    for (size_t i = 0; i < event->shard_count; i++) {
        const struct stream_shard *shard = &event->shards[i];
        bool root = shard_graph_find(graph, shard->parent_id) == NULL;
        struct lease_entry *entry = root ? lease_view_find(&rules->view, shard->id) : NULL;
        if (entry != NULL && (first == NULL || strcmp(entry->row.key, first->row.key) < 0)) {
            first = entry;
        }
    }
    if (first != NULL && !first->exists && first->pending == LEASE_WRITE_NONE) {
        first->row.gap = (struct lease_gap){.count = 1, .found_wall_ms = event->wall_ms};
        rules->gap_first = true;
    }
}

static void want_shards(struct lease_rules *rules, const struct shard_graph *graph,
                        const struct lease_event *event)
{
    lease_discovery_learn_start(rules);
    bool follows = has_rows_of(rules, LEASE_STREAM_EARLIER);
    enum shard_start start = start_of_roots(rules, follows);
    rules->chose_open = start == SHARD_START_LATEST;
    rules->chose_late = start == SHARD_START_LATEST_LATER;
    lease_making_begin(rules);
    size_t room = lease_balance_room(rules, 0);
    for (size_t i = 0; i < event->shard_count; i++) {
        const struct stream_shard *shard = &event->shards[i];
        bool related;
        enum shard_verdict verdict = shard_graph_judge(graph, shard, start, &related);
        if (verdict == SHARD_LEAVE) {
            continue;
        }
        bool own = rules->alone && room > 0 && shard_graph_find(graph, shard->parent_id) == NULL;
        room -= own ? 1 : 0;
        bool parentless = lacks_parent(rules, graph, shard);
        bool doubtful = !related && (rules->had_rows || parentless);
        want_shard(rules, shard, verdict == SHARD_LEASE_AT_LATEST, doubtful, parentless, own);
    }
    drop_doubted(rules);
    if (follows && !has_rows_of(rules, LEASE_STREAM_SAME)) {
        note_gap_between(rules, graph, event);
    }
    rules->succeeded = rules->absent == 0;
}

static bool make_graph(const struct lease_rules *rules, const struct lease_event *event,
                       struct shard_graph *graph)
{
    const struct lease **rows = calloc(rules->view.count + 1, sizeof(struct lease *));
    if (rows == NULL) {
        return false;
    }
    size_t count = 0;
    for (size_t i = 0; i < rules->view.count; i++) {
        if (rules->view.entries[i]->exists) {
            rows[count++] = &rules->view.entries[i]->row;
        }
    }
    bool made = shard_graph_make(event->shards, event->shard_count, rows, count, graph);
    free(rows);
    return made;
}

static void sweep(struct lease_rules *rules, const struct lease_event *event)
{
    struct shard_graph graph = {0};
    if (make_graph(rules, event, &graph)) {
        lease_clean_up(rules, &graph);
        rules->sweeps++;
        want_shards(rules, &graph, event);
    } else {
        rules->out_of_memory = true;
    }
    shard_graph_free(&graph);
}

/* The process slept, or scans fail: shards of the listing may have been leased, finished and removed since, and
 * would be made anew. */
static bool is_outdated(const struct lease_rules *rules, const struct lease_event *event)
{
    int64_t oldest_ms = rules->now_ms - rules->options.failover_ms;
    return event->sent_ms < oldest_ms || rules->scanned_ms < oldest_ms;
}

void lease_discovery_shards(struct lease_rules *rules, const struct lease_event *event)
{
    rules->listing = false;
    for (size_t i = 0; i < rules->view.held_count; i++) {
        lease_ending_children(rules, rules->view.held[i], event, true);
    }
    lease_wake_at(rules, rules->now_ms);
    if (event->outcome != LEASE_DONE || event->shard_count == 0 || is_outdated(rules, event)) {
        int64_t wait_ms = (int64_t)LISTING_RETRY_MS
                          << (rules->sweep_failures < 6 ? rules->sweep_failures : 6);
        rules->sweep_failures++;
        rules->sweep_ms = rules->now_ms + (wait_ms < LISTING_RETRY_MAX_MS ? wait_ms : LISTING_RETRY_MAX_MS);
        return;
    }
    rules->sweep_failures = 0;
    int64_t period_ms = LEASE_SWEEP_MS + LEASE_SWEEP_PER_ROW_MS * (int64_t)rules->view.count;
    rules->sweep_ms =
        rules->now_ms + period_ms - (int64_t)random_below(&rules->random, LEASE_SWEEP_SPREAD_MS);
    if (!rules->leaving) {
        sweep(rules, event);
    }
}
