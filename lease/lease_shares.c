#include "lease/lease_shares.h"

#include <stdlib.h>
#include <string.h>

static int compare_owners(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Those above the least share first, most leases first; the others by name. */
static int compare_excess(const void *left, const void *right)
{
    const struct share *const *first = left;
    const struct share *const *second = right;
    if ((*first)->excess != (*second)->excess) {
        return (*first)->excess > (*second)->excess ? -1 : 1;
    }
    return strcmp((*first)->owner, (*second)->owner);
}

/* The worker that an unfinished lease counts for; NULL: nobody (free, blocked, or its owner is leaving). */
static const char *counts_for(const struct lease_rules *rules, const struct lease_entry *entry,
                              struct shares *shares)
{
    if (!lease_balance_is_workable(rules, entry)) {
        return NULL;
    }
    shares->total++;
    if (entry->pending == LEASE_WRITE_TAKE || entry->pending == LEASE_WRITE_ASK) {
        return rules->options.me;
    }
    if (lease_balance_available(rules, entry)) {
        /* One that nobody could serve for long must not stop all balancing. */
        int64_t stuck_ms = 4 * lease_scan_ms(rules->options.failover_ms);
        shares->available += rules->now_ms - entry->available_ms < stuck_ms ? 1 : 0;
        return NULL;
    }
    const char *owner = entry->row.owner;
    return owner[0] == '\0' || lease_seen_leaving(rules, owner) ? NULL : owner;
}

static bool set_targets(struct shares *shares)
{
    struct share **order = calloc(shares->count, sizeof(struct share *));
    if (order == NULL) {
        return false;
    }
    size_t least = shares->total / shares->count;
    for (size_t i = 0; i < shares->count; i++) {
        shares->at[i].excess = shares->at[i].count > least ? shares->at[i].count - least : 0;
        order[i] = &shares->at[i];
    }
    qsort(order, shares->count, sizeof(struct share *), compare_excess);
    for (size_t i = 0; i < shares->count; i++) {
        order[i]->target = least + (i < shares->total % shares->count ? 1 : 0);
    }
    free(order);
    return true;
}

bool lease_shares_count(const struct lease_rules *rules, struct shares *shares)
{
    size_t room = rules->view.count + 1;
    const char **owners = calloc(room, sizeof(char *));
    shares->at = calloc(room, sizeof *shares->at);
    if (owners == NULL || shares->at == NULL) {
        free(owners);
        return false;
    }
    size_t count = 0;
    for (size_t i = 0; i < rules->view.count; i++) {
        const char *owner = counts_for(rules, rules->view.entries[i], shares);
        if (owner != NULL) {
            owners[count++] = owner;
        }
    }
    owners[count++] = rules->options.me; /* present even without a lease; taken off again below */
    qsort(owners, count, sizeof(char *), compare_owners);
    shares->at[0].owner = owners[0];
    shares->count = 1;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(shares->at[shares->count - 1].owner, owners[i]) != 0) {
            shares->at[shares->count++].owner = owners[i];
        }
        shares->at[shares->count - 1].count++;
    }
    free(owners);
    for (size_t i = 0; i < shares->count; i++) {
        if (lease_is_me(rules, shares->at[i].owner)) {
            shares->at[i].count--;
            shares->me = i;
        }
    }
    return set_targets(shares);
}

size_t lease_share_need(const struct share *share)
{
    return share->target > share->count ? share->target - share->count : 0;
}

size_t lease_shares_need_before_me(const struct shares *shares)
{
    size_t need = 0;
    for (size_t i = 0; i < shares->me; i++) {
        need += lease_share_need(&shares->at[i]);
    }
    return need;
}

size_t lease_share_surplus(const struct share *share)
{
    return share->count > share->target ? share->count - share->target : 0;
}
