#include "worker/admin/snapshot.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ROWS_WAIT_MS = 500 };

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

/* All pages stand first in /proc/self/statm, resident ones second (proc(5)); 0 where it cannot be read. */
static void take_memory(struct admin_snapshot *snapshot)
{
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) {
        return;
    }
    char text[128] = "";
    size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    char *rest = NULL;
    text[length] = '\0';
    double page_bytes = (double)sysconf(_SC_PAGESIZE);
    snapshot->virtual_bytes = (double)strtol(text, &rest, 10) * page_bytes;
    snapshot->resident_bytes = (double)strtol(rest, NULL, 10) * page_bytes;
}

static void take_files(struct admin_snapshot *snapshot)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        snapshot->open_files_most = (double)limit.rlim_cur;
    }
    snapshot->open_files = -1;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL) {
        return;
    }
    /* Less ".", ".." and the folder itself. */
    snapshot->open_files = -3;
    while (readdir(folder) != NULL) { /* NOLINT(concurrency-mt-unsafe): a stream of our own */
        snapshot->open_files++;
    }
    (void)closedir(folder);
}

static void take_process(struct admin_snapshot *snapshot)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        snapshot->cpu_seconds = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
    }
    take_memory(snapshot);
    take_files(snapshot);
}

static int compare_shards(const void *left, const void *right)
{
    return strcmp(((const struct supervisor_shard *)left)->key,
                  ((const struct supervisor_shard *)right)->key);
}

