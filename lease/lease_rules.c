#include "lease/lease_rules.h"

#include <stdlib.h>
#include <string.h>

#include "lease/lease_state.h"

enum { FIRST_ACTIONS = 32, RETRY_FIRST_MS = 50, RETRY_DOUBLINGS = 8 };

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

int64_t lease_margin_ms(int64_t failover_ms)
{
    return clamp(failover_ms / 3, 1, 10000);
}

int64_t lease_renewal_ms(int64_t failover_ms)
{
    return clamp(failover_ms / 3, 1, failover_ms);
}

int64_t lease_scan_ms(int64_t failover_ms)
{
    return clamp(failover_ms / 4, 1000, failover_ms < 1000 ? 1000 : failover_ms);
}

int64_t lease_attempt_ms(int64_t failover_ms)
{
    return clamp(failover_ms / 6, 250, 10000);
}

void lease_actions_clear(struct lease_actions *actions)
{
    if (actions->capacity > FIRST_ACTIONS && actions->count < actions->capacity / 4) {
        lease_actions_free(actions); /* a whole table was granted or listed once */
    }
    actions->count = 0;
}

void lease_actions_free(struct lease_actions *actions)
{
    free(actions->at);
    *actions = (struct lease_actions){0};
}

struct lease_rules *lease_rules_create(const struct lease_rules_options *options)
{
    struct lease_rules *rules = calloc(1, sizeof *rules);
    if (rules != NULL) {
        rules->options = *options;
        random_init(&rules->random, options->seed);
        rules->suspect_ms = INT64_MAX;
    }
    return rules;
}

void lease_rules_destroy(struct lease_rules *rules)
{
    if (rules != NULL) {
        lease_view_free(&rules->view);
        free(rules);
    }
}

struct lease_action *lease_push(struct lease_rules *rules, enum lease_action_kind kind, const char *key)
{
    struct lease_actions *actions = rules->actions;
    if (actions->count == actions->capacity) {
        size_t capacity = actions->capacity == 0 ? FIRST_ACTIONS : actions->capacity * 2;
        struct lease_action *at = realloc(actions->at, capacity * sizeof *at);
        if (at == NULL) {
            rules->out_of_memory = true;
            return NULL;
        }
        actions->at = at;
        actions->capacity = capacity;
    }
    struct lease_action *action = &actions->at[actions->count];
    actions->count++;
    *action = (struct lease_action){.kind = kind, .reason = ""};
    lease_copy_text(action->key, sizeof action->key, key);
    return action;
}

bool lease_is_me(const struct lease_rules *rules, const char *owner)
{
    return strcmp(owner, rules->options.me) == 0;
}

void lease_wake_at(struct lease_rules *rules, int64_t at_ms)
{
    if (at_ms < rules->next_ms) {
        rules->next_ms = at_ms;
    }
}

/* Gaps travel with what the holder writes anyway; a row that was acknowledged meanwhile may show the old part
 * of a joined gap once more. */
static void add_gap(struct lease_rules *rules, struct lease_entry *entry, struct lease_write *write)
{
    struct lease_gap gap = {.count = 0};
    entry->gaps_sent = 0;
    if (rules->options.gap == NULL || !lease_write_is_urgent(write->kind) ||
        !rules->options.gap(rules->options.position_context, entry->row.key, entry->tenure, &gap)) {
        return;
    }
    write->gap = lease_gap_join(&entry->row.gap, &gap);
    entry->gaps_sent = gap.count;
    entry->gap_sent = write->gap;
}

bool lease_send(struct lease_rules *rules, struct lease_entry *entry, enum lease_write_kind kind,
                const char *checkpoint)
{
    if (entry->pending != LEASE_WRITE_NONE || entry->reading) {
        return false;
    }
    struct lease_action *action = lease_push(rules, LEASE_ACTION_WRITE, entry->row.key);
    if (action == NULL) {
        return false;
    }
    action->tenure = entry->tenure;
    action->write.kind = kind;
    action->write.row = entry->row;
    action->write.highest = kind == LEASE_WRITE_TAKE ? entry->highest : 0;
    lease_copy_text(action->write.checkpoint, sizeof action->write.checkpoint, checkpoint);
    add_gap(rules, entry, &action->write);
    entry->pending = kind;
    rules->making += kind == LEASE_WRITE_CREATE ? 1 : 0;
    return true;
}

