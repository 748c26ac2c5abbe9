#include "worker/leases/leases_measure.h"

#include <stdio.h>
#include <stdlib.h>

#include "lease/lease.h"

bool leases_place_parse(const char *checkpoint, struct leases_place *ret_place)
{
    enum lease_checkpoint_kind kind;
    struct sequence_number number;
    if (!lease_checkpoint_parse(checkpoint, &kind, &number)) {
        return false;
    }
    static const enum leases_place_kind kinds[] = {
        [LEASE_AT_TRIM_HORIZON] = LEASES_PLACE_START,
        [LEASE_AT_LATEST] = LEASES_PLACE_LATEST,
        [LEASE_AT_SEQUENCE_NUMBER] = LEASES_PLACE_AFTER,
        [LEASE_AT_SHARD_END] = LEASES_PLACE_END,
    };
    *ret_place = (struct leases_place){kinds[kind], number};
    return true;
}

void leases_place_format(const struct leases_place *place, char ret_checkpoint[LEASES_CHECKPOINT_BYTES])
{
    switch (place->kind) {
    case LEASES_PLACE_START:
        snprintf(ret_checkpoint, LEASES_CHECKPOINT_BYTES, "%s", lease_trim_horizon);
        return;
    case LEASES_PLACE_LATEST:
        snprintf(ret_checkpoint, LEASES_CHECKPOINT_BYTES, "%s", lease_latest);
        return;
    case LEASES_PLACE_END:
        snprintf(ret_checkpoint, LEASES_CHECKPOINT_BYTES, "%s", lease_shard_end);
        return;
    case LEASES_PLACE_AFTER:
        snprintf(ret_checkpoint, LEASES_CHECKPOINT_BYTES, "%.*s", (int)place->after.length,
                 place->after.digits);
        return;
    }
}

bool leases_measure_begins_after(const struct leases_goal *goal, const struct leases_place *old,
                                 struct sequence_number *ret_after)
{
    if (goal->kind != LEASES_GOAL_PLACE || old->kind != LEASES_PLACE_AFTER) {
        return false;
    }
    if (goal->place.kind == LEASES_PLACE_LATEST || goal->place.kind == LEASES_PLACE_END) {
        *ret_after = old->after;
        return true;
    }
    if (goal->place.kind == LEASES_PLACE_AFTER) {
        bool back = sequence_number_compare(&goal->place.after, &old->after) < 0;
        *ret_after = back ? goal->place.after : old->after;
        return true;
    }
    return false;
}

/* How many of the records to come lie before a place, if that can be told now. */
static int64_t known_at(const struct leases_place *place, bool begins_after,
                        const struct sequence_number *begin)
{
    if (place->kind == LEASES_PLACE_START) {
        return 0;
    }
    bool here = begins_after && place->kind == LEASES_PLACE_AFTER &&
                sequence_number_compare(&place->after, begin) == 0;
    return here ? 0 : -1;
}

bool leases_measure_begin(const struct leases_goal *goal, const struct leases_place *old,
                          struct leases_measure *ret_measure)
{
    struct leases_measure measure = {.goal = *goal, .old = *old, .target = goal->place, .target_at = -1};
    struct sequence_number begin = {.length = 0};
    bool after = leases_measure_begins_after(goal, old, &begin);
    measure.old_at = known_at(old, after, &begin);
    if (goal->kind == LEASES_GOAL_PLACE) {
        measure.target_at = known_at(&goal->place, after, &begin);
    } else if (goal->kind == LEASES_GOAL_SHIFT && goal->shift < 0) {
        measure.ring_size = (size_t)-goal->shift + 2; /* with the target's and that behind the old position */
        measure.ring = calloc(measure.ring_size, sizeof *measure.ring);
        if (measure.ring == NULL) {
            return false;
        }
    }
    *ret_measure = measure;
    return true;
}

void leases_measure_free(struct leases_measure *measure)
{
    free(measure->ring);
    measure->ring = NULL;
}

static void set_target(struct leases_measure *measure, int64_t at, const struct sequence_number *number)
{
    measure->target_at = at;
    measure->target = (struct leases_place){.kind = LEASES_PLACE_START};
    if (at > 0) {
        measure->target = (struct leases_place){LEASES_PLACE_AFTER, *number};
    }
}

