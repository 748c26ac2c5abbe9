#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "shard/positions_private.h"

enum {
    WRITER_GROUP_MS = 100, /* a transaction costs some 0.1 ms; kill -9 repeats what this long acknowledged */
    WRITER_RETRY_MS = 1000,
    WRITER_LOG_MS = 60000,
    WRITER_TIDY_MS = 3600 * 1000,
    WRITER_FORGET_MS = 48 * 3600 * 1000, /* a stream keeps 24 hours */
};

/* What one transaction carries; the writer's own copy. */
struct writer_batch {
    struct position_entry *entries;
    size_t entry_count;
    struct position_gap_entry *gaps;
    size_t gap_count;
};

/* Names the damaged file, and SQLite's files beside it, after the time, so that a person can look at them. */
static void set_aside(struct positions *positions)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char from[POSITION_PATH_BYTES + 8];
    char to[POSITION_PATH_BYTES + 48];
    long long now_ms = (long long)clock_wall_ms(positions->clock);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(from, sizeof from, "%s%s", positions->path, suffixes[i]);
        snprintf(to, sizeof to, "%s%s.corrupt-%lld", positions->path, suffixes[i], now_ms);
        if (rename(from, to) != 0 && errno != ENOENT) {
            log_write(LOG_ERROR, "positions", "cannot rename a damaged file", log_text("path", from));
        }
    }
}

/* A position of the file that this process knows nothing newer of. */
static void take_over(void *context, const struct position_entry *entry)
{
    struct positions *positions = context;
    mutex_lock(&positions->lock);
    struct position_entry *known = positions_find(positions, entry->shard, false);
    if (known == NULL) {
        known = positions_find(positions, entry->shard, true);
        if (known != NULL) {
            *known = *entry;
            known->touched_boot_ms = clock_boot_ms(positions->clock);
        }
    }
    mutex_unlock(&positions->lock);
}

static void take_gap_over(void *context, const struct position_gap_entry *gap)
{
    struct positions *positions = context;
    mutex_lock(&positions->lock);
    bool known = false;
    for (size_t i = 0; i < positions->gap_count; i++) {
        known = known || (strcmp(positions->gaps[i].shard, gap->shard) == 0 &&
                          sequence_number_compare(&positions->gaps[i].after, &gap->after) == 0);
    }
    if (!known && positions_put_gap(positions, gap) == NULL) {
        log_write_limited(WRITER_LOG_MS, LOG_ERROR, "positions", "too many gaps, or no memory for one",
                          log_text("shard", gap->shard));
    }
    mutex_unlock(&positions->lock);
}

static struct status open_and_load(struct positions *positions)
{
    const struct position_visitor visitor = {
        .position = take_over, .gap = take_gap_over, .context = positions};
    TRY(position_store_open(positions->path, positions->app, positions->stream_arn,
                            clock_wall_ms(positions->clock), &positions->store));
    return position_store_load(positions->store, &visitor);
}

struct status positions_open_store(struct positions *positions)
{
    struct status status = open_and_load(positions);
    if (status.code == STATUS_CORRUPT) {
        log_write(LOG_ERROR, "positions", "a damaged or foreign file is set aside; begun anew",
                  log_text("path", positions->path), log_status(&status));
        position_store_close(positions->store);
        positions->store = NULL;
        set_aside(positions);
        status = open_and_load(positions);
    }
    if (!status_is_ok(&status)) {
        position_store_close(positions->store);
        positions->store = NULL;
    }
    return status;
}

/* Takes what is to be written. False: no memory for it now. */
static bool collect(struct positions *positions, struct writer_batch *batch) REQUIRES(positions->lock)
{
    *batch = (struct writer_batch){.entry_count = 0};
    batch->entries = calloc(positions->dirty + 1, sizeof *batch->entries);
    batch->gaps = calloc(positions->gaps_dirty + 1, sizeof *batch->gaps);
    if (batch->entries == NULL || batch->gaps == NULL) {
        return false;
    }
    for (size_t i = 0; i < positions->count && positions->dirty > 0; i++) {
        if (positions->entries[i].dirty) {
            batch->entries[batch->entry_count++] = positions->entries[i];
            positions->entries[i].dirty = false;
            positions->dirty--;
        }
    }
    for (size_t i = 0; i < positions->gap_count && positions->gaps_dirty > 0; i++) {
        if (positions->gaps[i].dirty) {
            batch->gaps[batch->gap_count++] = positions->gaps[i];
            positions->gaps[i].dirty = false;
            positions->gaps_dirty--;
        }
    }
    return true;
}

