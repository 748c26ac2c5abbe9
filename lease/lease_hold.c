/* Leases that this worker holds: renewing with the newest position in the same write, releasing, losing. */
#include <string.h>

#include "lease/lease_state.h"

/* No longer than the hand-over's bound, which a keeper that stands still cannot tell: the thief counts on it. */
int64_t lease_hold_valid_until(const struct lease_rules *rules, const struct lease_entry *entry)
{
    int64_t failover_ms = rules->options.failover_ms;
    int64_t until_ms = entry->sent_ms + failover_ms - lease_margin_ms(failover_ms);
    return entry->wanted && entry->hand_over_by_ms < until_ms ? entry->hand_over_by_ms : until_ms;
}

/* A shard with a child takes no more records (design 5: such a one is read without pauses). */
static bool has_child(const struct lease_rules *rules, const struct lease_entry *entry)
{
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease *row = &rules->view.entries[i]->row;
        for (size_t parent = 0; parent < row->parent_count; parent++) {
            if (strcmp(row->parents[parent], entry->row.key) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void push_row(struct lease_rules *rules, const struct lease_entry *entry, enum lease_action_kind kind,
                     const char *reason, const char *other)
{
    struct lease_action *action = lease_push(rules, kind, entry->row.key);
    if (action != NULL) {
        action->tenure = entry->tenure;
        action->valid_until_ms = lease_hold_valid_until(rules, entry);
        action->write.row = entry->row;
        action->reason = reason;
        action->closed = kind == LEASE_ACTION_GRANTED && has_child(rules, entry);
        lease_copy_text(action->other, sizeof action->other, other);
    }
}

void lease_hold_grant(struct lease_rules *rules, struct lease_entry *entry, int64_t sent_ms,
                      const char *reason)
{
    if (!lease_view_hold(&rules->view, entry, rules->last_tenure + 1)) {
        rules->out_of_memory = true; /* the row is ours all the same: settled at a later look */
        return;
    }
    lease_hand_over_forget(rules, entry);
    rules->last_tenure++;
    rules->taken++;
    entry->sent_ms = sent_ms;
    entry->renew_ms = sent_ms + lease_renewal_ms(rules->options.failover_ms);
    entry->unsure = false;
    entry->failures = 0;
    entry->retry_ms = 0;
    entry->available_ms = 0;
    push_row(rules, entry, LEASE_ACTION_GRANTED, reason, "");
    if (entry->row.checkpoint_owner[0] != '\0') {
        lease_hand_over_wanted(rules, entry);
    }
    lease_wake_at(rules, entry->renew_ms);
}

/* From here on the entry is an observed one: whoever has the row now has a full failover time. */
static void end_tenure(struct lease_rules *rules, struct lease_entry *entry)
{
    lease_view_unhold(&rules->view, entry);
    entry->unsure = lease_may_still_land(entry);
    entry->seen_ms = rules->now_ms;
    entry->read_ms = rules->now_ms;
    entry->known_ms = rules->now_ms;
    entry->sent_ms = 0;
    int64_t suspect_ms = rules->now_ms + rules->options.failover_ms;
    rules->suspect_ms = suspect_ms < rules->suspect_ms ? suspect_ms : rules->suspect_ms;
}

void lease_hold_lose(struct lease_rules *rules, struct lease_entry *entry, const char *reason)
{
    rules->lost++;
    push_row(rules, entry, LEASE_ACTION_LOST, reason, entry->row.owner);
    end_tenure(rules, entry);
}

void lease_hold_position(struct lease_rules *rules, const struct lease_entry *entry,
                         char text[LEASE_CHECKPOINT_BYTES])
{
    text[0] = '\0';
    enum lease_checkpoint_kind kind;
    struct sequence_number checkpoint;
    struct sequence_number position;
    if (!lease_checkpoint_parse(entry->row.checkpoint, &kind, &checkpoint) || kind == LEASE_AT_SHARD_END ||
        !rules->options.position(rules->options.position_context, entry->row.key, entry->tenure, &position)) {
        return;
    }
    /* Monotone: a stalled thread's older position never goes over a newer one (fault 6). */
    if (position.length > 0 && sequence_number_compare(&position, &checkpoint) > 0) {
        memcpy(text, position.digits, position.length);
        text[position.length] = '\0';
    }
}

static void renewed(struct lease_rules *rules, struct lease_entry *entry, int64_t sent_ms)
{
    if (sent_ms > entry->sent_ms) {
        entry->sent_ms = sent_ms;
    }
    entry->renew_ms = entry->sent_ms + lease_renewal_ms(rules->options.failover_ms);
    entry->unsure = false;
    entry->failures = 0;
    entry->retry_ms = 0;
    push_row(rules, entry, LEASE_ACTION_RENEWED, "", "");
}

/* Takes the row over into the entry; says so when a write of ours has set its checkpoint since. One that changed
 * otherwise is an operator's or Java's. */
static void carry_row(struct lease_rules *rules, struct lease_entry *entry, const struct lease *row)
{
    bool checkpointed =
        strcmp(row->writer, entry->row.writer) != 0 && lease_writer_is(row->writer, rules->options.me);
    struct lease before = entry->row;
    lease_view_set_row(entry, row);
    entry->known_ms = rules->now_ms;
    if (entry->ending != LEASE_NOT_ENDING) { /* children found, but not yet written */
        for (size_t i = 0; i < before.child_count; i++) {
            lease_add_child(&entry->row, before.children[i]);
        }
    }
    if (checkpointed) {
        push_row(rules, entry, LEASE_ACTION_CHECKPOINTED, "", "");
    }
    if (entry->gaps_sent > 0 && lease_gap_equals(&row->gap, &entry->gap_sent)) {
        struct lease_action *action = lease_push(rules, LEASE_ACTION_GAP_STORED, entry->row.key);
        if (action != NULL) {
            action->tenure = entry->tenure;
            action->gap_count = entry->gaps_sent;
        }
        entry->gaps_sent = 0;
    }
}

/* The row is this tenure's as long as nobody has taken it since: a taker leaves a marker of its own. That the row
 * names us is not enough: a wish of ours for another's lease may have arrived late (tests/sim/lease.pml). */
static bool is_still_held(const struct lease_rules *rules, const struct lease *row)
{
    return lease_is_me(rules, lease_holder(row)) && lease_holder_is_ours(row);
}

void lease_hold_observe(struct lease_rules *rules, struct lease_entry *entry, const struct lease *row)
{
    if (row->broken) {
        return; /* the next write will tell */
    }
    if (!is_still_held(rules, row)) {
        struct lease now = *row;
        bool given_up = entry->releasing;
        lease_view_set_row(entry, &now);
        if (given_up) {
            push_row(rules, entry, LEASE_ACTION_RELEASED, "", row->owner);
            end_tenure(rules, entry);
        } else {
            lease_hold_lose(rules, entry, "another worker has it");
        }
        return;
    }
    if (strcmp(row->nonce, entry->row.nonce) != 0) {
        lease_view_set_row(entry, row);
        lease_hold_lose(rules, entry, "its position was rewound");
        lease_balance_settle(rules, entry);
        return;
    }
    bool ours =
        entry->unsure && row->counter == entry->unsure_next && strcmp(row->marker, rules->options.me) == 0;
    bool moved = row->counter != entry->row.counter;
    carry_row(rules, entry, row);
    if (ours) {
        renewed(rules, entry, entry->unsure_sent_ms);
    } else if (moved) {
        entry->renew_ms = rules->now_ms;
    }
    if (lease_is_me(rules, row->checkpoint_owner) && !lease_is_me(rules, row->owner)) {
        lease_hand_over_wanted(rules, entry);
    }
}

static void given_up(struct lease_rules *rules, struct lease_entry *entry, enum lease_write_kind kind)
{
    push_row(rules, entry, LEASE_ACTION_RELEASED, lease_write_name(kind), entry->row.owner);
    end_tenure(rules, entry);
    if (kind == LEASE_WRITE_RELEASE && !rules->leaving) {
        entry->retry_ms =
            rules->now_ms + rules->options.failover_ms; /* others first: we could not serve it */
    }
}

static void done(struct lease_rules *rules, struct lease_entry *entry, enum lease_write_kind kind,
                 const struct lease *row, int64_t sent_ms)
{
    carry_row(rules, entry, row);
    switch (kind) {
    case LEASE_WRITE_SHARD_END:
        lease_ending_finished(rules, entry);
        break;
    case LEASE_WRITE_RENEW:
        renewed(rules, entry, sent_ms);
        if (lease_is_me(rules, row->checkpoint_owner) && !lease_is_me(rules, row->owner)) {
            lease_hand_over_wanted(rules, entry);
        }
        break;
    default:
        given_up(rules, entry, kind);
        break;
    }
}

/* Another position than our writes leave behind: an operator's (`leases rewind` leaves a nonce). */
static bool was_rewound(const struct lease *before, const struct lease *row)
{
    enum lease_checkpoint_kind kind;
    struct sequence_number was;
    struct sequence_number is;
    if (strcmp(row->nonce, before->nonce) != 0 || !lease_checkpoint_parse(before->checkpoint, &kind, &was) ||
        !lease_checkpoint_parse(row->checkpoint, &kind, &is)) {
        return true;
    }
    return kind != LEASE_AT_SHARD_END &&
           sequence_number_compare(&is, &was) < 0; /* a sentinel is before all */
}

/* A condition that failed because our own write, whose answer was lost, had been applied before. */
static bool was_applied(const struct lease_rules *rules, const struct lease_entry *entry,
                        enum lease_write_kind kind, const struct lease *row)
{
    if (!entry->unsure || row->broken || row->counter != entry->unsure_next || entry->unsure_kind != kind ||
        was_rewound(&entry->row, row)) {
        return false;
    }
    switch (kind) {
    case LEASE_WRITE_SHARD_END:
        return lease_is_finished(row);
    case LEASE_WRITE_RELEASE:
        return row->owner[0] == '\0';
    case LEASE_WRITE_HAND_OVER:
        return row->checkpoint_owner[0] == '\0' && !lease_is_me(rules, row->owner);
    default:
        return false;
    }
}

void lease_hold_written(struct lease_rules *rules, struct lease_entry *entry, enum lease_write_kind kind,
                        const struct lease_event *event)
{
    const struct lease *row = event->row_count > 0 ? &event->rows[0] : NULL;
    if (entry->tenure == 0) { /* lost while it was under way, or released while leaving */
        if (row != NULL) {
            lease_seen_row(rules, entry, row, event->sent_ms);
            lease_balance_settle(rules, entry);
        }
        return;
    }
    if (event->outcome == LEASE_UNSENT || event->outcome == LEASE_UNKNOWN) {
        lease_back_off(rules, entry); /* the next try's refusal shows the row: that is the read */
        return;
    }
    if (row == NULL) {
        lease_read(rules, entry);
        return;
    }
    if (event->outcome == LEASE_DONE || was_applied(rules, entry, kind, row)) {
        done(rules, entry, kind, row, event->outcome == LEASE_DONE ? event->sent_ms : entry->unsure_sent_ms);
        return;
    }
    int64_t before = entry->sent_ms;
    lease_hold_observe(rules, entry, row);
    if (entry->tenure != 0 && entry->sent_ms == before) {
        lease_back_off(rules, entry);
    }
}

void lease_hold_release(struct lease_rules *rules, struct lease_entry *entry)
{
    if (entry->ending == LEASE_NOT_ENDING) {
        entry->releasing = true;
        entry->retry_ms = rules->now_ms;
    }
}

static void send_with_position(struct lease_rules *rules, struct lease_entry *entry,
                               enum lease_write_kind kind)
{
    char position[LEASE_CHECKPOINT_BYTES];
    lease_hold_position(rules, entry, position);
    (void)lease_send(rules, entry, kind, position);
}

static void tick_entry(struct lease_rules *rules, struct lease_entry *entry)
{
    int64_t end_ms = entry->sent_ms + rules->options.failover_ms;
    if (rules->now_ms >= end_ms) {
        lease_hold_lose(rules, entry, "it ran out before it could be renewed");
        return;
    }
    lease_wake_at(rules, end_ms);
    lease_hand_over_tick(rules, entry);
    lease_ending_tick(rules, entry);
    if (entry->pending != LEASE_WRITE_NONE || entry->reading) {
        return;
    }
    if (rules->now_ms < entry->retry_ms) {
        lease_wake_at(rules, entry->retry_ms);
    } else if (entry->releasing) {
        bool asked = lease_is_me(rules, entry->row.checkpoint_owner);
        send_with_position(rules, entry, asked ? LEASE_WRITE_HAND_OVER : LEASE_WRITE_RELEASE);
    } else if (entry->ending == LEASE_FINISHING) {
        (void)lease_send(rules, entry, LEASE_WRITE_SHARD_END, "");
    } else if (rules->now_ms >= entry->renew_ms) {
        send_with_position(rules, entry, LEASE_WRITE_RENEW);
    } else {
        lease_wake_at(rules, entry->renew_ms);
    }
}

void lease_hold_tick(struct lease_rules *rules)
{
    for (size_t i = rules->view.held_count; i > 0; i--) {
        tick_entry(rules, rules->view.held[i - 1]);
    }
}
