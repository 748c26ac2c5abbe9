#include "worker/leases/leases_columns.h"

#include <stdio.h>
#include <string.h>

#include "worker/leases/leases_text.h"

static const struct leases_row *row_of(const void *shown)
{
    return ((const struct leases_shown *)shown)->row;
}

#define TEXT_COLUMN(function, field)                                                                         \
    static struct status function(const void *shown, struct leases_cell *cell)                               \
    {                                                                                                        \
        return leases_cell_text(cell, row_of(shown)->field);                                                 \
    }

#define NUMBER_COLUMN(function, field)                                                                       \
    static struct status function(const void *shown, struct leases_cell *cell)                               \
    {                                                                                                        \
        return leases_cell_number(cell, row_of(shown)->field);                                               \
    }

TEXT_COLUMN(fill_shard, shard)
TEXT_COLUMN(fill_key, key)
TEXT_COLUMN(fill_owner, owner)
TEXT_COLUMN(fill_checkpoint_owner, checkpoint_owner)
TEXT_COLUMN(fill_checkpoint, checkpoint)
TEXT_COLUMN(fill_pending, pending_checkpoint)
TEXT_COLUMN(fill_starting_hash_key, starting_hash_key)
TEXT_COLUMN(fill_ending_hash_key, ending_hash_key)
TEXT_COLUMN(fill_marker, marker)
TEXT_COLUMN(fill_stream_arn, stream_arn)
TEXT_COLUMN(fill_stream_name, stream_name)
TEXT_COLUMN(fill_rewind, rewind)
TEXT_COLUMN(fill_writer, writer)
TEXT_COLUMN(fill_problem, defect)
NUMBER_COLUMN(fill_sub_sequence, sub_sequence)
NUMBER_COLUMN(fill_pending_sub_sequence, pending_sub_sequence)
NUMBER_COLUMN(fill_epoch, epoch)

static struct status fill_pending_state(const void *shown, struct leases_cell *cell)
{
    return leases_cell_bool(cell, row_of(shown)->pending_state);
}

static struct status fill_start(const void *shown, struct leases_cell *cell)
{
    return leases_cell_wall(cell, row_of(shown)->start_wall_ms);
}

/* A broken row's numbers may not be what is in it. */
static struct status fill_counter(const void *shown, struct leases_cell *cell)
{
    const struct leases_row *row = row_of(shown);
    return strstr(row->defect, "leaseCounter") != NULL ? status_ok() : leases_cell_number(cell, row->counter);
}

static struct status fill_switches(const void *shown, struct leases_cell *cell)
{
    const struct leases_row *row = row_of(shown);
    return strstr(row->defect, "ownerSwitches") != NULL ? status_ok()
                                                        : leases_cell_number(cell, row->switches);
}

static struct status fill_parents(const void *shown, struct leases_cell *cell)
{
    return leases_cell_names(cell, row_of(shown)->parents.at, row_of(shown)->parents.count);
}

static struct status fill_children(const void *shown, struct leases_cell *cell)
{
    return leases_cell_names(cell, row_of(shown)->children.at, row_of(shown)->children.count);
}

static struct status fill_throughput(const void *shown, struct leases_cell *cell)
{
    const char *text = row_of(shown)->throughput_kbps;
    cell->kind = text[0] == '\0' ? LEASES_CELL_NONE : LEASES_CELL_RAW;
    return bytes_append_text(&cell->text, text);
}

static struct status fill_unknown(const void *shown, struct leases_cell *cell)
{
    const char *text = row_of(shown)->unknown;
    cell->kind = text[0] == '\0' ? LEASES_CELL_NONE : LEASES_CELL_RAW;
    return bytes_append_text(&cell->text, text);
}