void lease_read(struct lease_rules *rules, struct lease_entry *entry)
{
    if (!entry->reading && entry->pending == LEASE_WRITE_NONE &&
        lease_push(rules, LEASE_ACTION_READ, entry->row.key) != NULL) {
        entry->reading = true;
    }
}

void lease_back_off(struct lease_rules *rules, struct lease_entry *entry)
{
    uint32_t doublings = entry->failures < RETRY_DOUBLINGS ? entry->failures : RETRY_DOUBLINGS;
    int64_t whole =
        clamp((int64_t)RETRY_FIRST_MS << doublings, 1, lease_attempt_ms(rules->options.failover_ms));
    entry->failures++;
    entry->retry_ms = rules->now_ms + whole / 2 + (int64_t)random_below(&rules->random, (uint64_t)whole);
    lease_wake_at(rules, entry->retry_ms);
}

/* No request to make a row finds one. */
bool lease_may_still_land(const struct lease_entry *entry)
{
    return entry->unsure && entry->unsure_counter == entry->row.counter &&
           entry->unsure_kind != LEASE_WRITE_CREATE;
}

/* Of writes on one counter any may be the one applied, so the first counts: validity may start no later. */
static void note_unsure(struct lease_entry *entry, enum lease_write_kind kind, int64_t sent_ms)
{
    if (!entry->unsure || entry->unsure_counter != entry->row.counter) {
        entry->unsure_sent_ms = sent_ms;
    }
    entry->unsure = true;
    entry->unsure_kind = kind;
    entry->unsure_counter = entry->row.counter;
    entry->unsure_next = (kind == LEASE_WRITE_TAKE ? entry->highest : entry->row.counter) + 1;
}

/* A write that concerns a lease we do not hold: TAKE, ASK, UNASK, DELETE. */
static void written_unheld(struct lease_rules *rules, struct lease_entry *entry, enum lease_write_kind kind,
                           const struct lease_event *event)
{
    if (event->outcome == LEASE_UNSENT || event->outcome == LEASE_UNKNOWN) {
        lease_back_off(rules, entry);
        if (event->outcome == LEASE_UNKNOWN) {
            lease_read(rules, entry);
        }
        return;
    }
    if (event->outcome == LEASE_DONE && kind == LEASE_WRITE_DELETE) {
        lease_seen_absent(rules, entry);
        return;
    }
    if (event->row_count == 0) {
        lease_read(rules, entry);
        return;
    }
    if (event->outcome == LEASE_DONE) {
        entry->failures = 0;
        entry->retry_ms = 0;
        /* Lets the row be recognised as the one we wrote, as if its answer had been lost. */
        note_unsure(entry, kind, event->sent_ms);
        entry->unsure_counter = event->rows[0].counter - 1;
        entry->unsure_next = event->rows[0].counter;
        entry->unsure_sent_ms = event->sent_ms;
    }
    lease_seen_row(rules, entry, &event->rows[0], event->sent_ms);
    lease_balance_settle(rules, entry);
}

static void on_write(struct lease_rules *rules, const struct lease_event *event)
{
    struct lease_entry *entry = lease_view_find(&rules->view, event->key);
    if (entry == NULL || entry->pending == LEASE_WRITE_NONE) {
        return;
    }
    enum lease_write_kind kind = entry->pending;
    entry->pending = LEASE_WRITE_NONE;
    rules->making -= kind == LEASE_WRITE_CREATE ? 1 : 0;
    lease_wake_at(rules, rules->now_ms);
    if (event->outcome == LEASE_UNKNOWN) {
        note_unsure(entry, kind, event->sent_ms);
    }
    if (kind == LEASE_WRITE_CREATE) {
        lease_making_written(rules, entry, event);
    } else if (lease_write_is_urgent(kind)) {
        lease_hold_written(rules, entry, kind, event);
    } else {
        written_unheld(rules, entry, kind, event);
    }
}

