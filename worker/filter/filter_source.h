/* Where `penstock filter` has its records from. One thread. */
#ifndef PENSTOCK_WORKER_FILTER_FILTER_SOURCE_H
#define PENSTOCK_WORKER_FILTER_FILTER_SOURCE_H

#include "shard/decode.h"
#include "shard/filter.h"
#include "worker/filter/filter_command.h"

/* Takes record after record, also those with a defect; false: no more is wanted. */
struct filter_taker {
    void *context;
    bool (*take)(void *context, const struct decode_record *record);
};

/* All records of a page, a reply of GetRecords. *ret_more is what the taker said last. STATUS_CORRUPT with the place. */
struct status filter_source_page(struct slice page, const struct filter_taker *taker, bool *ret_more)
    MUST_USE;

/* All records of a file; "-" is standard input. STATUS_INVALID when it is not JSON of records. */
struct status filter_source_file(const char *path, const struct filter_taker *taker, bool *ret_more) MUST_USE;

/* Records of the stream of --table or --stream-arn, for --time at most. */
struct status filter_source_stream(const struct filter_request *request, struct filter *filter,
                                   const struct filter_taker *taker) MUST_USE;

#endif
