#include "lease/lease_watch.h"

#include <stdlib.h>
#include <string.h>

#include "lease/lease_state.h"

const char *lease_row_state_name(enum lease_row_state state)
{
    static const char *const names[LEASE_ROW_STATES] = {
        [LEASE_ROW_ACTIVE] = "active",     [LEASE_ROW_EXPIRED] = "expired",
        [LEASE_ROW_UNKNOWN] = "unknown",   [LEASE_ROW_UNOWNED] = "unowned",
        [LEASE_ROW_WAITING] = "waiting",   [LEASE_ROW_HANDING_OVER] = "handing-over",
        [LEASE_ROW_FINISHED] = "finished", [LEASE_ROW_OTHER_STREAM] = "other-stream",
        [LEASE_ROW_BROKEN] = "broken",
    };
    return names[state];
}

static enum lease_row_state state_of_owned(const struct lease_rules *rules, const struct lease_entry *entry)
{
    if (entry->tenure != 0) {
        return LEASE_ROW_ACTIVE;
    }
    if (lease_seen_expired(rules, entry)) {
        return LEASE_ROW_EXPIRED;
    }
    return entry->renewed ? LEASE_ROW_ACTIVE : LEASE_ROW_UNKNOWN;
}

static enum lease_row_state state_of(const struct lease_rules *rules, const struct lease_entry *entry)
{
    const struct lease *row = &entry->row;
    if (row->broken) {
        return LEASE_ROW_BROKEN;
    }
    if (row->stream == LEASE_STREAM_OTHER) {
        return LEASE_ROW_OTHER_STREAM;
    }
    if (lease_is_finished(row)) {
        return LEASE_ROW_FINISHED;
    }
    if (lease_holder(row)[0] == '\0') {
        return lease_balance_parents_done(rules, entry) ? LEASE_ROW_UNOWNED : LEASE_ROW_WAITING;
    }
    enum lease_row_state state = state_of_owned(rules, entry);
    bool asked = row->checkpoint_owner[0] != '\0';
    return asked && state != LEASE_ROW_EXPIRED ? LEASE_ROW_HANDING_OVER : state;
}

void lease_snapshot_free(struct lease_snapshot *snapshot)
{
    free(snapshot->at);
    lease_rows_free(&snapshot->rows);
    *snapshot = (struct lease_snapshot){0};
}

bool lease_rules_copy_rows(const struct lease_rules *rules, struct lease_snapshot *ret_snapshot)
{
    const struct lease_view *view = &rules->view;
    struct lease_snapshot snapshot = {0};
    if (view->count > 0) {
        snapshot.at = malloc(view->count * sizeof snapshot.at[0]);
        if (snapshot.at == NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < view->count; i++) {
        const struct lease_entry *entry = view->entries[i];
        if (entry->exists) {
            struct lease_watch_row *row = &snapshot.at[snapshot.count++];
            row->at = snapshot.rows.packed.length;
            row->state = state_of(rules, entry);
            row->held = entry->tenure != 0;
            if (!lease_rows_add(&snapshot.rows, &entry->row)) {
                lease_snapshot_free(&snapshot);
                return false;
            }
        }
    }
    for (size_t i = 0; i < snapshot.count; i++) {
        snapshot.at[i].key = lease_rows_key(&snapshot.rows, snapshot.at[i].at);
    }
    *ret_snapshot = snapshot;
    return true;
}

static const char *how_it_moved(const struct lease_rules *rules, const struct lease_entry *entry,
                                const struct lease *row)
{
    if (row->owner[0] == '\0') {
        return "released";
    }
    if (row->checkpoint_owner[0] != '\0') {
        return "hand-over asked";
    }
    if (entry->row.owner[0] == '\0') {
        return "taken";
    }
    return lease_seen_expired(rules, entry) ? "taken from a dead owner" : "stolen";
}

bool lease_rules_find_move(const struct lease_rules *rules, const struct lease *row,
                           struct lease_move *ret_move)
{
    const struct lease_entry *entry = lease_view_find(&rules->view, row->key);
    if (entry == NULL || !entry->exists || entry->tenure != 0 || row->broken || lease_is_finished(row) ||
        strcmp(entry->row.owner, row->owner) == 0 || lease_is_me(rules, row->owner)) {
        return false;
    }
    *ret_move = (struct lease_move){.how = how_it_moved(rules, entry, row)};
    lease_copy_text(ret_move->key, sizeof ret_move->key, row->key);
    lease_copy_text(ret_move->from, sizeof ret_move->from, entry->row.owner);
    lease_copy_text(ret_move->to, sizeof ret_move->to, row->owner);
    return true;
}

static const char *how_it_comes(const struct lease_rules *rules, const struct lease_entry *entry)
{
    const struct lease *row = &entry->row;
    if (row->owner[0] == '\0') {
        return "taken";
    }
    if (strcmp(row->owner, rules->options.previous) == 0) {
        return "taken back after a restart";
    }
    if (lease_is_me(rules, row->owner)) {
        bool handed = row->checkpoint_owner[0] != '\0' || entry->came_from[0] != '\0';
        return handed ? "handed over" : "taken again";
    }
    return lease_seen_expired(rules, entry) ? "taken from a dead owner" : "stolen";
}

void lease_rules_find_origin(const struct lease_rules *rules, const char *key, struct lease_move *ret_origin)
{
    *ret_origin = (struct lease_move){0};
    const struct lease_entry *entry = lease_view_find(&rules->view, key);
    if (entry == NULL || !entry->exists || entry->row.broken) {
        return;
    }
    ret_origin->how = how_it_comes(rules, entry);
    lease_copy_text(ret_origin->key, sizeof ret_origin->key, key);
    bool ours_already = lease_is_me(rules, lease_holder(&entry->row));
    lease_copy_text(ret_origin->from, sizeof ret_origin->from,
                    ours_already ? entry->came_from : lease_holder(&entry->row));
}

/* What the last write of a tenure did, as people say it. */
static const char *how_it_left(const struct lease_action *action)
{
    if (action->kind == LEASE_ACTION_LOST) {
        return action->reason;
    }
    if (strcmp(action->reason, lease_write_name(LEASE_WRITE_HAND_OVER)) == 0) {
        return "handed over";
    }
    return strcmp(action->reason, lease_write_name(LEASE_WRITE_SHARD_END)) == 0 ? "finished" : "released";
}

bool lease_move_of_action(const struct lease_action *action, const char *me, const struct lease_move *origin,
                          struct lease_move *ret_move)
{
    bool comes = action->kind == LEASE_ACTION_GRANTED;
    if (!comes && action->kind != LEASE_ACTION_LOST && action->kind != LEASE_ACTION_RELEASED) {
        return false;
    }
    bool known = strcmp(origin->key, action->key) == 0;
    const char *other = comes && known ? origin->from : action->other;
    other = strcmp(other, me) == 0 ? "" : other;
    *ret_move = (struct lease_move){.how = !comes ? how_it_left(action) : known ? origin->how : "new shard"};
    lease_copy_text(ret_move->key, sizeof ret_move->key, action->key);
    lease_copy_text(ret_move->from, sizeof ret_move->from, comes ? other : me);
    lease_copy_text(ret_move->to, sizeof ret_move->to, comes ? me : other);
    return true;
}
