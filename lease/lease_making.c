/* Rows that are to be made, parents first, so that no child can be taken while its parent has no row yet.
 *
 * Workers that start together on an empty table all want every row. Each goes round the list from a place of its
 * own, slower with each row that another made before and faster with each that it makes, and stops where it makes
 * no more: from there on the rows are in hand. The next scan shows which are left; these are made by the sweeper
 * alone, and the others forget them.
 */
#include <string.h>

#include "lease/lease_state.h"

enum {
    CREATES_MIN = 8, /* under way at a time, for short lists; */
    CREATES_MAX = 24, /* for long ones: about 2,500 writes a second, of the 4,000 that a new table serves */
    CREATES_PART = 16, /* else this part of what is to be made: workers that start together overlap by it */
    LOOK_AGAIN_MS = 250, /* between the beginnings of two scans, at least */
};

/* The least key of the rows at LATEST to be made: it alone decides the fleet's start time. */
static const struct lease_entry *first_at_latest(const struct lease_rules *rules)
{
    const struct lease_entry *first = NULL;
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        if (!entry->exists && strcmp(entry->row.checkpoint, lease_latest) == 0 &&
            (first == NULL || strcmp(entry->row.key, first->row.key) < 0)) {
            first = entry;
        }
    }
    return first;
}

/* The row that says what was missed between two streams is made before the others: who makes the first row of a
 * stream says it, and after a crash on the way nobody else would. */
static const struct lease_entry *first_with_gap(const struct lease_rules *rules)
{
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        if (!entry->exists && entry->row.gap.count > 0) {
            return entry;
        }
    }
    return NULL;
}

static bool parents_have_rows(const struct lease_rules *rules, const struct lease_entry *entry)
{
    for (size_t i = 0; i < entry->row.parent_count; i++) {
        const struct lease_entry *parent = lease_view_find(&rules->view, entry->row.parents[i]);
        if (parent != NULL && !parent->exists) {
            return false;
        }
    }
    return true;
}

/* Since the listing was understood others may have come, who are to have their share without asking us for it. A
 * child that its parent's owner makes stays its owner's. */
static void choose_owner(const struct lease_rules *rules, struct lease_entry *entry)
{
    bool enough = !rules->alone && rules->view.held_count + rules->making >= rules->my_share;
    if (entry->swept && entry->row.owner[0] != '\0' && enough) {
        entry->row.owner[0] = '\0';
        entry->row.marker[0] = '\0';
    }
}

/* Nobody else is at work as far as we know: then new rows are ours from the start, which saves a write. */
static bool is_alone(const struct lease_rules *rules)
{
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        const char *owner = entry->row.owner; /* or one who waits for our hand-over */
        const char *holder = lease_holder(&entry->row);
        if (entry->exists && ((holder[0] != '\0' && !lease_is_me(rules, holder)) ||
                              (owner[0] != '\0' && !lease_is_me(rules, owner)))) {
            return false;
        }
    }
    return !rules->leaving;
}

static size_t creates_at_a_time(const struct lease_rules *rules)
{
    size_t part = rules->absent / CREATES_PART;
    return part < CREATES_MIN ? CREATES_MIN : part > CREATES_MAX ? CREATES_MAX : part;
}

/* Where others make rows we make fewer; not so of those that nobody else makes. */
static bool is_crowded(const struct lease_rules *rules)
{
    return rules->met_maker || rules->making + rules->makes_refused >= creates_at_a_time(rules);
}

/* Nothing is under way for it, no doubt about it is left, and it is not another's to make. */
static bool can_be_made(const struct lease_rules *rules, const struct lease_entry *entry)
{
    return !entry->exists && entry->doubted == 0 && entry->pending == LEASE_WRITE_NONE && !entry->reading &&
           !(entry->swept && is_crowded(rules));
}

void lease_making_begin(struct lease_rules *rules)
{
    rules->make_anew = true;
    rules->alone = is_alone(rules);
}

