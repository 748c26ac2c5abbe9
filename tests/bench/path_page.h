/* Pages of GetRecords as they come, made from a seed: every kind of attribute, escapes, lengths that vary. */
#ifndef PENSTOCK_TESTS_BENCH_PATH_PAGE_H
#define PENSTOCK_TESTS_BENCH_PATH_PAGE_H

#include "base/bytes.h"
#include "base/random.h"

enum { PATH_PAGE_BYTES = 1024 * 1024, PATH_PAGE_RECORDS = 1000 };

/* One more page behind what `page` holds: records of about `record_bytes`, until 1 MiB or 1,000 of them. Their
 * sequence numbers count `*sequence` on. */
struct status path_page_append(struct bytes *page, struct random *random, size_t record_bytes,
                               uint64_t *sequence, uint32_t *ret_records) MUST_USE;

#endif
