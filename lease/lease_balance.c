/* Who takes what: free leases at once, and a share of the others' until all shares are even within one.
 *
 * Leaderless: every worker computes the same plan from the same table. Of the shares ceil, ..., floor the greater
 * ones go to those who hold more than the floor, then by name; so whoever is above its share has at least two more
 * than whoever is below, even shares move nothing, and the plan stays the same while it is carried out: a share
 * that changed under way would leave a last lease to the next scan. Surplus leases and needs are laid along one
 * line in the order of the workers' names: each thief takes its own stretch, so thieves do not race for one lease.
 */
#include <stdlib.h>
#include <string.h>

#include "lease/lease_shares.h"

enum { STEAL_AT_LEAST = 4 };

bool lease_balance_parents_done(const struct lease_rules *rules, const struct lease_entry *entry)
{
    for (size_t i = 0; i < entry->row.parent_count; i++) {
        const struct lease_entry *parent = lease_view_find(&rules->view, entry->row.parents[i]);
        if (parent != NULL && (!parent->exists || !lease_is_finished(&parent->row))) {
            return false;
        }
        /* A scan is no snapshot: one that saw the child can have missed its parent. A second look decides. */
        if (parent == NULL && lease_is_unstarted(&entry->row) && entry->scans_seen < 2 &&
            !lease_is_me(rules, entry->row.owner)) {
            return false;
        }
    }
    return true;
}

/* A row that somebody is to serve, now or once its parents are done. */
static bool is_unfinished(const struct lease_entry *entry)
{
    return entry->exists && !entry->row.broken && !lease_is_finished(&entry->row) &&
           lease_is_of_stream(&entry->row);
}

bool lease_balance_is_workable(const struct lease_rules *rules, const struct lease_entry *entry)
{
    return is_unfinished(entry) && lease_balance_parents_done(rules, entry);
}

/* We neither hold it nor wait for an answer about it. */
static bool is_idle(const struct lease_entry *entry)
{
    return entry->tenure == 0 && entry->pending == LEASE_WRITE_NONE && !entry->reading;
}

static bool is_previous(const struct lease_rules *rules, const char *owner)
{
    return owner[0] != '\0' && strcmp(owner, rules->options.previous) == 0;
}

bool lease_balance_available(const struct lease_rules *rules, const struct lease_entry *entry)
{
    if (entry->tenure != 0 || !lease_balance_is_workable(rules, entry)) {
        return false;
    }
    const char *holder = lease_holder(&entry->row);
    return holder[0] == '\0' || is_previous(rules, holder) || lease_seen_expired(rules, entry);
}

/* Held, on its way, or taken by a write whose answer was lost and that still makes it ours if it is found. */
static bool is_coming(const struct lease_rules *rules, const struct lease_entry *entry)
{
    bool sent = entry->pending == LEASE_WRITE_TAKE || entry->pending == LEASE_WRITE_ASK;
    bool lost = entry->unsure && rules->now_ms < entry->unsure_sent_ms + rules->options.failover_ms;
    return entry->tenure != 0 || sent || lost;
}

/* With `named`: and rows that carry our name, or are to be made with it. */
static size_t count_mine(const struct lease_rules *rules, bool named)
{
    size_t mine = 0;
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        bool ours = named && lease_is_me(rules, entry->row.owner) && !lease_is_finished(&entry->row);
        mine += ours || is_coming(rules, entry) ? 1 : 0;
    }
    return mine;
}

size_t lease_balance_room(const struct lease_rules *rules, size_t ending)
{
    if (rules->leaving || rules->options.max_leases == 0) {
        return rules->leaving ? 0 : SIZE_MAX;
    }
    size_t mine = count_mine(rules, true);
    size_t most = rules->options.max_leases + ending;
    return mine < most ? most - mine : 0;
}

bool lease_balance_has_place(const struct lease_rules *rules, const struct lease_entry *entry)
{
    size_t itself = is_coming(rules, entry) ? 1 : 0;
    return rules->options.max_leases == 0 || count_mine(rules, false) - itself < rules->options.max_leases;
}

/* A row that we made with ourselves as its owner is held without a take while nobody can think us dead. */
static bool is_freshly_made(const struct lease_rules *rules, const struct lease_entry *entry)
{
    int64_t fresh_ms = entry->sent_ms + lease_renewal_ms(rules->options.failover_ms);
    return entry->row.counter == 0 && entry->sent_ms != 0 && rules->now_ms < fresh_ms;
}

