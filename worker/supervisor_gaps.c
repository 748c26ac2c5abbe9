/* Gaps between the positions file and the lease rows: what the file knows goes into the row with the next write of
 * it, what an operator removed from the row goes from the file. */
#include <string.h>

#include "lease/lease.h"
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

static struct position_gap_sum gap_of_row(const struct lease *rows, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].broken && strcmp(rows[i].key, key) == 0) {
            return (struct position_gap_sum){
                .count = rows[i].gap.count,
                .certain = rows[i].gap.certain,
                .after = rows[i].gap.after,
                .until = rows[i].gap.until,
                .found_wall_ms = rows[i].gap.found_wall_ms,
            };
        }
    }
    return (struct position_gap_sum){.count = 0};
}

static bool is_broken(const struct lease *rows, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].broken && strcmp(rows[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

/* A row that is gone was finished and acknowledged, or it would not have been removed; of a table without any row
 * nothing is known. */
void supervisor_on_scanned(void *context, const struct lease *rows, size_t count, int64_t sent_boot_ms)
{
    struct supervisor *supervisor = context;
    char shard[LEASE_KEY_BYTES];
    for (size_t i = 0; count > 0 && positions_gap_shard(supervisor->positions, i, shard, sizeof shard); i++) {
        if (!is_broken(rows, count, shard)) {
            struct position_gap_sum gap = gap_of_row(rows, count, shard);
            positions_see_row(supervisor->positions, shard, &gap, sent_boot_ms);
        }
    }
}
