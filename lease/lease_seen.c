/* What a row that was read means: changed hands, alive, dead, gone. Expiry is by observation alone: a counter
 * that stays the same for longer than the failover time on our own clock. */
#include <string.h>

#include "lease/lease_state.h"

enum { SUSPECTS_READ_MAX = 8, HURRY_SCAN_MS = 1000, NEWCOMER_SCANS = 4 };

bool lease_seen_expired(const struct lease_rules *rules, const struct lease_entry *entry)
{
    return lease_holder(&entry->row)[0] != '\0' && !lease_is_me(rules, lease_holder(&entry->row)) &&
           entry->read_ms - entry->seen_ms > rules->options.failover_ms;
}

bool lease_seen_leaving(const struct lease_rules *rules, const char *owner)
{
    for (size_t i = 0; i < rules->leaver_count; i++) {
        if (rules->now_ms < rules->leavers[i].until_ms && strcmp(rules->leavers[i].owner, owner) == 0) {
            return true;
        }
    }
    return false;
}

/* A worker of ours that gives a lease up is most likely on its way out: it gets no share for a while. */
static void note_leaver(struct lease_rules *rules, const char *owner)
{
    if (lease_is_me(rules, owner) || lease_seen_leaving(rules, owner)) {
        return;
    }
    size_t at = rules->leaver_count;
    for (size_t i = 0; i < rules->leaver_count; i++) {
        if (rules->now_ms >= rules->leavers[i].until_ms) {
            at = i;
        }
    }
    if (at == LEASE_LEAVERS_MAX) {
        return;
    }
    rules->leaver_count += at == rules->leaver_count ? 1 : 0;
    lease_copy_text(rules->leavers[at].owner, LEASE_OWNER_BYTES, owner);
    rules->leavers[at].until_ms = rules->now_ms + rules->options.failover_ms;
    rules->hurry = true;
}

/* Our own create or take, recognised in the row although its answer was lost (faults 3 and 7): the owner is
 * unique per start, and the counter is the one that the write leaves behind. */
static bool is_our_take(const struct lease_rules *rules, const struct lease_entry *entry,
                        const struct lease *row)
{
    if (!entry->unsure || !lease_is_me(rules, row->owner) || lease_is_finished(row)) {
        return false;
    }
    if (entry->unsure_kind == LEASE_WRITE_TAKE) {
        return row->counter == entry->unsure_next && row->checkpoint_owner[0] == '\0' &&
               strcmp(row->marker, rules->options.me) == 0;
    }
    return entry->unsure_kind == LEASE_WRITE_CREATE && row->counter == 0;
}

/* What a person is told of the row (lease/lease_watch.h). */
static void note_history(struct lease_entry *entry, const struct lease *row, bool other)
{
    if (entry->exists && other) {
        lease_copy_text(entry->came_from, sizeof entry->came_from, lease_holder(&entry->row));
    }
    entry->renewed = entry->exists && !other && (entry->renewed || row->counter != entry->row.counter);
}

static void note_change(struct lease_rules *rules, struct lease_entry *entry, const struct lease *row)
{
    const char *before = lease_holder(&entry->row);
    const char *after = lease_holder(row);
    bool other = strcmp(before, after) != 0;
    if (entry->exists && other && before[0] != '\0' && after[0] != '\0') {
        entry->moved_ms = rules->now_ms;
    }
    if (entry->exists && before[0] != '\0' && after[0] == '\0' && !lease_is_finished(row) &&
        lease_holder_is_ours(&entry->row)) {
        note_leaver(rules, before);
    }
    note_history(entry, row, other);
    if (!entry->exists || other || row->counter != entry->row.counter) {
        entry->seen_ms = rules->now_ms;
        entry->read_ms = rules->now_ms;
    }
}

static void note_times(struct lease_rules *rules, struct lease_entry *entry)
{
    bool finished = lease_is_finished(&entry->row);
    entry->finished_ms = !finished ? 0 : entry->finished_ms != 0 ? entry->finished_ms : rules->now_ms;
    bool available = lease_balance_available(rules, entry);
    entry->available_ms = !available ? 0 : entry->available_ms != 0 ? entry->available_ms : rules->now_ms;
    if (!finished && !entry->row.broken && lease_holder(&entry->row)[0] != '\0' &&
        !lease_seen_expired(rules, entry)) {
        int64_t suspect_ms = entry->seen_ms + rules->options.failover_ms + 1;
        rules->suspect_ms = suspect_ms < rules->suspect_ms ? suspect_ms : rules->suspect_ms;
    }
    if (!lease_is_me(rules, entry->row.owner) || entry->row.checkpoint_owner[0] == '\0') {
        lease_hand_over_forget(rules, entry);
    }
}