enum leases_tone leases_columns_tone(enum leases_state state)
{
    switch (state) {
    case LEASES_ACTIVE:
        return LEASES_TONE_GOOD;
    case LEASES_UNOWNED:
    case LEASES_HANDING_OVER:
        return LEASES_TONE_WARN;
    case LEASES_EXPIRED:
    case LEASES_BROKEN:
    case LEASES_MISSING:
        return LEASES_TONE_BAD;
    default:
        return LEASES_TONE_DIM;
    }
}

static struct status fill_state(const void *shown, struct leases_cell *cell)
{
    enum leases_state state = ((const struct leases_shown *)shown)->state;
    cell->tone = leases_columns_tone(state);
    return leases_cell_text(cell, leases_state_name(state));
}

static struct status fill_kind(const void *shown, struct leases_cell *cell)
{
    const struct leases_row *row = row_of(shown);
    if (leases_row_holder(row)[0] == '\0') {
        return status_ok();
    }
    return leases_cell_text(cell, leases_row_is_ours(row) ? "penstock" : "kcl");
}

void leases_columns_lag(const struct leases_lag *lag, char ret_text[LEASES_LAG_BYTES])
{
    if (lag->kind == LEASES_LAG_DONE) {
        snprintf(ret_text, LEASES_LAG_BYTES, "-");
    } else if (lag->kind == LEASES_LAG_TRIMMED) {
        snprintf(ret_text, LEASES_LAG_BYTES, "trimmed");
    } else if (lag->kind == LEASES_LAG_KNOWN) {
        char text[LEASES_TIME_BYTES];
        leases_text_time(lag->ms, text);
        snprintf(ret_text, LEASES_LAG_BYTES, "%s", lag->ms == 0 ? "0s" : text);
    } else {
        snprintf(ret_text, LEASES_LAG_BYTES, "unknown");
    }
}

static struct status fill_lag(const void *shown, struct leases_cell *cell)
{
    const struct leases_lag *lag = &((const struct leases_shown *)shown)->lag;
    if (!cell->json) {
        char text[LEASES_LAG_BYTES];
        leases_columns_lag(lag, text);
        cell->tone = lag->kind == LEASES_LAG_TRIMMED ? LEASES_TONE_BAD : LEASES_TONE_PLAIN;
        return leases_cell_text(cell, text);
    }
    bool known = lag->kind == LEASES_LAG_KNOWN || (lag->kind == LEASES_LAG_TRIMMED && lag->ms >= 0);
    if (!known) {
        cell->kind = lag->kind == LEASES_LAG_DONE ? LEASES_CELL_NONE : LEASES_CELL_UNKNOWN;
        return status_ok();
    }
    return leases_cell_ms(cell, lag->ms);
}

static struct status fill_lag_state(const void *shown, struct leases_cell *cell)
{
    static const char *const names[] = {
        [LEASES_LAG_NOT_ASKED] = "not-asked", [LEASES_LAG_KNOWN] = "known",
        [LEASES_LAG_DONE] = "finished",       [LEASES_LAG_TRIMMED] = "trimmed",
        [LEASES_LAG_UNKNOWN] = "unknown",
    };
    return leases_cell_text(cell, names[((const struct leases_shown *)shown)->lag.kind]);
}

static struct status fill_lag_note(const void *shown, struct leases_cell *cell)
{
    const struct leases_lag *lag = &((const struct leases_shown *)shown)->lag;
    return leases_cell_text(cell, lag->note != NULL ? lag->note : "");
}

static struct status fill_event(const void *shown, struct leases_cell *cell)
{
    return leases_cell_wall(cell, ((const struct leases_shown *)shown)->lag.event_wall_ms);
}

/* How long the oldest unread event has until the stream drops it. */
static struct status fill_left(const void *shown, struct leases_cell *cell)
{
    const struct leases_shown *of = shown;
    if (of->lag.kind != LEASES_LAG_KNOWN || of->lag.ms == 0) {
        return status_ok();
    }
    int64_t left_ms = of->retention_ms - of->lag.ms;
    cell->tone = left_ms < of->retention_ms / 4 ? LEASES_TONE_BAD : LEASES_TONE_PLAIN;
    return leases_cell_ms(cell, left_ms > 0 ? left_ms : 0);
}