static void on_read(struct lease_rules *rules, const struct lease_event *event)
{
    struct lease_entry *entry = lease_view_find(&rules->view, event->key);
    if (entry == NULL || !entry->reading) {
        return;
    }
    entry->reading = false;
    lease_wake_at(rules, rules->now_ms);
    if (event->outcome != LEASE_DONE) {
        lease_back_off(rules, entry);
        lease_wake_at(rules, entry->retry_ms);
        rules->suspect_ms = entry->retry_ms < rules->suspect_ms ? entry->retry_ms : rules->suspect_ms;
        return;
    }
    if (event->row_count == 0) {
        lease_seen_absent(rules, entry);
        return;
    }
    bool was_free = lease_balance_available(rules, entry);
    lease_seen_row(rules, entry, &event->rows[0], event->sent_ms);
    lease_balance_settle(rules, entry);
    /* Who was cut off for long does not know which parents have come meanwhile: the next scan decides. */
    bool fresh = rules->now_ms - rules->scanned_ms <= rules->options.failover_ms;
    if (fresh && !was_free && lease_balance_available(rules, entry)) {
        lease_balance(rules);
    }
}

static void on_children(struct lease_rules *rules, const struct lease_event *event)
{
    struct lease_entry *entry = lease_view_find(&rules->view, event->key);
    if (entry != NULL && entry->tenure != 0) {
        lease_ending_children(rules, entry, event, false);
    }
    lease_wake_at(rules, rules->now_ms);
}

static void on_owner(struct lease_rules *rules, const struct lease_event *event)
{
    struct lease_entry *entry = lease_view_find(&rules->view, event->key);
    if (entry == NULL || entry->tenure == 0 || entry->tenure != event->tenure) {
        return; /* an earlier tenure's */
    }
    if (event->kind == LEASE_EVENT_ENDED) {
        lease_ending_begin(rules, entry);
    } else {
        lease_hold_release(rules, entry);
    }
    lease_wake_at(rules, rules->now_ms);
}

static void on_leave(struct lease_rules *rules)
{
    rules->leaving = true;
    for (size_t i = 0; i < rules->view.count; i++) {
        lease_balance_settle(rules, rules->view.entries[i]);
    }
    lease_wake_at(rules, rules->now_ms);
}

static void on_tick(struct lease_rules *rules)
{
    rules->next_ms = INT64_MAX;
    lease_hold_tick(rules);
    lease_seen_tick(rules);
    lease_making_tick(rules);
    lease_discovery_tick(rules);
    if (!rules->leaving && !rules->scanning) {
        if (rules->now_ms >= rules->scan_ms && lease_push(rules, LEASE_ACTION_SCAN, "") != NULL) {
            rules->scanning = true;
        } else {
            lease_wake_at(rules, rules->scan_ms);
        }
    }
}

bool lease_rules_step(struct lease_rules *rules, const struct lease_event *event, int64_t now_ms,
                      struct lease_actions *actions)
{
    rules->now_ms = now_ms;
    rules->actions = actions;
    rules->out_of_memory = false;
    switch (event->kind) {
    case LEASE_EVENT_TICK:
        on_tick(rules);
        break;
    case LEASE_EVENT_SCAN:
        lease_seen_scan(rules, event);
        break;
    case LEASE_EVENT_WRITE:
        on_write(rules, event);
        break;
    case LEASE_EVENT_READ:
        on_read(rules, event);
        break;
    case LEASE_EVENT_SHARDS:
        lease_discovery_shards(rules, event);
        break;
    case LEASE_EVENT_CHILDREN:
        on_children(rules, event);
        break;
    case LEASE_EVENT_ENDED:
    case LEASE_EVENT_RELEASE:
        on_owner(rules, event);
        break;
    case LEASE_EVENT_LEAVE:
        on_leave(rules);
        break;
    }
    rules->actions = NULL;
    return !rules->out_of_memory;
}

int64_t lease_rules_next_ms(const struct lease_rules *rules)
{
    return rules->next_ms;
}

void lease_rules_read_counts(const struct lease_rules *rules, struct lease_rules_counts *ret_counts)
{
    struct lease_rules_counts counts = {
        .held = rules->view.held_count,
        .taken = rules->taken,
        .lost = rules->lost,
        .stolen = rules->stolen,
    };
    lease_balance_count(rules, &counts);
    for (size_t i = 0; rules->leaving && i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        counts.held += entry->tenure == 0 && entry->pending != LEASE_WRITE_NONE ? 1 : 0;
    }
    *ret_counts = counts;
}
