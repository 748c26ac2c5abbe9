#include "worker/admin/problems.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* How long a thing may be so before it is said to be wrong. */
enum {
    KEEPER_SILENT_MS = 30000, /* its thread sleeps a second at most */
    SUPERVISOR_SILENT_MS = 60000,
    ANSWERS_SILENT_MS = 300000, /* every request has a deadline far below */
    SHARD_SILENT_MS = 300000,
    SINK_SILENT_MS = 300000,
    LAG_WARN_MS = 60 * 60 * 1000,
    TRIM_GRAVE_MS = 12 * 60 * 60 * 1000,
    READS_FAIL_MS = 30000,
    SINK_FAILS_MS = 30000,
    CREDENTIALS_WARN_MS = 5 * 60 * 1000,
    SCANS_MISSED = 3,
};

const char *problem_time(int64_t ms, char text[PROBLEM_TIME_BYTES])
{
    if (ms < 120000) {
        snprintf(text, PROBLEM_TIME_BYTES, "%" PRId64 " s", ms / 1000);
    } else if (ms < 2 * 60 * 60 * 1000) {
        snprintf(text, PROBLEM_TIME_BYTES, "%" PRId64 " min", ms / 60000);
    } else {
        snprintf(text, PROBLEM_TIME_BYTES, "%.1f h", (double)ms / 3600000);
    }
    return text;
}

