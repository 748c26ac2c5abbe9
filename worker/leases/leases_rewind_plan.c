/* Where each lease of a rewind goes, and what that costs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "aws/timestamp.h"
#include "worker/leases/leases_rewind.h"
#include "worker/leases/leases_stream.h"
#include "worker/leases/leases_walk.h"

static struct status check_ways(const struct leases_request *request)
{
    int ways = request->to_trim_horizon + request->to_latest + (request->to_sequence != NULL) +
               (request->to_datetime != NULL) + (request->shift_by != 0) + (request->undo != NULL);
    static const char all[] =
        "--to-trim-horizon, --to-latest, --to-sequence, --to-datetime, --shift-by and --undo";
    if (ways != 1) {
        return status_make(STATUS_INVALID, "%s of %s", ways == 0 ? "where to? give one" : "give only one",
                           all);
    }
    bool chosen = request->shards.count > 0 || request->owner != NULL || request->all;
    if (request->undo != NULL && chosen) {
        return status_make(STATUS_INVALID,
                           "--undo puts back the leases of its file; leave SHARD..., --owner and --all out "
                           "(and lines out of the file)");
    }
    if (request->to_sequence != NULL && request->shards.count != 1) {
        return status_make(STATUS_INVALID,
                           "--to-sequence is for one SHARD: a sequence number is of one shard");
    }
    return status_ok();
}

static struct status read_time(const char *text, int64_t now_wall_ms, struct leases_goal *ret_goal)
{
    int64_t wall_ms;
    if (!timestamp_parse_iso(slice_of_text(text), &wall_ms)) {
        return status_make(STATUS_INVALID,
                           "--to-datetime: '%.60s' is no time; give UTC such as 2026-11-23T10:00:00Z, or "
                           "an offset as in 2026-11-23T11:00:00+01:00",
                           text);
    }
    if (wall_ms > now_wall_ms) {
        return status_make(STATUS_INVALID,
                           "--to-datetime: %s is in the future; --to-latest skips all there is", text);
    }
    *ret_goal = (struct leases_goal){.kind = LEASES_GOAL_TIME, .wall_ms = wall_ms};
    return status_ok();
}

struct status leases_rewind_goal(const struct leases_request *request, int64_t now_wall_ms,
                                 struct leases_goal *ret_goal)
{
    TRY(check_ways(request));
    if (request->undo != NULL) {
        return status_ok();
    }
    if (request->to_datetime != NULL) {
        return read_time(request->to_datetime, now_wall_ms, ret_goal);
    }
    if (request->shift_by != 0) {
        *ret_goal = (struct leases_goal){.kind = LEASES_GOAL_SHIFT, .shift = request->shift_by};
        return status_ok();
    }
    struct leases_place place = {request->to_latest ? LEASES_PLACE_LATEST : LEASES_PLACE_START,
                                 {.length = 0}};
    if (request->to_sequence != NULL) {
        place.kind = LEASES_PLACE_AFTER;
        if (!sequence_number_parse(slice_of_text(request->to_sequence), &place.after)) {
            return status_make(STATUS_INVALID, "--to-sequence: '%.60s' is no sequence number: 1 to 40 digits",
                               request->to_sequence);
        }
    }
    *ret_goal = (struct leases_goal){.kind = LEASES_GOAL_PLACE, .place = place};
    return status_ok();
}

static bool visit(void *context, const struct sequence_number *sequence, int64_t event_wall_ms)
{
    return leases_measure_record(context, sequence, event_wall_ms);
}

static void note_finished(struct leases_change *change, const struct leases_place *old)
{
    if (old->kind == LEASES_PLACE_END && change->state == LEASES_CHANGE_PLANNED) {
        leases_change_settle(
            change, LEASES_CHANGE_PLANNED,
            "a finished shard, read again to its end: its children keep their positions, and those "
            "that nobody holds wait for it");
    }
}

/* What the walk told. */
static void conclude(struct leases_change *change, const struct leases_measure *measure,
                     const struct leases_place *old, bool whole)
{
    change->counted = whole && leases_measure_count(measure, &change->again, &change->skipped);
    change->skip_wall_ms = measure->skip_wall_ms;
    if (!leases_measure_is_settled(measure)) {
        leases_change_settle(change, LEASES_CHANGE_REFUSED, "%s",
                             whole ? "the row is at LATEST, which names no position to shift from"
                                   : "not found among the records read; raise --scan-limit");
        return;
    }
    change->target = measure->target;
    leases_place_format(&measure->target, change->to);
    if (whole && measure->beyond) {
        leases_change_settle(
            change, LEASES_CHANGE_REFUSED,
            "the shard has no such sequence number yet: nothing up to it would be delivered");
        return;
    }
    bool still = change->counted && change->again == 0 && change->skipped == 0;
    if (old->kind == LEASES_PLACE_END && (still || measure->goal.place.kind == LEASES_PLACE_LATEST)) {
        change->to[0] = '\0';
        leases_change_settle(change, LEASES_CHANGE_UNCHANGED, "the shard was finished before that");
    }
}

