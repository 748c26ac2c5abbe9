/* penstock leases rewind: put positions back (or forward), as kafka-consumer-groups --reset-offsets does. */
#include "worker/leases/leases_rewind.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "lease/lease.h"
#include "worker/leases/leases_sample.h"

enum { NONCE_DIGITS = 16 };

static struct status fill_from(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return leases_cell_text(cell, change->row->checkpoint);
}

static struct status fill_to(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return leases_cell_text(cell, change->to);
}

static struct status fill_count(const struct leases_change *change, int64_t count, struct leases_cell *cell)
{
    if (change->to[0] == '\0') {
        return status_ok();
    }
    if (!change->counted) {
        cell->kind = LEASES_CELL_UNKNOWN;
        return status_ok();
    }
    return leases_cell_number(cell, count);
}

static struct status fill_again(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return fill_count(change, change->again, cell);
}

static struct status fill_skipped(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return fill_count(change, change->skipped, cell);
}

static struct status fill_skipped_since(const void *row, struct leases_cell *cell)
{
    const struct leases_change *change = row;
    return leases_cell_wall(cell, change->counted && change->skipped > 0 ? change->skip_wall_ms : 0);
}

static const struct leases_column columns[] = {
    {"SHARD", "shard", 0, leases_change_fill_shard},
    {"RESULT", "result", LEASES_COLUMN_WHOLE, leases_change_fill_result},
    {"OWNER", "owner", LEASES_COLUMN_WIDE, leases_change_fill_owner},
    {"FROM", "from", 0, fill_from},
    {"TO", "to", 0, fill_to},
    {"AGAIN", "delivered_again", LEASES_COLUMN_RIGHT, fill_again},
    {"SKIPPED", "skipped", LEASES_COLUMN_RIGHT, fill_skipped},
    {"SINCE", "skipped_since", LEASES_COLUMN_WIDE, fill_skipped_since},
    {"NOTE", "note", LEASES_COLUMN_BELOW, leases_change_fill_note},
};

/* What is on its way, once for all rows. */
static void warn(const struct leases_changes *changes)
{
    int64_t again = 0;
    int64_t skipped = 0;
    int64_t since_wall_ms = 0;
    size_t uncounted = 0;
    for (size_t i = 0; i < changes->count; i++) {
        const struct leases_change *change = &changes->at[i];
        bool moves = change->state == LEASES_CHANGE_PLANNED || change->state == LEASES_CHANGE_DONE;
        if (!moves || !change->counted) {
            uncounted += moves ? 1 : 0;
            continue;
        }
        again += change->again;
        skipped += change->skipped;
        if (change->skipped > 0 && (since_wall_ms == 0 || change->skip_wall_ms < since_wall_ms)) {
            since_wall_ms = change->skip_wall_ms;
        }
    }
    if (again > 0) {
        fprintf(stderr, "warning: %" PRId64 " records will be delivered again\n", again);
    }
    if (skipped > 0) {
        char since[CLOCK_ISO_BYTES];
        clock_format_iso(since_wall_ms, since);
        fprintf(stderr,
                "warning: %" PRId64 " records will be SKIPPED, the first of %s; they are never delivered\n",
                skipped, since);
    }
    if (uncounted > 0) {
        fprintf(stderr,
                "warning: of %zu leases it is not known how many records are delivered again or skipped\n",
                uncounted);
    }
}

static size_t count_in(const struct leases_changes *changes, enum leases_change_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < changes->count; i++) {
        count += changes->at[i].state == state ? 1 : 0;
    }
    return count;
}

static bool has_owner(const struct leases_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        if (leases_row_holder(changes->at[i].row)[0] != '\0') {
            return true;
        }
    }
    return false;
}

/* One command under way. Zeroed memory is valid. */
struct rewind {
    const struct leases_request *request;
    struct leases_access access;
    struct leases_list list;
    struct leases_changes changes;
};

static struct status choose(struct rewind *rewind)
{
    if (rewind->request->undo != NULL) {
        return leases_rewind_plan_undo(rewind->request, &rewind->access, &rewind->list, &rewind->changes);
    }
    return leases_changes_choose(rewind->request, &rewind->list, &rewind->changes);
}