/* The entry is about to have a row. */
static void note_coming(struct lease_rules *rules, const struct lease_entry *entry, const struct lease *row)
{
    rules->absent -= entry->row.checkpoint[0] != '\0' ? 1 : 0;
    rules->began_ms = row->start_wall_ms != 0 ? rules->now_ms : rules->began_ms;
}

void lease_seen_row(struct lease_rules *rules, struct lease_entry *entry, const struct lease *row,
                    int64_t sent_ms)
{
    if (entry->tenure != 0) {
        lease_hold_observe(rules, entry, row);
        return;
    }
    note_change(rules, entry, row);
    lease_hand_over_seen(rules, entry, row, sent_ms);
    if (sent_ms > entry->read_ms) {
        entry->read_ms = sent_ms;
    }
    bool was_expired = entry->exists && lease_seen_expired(rules, entry) && entry->available_ms != 0;
    if (!entry->exists) {
        note_coming(rules, entry, row);
    }
    entry->exists = true;
    lease_view_set_row(entry, row);
    entry->known_ms = rules->now_ms;
    rules->had_rows = true;
    if (is_our_take(rules, entry, row)) {
        int64_t failover_ms = rules->options.failover_ms;
        bool fresh = rules->now_ms < entry->unsure_sent_ms + failover_ms - lease_margin_ms(failover_ms);
        if (fresh && !rules->leaving && lease_balance_parents_done(rules, entry)) {
            lease_hold_grant(rules, entry, entry->unsure_sent_ms, "took it");
            return;
        }
    }
    entry->unsure = lease_may_still_land(entry);
    note_times(rules, entry);
    if (!was_expired && entry->available_ms != 0 && lease_seen_expired(rules, entry)) {
        rules->hurry = true;
        struct lease_action *action = lease_push(rules, LEASE_ACTION_DEAD, row->key);
        if (action != NULL) {
            lease_copy_text(action->other, sizeof action->other, lease_holder(row));
        }
    }
}

void lease_seen_absent(struct lease_rules *rules, struct lease_entry *entry)
{
    if (entry->tenure != 0) {
        lease_hold_lose(rules, entry, "its row is gone");
    }
    if (!entry->exists || entry->pending != LEASE_WRITE_NONE) {
        return;
    }
    lease_hand_over_forget(rules, entry);
    lease_view_remove(&rules->view, entry);
}

/* Rows that the scan did not bring. What was learned while it ran stays. */
static void drop_unseen(struct lease_rules *rules, int64_t sent_ms)
{
    for (size_t i = rules->view.count; i > 0; i--) {
        struct lease_entry *entry = rules->view.entries[i - 1];
        if (!entry->exists || entry->scan == rules->scan || entry->pending != LEASE_WRITE_NONE ||
            entry->reading || entry->known_ms >= sent_ms) {
            continue;
        }
        if (entry->tenure != 0) {
            lease_read(rules, entry);
        } else {
            lease_seen_absent(rules, entry);
        }
    }
}

static void take_row_in(struct lease_rules *rules, const struct lease *row, int64_t sent_ms)
{
    struct lease_entry *entry = lease_view_add(&rules->view, row->key);
    if (entry == NULL) {
        rules->out_of_memory = true;
        return;
    }
    entry->scan = rules->scan;
    entry->scans_seen++;
    bool newer_known = entry->exists && entry->known_ms >= sent_ms && row->counter <= entry->row.counter;
    if (entry->pending == LEASE_WRITE_NONE && !newer_known) {
        lease_seen_row(rules, entry, row, sent_ms);
    }
}

static void take_rows_in(struct lease_rules *rules, const struct lease_event *event)
{
    if (event->scanned == NULL) {
        for (size_t i = 0; i < event->row_count; i++) {
            take_row_in(rules, &event->rows[i], event->sent_ms);
        }
        return;
    }
    struct lease row;
    for (size_t at = 0; lease_rows_next(event->scanned, &at, &row);) {
        take_row_in(rules, &row, event->sent_ms);
    }
}

/* A lease that came free lately and that we do not take: it may be our share of the next plan, which counts
 * the dead one's other leases too. */
static bool is_some_lease_free(const struct lease_rules *rules, int64_t lately_ms)
{
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        if (entry->available_ms != 0 && entry->pending == LEASE_WRITE_NONE &&
            rules->now_ms - entry->available_ms < lately_ms) {
            return true;
        }
    }
    return false;
}