/* A position older than the stream's first record: begin there. */
static struct status walk_shard(const struct leases_walk *first, struct leases_measure *measure)
{
    enum leases_walk_end end = LEASES_WALK_ENOUGH;
    struct leases_walk walk = *first;
    struct status status = leases_walk_shard(&walk, &end);
    if (status.code == STATUS_TRIMMED && walk.after != NULL && measure->seen == 0) {
        walk.after = NULL;
        status = leases_walk_shard(&walk, &end);
    }
    TRY(status);
    if (end == LEASES_WALK_SHARD_END || end == LEASES_WALK_TIP) {
        leases_measure_end(measure, end == LEASES_WALK_SHARD_END);
    }
    return end == LEASES_WALK_CEILING ? status_make(STATUS_TOO_LARGE, "more records than --scan-limit")
                                      : status;
}

static void explain(const struct leases_goal *goal, const struct status *status, struct leases_change *change)
{
    if (goal->kind == LEASES_GOAL_PLACE && goal->place.kind != LEASES_PLACE_AFTER) {
        leases_change_settle(change, LEASES_CHANGE_PLANNED, "not counted: %s", status->reason);
    } else if (status->code == STATUS_INVALID) {
        leases_change_settle(change, LEASES_CHANGE_REFUSED, "the shard has no such sequence number");
    } else {
        leases_change_settle(change, LEASES_CHANGE_REFUSED, "%s", status->reason);
    }
}

static struct status read_records(const struct leases_request *request, const struct leases_source *source,
                                  const char *arn, const char *shard, struct leases_measure *measure)
{
    struct sequence_number after;
    bool begins = leases_measure_begins_after(&measure->goal, &measure->old, &after);
    const struct leases_walk walk = {.source = source,
                                     .stream_arn = arn,
                                     .shard = shard,
                                     .after = begins ? &after : NULL,
                                     .records_ceiling = request->scan_limit,
                                     .context = measure,
                                     .visit = visit};
    return walk_shard(&walk, measure);
}

/* `arn` is empty when the stream is not known. */
static struct status measure_change(const struct leases_request *request, const struct leases_source *source,
                                    const struct leases_goal *goal, const char *arn,
                                    struct leases_change *change)
{
    struct leases_place old;
    if (leases_row_is_broken(change->row) || !leases_place_parse(change->row->checkpoint, &old)) {
        leases_change_settle(change, LEASES_CHANGE_REFUSED, "no lease row: %.200s", change->row->defect);
        return status_ok();
    }
    if (goal->kind == LEASES_GOAL_PLACE) {
        change->target = goal->place;
        leases_place_format(&goal->place, change->to);
    }
    struct leases_measure measure;
    if (!leases_measure_begin(goal, &old, &measure)) {
        return status_no_memory("a shift of records",
                                (size_t)LEASES_SHIFT_MOST * sizeof(struct sequence_number));
    }
    bool reads = arn[0] != '\0' && (!request->no_count || goal->kind != LEASES_GOAL_PLACE);
    struct status status = status_ok();
    if (reads) {
        status = read_records(request, source, arn, change->row->shard, &measure);
    }
    if (status_is_ok(&status) || status.code == STATUS_TOO_LARGE) {
        conclude(change, &measure, &old, reads && status_is_ok(&status));
    } else {
        explain(goal, &status, change);
    }
    note_finished(change, &old);
    leases_measure_free(&measure);
    return status.code == STATUS_STOPPED ? status : status_ok();
}