void problems_add(struct problems *problems, bool grave, const char *format, ...)
{
    if (problems->count == PROBLEMS_MOST) {
        return;
    }
    struct problem *problem = &problems->at[problems->count++];
    problem->grave = grave;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(problem->words, sizeof problem->words, format, arguments);
    va_end(arguments);
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void add_silent(struct problems *problems, const char *who, int64_t silent_ms, int64_t allowed_ms)
{
    char time[PROBLEM_TIME_BYTES];
    if (silent_ms > allowed_ms) {
        problems_add(problems, true, "%s has not turned for %s: the process hangs", who,
                     problem_time(silent_ms, time));
    }
}

/* A shard that waits for memory, its lease or the sink may do so for ever: what it waits for is looked at
 * itself. */
static void find_stuck_shards(const struct admin_snapshot *snapshot, struct problems *problems)
{
    const char *first = NULL;
    size_t count = 0;
    int64_t allowed_ms = SHARD_SILENT_MS + snapshot->sources->poll_idle_ms;
    for (size_t i = 0; i < snapshot->shards.count; i++) {
        const struct supervisor_shard *shard = &snapshot->shards.at[i];
        int64_t silent_ms = snapshot->boot_ms - shard->stats.turned_boot_ms;
        if (!shard->stats.waiting && !shard->stats.failed && silent_ms > allowed_ms) {
            first = count++ == 0 ? shard->key : first;
        }
    }
    if (count > 0) {
        problems_add(problems, true, "%zu shard thread%s not turn, %s among them", count,
                     count == 1 ? " does" : "s do", first);
    }
}

void problems_of_health(const struct admin_snapshot *snapshot, struct problems *problems)
{
    if (snapshot->sources == NULL) {
        return;
    }
    int64_t now_ms = snapshot->boot_ms;
    add_silent(problems, "the lease keeper", now_ms - snapshot->keeper.turned_boot_ms, KEEPER_SILENT_MS);
    add_silent(problems, "the supervisor of shards", now_ms - snapshot->supervisor_turned_boot_ms,
               SUPERVISOR_SILENT_MS);
    if (snapshot->phase == ADMIN_RUNNING) {
        add_silent(problems, "the pool of lease requests", now_ms - snapshot->keeper.answered_boot_ms,
                   ANSWERS_SILENT_MS + snapshot->sources->failover_ms);
    }
    if (snapshot->sink.turned_boot_ms != 0) {
        add_silent(problems, "a sender", now_ms - snapshot->sink.turned_boot_ms, SINK_SILENT_MS);
    }
    find_stuck_shards(snapshot, problems);
}

/* What stays wrong until somebody acts. */
static void find_losses(const struct admin_snapshot *snapshot, struct problems *problems)
{
    if (snapshot->gaps > 0) {
        problems_add(
            problems, true,
            "%zu stretch%s of the stream %s trimmed before %s read: records are lost or may be, until "
            "somebody acknowledges it",
            snapshot->gaps, snapshot->gaps == 1 ? "" : "es", snapshot->gaps == 1 ? "was" : "were",
            snapshot->gaps == 1 ? "it was" : "they were");
    }
    for (size_t i = 0; i < snapshot->shards.count; i++) {
        if (snapshot->shards.at[i].stats.failed) {
            problems_add(problems, true,
                         "%zu shard%s at a record that cannot be delivered (%s): the log has the reason; "
                         "--dead-letter lets it go on",
                         snapshot->totals.failed,
                         snapshot->totals.failed == 1 ? " stands still" : "s stand still",
                         snapshot->shards.at[i].key);
            break;
        }
    }
}

void problems_of_readiness(const struct admin_snapshot *snapshot, struct problems *problems)
{
    if (snapshot->phase == ADMIN_STARTING || snapshot->sources == NULL) {
        problems_add(problems, false, "the worker is starting");
        return;
    }
    if (snapshot->phase == ADMIN_DRAINING) {
        problems_add(problems, false,
                     "the worker is stopping: it delivers what it has read and releases its leases");
    }
    if (snapshot->leases.last_scan_boot_ms == 0) {
        problems_add(problems, false, "the lease table has not been read yet");
    }
    find_losses(snapshot, problems);
}

static void find_lag(const struct admin_snapshot *snapshot, struct problems *problems)
{
    struct admin_lag lag = admin_snapshot_lag(snapshot);
    char behind[PROBLEM_TIME_BYTES];
    char left[PROBLEM_TIME_BYTES];
    if (lag.behind_ms > LAG_WARN_MS) {
        bool grave = lag.trim_ms >= 0 && lag.trim_ms < TRIM_GRAVE_MS;
        problems_add(problems, grave, "up to %s behind the stream; in %s unread records begin to be lost%s",
                     problem_time(lag.behind_ms, behind),
                     lag.trim_ms < 0 ? "an unknown time" : problem_time(lag.trim_ms, left),
                     grave && !snapshot->has_spill ? "; --spill would land them past the destination" : "");
    }
}

static void find_failing_reads(const struct admin_snapshot *snapshot, struct problems *problems)
{
    size_t count = 0;
    int64_t longest_ms = 0;
    for (size_t i = 0; i < snapshot->shards.count; i++) {
        int64_t since_ms = snapshot->shards.at[i].stats.failing_since_boot_ms;
        if (since_ms != 0 && snapshot->boot_ms - since_ms > READS_FAIL_MS) {
            count++;
            longest_ms =
                snapshot->boot_ms - since_ms > longest_ms ? snapshot->boot_ms - since_ms : longest_ms;
        }
    }
    char time[PROBLEM_TIME_BYTES];
    if (count > 0) {
        problems_add(problems, true, "%zu shard%s cannot be read, for up to %s", count, plural(count),
                     problem_time(longest_ms, time));
    }
}

static void find_sink_trouble(const struct admin_snapshot *snapshot, struct problems *problems)
{
    const struct sink_counts *sink = &snapshot->sink;
    char time[PROBLEM_TIME_BYTES];
    int64_t since_ms = snapshot->boot_ms - sink->accepted_boot_ms;
    if (sink->failed_boot_ms > sink->accepted_boot_ms && snapshot->buffer_bytes > 0) {
        if (sink->accepted_boot_ms == 0) {
            problems_add(problems, true, "%s has accepted nothing yet: its last request failed",
                         snapshot->sources->destination);
        } else if (since_ms > SINK_FAILS_MS) {
            problems_add(problems, true, "%s has accepted nothing for %s: its last request failed",
                         snapshot->sources->destination, problem_time(since_ms, time));
        }
    }
}

static void find_spill(const struct admin_snapshot *snapshot, struct problems *problems)
{
    const struct spill_counts *spill = &snapshot->spill;
    char time[PROBLEM_TIME_BYTES];
    if (spill->failing_since_boot_ms != 0) {
        problems_add(problems, true,
                     "lines could not be landed directly for %s either: the log has the reason",
                     problem_time(snapshot->boot_ms - spill->failing_since_boot_ms, time));
    } else if (spill->spilling) {
        problems_add(problems, true, "%s: lines are landed directly (--spill), %" PRIu64 " so far",
                     spill->urgent ? "unread records are near their trim" : "the destination takes nothing",
                     spill->lines);
    }
}

static void find_letters(const struct admin_snapshot *snapshot, struct problems *problems)
{
    const struct dead_letters_state *letters = &snapshot->letters;
    char time[PROBLEM_TIME_BYTES];
    if (letters->failing_since_boot_ms != 0) {
        problems_add(problems, true,
                     "dead letters could not be stored for %s: their shards wait, the log has the reason",
                     problem_time(snapshot->boot_ms - letters->failing_since_boot_ms, time));
    }
    if (letters->stored > 0) {
        problems_add(problems, false, "%" PRIu64 " record%s went to the dead letters", letters->stored,
                     plural((size_t)letters->stored));
    }
}

static void find_lease_trouble(const struct admin_snapshot *snapshot, struct problems *problems)
{
    const struct lease_keeper_counts *leases = &snapshot->leases;
    int64_t scan_age_ms = snapshot->boot_ms - leases->last_scan_boot_ms;
    char time[PROBLEM_TIME_BYTES];
    if (leases->last_scan_boot_ms != 0 && snapshot->keeper.scan_failed_boot_ms != 0 &&
        scan_age_ms > SCANS_MISSED * snapshot->sources->failover_ms) {
        problems_add(problems, true, "the lease table could not be read for %s",
                     problem_time(scan_age_ms, time));
    }
    if (leases->unowned > 0) {
        problems_add(problems, false, "%zu shard%s nobody's: no worker reads %s", leases->unowned,
                     leases->unowned == 1 ? " is" : "s are", leases->unowned == 1 ? "it" : "them");
    }
    if (snapshot->keeper.broken_rows > 0) {
        problems_add(problems, false, "%zu row%s of the lease table cannot be understood and are left alone",
                     snapshot->keeper.broken_rows, plural(snapshot->keeper.broken_rows));
    }
}

static void find_local_trouble(const struct admin_snapshot *snapshot, struct problems *problems)
{
    const struct credential_cache_state *credentials = &snapshot->credentials;
    int64_t left_ms = credentials->expires_wall_ms - snapshot->wall_ms;
    char time[PROBLEM_TIME_BYTES];
    if (snapshot->state_degraded) {
        problems_add(problems, false, "the state folder refuses writes: a restart will repeat more");
    }
    if (credentials->has_credentials && credentials->expires_wall_ms != CREDENTIALS_NEVER &&
        left_ms < CREDENTIALS_WARN_MS) {
        problems_add(problems, true,
                     left_ms > 0 ? "the AWS credentials end in %s" : "the AWS credentials have ended",
                     problem_time(left_ms, time));
    }
    if (snapshot->totals.order_violations > 0) {
        problems_add(problems, false, "%" PRIu64 " records came out of order from the stream",
                     snapshot->totals.order_violations);
    }
}

static int compare_gravity(const void *left, const void *right)
{
    return (int)((const struct problem *)right)->grave - (int)((const struct problem *)left)->grave;
}

void problems_find(const struct admin_snapshot *snapshot, struct problems *problems)
{
    problems_of_health(snapshot, problems);
    if (snapshot->sources == NULL) {
        return;
    }
    find_losses(snapshot, problems);
    find_failing_reads(snapshot, problems);
    find_sink_trouble(snapshot, problems);
    find_spill(snapshot, problems);
    find_letters(snapshot, problems);
    find_lag(snapshot, problems);
    find_lease_trouble(snapshot, problems);
    find_local_trouble(snapshot, problems);
    qsort(problems->at, problems->count, sizeof problems->at[0], compare_gravity);
}