/* Soon after a start (a newcomer replaces somebody, most likely) and while somebody leaves or has died. What
 * was let go is to flow again within a period: the last eighth is for the take and the first read. The period runs
 * from scan to scan, since an owner's last renewal is known as late as the scan that sees it; a scan that takes
 * half of it by itself leaves the table the other half. */
static void set_next_scan(struct lease_rules *rules, int64_t period_ms)
{
    bool soon = rules->hurry || rules->scan < NEWCOMER_SCANS || is_some_lease_free(rules, 2 * period_ms);
    int64_t wait_ms = soon && period_ms > HURRY_SCAN_MS ? HURRY_SCAN_MS : period_ms;
    int64_t early_ms = 2 * (wait_ms / LEASE_SCAN_SPREAD);
    int64_t spread_ms = early_ms / LEASE_SCAN_JITTER;
    int64_t next_ms = rules->scanned_ms + wait_ms - early_ms +
                      (int64_t)random_below(&rules->random, (uint64_t)spread_ms + 1);
    int64_t soonest_ms = rules->now_ms + wait_ms / 2;
    rules->scan_ms = next_ms > soonest_ms ? next_ms : soonest_ms;
}

void lease_seen_scan(struct lease_rules *rules, const struct lease_event *event)
{
    rules->scanning = false;
    int64_t period_ms = lease_scan_ms(rules->options.failover_ms);
    lease_wake_at(rules, rules->now_ms);
    if (event->outcome != LEASE_DONE) {
        rules->scan_ms = rules->now_ms + (rules->scanned ? period_ms / 2 : 500);
        return;
    }
    rules->scan++;
    rules->scanned = true;
    if (event->sent_ms - rules->scanned_ms > rules->options.failover_ms) {
        rules->woke_ms = event->sent_ms;
    }
    rules->scanned_ms = event->sent_ms;
    rules->hurry = false;
    take_rows_in(rules, event);
    drop_unseen(rules, event->sent_ms);
    lease_making_scanned(rules);
    rules->had_rows = rules->had_rows || event->row_count > 0;
    if (!rules->had_rows && rules->empty_wall_ms == 0) {
        rules->empty_wall_ms =
            event->wall_ms; /* no fleet was at work before this: a start no record precedes */
    }
    for (size_t i = 0; i < rules->view.count; i++) {
        struct lease_entry *entry = rules->view.entries[i];
        if (entry->exists && entry->tenure == 0) {
            note_times(rules, entry); /* parents may have ended after their children were looked at */
            lease_balance_settle(rules, entry);
        }
    }
    lease_balance(rules);
    set_next_scan(rules, period_ms);
}

static bool is_suspect(const struct lease_rules *rules, const struct lease_entry *entry)
{
    return entry->exists && entry->tenure == 0 && !entry->row.broken && !lease_is_finished(&entry->row) &&
           lease_is_of_stream(&entry->row) && lease_holder(&entry->row)[0] != '\0' &&
           !lease_is_me(rules, lease_holder(&entry->row)) && !lease_seen_expired(rules, entry) &&
           lease_balance_parents_done(rules, entry);
}

/* Each suspect gets a read of its own; many at once (a worker died) are cheaper as one scan. */
static void look_at_suspects(struct lease_rules *rules)
{
    size_t suspects = 0;
    int64_t next_ms = INT64_MAX;
    for (size_t i = 0; i < rules->view.count; i++) {
        struct lease_entry *entry = rules->view.entries[i];
        if (!is_suspect(rules, entry)) {
            continue;
        }
        int64_t at_ms = entry->seen_ms + rules->options.failover_ms + 1;
        if (at_ms > rules->now_ms) {
            next_ms = at_ms < next_ms ? at_ms : next_ms;
        } else if (suspects++ < SUSPECTS_READ_MAX) {
            lease_read(rules, entry);
        }
    }
    rules->suspect_ms = next_ms;
    if (suspects > SUSPECTS_READ_MAX) {
        rules->scan_ms = rules->now_ms;
    }
}

void lease_seen_tick(struct lease_rules *rules)
{
    if (rules->leaving) {
        return;
    }
    if (rules->now_ms >= rules->suspect_ms) {
        look_at_suspects(rules);
    }
    lease_wake_at(rules, rules->suspect_ms);
    if (rules->asking == 0) {
        return;
    }
    for (size_t i = 0; i < rules->view.count; i++) {
        struct lease_entry *entry = rules->view.entries[i];
        if (entry->asked_ms != 0 && rules->now_ms >= entry->seek_ms) {
            lease_hand_over_settle(rules, entry);
        }
        if (entry->asked_ms != 0) {
            lease_wake_at(rules, entry->seek_ms);
        }
    }
}