static void take_back(struct lease_rules *rules, struct lease_entry *entry, bool mine)
{
    if (!lease_balance_has_place(rules, entry)) {
        return; /* over the cap by a late answer: it goes to others once it has expired, or to us */
    }
    if (mine && is_freshly_made(rules, entry)) {
        lease_hold_grant(rules, entry, entry->sent_ms, "made it");
    } else if (rules->now_ms >= entry->retry_ms) {
        (void)lease_send(rules, entry, LEASE_WRITE_TAKE, "");
    }
}

/* We lost the lease while another worker waited for it, and the row still names us: the hand-over ends here,
 * since nobody else can end it while we live. */
static void give_way(struct lease_rules *rules, struct lease_entry *entry)
{
    if (rules->now_ms >= entry->retry_ms) {
        (void)lease_send(rules, entry, LEASE_WRITE_HAND_OVER, "");
    }
}

void lease_balance_settle(struct lease_rules *rules, struct lease_entry *entry)
{
    if (!is_unfinished(entry) || !is_idle(entry)) {
        return;
    }
    if (lease_is_me(rules, entry->row.checkpoint_owner)) {
        give_way(rules, entry);
        return;
    }
    bool mine = lease_is_me(rules, entry->row.owner);
    if (!mine && !is_previous(rules, entry->row.owner)) {
        return;
    }
    if (entry->row.checkpoint_owner[0] != '\0') {
        if (mine) {
            lease_hand_over_settle(rules, entry);
        }
    } else if (rules->leaving) {
        if (mine) {
            (void)lease_send(rules, entry, LEASE_WRITE_RELEASE, "");
        }
    } else if (lease_balance_parents_done(rules, entry)) {
        take_back(rules, entry, mine);
    }
}

static int compare_keys(const void *left, const void *right)
{
    const struct lease_entry *const *first = left;
    const struct lease_entry *const *second = right;
    return strcmp((*first)->row.key, (*second)->row.key);
}

static void shuffle(struct lease_rules *rules, struct lease_entry **entries, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)random_below(&rules->random, i);
        struct lease_entry *swapped = entries[i - 1];
        entries[i - 1] = entries[other];
        entries[other] = swapped;
    }
}

static bool take(struct lease_rules *rules, struct lease_entry *entry)
{
    return rules->now_ms >= entry->retry_ms && lease_send(rules, entry, LEASE_WRITE_TAKE, "");
}

/* If there is room, which one that counts already does not need. */
static bool take_into(struct lease_rules *rules, struct lease_entry *entry, size_t *room)
{
    bool counted = is_coming(rules, entry);
    if ((*room == 0 && !counted) || !take(rules, entry)) {
        return false;
    }
    *room -= counted ? 0 : 1;
    return true;
}

/* My stretch of the free leases now; those that lay free for longer than a scan (their taker is at its cap,
 * or was never there) whoever they were meant for. Alone, in any order: other newcomers may be at it too. */
static void take_free(struct lease_rules *rules, const struct shares *shares, struct lease_entry **list)
{
    size_t count = 0;
    for (size_t i = 0; i < rules->view.count; i++) {
        if (lease_balance_available(rules, rules->view.entries[i]) &&
            rules->view.entries[i]->pending == LEASE_WRITE_NONE) {
            list[count++] = rules->view.entries[i];
        }
    }
    size_t need = lease_share_need(&shares->at[shares->me]);
    size_t room = lease_balance_room(rules, 0);
    size_t from = 0;
    if (shares->count == 1) {
        shuffle(rules, list, count);
    } else {
        qsort(list, count, sizeof(struct lease_entry *), compare_keys);
        from = lease_shares_need_before_me(shares);
    }
    for (size_t i = from; i < count && need > 0; i++) {
        need -= take_into(rules, list[i], &room) ? 1 : 0;
    }
    int64_t patience_ms = lease_scan_ms(rules->options.failover_ms) * 5 / 4;
    for (size_t i = 0; i < count; i++) {
        if (list[i]->pending == LEASE_WRITE_NONE && list[i]->available_ms != 0 &&
            rules->now_ms - list[i]->available_ms > patience_ms) {
            (void)take_into(rules, list[i], &room);
        }
    }
}

