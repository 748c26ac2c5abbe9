/* Gaps that no operator has acknowledged: kept in the file and, once the lease's holder has written them, in the
 * lease row, which outlives this disk. */
#include <stdlib.h>

#include "base/log.h"
#include "shard/positions_private.h"

void positions_mark_gap(struct positions *positions, struct position_gap_entry *gap)
{
    if (!gap->dirty) {
        gap->dirty = true;
        positions->gaps_dirty++;
    }
    condition_signal(&positions->wanted);
}

static bool is_of(const struct position_gap_entry *gap, const char *shard)
{
    return !gap->gone && strcmp(gap->shard, shard) == 0;
}

struct position_gap_entry *positions_put_gap(struct positions *positions,
                                             const struct position_gap_entry *gap)
{
    for (size_t i = 0; i < positions->gap_count; i++) {
        struct position_gap_entry *known = &positions->gaps[i];
        if (strcmp(known->shard, gap->shard) == 0 &&
            sequence_number_compare(&known->after, &gap->after) == 0) {
            bool longer = gap->until.length > 0 && sequence_number_compare(&gap->until, &known->until) != 0;
            known->certain = known->certain || gap->certain;
            known->until = longer ? gap->until : known->until;
            known->in_row = known->in_row && !known->gone && !longer;
            known->gone = false;
            return known;
        }
    }
    if (positions->gaps == NULL) {
        positions->gaps = calloc(POSITIONS_GAPS, sizeof *positions->gaps);
    }
    if (positions->gaps == NULL || positions->gap_count == POSITIONS_GAPS) {
        return NULL;
    }
    struct position_gap_entry *added = &positions->gaps[positions->gap_count++];
    *added = *gap;
    return added;
}

void positions_drop_gone(struct positions *positions)
{
    size_t kept = 0;
    for (size_t i = 0; i < positions->gap_count; i++) {
        if (!positions->gaps[i].gone || positions->gaps[i].dirty) {
            positions->gaps[kept++] = positions->gaps[i];
        }
    }
    positions->gap_count = kept;
}

struct status positions_note_gap(struct positions *positions, const struct position_gap *gap)
{
    struct position_gap_entry entry = {
        .after = gap->after,
        .until = gap->until,
        .found_wall_ms = gap->found_wall_ms,
        .certain = gap->certain,
    };
    bool fits = slice_copy_text(slice_of_text(gap->shard), entry.shard, sizeof entry.shard);
    mutex_lock(&positions->lock);
    struct position_gap_entry *added = fits ? positions_put_gap(positions, &entry) : NULL;
    if (added != NULL) {
        positions_mark_gap(positions, added);
    }
    /* A try that has begun already may not carry it: the one after that does. */
    uint64_t carrier = positions->tries_begun + 1;
    while (added != NULL && positions->tries_ended < carrier && !positions->closing) {
        condition_wait(&positions->tried, &positions->lock);
    }
    bool stored = added != NULL && !positions->degraded;
    mutex_unlock(&positions->lock);
    return stored ? status_ok()
                  : status_make(STATUS_IO,
                                "the gap of shard '%s' is not stored: the state folder refuses writes",
                                gap->shard);
}

size_t positions_gap_count(struct positions *positions)
{
    mutex_lock(&positions->lock);
    size_t count = 0;
    for (size_t i = 0; i < positions->gap_count; i++) {
        count += positions->gaps[i].gone ? 0 : 1;
    }
    mutex_unlock(&positions->lock);
    return count;
}

static bool begins_before(const struct sequence_number *left, const struct sequence_number *right)
{
    return sequence_number_compare(left, right) < 0; /* the shard's start, length 0, is below everything */
}

/* An end that is not known reaches further than any known one. */
static bool ends_after(const struct sequence_number *left, const struct sequence_number *right)
{
    return left->length == 0 || (right->length > 0 && sequence_number_compare(left, right) > 0);
}

static void add_to_sum(struct position_gap_sum *sum, const struct position_gap_entry *gap)
{
    bool first = sum->count == 0;
    sum->count++;
    sum->certain = sum->certain || gap->certain;
    sum->after = first || begins_before(&gap->after, &sum->after) ? gap->after : sum->after;
    sum->until = first || ends_after(&gap->until, &sum->until) ? gap->until : sum->until;
    sum->found_wall_ms = gap->found_wall_ms > sum->found_wall_ms ? gap->found_wall_ms : sum->found_wall_ms;
}

bool positions_pending_gaps(struct positions *positions, const char *shard, struct position_gap_sum *ret_sum)
{
    struct position_gap_sum sum = {.count = 0};
    mutex_lock(&positions->lock);
    for (size_t i = 0; i < positions->gap_count; i++) {
        const struct position_gap_entry *gap = &positions->gaps[i];
        if (is_of(gap, shard) && !gap->in_row) {
            add_to_sum(&sum, gap);
        }
    }
    mutex_unlock(&positions->lock);
    if (sum.count == 0) {
        return false;
    }
    *ret_sum = sum;
    return true;
}

static void mark_in_row(struct positions *positions, struct position_gap_entry *gap) REQUIRES(positions->lock)
{
    gap->in_row = true;
    gap->in_row_boot_ms = clock_boot_ms(positions->clock);
    positions_mark_gap(positions, gap);
}

void positions_gaps_in_row(struct positions *positions, const char *shard, uint32_t count)
{
    mutex_lock(&positions->lock);
    for (size_t i = 0; i < positions->gap_count && count > 0; i++) {
        struct position_gap_entry *gap = &positions->gaps[i];
        if (is_of(gap, shard) && !gap->in_row) {
            mark_in_row(positions, gap);
            count--;
        }
    }
    mutex_unlock(&positions->lock);
}

bool positions_gap_shard(struct positions *positions, size_t index, char *ret_shard, size_t size)
{
    mutex_lock(&positions->lock);
    bool known = index < positions->gap_count &&
                 slice_copy_text(slice_of_text(positions->gaps[index].shard), ret_shard, size);
    mutex_unlock(&positions->lock);
    return known;
}

/* Begins inside of the row's gap: what lies behind its end would have been found by the one who wrote the row. */
static bool is_inside(const struct position_gap_entry *gap, const struct position_gap_sum *row)
{
    return !begins_before(&gap->after, &row->after) &&
           (row->until.length == 0 || begins_before(&gap->after, &row->until));
}

void positions_see_row(struct positions *positions, const char *shard, const struct position_gap_sum *row,
                       int64_t sent_boot_ms)
{
    size_t acknowledged = 0;
    mutex_lock(&positions->lock);
    for (size_t i = 0; i < positions->gap_count; i++) {
        struct position_gap_entry *gap = &positions->gaps[i];
        if (!is_of(gap, shard)) {
            continue;
        }
        if (row->count > 0) {
            if (!gap->in_row && is_inside(gap, row)) {
                mark_in_row(positions, gap);
            }
        } else if (gap->in_row && gap->in_row_boot_ms < sent_boot_ms) {
            gap->gone = true;
            positions_mark_gap(positions, gap);
            acknowledged++;
        }
    }
    mutex_unlock(&positions->lock);
    if (acknowledged > 0) {
        log_write(LOG_INFO, "positions", "an operator acknowledged a gap", log_text("shard", shard),
                  log_number("gaps", (int64_t)acknowledged));
    }
}