/* What stands before all others while it has no row; NULL: nothing. */
struct making_first {
    const struct lease_entry *at_latest; /* of the rows at LATEST: its start time is the fleet's */
    const struct lease_entry *gap; /* of all rows */
};

static void make(struct lease_rules *rules, struct lease_entry *entry, const struct making_first *first)
{
    bool latest = strcmp(entry->row.checkpoint, lease_latest) == 0;
    if (rules->now_ms < entry->retry_ms) {
        lease_wake_at(rules, entry->retry_ms);
        return;
    }
    bool waits = latest && first->at_latest != NULL && entry != first->at_latest;
    if (waits || !parents_have_rows(rules, entry)) {
        return;
    }
    if (latest && rules->start_wall_ms != 0) {
        entry->row.start_wall_ms = rules->start_wall_ms;
    }
    choose_owner(rules, entry);
    (void)lease_send(rules, entry, LEASE_WRITE_CREATE, "");
}

/* The process slept, or scans failed for long, since it was wanted: others may have made the row, finished and removed
 * it, and it would come again. Or a child has a row, and may be read by now. Not so a child of a shard that is still
 * ours, whose end waits for it. */
static bool is_outdated(const struct lease_rules *rules, const struct lease_entry *entry)
{
    for (size_t i = 0; !entry->swept && i < entry->row.parent_count; i++) {
        const struct lease_entry *parent = lease_view_find(&rules->view, entry->row.parents[i]);
        if (parent != NULL && parent->tenure != 0) {
            return false;
        }
    }
    return !entry->swept || entry->bypassed || entry->wanted_ms < rules->woke_ms ||
           rules->scanned_ms < rules->now_ms - rules->options.failover_ms;
}

static bool is_only_wanted(const struct lease_entry *entry)
{
    return !entry->exists && entry->row.checkpoint[0] != '\0' && entry->pending == LEASE_WRITE_NONE &&
           !entry->reading;
}

/* With one row all of its listing are forgotten: a child that was left would no longer wait for its parent. What is
 * still to be made is listed again. */
static void forget_outdated(struct lease_rules *rules)
{
    bool any = false;
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        any = any || (is_only_wanted(entry) && is_outdated(rules, entry));
    }
    for (size_t i = any ? rules->view.count : 0; i > 0; i--) {
        struct lease_entry *entry = rules->view.entries[i - 1];
        if (is_only_wanted(entry) && (entry->swept || is_outdated(rules, entry))) {
            rules->absent--;
            lease_view_remove(&rules->view, entry);
            rules->sweep_ms = rules->now_ms;
        }
    }
}

/* Another's start at LATEST came before ours. */
static bool is_overtaken(const struct lease_rules *rules)
{
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        if (entry->exists && entry->row.start_wall_ms != 0 &&
            entry->row.start_wall_ms != rules->empty_wall_ms) {
            return true;
        }
    }
    return false;
}

/* We took what is open for the fleet's start, which another had made before: a parent that was open then, and that its
 * listing left out, has been passed over by us as closed. Shards with parents are left to the other, and to a later
 * listing, which knows when the fleet began. */
static void forget_overtaken(struct lease_rules *rules)
{
    if (!rules->chose_open || !is_overtaken(rules)) {
        return;
    }
    rules->chose_open = false;
    for (size_t i = rules->view.count; i > 0; i--) {
        struct lease_entry *entry = rules->view.entries[i - 1];
        if (is_only_wanted(entry) && entry->swept && entry->row.parent_count > 0) {
            rules->absent--;
            lease_view_remove(&rules->view, entry);
            rules->sweep_ms = rules->now_ms + lease_scan_ms(rules->options.failover_ms);
        }
    }
}