/* Leases of `owner` that may be stolen, in the order of keys. A lease that moved lately stays where it is. */
static size_t list_stealable(const struct lease_rules *rules, const char *owner, struct lease_entry **list)
{
    size_t count = 0;
    for (size_t i = 0; i < rules->view.count; i++) {
        struct lease_entry *entry = rules->view.entries[i];
        bool cool = entry->moved_ms == 0 || rules->now_ms - entry->moved_ms > rules->options.failover_ms;
        if (is_idle(entry) && cool && strcmp(entry->row.owner, owner) == 0 &&
            entry->row.checkpoint_owner[0] == '\0' && lease_balance_is_workable(rules, entry) &&
            rules->now_ms >= entry->retry_ms) {
            list[count++] = entry;
        }
    }
    qsort(list, count, sizeof(struct lease_entry *), compare_keys);
    return count;
}

static void steal(struct lease_rules *rules, struct lease_entry *entry)
{
    bool asked = lease_holder_is_ours(&entry->row);
    if (lease_send(rules, entry, asked ? LEASE_WRITE_ASK : LEASE_WRITE_TAKE, "")) {
        rules->stolen++;
    }
}

/* A worker without a lease is in nobody's plan, nor are others that came with it: a few leases, from any place of
 * the line, make it known. */
static size_t begin_as_newcomer(struct lease_rules *rules, const struct shares *shares, size_t need)
{
    size_t surplus = 0;
    for (size_t i = 0; i < shares->count; i++) {
        surplus += lease_share_surplus(&shares->at[i]);
    }
    return surplus > need ? (size_t)random_below(&rules->random, surplus - need + 1) : 0;
}

/* Half of what is missing at a time (a few at least): counts settle between scans, so that a fleet that
 * starts together does not take too much from one donor. */
static void steal_share(struct lease_rules *rules, const struct shares *shares, struct lease_entry **list)
{
    size_t need = lease_share_need(&shares->at[shares->me]);
    bool newcomer = shares->at[shares->me].count == 0;
    size_t most = !newcomer && (need + 1) / 2 > STEAL_AT_LEAST ? (need + 1) / 2 : STEAL_AT_LEAST;
    size_t room = lease_balance_room(rules, 0);
    need = need < most ? need : most;
    need = need < room ? need : room;
    size_t from = newcomer ? begin_as_newcomer(rules, shares, need) : lease_shares_need_before_me(shares);
    size_t until = from + need;
    size_t begin = 0;
    for (size_t i = 0; i < shares->count && begin < until; i++) {
        const struct share *donor = &shares->at[i];
        size_t end = begin + lease_share_surplus(donor);
        if (end > begin && i != shares->me && end > from) {
            size_t count = list_stealable(rules, donor->owner, list);
            size_t last = (until < end ? until : end) - begin;
            for (size_t j = from > begin ? from - begin : 0; j < last && j < count; j++) {
                steal(rules, list[j]);
            }
        }
        begin = end;
    }
}

void lease_balance(struct lease_rules *rules)
{
    if (rules->leaving || !rules->scanned) {
        return;
    }
    struct shares shares = {0};
    struct lease_entry **list = calloc(rules->view.count + 1, sizeof(struct lease_entry *));
    if (list == NULL || !lease_shares_count(rules, &shares)) {
        rules->out_of_memory = true;
    } else {
        rules->my_share = shares.at[shares.me].target;
        take_free(rules, &shares, list);
        if (shares.available == 0) {
            steal_share(rules, &shares, list);
        }
    }
    free(list);
    free(shares.at);
}

void lease_balance_count(const struct lease_rules *rules, struct lease_rules_counts *counts)
{
    struct shares shares = {0};
    if (lease_shares_count(rules, &shares)) {
        counts->workers = shares.count - (shares.at[shares.me].count == 0 ? 1 : 0);
    }
    free(shares.at);
    for (size_t i = 0; i < rules->view.count; i++) {
        const struct lease_entry *entry = rules->view.entries[i];
        counts->total += entry->exists && !entry->row.broken ? 1 : 0;
        counts->finished += entry->exists && lease_is_finished(&entry->row) ? 1 : 0;
        counts->unowned += lease_balance_available(rules, entry) ? 1 : 0;
        counts->awaiting_children += lease_ending_is_waiting(entry) ? 1 : 0;
        bool gap = entry->exists && entry->row.gap.count > 0;
        size_t *gaps = entry->row.gap.certain ? &counts->gaps_certain : &counts->gaps_possible;
        *gaps += gap ? 1 : 0;
    }
}