/* Sampling does not wait for finished leases; we do. */
static bool is_open(const struct rewind *rewind)
{
    for (size_t i = 0; i < rewind->changes.count; i++) {
        if (leases_rewind_is_open(rewind->changes.at[i].row, rewind->request->failover_ms)) {
            return true;
        }
    }
    return false;
}

/* The rows, read often enough to tell which owners live when that matters. */
static struct status look(struct rewind *rewind)
{
    struct leases_source source = leases_change_source(&rewind->access);
    TRY(leases_read_all(&source, &rewind->list));
    TRY(choose(rewind));
    if (rewind->request->force || !has_owner(&rewind->changes)) {
        return status_ok();
    }
    fprintf(stderr, "watching the owners' counters for up to %" PRId64 " ms (--failover)\n",
            rewind->request->failover_ms);
    leases_changes_free(&rewind->changes);
    leases_list_free(&rewind->list);
    TRY(leases_sample(&source, rewind->request->failover_ms, &rewind->list));
    TRY(choose(rewind));
    if (!is_open(rewind)) {
        return status_ok();
    }
    TRY(leases_sample_sleep_until(&source, clock_boot_ms(source.clock) + rewind->request->failover_ms));
    leases_changes_free(&rewind->changes);
    TRY(leases_sample_again(&source, &rewind->list));
    return choose(rewind);
}

static struct status execute(struct rewind *rewind, size_t planned)
{
    struct leases_source source = leases_change_source(&rewind->access);
    TRY(leases_rewind_confirm(rewind->request, rewind->access.app, planned));
    TRY(leases_rewind_write_undo(rewind->request, &rewind->access, &rewind->changes));
    struct random random;
    random_init(&random, random_seed_from_system());
    char nonce[NONCE_DIGITS + 1];
    random_hex(&random, nonce, NONCE_DIGITS);
    const struct leases_rewind_write write = {nonce, clock_wall_ms(source.clock), rewind->request->force};
    for (size_t i = 0; i < rewind->changes.count; i++) {
        if (rewind->changes.at[i].state == LEASES_CHANGE_PLANNED) {
            leases_rewind_apply(&source, &write, &rewind->changes.at[i]);
        }
    }
    return status_ok();
}

static struct status rewind_all(struct rewind *rewind)
{
    const struct leases_request *request = rewind->request;
    struct leases_goal goal = {.kind = LEASES_GOAL_PLACE};
    TRY(leases_rewind_goal(request, clock_wall_ms(clock_real()), &goal));
    TRY(leases_access_open(request, &rewind->access));
    TRY(look(rewind));
    if (request->undo == NULL) {
        TRY(leases_rewind_plan(request, &rewind->access, &goal, &rewind->changes));
    } else {
        TRY(leases_rewind_count_undo(request, &rewind->access, &rewind->changes));
    }
    if (!request->force) {
        leases_rewind_refuse_live(&rewind->list, request->failover_ms, &rewind->changes);
    }
    warn(&rewind->changes);
    size_t refused = count_in(&rewind->changes, LEASES_CHANGE_REFUSED);
    size_t planned = count_in(&rewind->changes, LEASES_CHANGE_PLANNED);
    if (request->execute && refused > 0) {
        fprintf(stderr, "%zu of %zu leases are refused, so nothing was changed\n", refused,
                rewind->changes.count);
    } else if (request->execute && planned > 0) {
        TRY(execute(rewind, planned));
    }
    return leases_changes_print(request, &rewind->access, &rewind->list, &rewind->changes, columns,
                                sizeof columns / sizeof columns[0]);
}

int leases_rewind_run(const struct leases_request *request)
{
    struct rewind rewind = {.request = request};
    struct status status = rewind_all(&rewind);
    int code = leases_changes_end(request, &rewind.changes, &status);
    leases_changes_free(&rewind.changes);
    leases_list_free(&rewind.list);
    leases_access_close(&rewind.access);
    return code;
}
