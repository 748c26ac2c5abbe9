/* Gaps between the positions file and the lease rows: what the file knows goes into the row with the next write of
 * it, what an operator removed from the row goes from the file. */
#include <string.h>

#include "lease/lease_rows.h"
#include "worker/supervisor_inner.h"

bool supervisor_on_gap(void *context, const char *key, uint64_t tenure, struct lease_gap *ret_gap)
{
    (void)tenure;
    struct supervisor *supervisor = context;
    struct position_gap_sum sum;
    if (!positions_pending_gaps(supervisor->positions, key, &sum)) {
        return false;
    }
    *ret_gap = (struct lease_gap){
        .count = sum.count,
        .certain = sum.certain,
        .after = sum.after,
        .until = sum.until,
        .found_wall_ms = sum.found_wall_ms,
    };
    return true;
}

void supervisor_on_gap_stored(void *context, const char *key, uint64_t tenure, uint32_t count)
{
    (void)tenure;
    struct supervisor *supervisor = context;
    positions_gaps_in_row(supervisor->positions, key, count);
}

static bool find_row(const struct lease_rows *rows, const char *key, struct lease *ret_row)
{
    for (size_t at = 0; lease_rows_next(rows, &at, ret_row);) {
        if (strcmp(ret_row->key, key) == 0) {
            return true;
        }
    }
    return false;
}

/* A row that is gone was finished and acknowledged, or it would not have been removed; of a table without any row, and
 * from a row that is not understood, nothing is known. */
void supervisor_on_scanned(void *context, const struct lease_rows *rows, int64_t sent_boot_ms)
{
    struct supervisor *supervisor = context;
    char shard[LEASE_KEY_BYTES];
    for (size_t i = 0; rows->count > 0 && positions_gap_shard(supervisor->positions, i, shard, sizeof shard);
         i++) {
        struct position_gap_sum gap = {.count = 0};
        struct lease row;
        bool found = find_row(rows, shard, &row);
        if (found && !row.broken) {
            gap = (struct position_gap_sum){
                .count = row.gap.count,
                .certain = row.gap.certain,
                .after = row.gap.after,
                .until = row.gap.until,
                .found_wall_ms = row.gap.found_wall_ms,
            };
        }
        if (!found || !row.broken) {
            positions_see_row(supervisor->positions, shard, &gap, sent_boot_ms);
        }
    }
}