static struct status write_batch(struct positions *positions, const struct writer_batch *batch)
{
    if (positions->store == NULL) {
        TRY(positions_open_store(positions));
    }
    struct status status =
        position_store_write(positions->store, batch->entries, batch->entry_count, batch->gaps,
                             batch->gap_count, clock_wall_ms(positions->clock));
    if (!status_is_ok(&status)) {
        /* The next try opens the file anew, which also finds out whether it is damaged. */
        position_store_close(positions->store);
        positions->store = NULL;
    }
    return status;
}

/* Everything known goes into the next try: the file may have been begun anew. */
static void mark_all(struct positions *positions) REQUIRES(positions->lock)
{
    for (size_t i = 0; i < positions->count; i++) {
        positions_mark(positions, &positions->entries[i]);
    }
    for (size_t i = 0; i < positions->gap_count; i++) {
        positions_mark_gap(positions, &positions->gaps[i]);
    }
}

/* Books the end of a try. */
static void book(struct positions *positions, const struct status *status) REQUIRES(positions->lock)
{
    bool stored = status_is_ok(status);
    if (stored) {
        positions_drop_gone(positions);
    } else {
        mark_all(positions);
    }
    if (positions->degraded != !stored) {
        log_write(stored ? LOG_INFO : LOG_ERROR, "positions",
                  stored ? "the local positions are written again" : "the local positions cannot be written",
                  log_text("path", positions->path), log_status(status));
    } else if (!stored) {
        log_write_limited(WRITER_LOG_MS, LOG_ERROR, "positions",
                          "the local positions still cannot be written", log_text("path", positions->path),
                          log_status(status));
    }
    positions->degraded = !stored;
    positions->tries_ended = positions->tries_begun;
    condition_broadcast(&positions->tried);
}

/* Shards end, and a worker may live for months: what did not change for two days is forgotten. */
static void forget_old(struct positions *positions, int64_t now_ms) REQUIRES(positions->lock)
{
    size_t kept = 0;
    for (size_t i = 0; i < positions->count; i++) {
        const struct position_entry *entry = &positions->entries[i];
        if (entry->dirty || now_ms - entry->touched_boot_ms < WRITER_FORGET_MS) {
            positions->entries[kept++] = *entry;
        }
    }
    positions->count = kept;
}

/* Once an hour; a failure shows at the next write. */
static void tidy(struct positions *positions) REQUIRES(positions->lock)
{
    int64_t now_ms = clock_boot_ms(positions->clock);
    if (now_ms - positions->tidied_boot_ms < WRITER_TIDY_MS || positions->degraded) {
        return;
    }
    positions->tidied_boot_ms = now_ms;
    forget_old(positions, now_ms);
    mutex_unlock(&positions->lock);
    struct status status = position_store_forget_old(positions->store, clock_wall_ms(positions->clock));
    if (!status_is_ok(&status)) {
        log_write(LOG_WARN, "positions", "cannot delete old positions", log_status(&status));
    }
    mutex_lock(&positions->lock);
}

static void write_once(struct positions *positions) REQUIRES(positions->lock)
{
    struct writer_batch batch;
    struct status status = status_ok();
    positions->tries_begun++;
    if (!collect(positions, &batch)) {
        status = status_no_memory("the positions to write", 0);
    } else {
        mutex_unlock(&positions->lock);
        status = write_batch(positions, &batch);
        mutex_lock(&positions->lock);
    }
    book(positions, &status);
    free(batch.entries);
    free(batch.gaps);
}

/* Until the next transaction may begin. A gap does not wait: its shard waits for it. */
static void await_next(struct positions *positions) REQUIRES(positions->lock)
{
    int64_t left_ms = positions->degraded ? WRITER_RETRY_MS : WRITER_GROUP_MS;
    int64_t until_ms = clock_boot_ms(clock_real()) + left_ms;
    while (!positions->closing && left_ms > 0 && (positions->degraded || positions->gaps_dirty == 0)) {
        condition_wait_ms(&positions->wanted, &positions->lock, left_ms);
        left_ms = until_ms - clock_boot_ms(clock_real());
    }
}

void *positions_write_all(void *argument)
{
    struct positions *positions = argument;
    mutex_lock(&positions->lock);
    while (!positions->closing) {
        if (!positions->degraded && positions->dirty == 0 && positions->gaps_dirty == 0) {
            positions->idle = true;
            condition_wait(&positions->wanted, &positions->lock);
            positions->idle = false;
            continue;
        }
        write_once(positions);
        tidy(positions);
        await_next(positions);
    }
    if (positions->dirty > 0 || positions->gaps_dirty > 0) {
        write_once(positions);
    }
    mutex_unlock(&positions->lock);
    return NULL;
}
