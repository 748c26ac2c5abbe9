#include "lease/lease_write.h"

#include <string.h>

const char *lease_write_name(enum lease_write_kind kind)
{
    static const char *const names[] = {
        [LEASE_WRITE_NONE] = "nothing",     [LEASE_WRITE_CREATE] = "create",
        [LEASE_WRITE_TAKE] = "take",        [LEASE_WRITE_ASK] = "ask for",
        [LEASE_WRITE_UNASK] = "give back",  [LEASE_WRITE_RENEW] = "renew",
        [LEASE_WRITE_RELEASE] = "release",  [LEASE_WRITE_HAND_OVER] = "hand over",
        [LEASE_WRITE_SHARD_END] = "finish", [LEASE_WRITE_DELETE] = "remove",
    };
    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "?";
}

int64_t lease_write_next_counter(const struct lease_write *write)
{
    return (write->highest > write->row.counter ? write->highest : write->row.counter) + 1;
}

bool lease_write_is_urgent(enum lease_write_kind kind)
{
    return kind == LEASE_WRITE_RENEW || kind == LEASE_WRITE_RELEASE || kind == LEASE_WRITE_HAND_OVER ||
           kind == LEASE_WRITE_SHARD_END;
}

static bool same(const char *left, const char *right)
{
    return strcmp(left, right) == 0;
}

static bool condition_holds(const struct lease_write *write, const char *me, const struct lease *row)
{
    const struct lease *seen = &write->row;
    if (write->kind == LEASE_WRITE_CREATE) {
        return row == NULL;
    }
    if (row == NULL) {
        return false;
    }
    bool counter = row->counter == seen->counter;
    bool mine = same(lease_holder(row), me);
    switch (write->kind) {
    case LEASE_WRITE_TAKE:
        return counter && same(row->owner, seen->owner) &&
               same(row->checkpoint_owner, seen->checkpoint_owner);
    case LEASE_WRITE_ASK:
        return same(row->owner, seen->owner) && same(row->marker, seen->owner) &&
               row->checkpoint_owner[0] == '\0';
    case LEASE_WRITE_UNASK:
        return same(row->owner, me) && same(row->checkpoint_owner, seen->checkpoint_owner);
    case LEASE_WRITE_RENEW:
    case LEASE_WRITE_SHARD_END:
        return counter && mine;
    case LEASE_WRITE_RELEASE:
        return counter && same(row->owner, me) && row->checkpoint_owner[0] == '\0';
    case LEASE_WRITE_HAND_OVER:
        return counter && same(row->checkpoint_owner, me);
    case LEASE_WRITE_DELETE:
        return counter && lease_is_finished(row);
    default:
        return false;
    }
}

/* The counter is the new one by now. */
static void set_checkpoint(struct lease *row, const char *checkpoint, const char *me)
{
    if (checkpoint[0] != '\0') {
        lease_copy_text(row->checkpoint, sizeof row->checkpoint, checkpoint);
        lease_make_writer(me, row->counter, row->writer);
        row->switches = 0;
    }
}

static void apply_finish(const struct lease_write *write, const char *me, struct lease *row)
{
    set_checkpoint(row, lease_shard_end, me);
    row->owner[0] = '\0';
    row->checkpoint_owner[0] = '\0';
    row->marker[0] = '\0';
    if (write->row.child_count > 0) {
        row->child_count = write->row.child_count;
        memcpy(row->children, write->row.children, sizeof row->children);
    }
}

static void apply(const struct lease_write *write, const char *me, struct lease *row)
{
    if (write->gap.count > 0 && lease_write_is_urgent(write->kind)) {
        row->gap = write->gap;
    }
    if (write->kind != LEASE_WRITE_ASK && write->kind != LEASE_WRITE_UNASK) {
        row->counter = lease_write_next_counter(write);
    }
    switch (write->kind) {
    case LEASE_WRITE_TAKE:
        row->switches += row->owner[0] != '\0' && !same(row->owner, me) ? 1 : 0;
        lease_copy_text(row->owner, sizeof row->owner, me);
        lease_copy_text(row->marker, sizeof row->marker, me);
        row->checkpoint_owner[0] = '\0';
        row->stream = LEASE_STREAM_SAME;
        break;
    case LEASE_WRITE_ASK:
        lease_copy_text(row->checkpoint_owner, sizeof row->checkpoint_owner, row->owner);
        lease_copy_text(row->owner, sizeof row->owner, me);
        break;
    case LEASE_WRITE_UNASK:
        lease_copy_text(row->owner, sizeof row->owner, row->checkpoint_owner);
        row->checkpoint_owner[0] = '\0';
        break;
    case LEASE_WRITE_RENEW:
        lease_copy_text(row->marker, sizeof row->marker, me);
        set_checkpoint(row, write->checkpoint, me);
        break;
    case LEASE_WRITE_RELEASE:
        set_checkpoint(row, write->checkpoint, me);
        row->owner[0] = '\0';
        row->marker[0] = '\0';
        break;
    case LEASE_WRITE_HAND_OVER:
        set_checkpoint(row, write->checkpoint, me);
        row->checkpoint_owner[0] = '\0';
        break;
    case LEASE_WRITE_SHARD_END:
        apply_finish(write, me, row);
        break;
    default:
        break;
    }
}

enum lease_outcome lease_write_apply(const struct lease_write *write, const char *me, const struct lease *row,
                                     struct lease *ret_row)
{
    if (!condition_holds(write, me, row)) {
        return LEASE_REFUSED;
    }
    if (write->kind == LEASE_WRITE_CREATE) {
        *ret_row = write->row;
        return LEASE_DONE;
    }
    if (write->kind != LEASE_WRITE_DELETE) {
        *ret_row = *row;
        apply(write, me, ret_row);
    }
    return LEASE_DONE;
}