void lease_making_tick(struct lease_rules *rules)
{
    if (rules->absent == 0 || rules->making >= creates_at_a_time(rules)) {
        return;
    }
    forget_overtaken(rules);
    forget_outdated(rules);
    if (rules->absent == 0) {
        return;
    }
    bool at_latest = rules->options.start_at_latest && rules->start_wall_ms == 0;
    const struct making_first first = {.at_latest = at_latest ? first_at_latest(rules) : NULL,
                                       .gap = rules->gap_first ? first_with_gap(rules) : NULL};
    rules->gap_first = first.gap != NULL;
    size_t count = rules->view.count;
    size_t begin = rules->make_anew ? (size_t)random_below(&rules->random, count) : rules->make_at;
    rules->make_anew = false;
    for (size_t i = 0; i < count && rules->making < creates_at_a_time(rules); i++) {
        rules->make_at = (begin + i) % count;
        struct lease_entry *entry = rules->view.entries[rules->make_at];
        if (can_be_made(rules, entry) && (first.gap == NULL || entry == first.gap)) {
            make(rules, entry, &first);
        }
    }
}

/* Another worker has been here. Not so the rows that everybody makes first: they say nothing of the others. */
static void meet_maker(struct lease_rules *rules, const struct lease_entry *entry, const struct lease *row)
{
    bool first = entry->row.gap.count > 0 ||
                 (strcmp(entry->row.checkpoint, lease_latest) == 0 && rules->start_wall_ms == 0);
    if (!entry->swept || first || lease_is_me(rules, row->owner)) {
        return;
    }
    rules->makes_refused++;
    if (rules->makes_refused >= creates_at_a_time(rules)) {
        rules->met_maker = true;
        int64_t scan_ms = rules->scanned_ms + LOOK_AGAIN_MS;
        rules->scan_ms = scan_ms < rules->scan_ms ? scan_ms : rules->scan_ms;
    }
}

/* A worker that saw the stream a moment earlier or later can have begun at the children (--start latest). */
static void note_bypassed(struct lease_rules *rules)
{
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        for (size_t j = 0; entry->exists && j < entry->row.parent_count; j++) {
            struct lease_entry *parent = lease_view_find(&rules->view, entry->row.parents[j]);
            if (parent != NULL && !parent->exists) {
                parent->bypassed = true;
            }
        }
    }
}

void lease_making_scanned(struct lease_rules *rules)
{
    if (rules->absent > 0) {
        note_bypassed(rules);
    }
    rules->alone = rules->absent > 0 && is_alone(rules);
    rules->makes_refused = 0;
    if (!rules->met_maker) {
        return;
    }
    rules->met_maker = false;
    lease_making_begin(rules);
    if (lease_discovery_is_sweeper(rules)) {
        return;
    }
    for (size_t i = rules->view.count; i > 0; i--) {
        struct lease_entry *entry = rules->view.entries[i - 1];
        if (!entry->exists && entry->swept && entry->pending == LEASE_WRITE_NONE && !entry->reading) {
            rules->absent--;
            lease_view_remove(&rules->view, entry);
        }
    }
    rules->sweep_ms = rules->now_ms + lease_scan_ms(rules->options.failover_ms); /* the sweeper may die */
}

void lease_making_written(struct lease_rules *rules, struct lease_entry *entry,
                          const struct lease_event *event)
{
    if (event->outcome == LEASE_UNSENT || event->outcome == LEASE_UNKNOWN) {
        lease_back_off(rules, entry);
        return;
    }
    entry->failures = 0;
    entry->retry_ms = 0;
    struct lease row = event->row_count > 0 ? event->rows[0] : entry->row;
    if (event->outcome == LEASE_REFUSED && event->row_count == 0) {
        lease_read(rules, entry);
        return;
    }
    if (event->outcome == LEASE_DONE) {
        entry->sent_ms = event->sent_ms;
        entry->unsure = false;
        rules->makes_refused -= rules->makes_refused > 0 ? 1 : 0;
    } else {
        meet_maker(rules, entry, &row);
    }
    lease_seen_row(rules, entry, &row, event->sent_ms);
    if (strcmp(row.checkpoint, lease_latest) == 0 || row.start_wall_ms != 0) {
        lease_discovery_learn_start(rules);
    }
    lease_balance_settle(rules, entry);
}