static struct status append_text_member(struct bytes *target, const char *name, const char *text)
{
    TRY(bytes_append_format(target, "\"%s\":", name));
    return text[0] == '\0' ? bytes_append_text(target, "null")
                           : leases_text_json(target, slice_of_text(text));
}

static struct status fill_gap(const void *shown, struct leases_cell *cell)
{
    const struct leases_gap *gap = &row_of(shown)->gap;
    if (!gap->present) {
        return status_ok();
    }
    cell->tone = LEASES_TONE_BAD;
    if (!cell->json) {
        return leases_cell_text(cell, gap->certain ? "yes" : "possible");
    }
    cell->kind = LEASES_CELL_RAW;
    struct bytes *text = &cell->text;
    TRY(bytes_append_text(text, "{"));
    TRY(append_text_member(text, "after", gap->after));
    TRY(bytes_append_text(text, ","));
    TRY(append_text_member(text, "until", gap->until));
    TRY(bytes_append_text(text, ","));
    TRY(append_text_member(text, "found", gap->found));
    return bytes_append_format(text, ",\"certain\":%s,\"count\":%lld}", gap->certain ? "true" : "false",
                               (long long)gap->count);
}

static struct status fill_branch(const void *shown, struct leases_cell *cell)
{
    const struct leases_shown *of = shown;
    TRY(bytes_append_text(&cell->text, of->branch));
    cell->kind = LEASES_CELL_TEXT;
    return bytes_append_text(&cell->text, of->row->shard);
}

static struct status fill_depth(const void *shown, struct leases_cell *cell)
{
    return leases_cell_number(cell, (int64_t)((const struct leases_shown *)shown)->depth);
}

#define DATA_COLUMNS                                                                                         \
    {"KEY", "key", LEASES_COLUMN_DATA, fill_key},                                                            \
        {"LAG-STATE", "lag_state", LEASES_COLUMN_DATA, fill_lag_state},                                      \
        {"LAG-NOTE", "lag_note", LEASES_COLUMN_DATA, fill_lag_note},                                         \
        {"SUB", "checkpoint_sub_sequence", LEASES_COLUMN_DATA, fill_sub_sequence},                           \
        {"PENDING-SUB", "pending_checkpoint_sub_sequence", LEASES_COLUMN_DATA, fill_pending_sub_sequence},   \
        {"PENDING-STATE", "pending_checkpoint_state", LEASES_COLUMN_DATA, fill_pending_state},               \
        {"START-HASH", "starting_hash_key", LEASES_COLUMN_DATA, fill_starting_hash_key},                     \
        {"END-HASH", "ending_hash_key", LEASES_COLUMN_DATA, fill_ending_hash_key},                           \
        {"MARKER", "penstock_owner", LEASES_COLUMN_DATA, fill_marker},                                       \
        {"STREAM-ARN", "stream_arn", LEASES_COLUMN_DATA, fill_stream_arn},                                   \
        {"START", "started_at", LEASES_COLUMN_DATA, fill_start},                                             \
        {"EPOCH", "epoch", LEASES_COLUMN_DATA, fill_epoch},                                                  \
        {"REWIND", "rewind", LEASES_COLUMN_DATA, fill_rewind},                                               \
        {"CHECKPOINT-BY", "checkpoint_by", LEASES_COLUMN_DATA, fill_writer},                                 \
    {                                                                                                        \
        "UNKNOWN", "unknown_attributes", LEASES_COLUMN_DATA, fill_unknown                                    \
    }

