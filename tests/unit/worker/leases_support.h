/* Lists of lease rows for tests, from a few words. */
#ifndef PENSTOCK_TESTS_UNIT_WORKER_LEASES_SUPPORT_H
#define PENSTOCK_TESTS_UNIT_WORKER_LEASES_SUPPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/leases/leases_read.h"

/* A sound, unowned row at the trim horizon, first read at 0. */
static inline struct leases_row leases_test_row(const char *key)
{
    return (struct leases_row){
        .key = key,
        .shard = key,
        .stream_name = "",
        .owner = "",
        .checkpoint_owner = "",
        .checkpoint = "TRIM_HORIZON",
        .pending_checkpoint = "",
        .throughput_kbps = "",
        .starting_hash_key = "",
        .ending_hash_key = "",
        .marker = "",
        .stream_arn = "",
        .rewind = "",
        .unknown = "",
        .defect = "",
        .gap = {.after = "", .until = "", .found = ""},
    };
}

static inline void leases_test_add(struct leases_list *list, const struct leases_row *row)
{
    struct status status = leases_list_add(list, row);
    assert_int_equal(status.code, STATUS_OK);
    status = leases_list_sort(list);
    assert_int_equal(status.code, STATUS_OK);
}

#endif
