#include "worker/leases/leases_state.h"

#include <string.h>

static const char *const state_names[LEASES_STATE_COUNT] = {
    [LEASES_UNKNOWN] = "unknown",   [LEASES_ACTIVE] = "active",   [LEASES_WAITING] = "waiting",
    [LEASES_EXPIRED] = "expired",   [LEASES_UNOWNED] = "unowned", [LEASES_HANDING_OVER] = "handing-over",
    [LEASES_FINISHED] = "finished", [LEASES_BROKEN] = "broken",   [LEASES_MISSING] = "missing",
};

const char *leases_state_name(enum leases_state state)
{
    return state_names[state];
}

bool leases_state_parse(const char *name, enum leases_state *ret_state)
{
    for (size_t i = 0; i < LEASES_STATE_COUNT; i++) {
        if (strcmp(name, state_names[i]) == 0) {
            *ret_state = (enum leases_state)i;
            return true;
        }
    }
    return false;
}

/* From after the reply that first showed the counter to before the request that showed it last: the least
 * time that it can have stood still. */
static bool stood_still(const struct leases_row *row, int64_t failover_ms)
{
    return row->sent_boot_ms - row->since_boot_ms >= failover_ms;
}

enum leases_state leases_state_of(const struct leases_row *row, int64_t failover_ms)
{
    if (leases_row_is_broken(row)) {
        return LEASES_BROKEN;
    }
    if (leases_row_is_finished(row)) {
        return LEASES_FINISHED;
    }
    if (leases_row_holder(row)[0] == '\0') {
        return row->waits ? LEASES_WAITING : LEASES_UNOWNED;
    }
    if (stood_still(row, failover_ms)) {
        return LEASES_EXPIRED;
    }
    if (row->checkpoint_owner[0] != '\0') {
        return LEASES_HANDING_OVER;
    }
    return row->moved ? LEASES_ACTIVE : LEASES_UNKNOWN;
}

static void follow_row(struct leases_row *row, const struct leases_row *earlier)
{
    bool same =
        row->counter == earlier->counter && strcmp(leases_row_holder(row), leases_row_holder(earlier)) == 0;
    if (same) {
        row->since_boot_ms = earlier->since_boot_ms;
        row->moved = earlier->moved;
    } else {
        row->moved = true;
    }
}

void leases_state_follow(struct leases_list *list, const struct leases_list *earlier)
{
    size_t other = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct leases_row *row = &list->at[list->by_key[i] - list->at];
        while (other < earlier->count && strcmp(earlier->by_key[other]->key, row->key) < 0) {
            other++;
        }
        if (other < earlier->count && strcmp(earlier->by_key[other]->key, row->key) == 0) {
            follow_row(row, earlier->by_key[other]);
        }
    }
}

bool leases_state_is_open(const struct leases_list *list, int64_t failover_ms)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct leases_row *row = &list->at[i];
        enum leases_state state = leases_state_of(row, failover_ms);
        if (state == LEASES_UNKNOWN || (state == LEASES_HANDING_OVER && !row->moved)) {
            return true;
        }
    }
    return false;
}
