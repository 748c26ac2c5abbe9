/* The list of problems that checks fill. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_FINDINGS_H
#define PENSTOCK_WORKER_LEASES_LEASES_FINDINGS_H

#include <stddef.h>

#include "base/status.h"

enum { LEASES_FINDING_BYTES = 300 };

/* One problem. Texts but `words` are borrowed from rows and listings, or literals. */
struct leases_finding {
    /* no-leases, unowned, expired, stuck-hand-over, gap, broken, missing-lease, lag, trimmed, lag-unknown */
    const char *problem;
    const char *shard; /* empty: of no one shard */
    const char *owner;
    char words[LEASES_FINDING_BYTES];
};

/* Zeroed memory is a valid empty list. */
struct leases_findings {
    struct leases_finding *at;
    size_t count;
    size_t capacity;
};

/* Adds a problem with printf-made words, cut to fit. */
struct status leases_findings_add(struct leases_findings *findings, const char *problem, const char *shard,
                                  const char *owner, const char *format, ...) MUST_USE PRINTF_LIKE(5, 6);

void leases_findings_free(struct leases_findings *findings);

#endif
