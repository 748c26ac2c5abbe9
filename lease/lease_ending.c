/* The end of a shard: its children's rows first, then SHARD_END, so that no child is ever forgotten. */
#include <string.h>

#include "lease/lease_state.h"

enum {
    SEEK_FIRST_MS = 200,
    SEEK_LAST_MS = 10000,
    SEEK_WHOLE_EVERY = 4,
    UNLISTED_ENOUGH = 3,
    GONE_ENOUGH = 6,
    WAITING_SEEKS = 10,
    LEAVE_MS = 1000 /* a worker that leaves waits so long for the first answer about children */
};

void lease_ending_begin(struct lease_rules *rules, struct lease_entry *entry)
{
    if (entry->ending == LEASE_NOT_ENDING && !entry->releasing) {
        entry->ending = LEASE_SEEKING_CHILDREN;
        entry->seek_ms = rules->now_ms;
        entry->seeks = 0;
    }
}

static bool children_exist(const struct lease_rules *rules, const struct lease_entry *entry)
{
    for (size_t i = 0; i < entry->row.child_count; i++) {
        const struct lease_entry *child = lease_view_find(&rules->view, entry->row.children[i]);
        if (child == NULL || !child->exists) {
            return false;
        }
    }
    return true;
}

/* Asks for the children alone; now and then for the whole listing, in case the filter leaves them out. */
static void seek(struct lease_rules *rules, struct lease_entry *entry)
{
    bool whole = entry->seeks % SEEK_WHOLE_EVERY == SEEK_WHOLE_EVERY - 1;
    if (whole && rules->listing) {
        entry->ending = LEASE_AWAITING_CHILDREN; /* the listing under way serves as well */
        return;
    }
    enum lease_action_kind kind = whole ? LEASE_ACTION_LIST_SHARDS : LEASE_ACTION_LIST_CHILDREN;
    if (lease_push(rules, kind, whole ? "" : entry->row.key) != NULL) {
        rules->listing = rules->listing || whole;
        entry->ending = LEASE_AWAITING_CHILDREN;
    }
}

/* The next owner reads the end again and asks for the children then: a shard that is done holds up no stop. */
static bool gives_up(struct lease_rules *rules, const struct lease_entry *entry)
{
    bool waits = entry->ending == LEASE_SEEKING_CHILDREN || entry->ending == LEASE_AWAITING_CHILDREN;
    if (!rules->leaving || !waits) {
        return false;
    }
    if (entry->seeks > 0 || rules->now_ms >= entry->seek_ms + LEAVE_MS) {
        return true;
    }
    lease_wake_at(rules, entry->seek_ms + LEAVE_MS);
    return false;
}

void lease_ending_tick(struct lease_rules *rules, struct lease_entry *entry)
{
    if (gives_up(rules, entry)) {
        entry->ending = LEASE_NOT_ENDING;
        lease_hold_release(rules, entry);
        return;
    }
    if (entry->ending == LEASE_SEEKING_CHILDREN) {
        if (rules->now_ms >= entry->seek_ms) {
            seek(rules, entry);
        } else {
            lease_wake_at(rules, entry->seek_ms);
        }
    }
    if (entry->ending == LEASE_MAKING_CHILDREN && children_exist(rules, entry)) {
        entry->ending = LEASE_FINISHING;
    }
}

static void seek_again(struct lease_rules *rules, struct lease_entry *entry)
{
    int64_t wait_ms = entry->seeks < 6 ? (int64_t)SEEK_FIRST_MS << entry->seeks : SEEK_LAST_MS;
    wait_ms = wait_ms > SEEK_LAST_MS ? SEEK_LAST_MS : wait_ms;
    entry->ending = LEASE_SEEKING_CHILDREN;
    entry->seek_ms =
        rules->now_ms + wait_ms / 2 + (int64_t)random_below(&rules->random, (uint64_t)(wait_ms / 2));
    entry->seeks++;
    lease_wake_at(rules, entry->seek_ms);
}

/* A child's row: at the trim horizon, since a child at LATEST would lose its first records (fault 27). */
static bool want_child(struct lease_rules *rules, struct lease_entry *parent, const char *key)
{
    struct lease row = {.epoch = parent->row.epoch, .stream = LEASE_STREAM_SAME, .parent_count = 1};
    lease_copy_text(row.key, sizeof row.key, key);
    lease_copy_text(row.checkpoint, sizeof row.checkpoint, lease_trim_horizon);
    lease_copy_text(row.parents[0], sizeof row.parents[0], parent->row.key);
    if (lease_balance_room(rules, 1) > 0) { /* in the parent's place */
        lease_copy_text(row.owner, sizeof row.owner, rules->options.me);
        lease_copy_text(row.marker, sizeof row.marker, rules->options.me);
    }
    struct lease_entry *entry = lease_discovery_want(rules, &row);
    if (entry != NULL) {
        entry->swept = false; /* ours to make whatever others do: the parent's end waits for it */
    }
    return entry != NULL;
}

