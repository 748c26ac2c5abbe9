/* What `penstock filter --dry-run` found out, and how it is printed. One thread. */
#ifndef PENSTOCK_WORKER_FILTER_FILTER_REPORT_H
#define PENSTOCK_WORKER_FILTER_FILTER_REPORT_H

#include "shard/filter.h"
#include "worker/leases/leases_pool.h"
#include "worker/leases/leases_print.h"

/* A record and a pattern. */
struct filter_finding {
    size_t record; /* from 1 */
    size_t pattern; /* from 1; 0: of a record that cannot be decoded */
    const char *event;
    const char *keys; /* typed JSON */
    const char *sequence;
    const char
        *verdict; /* "pass", "drop", "undecided" (it goes on), "defect" (it goes to the dead letters) */
    const char *field; /* of the first mismatch */
    const char *why;
    bool passes; /* the record, by this pattern or another */
};

/* Zeroed memory is a valid empty report. */
struct filter_report {
    struct leases_pool pool; /* texts */
    struct filter_finding *findings; /* owned */
    size_t count, capacity;
    size_t records, passed, defects;
    size_t by_pattern[FILTER_PATTERNS_MOST]; /* how many records passed each */
};

void filter_report_free(struct filter_report *report);

/* Judges a record by each pattern. STATUS_NO_MEMORY. */
struct status filter_report_add(struct filter_report *report, const struct filter *filter,
                                const struct decode_record *record) MUST_USE;

/* All findings to standard output; a summary to standard error, or into the JSON document. */
struct status filter_report_print(const struct filter_report *report, const struct filter *filter,
                                  const struct leases_style *style) MUST_USE;

#endif
