/* The filter that settings or options ask for. */
#ifndef PENSTOCK_WORKER_FILTER_FILTER_LOAD_H
#define PENSTOCK_WORKER_FILTER_FILTER_LOAD_H

#include "shard/filter.h"
#include "worker/settings.h"

/* Borrowed; NULL: not given. */
struct filter_texts {
    const char *patterns; /* of --filter, one after the other */
    const char *place; /* where they come from, for errors: "--filter", "PENSTOCK_FILTER" */
    const char *file; /* of --filter-file */
};

/* Compiles all patterns, those of the file behind the others. *ret_filter is NULL when nothing is given.
 * STATUS_INVALID names place, pattern, column and field; other codes: the file cannot be read. */
struct status filter_load(const struct filter_texts *texts, struct filter **ret_filter) MUST_USE;

/* The filter that the settings of run ask for. */
struct status filter_load_settings(const struct settings *settings, struct filter **ret_filter) MUST_USE;

#endif