/* The stream of rows that do not name one themselves, asked for once. */
static struct status find_stream(const struct leases_request *request, const struct leases_access *access,
                                 const struct leases_goal *goal, const struct leases_changes *changes,
                                 char ret_arn[DYNAMODB_ARN_BYTES])
{
    char row_arn[STREAMS_ARN_BYTES] = "";
    if (changes->count > 0) {
        leases_stream_of_row(changes->at[0].row, row_arn);
    }
    struct status status = leases_access_find_stream(access, request, row_arn, ret_arn);
    if (status.code == STATUS_NOT_FOUND && goal->kind == LEASES_GOAL_PLACE) {
        ret_arn[0] = '\0'; /* only the counting needs it */
        return status_ok();
    }
    return status;
}

struct status leases_rewind_plan(const struct leases_request *request, const struct leases_access *access,
                                 const struct leases_goal *goal, struct leases_changes *changes)
{
    char common[DYNAMODB_ARN_BYTES] = "";
    TRY(find_stream(request, access, goal, changes, common));
    struct leases_source source = leases_change_source(access);
    for (size_t i = 0; i < changes->count; i++) {
        char own[STREAMS_ARN_BYTES] = "";
        leases_stream_of_row(changes->at[i].row, own);
        TRY(measure_change(request, &source, goal, own[0] != '\0' ? own : common, &changes->at[i]));
    }
    return status_ok();
}

/* Where it goes stands in the file: what cannot be counted goes there all the same. */
static struct status count_one(const struct leases_request *request, const struct leases_source *source,
                               const char *arn, struct leases_change *change)
{
    struct leases_place old;
    struct leases_measure measure;
    const struct leases_goal goal = {.kind = LEASES_GOAL_PLACE, .place = change->target};
    if (!leases_place_parse(change->row->checkpoint, &old)) {
        return status_ok();
    }
    if (!leases_measure_begin(&goal, &old, &measure)) {
        return status_no_memory("the counts of an undo", sizeof measure);
    }
    struct status status = read_records(request, source, arn, change->row->shard, &measure);
    if (status_is_ok(&status)) {
        change->counted = leases_measure_count(&measure, &change->again, &change->skipped);
        change->skip_wall_ms = measure.skip_wall_ms;
    } else {
        leases_change_settle(change, LEASES_CHANGE_PLANNED, "not counted: %s", status.reason);
    }
    leases_measure_free(&measure);
    return status.code == STATUS_STOPPED ? status : status_ok();
}

struct status leases_rewind_count_undo(const struct leases_request *request,
                                       const struct leases_access *access, struct leases_changes *changes)
{
    const struct leases_goal place = {.kind = LEASES_GOAL_PLACE};
    char common[DYNAMODB_ARN_BYTES] = "";
    struct status status =
        request->no_count ? status_ok() : find_stream(request, access, &place, changes, common);
    struct leases_source source = leases_change_source(access);
    for (size_t i = 0; i < changes->count && !request->no_count && status.code != STATUS_STOPPED; i++) {
        struct leases_change *change = &changes->at[i];
        char own[STREAMS_ARN_BYTES] = "";
        leases_stream_of_row(change->row, own);
        const char *arn = own[0] != '\0' ? own : common;
        if (change->state == LEASES_CHANGE_PLANNED && arn[0] != '\0') {
            status = count_one(request, &source, arn, change);
        }
    }
    return status.code == STATUS_STOPPED || status.code == STATUS_NO_MEMORY ? status : status_ok();
}