/* The old position is known: a shift back leads to a record seen before. */
static void settle_shift_back(struct leases_measure *measure)
{
    if (measure->ring == NULL || measure->old_at < 0 || measure->target_at >= 0) {
        return;
    }
    int64_t at = measure->old_at + measure->goal.shift;
    at = at < 0 ? 0 : at;
    set_target(measure, at, &measure->ring[at % (int64_t)measure->ring_size]);
}

/* A place that is a number, met or passed by a record: how many records lie before it. */
static void pass_place(const struct leases_place *place, const struct sequence_number *sequence, int64_t seen,
                       int64_t *at)
{
    if (*at >= 0 || place->kind != LEASES_PLACE_AFTER) {
        return;
    }
    int order = sequence_number_compare(sequence, &place->after);
    if (order >= 0) {
        *at = order == 0 ? seen : seen - 1;
    }
}

static void settle_target(struct leases_measure *measure, const struct sequence_number *previous,
                          const struct sequence_number *sequence, int64_t wall_ms)
{
    switch (measure->goal.kind) {
    case LEASES_GOAL_PLACE:
        pass_place(&measure->goal.place, sequence, measure->seen, &measure->target_at);
        return;
    case LEASES_GOAL_TIME:
        if (measure->target_at < 0 && wall_ms >= measure->goal.wall_ms) {
            set_target(measure, measure->seen - 1, previous);
        }
        return;
    case LEASES_GOAL_SHIFT:
        settle_shift_back(measure);
        if (measure->goal.shift > 0 && measure->old_at >= 0 && measure->target_at < 0 &&
            measure->seen == measure->old_at + measure->goal.shift) {
            set_target(measure, measure->seen, sequence);
        }
        return;
    }
}

bool leases_measure_record(struct leases_measure *measure, const struct sequence_number *sequence,
                           int64_t wall_ms)
{
    measure->seen++;
    pass_place(&measure->old, sequence, measure->seen, &measure->old_at);
    if (measure->ring != NULL) {
        measure->ring[measure->seen % (int64_t)measure->ring_size] = *sequence;
    }
    struct sequence_number previous = measure->last;
    settle_target(measure, &previous, sequence, wall_ms);
    measure->last = *sequence;
    bool behind_old = measure->old_at >= 0 && measure->seen > measure->old_at;
    if (behind_old && measure->skip_wall_ms == 0 &&
        (measure->target_at < 0 || measure->seen <= measure->target_at)) {
        measure->skip_wall_ms = wall_ms;
    }
    bool old_open = measure->old_at < 0 && measure->old.kind != LEASES_PLACE_LATEST;
    return old_open || measure->target_at < 0;
}

void leases_measure_end(struct leases_measure *measure, bool finished)
{
    measure->finished = finished;
    if (measure->old_at < 0 && measure->old.kind != LEASES_PLACE_LATEST) {
        measure->old_at = measure->seen;
    }
    if (measure->target_at >= 0) {
        return;
    }
    settle_shift_back(measure);
    if (measure->target_at >= 0) {
        return;
    }
    if (measure->goal.kind == LEASES_GOAL_PLACE) {
        measure->target_at = measure->seen;
        measure->beyond = measure->goal.place.kind == LEASES_PLACE_AFTER;
    } else if (measure->goal.kind == LEASES_GOAL_TIME || measure->old_at >= 0) {
        set_target(measure, measure->seen, &measure->last);
    }
}

bool leases_measure_is_settled(const struct leases_measure *measure)
{
    return measure->goal.kind == LEASES_GOAL_PLACE || measure->target_at >= 0;
}

bool leases_measure_count(const struct leases_measure *measure, int64_t *ret_again, int64_t *ret_skipped)
{
    if (measure->old_at < 0 || measure->target_at < 0) {
        return false;
    }
    int64_t back = measure->old_at - measure->target_at;
    *ret_again = back > 0 ? back : 0;
    *ret_skipped = back < 0 ? -back : 0;
    return true;
}
