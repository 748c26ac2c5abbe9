/* Private to the rules: the plan that every worker computes from the table, see lease_balance.c. */
#ifndef PENSTOCK_LEASE_LEASE_SHARES_H
#define PENSTOCK_LEASE_LEASE_SHARES_H

#include "lease/lease_state.h"

struct share {
    const char *owner; /* borrowed from the view */
    size_t count;
    size_t excess; /* over the least share */
    size_t target;
};

struct shares {
    struct share *at; /* in the order of names */
    size_t count;
    size_t total; /* leases to be shared */
    size_t available;
    size_t me;
};

/* False when memory ran out. shares->at is the caller's to free in either case. */
bool lease_shares_count(const struct lease_rules *rules, struct shares *shares) MUST_USE;

/* Leases that a worker lacks, or has too many. */
size_t lease_share_need(const struct share *share);
size_t lease_share_surplus(const struct share *share);

/* What workers before us, in the order of names, lack together. */
size_t lease_shares_need_before_me(const struct shares *shares);

#endif