/* The rows of the children that the listing names; false when memory ran out for one of them. */
static bool want_children(struct lease_rules *rules, struct lease_entry *entry,
                          const struct lease_event *event)
{
    bool wanted = true;
    for (size_t i = 0; i < event->shard_count; i++) {
        const struct stream_shard *shard = &event->shards[i];
        if (strcmp(shard->parent_id, entry->row.key) == 0 && strcmp(shard->id, entry->row.key) != 0) {
            lease_add_child(&entry->row, shard->id);
            wanted = want_child(rules, entry, shard->id) && wanted;
        }
    }
    return wanted;
}

/* Rows that name this shard as a parent: made by a sweep or by an owner before us. */
static void add_known_children(struct lease_rules *rules, struct lease_entry *entry)
{
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *other = rules->view.entries[i];
        for (size_t j = 0; other->exists && j < other->row.parent_count; j++) {
            if (strcmp(other->row.parents[j], entry->row.key) == 0) {
                lease_add_child(&entry->row, other->row.key);
            }
        }
    }
}

static bool is_listed(const struct lease_event *event, const char *key)
{
    for (size_t i = 0; i < event->shard_count; i++) {
        if (strcmp(event->shards[i].id, key) == 0) {
            return true;
        }
    }
    return false;
}

/* No children are to come: the stream is disabled, or the shard has left the listing with all its children
 * (older than the retention; the sweep leases what is listed). One listing can be partial, an empty one
 * proves nothing.
 *
 * A closed shard of an enabled stream whose child does not show is waited for without end: a stream that is
 * enabled has an open shard for each of its partitions, so the child exists, and a listing can lack it for long
 * (fault 23). To finish without it would take the mark off under which the child, at the trim horizon, follows its
 * parent. */
static bool is_childless(const struct lease_entry *entry, const struct lease_event *event)
{
    return (event->stream_disabled && entry->seeks > 0) || entry->unlisted >= UNLISTED_ENOUGH;
}

/* A stream that was deleted, or is past its 24 hours since it was disabled, has no children to give. Its end was
 * told as a gap by the shard's reader. The service says so several times, seconds apart, before it is believed. */
static void on_no_listing(struct lease_rules *rules, struct lease_entry *entry)
{
    if (entry->gone < GONE_ENOUGH) {
        seek_again(rules, entry);
        return;
    }
    add_known_children(rules, entry);
    entry->ending = entry->row.child_count > 0 ? LEASE_MAKING_CHILDREN : LEASE_FINISHING;
    lease_wake_at(rules, rules->now_ms);
}

void lease_ending_children(struct lease_rules *rules, struct lease_entry *entry,
                           const struct lease_event *event, bool whole)
{
    if (entry->ending != LEASE_AWAITING_CHILDREN && !(whole && entry->ending == LEASE_SEEKING_CHILDREN)) {
        return;
    }
    entry->gone = event->stream_gone ? entry->gone + 1 : 0;
    if (event->outcome != LEASE_DONE) {
        on_no_listing(rules, entry);
        return;
    }
    if (whole && event->shard_count > 0) {
        entry->unlisted = is_listed(event, entry->row.key) ? 0 : entry->unlisted + 1;
    }
    bool wanted = want_children(rules, entry, event);
    add_known_children(rules, entry);
    if (entry->row.child_count > 0 && wanted) {
        entry->ending = LEASE_MAKING_CHILDREN;
    } else if (entry->row.child_count == 0 && is_childless(entry, event)) {
        entry->ending = LEASE_FINISHING;
    } else {
        seek_again(rules, entry);
    }
    lease_wake_at(rules, rules->now_ms);
}

bool lease_ending_is_waiting(const struct lease_entry *entry)
{
    return entry->tenure != 0 && entry->seeks >= WAITING_SEEKS &&
           (entry->ending == LEASE_SEEKING_CHILDREN || entry->ending == LEASE_AWAITING_CHILDREN);
}

void lease_ending_finished(struct lease_rules *rules, struct lease_entry *entry)
{
    struct lease_action *action = lease_push(rules, LEASE_ACTION_RELEASED, entry->row.key);
    if (action != NULL) {
        action->tenure = entry->tenure;
        action->reason = "finish";
    }
    lease_view_unhold(&rules->view, entry);
    entry->unsure = false;
    entry->finished_ms = rules->now_ms;
    for (size_t i = 0; i < entry->row.child_count; i++) {
        struct lease_entry *child = lease_view_find(&rules->view, entry->row.children[i]);
        if (child == NULL) {
            continue;
        }
        lease_balance_settle(rules, child);
        if (child->row.owner[0] == '\0' && lease_balance_available(rules, child) &&
            lease_balance_room(rules, 0) > 0) {
            (void)lease_send(rules, child, LEASE_WRITE_TAKE, "");
        }
    }
}
