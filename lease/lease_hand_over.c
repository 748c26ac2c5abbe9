/* Hand-over between two workers of ours, by KCL's checkpointOwner: the thief asks (leaseOwner = thief,
 * checkpointOwner = owner), the owner drains, writes its last position and removes checkpointOwner. Both ends
 * are bounded: the owner gives up its row LEASE_HAND_OVER_MS after it saw the wish, drained or not; the thief
 * takes the row a failover time later than that, or at once when the owner is dead. */
#include <string.h>

#include "lease/lease_state.h"

enum { POLL_FRACTION = 20, POLL_MIN_MS = 50, POLL_MAX_MS = 500 };

void lease_hand_over_forget(struct lease_rules *rules, struct lease_entry *entry)
{
    if (entry->asked_ms != 0) {
        entry->asked_ms = 0;
        rules->asking--;
    }
}

/* A wish leaves the counter alone, so that one which arrives late looks like the one before it. Between them the
 * owner handed over, took us for dead, which takes a failover time, and took the lease again: unless the wish was
 * seen to stand all the while, whoever is asked now may have been asked just now, and has its whole time. */
void lease_hand_over_seen(const struct lease_rules *rules, struct lease_entry *entry, const struct lease *row,
                          int64_t sent_ms)
{
    if (!lease_is_me(rules, row->owner) || row->checkpoint_owner[0] == '\0') {
        return;
    }
    int64_t failover_ms = rules->options.failover_ms;
    bool stood = rules->now_ms - entry->wish_ms < failover_ms - lease_margin_ms(failover_ms) &&
                 strcmp(row->checkpoint_owner, entry->row.checkpoint_owner) == 0;
    if (entry->asked_ms != 0 && !stood) {
        entry->asked_ms = rules->now_ms;
    }
    entry->wish_ms = sent_ms > entry->wish_ms ? sent_ms : entry->wish_ms;
}

/* The thief's side: a row with leaseOwner = me and checkpointOwner = another. */
void lease_hand_over_settle(struct lease_rules *rules, struct lease_entry *entry)
{
    int64_t poll_ms = rules->options.failover_ms / POLL_FRACTION;
    poll_ms = poll_ms < POLL_MIN_MS ? POLL_MIN_MS : poll_ms > POLL_MAX_MS ? POLL_MAX_MS : poll_ms;
    if (entry->asked_ms == 0) {
        entry->asked_ms = rules->now_ms;
        entry->seek_ms = rules->now_ms + poll_ms;
        rules->asking++;
    }
    int64_t limit_ms = entry->asked_ms + LEASE_HAND_OVER_MS + rules->options.failover_ms;
    if (entry->pending != LEASE_WRITE_NONE || entry->reading || rules->now_ms < entry->retry_ms) {
        entry->seek_ms = rules->now_ms + poll_ms;
    } else if (rules->leaving || !lease_balance_has_place(rules, entry)) {
        (void)lease_send(rules, entry, LEASE_WRITE_UNASK, "");
    } else if (rules->now_ms >= limit_ms || lease_seen_expired(rules, entry)) {
        (void)lease_send(rules, entry, LEASE_WRITE_TAKE, "");
    } else if (rules->now_ms >= entry->seek_ms) {
        lease_read(rules, entry);
        entry->seek_ms = rules->now_ms + poll_ms;
    }
    lease_wake_at(rules, entry->seek_ms);
}

/* The owner's side: the row says that another waits. */
void lease_hand_over_wanted(struct lease_rules *rules, struct lease_entry *entry)
{
    if (entry->wanted) {
        return;
    }
    entry->wanted = true;
    entry->hand_over_by_ms = rules->now_ms + LEASE_HAND_OVER_MS;
    struct lease_action *action = lease_push(rules, LEASE_ACTION_WANTED, entry->row.key);
    if (action != NULL) {
        action->tenure = entry->tenure;
        lease_copy_text(action->other, sizeof action->other, entry->row.owner);
    }
}

void lease_hand_over_tick(struct lease_rules *rules, struct lease_entry *entry)
{
    if (!entry->wanted || entry->releasing || entry->ending != LEASE_NOT_ENDING) {
        return;
    }
    if (rules->now_ms < entry->hand_over_by_ms) {
        lease_wake_at(rules, entry->hand_over_by_ms);
        return;
    }
    entry->releasing = true;
    struct lease_action *action = lease_push(rules, LEASE_ACTION_LOST, entry->row.key);
    if (action != NULL) {
        action->tenure = entry->tenure;
        action->reason = "it could not be drained in time for the worker that waits";
    }
}