static int compare_rows(const void *left, const void *right)
{
    const struct slice *a = &((const struct lease_watch_row *)left)->key;
    const struct slice *b = &((const struct lease_watch_row *)right)->key;
    int order = memcmp(a->at, b->at, a->length < b->length ? a->length : b->length);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static void take_rows(const struct admin_sources *sources, struct admin_snapshot *snapshot)
{
    struct status status = lease_keeper_read_rows(sources->parts.keeper, ROWS_WAIT_MS, &snapshot->rows);
    snapshot->has_rows = status_is_ok(&status);
    if (snapshot->rows.count > 1) {
        qsort(snapshot->rows.at, snapshot->rows.count, sizeof snapshot->rows.at[0], compare_rows);
    }
    snapshot->move_count = lease_keeper_read_moves(sources->parts.keeper, snapshot->moves);
}

static void take_clients(const struct admin_sources *sources, struct admin_snapshot *snapshot)
{
    aws_session_read_credential_state(sources->session, &snapshot->credentials);
    for (size_t i = 0; i < ADMIN_CLIENTS; i++) {
        if (sources->clients[i] != NULL) {
            snapshot->clients[i].name = sources->client_names[i];
            aws_client_read_counts(sources->clients[i], &snapshot->clients[i].counts);
            aws_client_read_calls(sources->clients[i], &snapshot->clients[i].calls);
        }
    }
}

static struct status take_parts(const struct admin_sources *sources, struct admin_snapshot *snapshot)
{
    const struct report_sources *parts = &sources->parts;
    snapshot->sources = sources;
    lease_keeper_read_counts(parts->keeper, &snapshot->leases);
    lease_keeper_read_pulse(parts->keeper, &snapshot->keeper);
    snapshot->supervisor_turned_boot_ms = supervisor_turned_boot_ms(parts->supervisor);
    supervisor_read_totals(parts->supervisor, &snapshot->totals);
    parts->sink->read_counts(parts->sink, &snapshot->sink);
    if (parts->letters != NULL) {
        dead_letters_read_state(parts->letters, &snapshot->letters);
    }
    snapshot->has_spill = parts->spill != NULL;
    if (parts->spill != NULL) {
        spill_read_counts(parts->spill, &snapshot->spill);
    }
    snapshot->buffer_bytes = budget_held(parts->budget);
    poll_budget_read_counts(parts->poll_budget, &snapshot->poll_budget);
    size_t in_rows = snapshot->leases.gaps_certain + snapshot->leases.gaps_possible;
    size_t in_folder = positions_gap_count(parts->positions);
    snapshot->gaps = in_rows > in_folder ? in_rows : in_folder;
    snapshot->state_degraded = positions_is_degraded(parts->positions);
    take_clients(sources, snapshot);
    TRY(supervisor_read_shards(parts->supervisor, &snapshot->shards));
    if (snapshot->shards.count > 1) {
        qsort(snapshot->shards.at, snapshot->shards.count, sizeof snapshot->shards.at[0], compare_shards);
    }
    return status_ok();
}

struct status admin_snapshot_take(const struct admin_sources *sources, const struct clock *clock,
                                  enum admin_phase phase, bool rows, struct admin_snapshot *ret_snapshot)
{
    struct admin_snapshot *snapshot = ret_snapshot;
    memset(snapshot, 0, sizeof *snapshot); /* an initializer would be another one on the stack */
    snapshot->phase = phase;
    struct status status = status_ok();
    take_process(snapshot);
    if (sources != NULL) {
        if (rows) {
            take_rows(sources, snapshot);
        }
        status = take_parts(sources, snapshot);
    }
    /* Last, so that nothing in it is younger than its time. */
    snapshot->wall_ms = clock_wall_ms(clock);
    snapshot->boot_ms = clock_boot_ms(clock);
    if (!status_is_ok(&status)) {
        admin_snapshot_free(snapshot);
    }
    return status;
}

void admin_snapshot_free(struct admin_snapshot *snapshot)
{
    lease_snapshot_free(&snapshot->rows);
    supervisor_shards_free(&snapshot->shards);
}

const struct supervisor_shard *admin_snapshot_find_shard(const struct admin_snapshot *snapshot,
                                                         const char *key)
{
    struct supervisor_shard wanted = {0};
    if (snapshot->shards.count == 0) {
        return NULL;
    }
    snprintf(wanted.key, sizeof wanted.key, "%s", key);
    return bsearch(&wanted, snapshot->shards.at, snapshot->shards.count, sizeof wanted, compare_shards);
}

int64_t admin_shard_lag_ms(const struct supervisor_shard *shard)
{
    return shard->stats.ended ? 0 : shard->stats.lag_ms;
}

/* How long ago the youngest event was that everything before it has been read; -1: not known. */
static int64_t unread_age_ms(const struct supervisor_shard *shard, int64_t now_wall_ms)
{
    if (shard->stats.read_up_to_wall_ms == 0) {
        return -1;
    }
    int64_t age_ms = now_wall_ms - shard->stats.read_up_to_wall_ms;
    return age_ms < 0 ? 0 : age_ms;
}

int64_t admin_shard_behind_ms(const struct supervisor_shard *shard, int64_t now_wall_ms)
{
    int64_t lag_ms = admin_shard_lag_ms(shard);
    return lag_ms >= 0 ? lag_ms : unread_age_ms(shard, now_wall_ms);
}

int64_t admin_shard_trim_ms(const struct supervisor_shard *shard, int64_t now_wall_ms)
{
    int64_t age_ms = unread_age_ms(shard, now_wall_ms);
    if (shard->stats.ended || age_ms < 0) {
        return -1;
    }
    return age_ms < ADMIN_RETENTION_MS ? ADMIN_RETENTION_MS - age_ms : 0;
}

struct admin_lag admin_snapshot_lag(const struct admin_snapshot *snapshot)
{
    struct admin_lag lag = {-1, -1, -1, 0};
    for (size_t i = 0; i < snapshot->shards.count; i++) {
        const struct supervisor_shard *shard = &snapshot->shards.at[i];
        int64_t lag_ms = admin_shard_lag_ms(shard);
        int64_t behind_ms = admin_shard_behind_ms(shard, snapshot->wall_ms);
        int64_t trim_ms = admin_shard_trim_ms(shard, snapshot->wall_ms);
        lag.lag_ms = lag_ms > lag.lag_ms ? lag_ms : lag.lag_ms;
        lag.behind_ms = behind_ms > lag.behind_ms ? behind_ms : lag.behind_ms;
        if (trim_ms >= 0 && (lag.trim_ms < 0 || trim_ms < lag.trim_ms)) {
            lag.trim_ms = trim_ms;
        }
        lag.unknown += lag_ms < 0 ? 1 : 0;
    }
    return lag;
}
