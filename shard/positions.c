#include "shard/positions.h"

#include <stdlib.h>

#include "base/log.h"
#include "shard/positions_private.h"

enum { POSITIONS_FIRST_CAPACITY = 16 };

/* Where the shard's entry is, or would be. */
static size_t find_place(const struct positions *positions, const char *shard) REQUIRES(positions->lock)
{
    size_t low = 0;
    size_t high = positions->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(positions->entries[middle].shard, shard) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool make_room(struct positions *positions) REQUIRES(positions->lock)
{
    if (positions->count < positions->capacity) {
        return true;
    }
    size_t capacity = positions->capacity == 0 ? POSITIONS_FIRST_CAPACITY : positions->capacity * 2;
    struct position_entry *grown = realloc(positions->entries, capacity * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    positions->entries = grown;
    positions->capacity = capacity;
    return true;
}

struct position_entry *positions_find(struct positions *positions, const char *shard, bool make)
{
    size_t place = find_place(positions, shard);
    if (place < positions->count && strcmp(positions->entries[place].shard, shard) == 0) {
        return &positions->entries[place];
    }
    struct position_entry entry = {.dirty = false};
    if (!make || !slice_copy_text(slice_of_text(shard), entry.shard, sizeof entry.shard) ||
        !make_room(positions)) {
        return NULL;
    }
    memmove(&positions->entries[place + 1], &positions->entries[place],
            (positions->count - place) * sizeof entry);
    positions->entries[place] = entry;
    positions->count++;
    return &positions->entries[place];
}

void positions_mark(struct positions *positions, struct position_entry *entry)
{
    entry->touched_boot_ms = clock_boot_ms(positions->clock);
    if (!entry->dirty) {
        entry->dirty = true;
        positions->dirty++;
    }
    if (positions->idle) {
        condition_signal(&positions->wanted);
    }
}

static struct status fill_positions(struct positions *positions, const struct positions_options *options)
{
    if (!slice_copy_text(slice_of_text(options->app), positions->app, sizeof positions->app) ||
        !slice_copy_text(slice_of_text(options->stream_arn), positions->stream_arn,
                         sizeof positions->stream_arn)) {
        return status_make(STATUS_INVALID, "the application's name or the stream's ARN is too long");
    }
    positions->clock = options->clock;
    TRY(position_slot_take(options->state_dir, options->worker_id, &positions->slot));
    struct slice parts[] = {slice_of_text(positions->slot.directory), slice_of_text("/positions.db")};
    if (parts[0].length + parts[1].length >= sizeof positions->path) {
        return status_make(STATUS_INVALID, "--state-dir is too long");
    }
    memcpy(positions->path, parts[0].at, parts[0].length);
    memcpy(positions->path + parts[0].length, parts[1].at, parts[1].length + 1);
    return status_ok();
}

static void free_positions(struct positions *positions) NO_THREAD_CHECK
{
    position_store_close(positions->store);
    position_slot_leave(&positions->slot);
    condition_destroy(&positions->wanted);
    condition_destroy(&positions->tried);
    mutex_destroy(&positions->lock);
    free(positions->entries);
    free(positions->gaps);
    free(positions);
}

struct status positions_open(const struct positions_options *options,
                             struct positions **ret_positions) NO_THREAD_CHECK
{
    struct positions *positions = calloc(1, sizeof *positions);
    if (positions == NULL) {
        return status_no_memory("the positions", sizeof *positions);
    }
    mutex_init(&positions->lock);
    condition_init(&positions->wanted);
    condition_init(&positions->tried);
    positions->slot.descriptor = -1;
    struct status status;
    TRY_GOTO(status, fail, fill_positions(positions, options));
    struct status opened = positions_open_store(positions);
    if (!status_is_ok(&opened)) {
        positions->degraded = true;
        log_write(LOG_ERROR, "positions", "the local positions cannot be used; trying again each second",
                  log_text("path", positions->path), log_status(&opened));
    }
    TRY_GOTO(
        status, fail,
        thread_start(&positions->writer, "positions", THREAD_STACK_CALLS, positions_write_all, positions));
    *ret_positions = positions;
    return status_ok();
fail:
    free_positions(positions);
    return status;
}

void positions_close(struct positions *positions)
{
    if (positions == NULL) {
        return;
    }
    mutex_lock(&positions->lock);
    positions->closing = true;
    condition_broadcast(&positions->wanted);
    mutex_unlock(&positions->lock);
    thread_join(&positions->writer);
    free_positions(positions);
}

void positions_previous_worker(struct positions *positions, char ret_worker_id[POSITIONS_WORKER_BYTES])
{
    memcpy(ret_worker_id, positions->slot.previous_worker, POSITIONS_WORKER_BYTES);
}

void positions_save(struct positions *positions, const char *shard, const struct sequence_number *number)
{
    mutex_lock(&positions->lock);
    struct position_entry *entry = positions_find(positions, shard, true);
    if (entry != NULL && sequence_number_compare(number, &entry->row.number) > 0) {
        entry->row.number = *number;
        positions_mark(positions, entry);
    }
    mutex_unlock(&positions->lock);
}

/* A text that does not fit is stored empty: it matches no row, and so the row is believed. */
static void copy_or_empty(const char *text, char *target, size_t size)
{
    if (!slice_copy_text(slice_of_text(text), target, size)) {
        target[0] = '\0';
    }
}

void positions_note_remote(struct positions *positions, const char *shard, const char *checkpoint,
                           const char *nonce, const char *writer)
{
    mutex_lock(&positions->lock);
    struct position_entry *entry = positions_find(positions, shard, true);
    if (entry != NULL) {
        copy_or_empty(checkpoint, entry->row.remote_checkpoint, sizeof entry->row.remote_checkpoint);
        copy_or_empty(nonce, entry->row.remote_nonce, sizeof entry->row.remote_nonce);
        copy_or_empty(writer, entry->row.remote_writer, sizeof entry->row.remote_writer);
        positions_mark(positions, entry);
    }
    mutex_unlock(&positions->lock);
}

void positions_reset(struct positions *positions, const char *shard)
{
    mutex_lock(&positions->lock);
    struct position_entry *entry = positions_find(positions, shard, false);
    if (entry != NULL) {
        entry->row = (struct position_row){0};
        positions_mark(positions, entry);
    }
    mutex_unlock(&positions->lock);
}

struct status positions_load(struct positions *positions, const char *shard, struct position_row *ret_row)
{
    mutex_lock(&positions->lock);
    struct position_entry *entry = positions_find(positions, shard, false);
    bool found = entry != NULL;
    if (found) {
        *ret_row = entry->row;
    }
    mutex_unlock(&positions->lock);
    return found ? status_ok()
                 : status_make(STATUS_NOT_FOUND, "there is no local position of shard '%s'", shard);
}

bool positions_is_degraded(struct positions *positions)
{
    mutex_lock(&positions->lock);
    bool degraded = positions->degraded;
    mutex_unlock(&positions->lock);
    return degraded;
}