static const struct leases_column list_columns[] = {
    {"SHARD", "shard", LEASES_COLUMN_KEEP, fill_shard},
    {"STATE", "state", LEASES_COLUMN_KEEP | LEASES_COLUMN_WHOLE, fill_state},
    {"OWNER", "owner", LEASES_COLUMN_KEEP, fill_owner},
    {"LAG", "lag_seconds", LEASES_COLUMN_KEEP, fill_lag},
    {"CHECKPOINT", "checkpoint", 0, fill_checkpoint},
    {"COUNTER", "counter", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_counter},
    {"SWITCHES", "switches", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_switches},
    {"PARENT", "parents", 0, fill_parents},
    {"CHILDREN", "children", LEASES_COLUMN_WIDE, fill_children},
    {"FROM", "checkpoint_owner", LEASES_COLUMN_WIDE, fill_checkpoint_owner},
    {"KIND", "kind", LEASES_COLUMN_WIDE, fill_kind},
    {"GAP", "gap", LEASES_COLUMN_WIDE, fill_gap},
    {"PENDING", "pending_checkpoint", LEASES_COLUMN_WIDE, fill_pending},
    {"KBPS", "throughput_kbps", LEASES_COLUMN_WIDE | LEASES_COLUMN_RIGHT, fill_throughput},
    {"STREAM", "stream_name", LEASES_COLUMN_WIDE, fill_stream_name},
    {"PROBLEM", "problem", LEASES_COLUMN_WIDE, fill_problem},
    DATA_COLUMNS,
};

static const struct leases_column lag_columns[] = {
    {"SHARD", "shard", LEASES_COLUMN_KEEP, fill_shard},
    {"LAG", "lag_seconds", LEASES_COLUMN_KEEP | LEASES_COLUMN_WHOLE, fill_lag},
    {"TRIMMED-IN", "trimmed_in_seconds", LEASES_COLUMN_KEEP | LEASES_COLUMN_WHOLE, fill_left},
    {"OWNER", "owner", 0, fill_owner},
    {"NOTE", "lag_note", LEASES_COLUMN_BELOW, fill_lag_note},
    {"CHECKPOINT", "checkpoint", 0, fill_checkpoint},
    {"OLDEST-UNREAD", "oldest_unread_at", LEASES_COLUMN_WIDE, fill_event},
    {"STREAM", "stream_name", LEASES_COLUMN_WIDE, fill_stream_name},
    {"LAG-STATE", "lag_state", LEASES_COLUMN_DATA, fill_lag_state},
    {"STATE", "state", LEASES_COLUMN_DATA, fill_state},
    {"KEY", "key", LEASES_COLUMN_DATA, fill_key},
};

static const struct leases_column tree_columns[] = {
    {"SHARD", "shard", LEASES_COLUMN_KEEP | LEASES_COLUMN_TABLE, fill_branch},
    {"SHARD", "shard", LEASES_COLUMN_DATA, fill_shard},
    {"STATE", "state", LEASES_COLUMN_KEEP | LEASES_COLUMN_WHOLE, fill_state},
    {"OWNER", "owner", LEASES_COLUMN_KEEP, fill_owner},
    {"LAG", "lag_seconds", LEASES_COLUMN_KEEP, fill_lag},
    {"CHECKPOINT", "checkpoint", 0, fill_checkpoint},
    {"STREAM", "stream_name", LEASES_COLUMN_WIDE, fill_stream_name},
    {"DEPTH", "depth", LEASES_COLUMN_DATA, fill_depth},
    {"PARENTS", "parents", LEASES_COLUMN_DATA, fill_parents},
    {"CHILDREN", "children", LEASES_COLUMN_DATA, fill_children},
    {"KEY", "key", LEASES_COLUMN_DATA, fill_key},
};

const struct leases_column *leases_columns_of_list(size_t *ret_count)
{
    *ret_count = sizeof list_columns / sizeof list_columns[0];
    return list_columns;
}

const struct leases_column *leases_columns_of_lag(size_t *ret_count)
{
    *ret_count = sizeof lag_columns / sizeof lag_columns[0];
    return lag_columns;
}

const struct leases_column *leases_columns_of_tree(size_t *ret_count)
{
    *ret_count = sizeof tree_columns / sizeof tree_columns[0];
    return tree_columns;
}
