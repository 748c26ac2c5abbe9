#include "shard/ack_window.h"

#include <stdio.h>
#include <stdlib.h>

enum { ACK_BLOCK_FIRST_ENTRIES = 8 };

struct ack_block *ack_block_create(void)
{
    return calloc(1, sizeof(struct ack_block));
}

void ack_block_destroy(struct ack_block *block)
{
    if (block != NULL) {
        free(block->entries);
        free(block);
    }
}

bool ack_block_add_line(struct ack_block *block, const struct sequence_number *position)
{
    if (block->count == block->capacity) {
        uint32_t capacity = block->capacity == 0 ? ACK_BLOCK_FIRST_ENTRIES : block->capacity * 2;
        struct ack_entry *grown = realloc(block->entries, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        block->entries = grown;
        block->capacity = capacity;
    }
    block->entries[block->count++] = (struct ack_entry){.position = *position, .records = 1};
    return true;
}

void ack_block_add_done(struct ack_block *block, const struct sequence_number *position)
{
    struct sequence_number *reached = &block->lead;
    uint32_t *records = &block->lead_records;
    if (block->count > 0) {
        reached = &block->entries[block->count - 1].position;
        records = &block->entries[block->count - 1].records;
    }
    *records += 1;
    if (position->length > 0) {
        *reached = *position;
    }
}

size_t ack_block_footprint(const struct ack_block *block)
{
    return sizeof *block + block->capacity * sizeof *block->entries;
}

void ack_window_init(struct ack_window *window,
                     void (*moved)(void *context, const struct sequence_number *frontier),
                     void *context) NO_THREAD_CHECK
{
    *window = (struct ack_window){.moved = moved, .context = context};
    mutex_init(&window->lock);
    condition_init(&window->settled);
}

static void free_blocks(struct ack_window *window) REQUIRES(window->lock)
{
    while (window->oldest != NULL) {
        struct ack_block *next = window->oldest->next;
        ack_block_destroy(window->oldest);
        window->oldest = next;
    }
    window->newest = NULL;
}

void ack_window_destroy(struct ack_window *window)
{
    mutex_lock(&window->lock);
    free_blocks(window);
    mutex_unlock(&window->lock);
    condition_destroy(&window->settled);
    mutex_destroy(&window->lock);
}

/* Moves the frontier over entries that are done, and frees the blocks that it has passed. */
static void advance(struct ack_window *window) REQUIRES(window->lock)
{
    struct sequence_number before = window->frontier;
    while (window->oldest != NULL) {
        struct ack_block *block = window->oldest;
        if (block->lead_records > 0) {
            window->records_done += block->lead_records;
            window->frontier = block->lead.length > 0 ? block->lead : window->frontier;
            block->lead_records = 0;
        }
        while (block->passed < block->count && block->entries[block->passed].done) {
            window->frontier = block->entries[block->passed].position;
            window->records_done += block->entries[block->passed].records;
            block->passed++;
        }
        if (block->passed < block->count) {
            break;
        }
        window->oldest = block->next;
        ack_block_destroy(block);
    }
    if (window->oldest == NULL) {
        window->newest = NULL;
    }
    if (sequence_number_compare(&before, &window->frontier) != 0) {
        window->moved(window->context, &window->frontier);
    }
}

uint64_t ack_window_publish(struct ack_window *window, struct ack_block *block)
{
    mutex_lock(&window->lock);
    uint64_t first_token = window->next_token;
    block->first_token = first_token;
    window->next_token += block->count;
    window->outstanding += block->count;
    if (window->newest != NULL) {
        window->newest->next = block;
    } else {
        window->oldest = block;
    }
    window->newest = block;
    advance(window);
    mutex_unlock(&window->lock);
    return first_token;
}

static void note_refused(struct ack_window *window, const struct ack_entry *entry, const char *reason)
    REQUIRES(window->lock)
{
    if (window->refused_at.length == 0) {
        window->refused_at = entry->position;
        snprintf(window->refused_reason, sizeof window->refused_reason, "%s", reason == NULL ? "" : reason);
    }
}

void ack_window_settle(struct ack_window *window, uint64_t first_token, uint32_t count,
                       enum sink_verdict verdict, const char *reason)
{
    mutex_lock(&window->lock);
    struct ack_block *block = window->oldest;
    bool done = verdict == SINK_ACCEPTED || verdict == SINK_DEAD_LETTERED;
    for (uint64_t token = first_token; token < first_token + count; token++) {
        while (block != NULL && token - block->first_token >= block->count) {
            block = block->next;
        }
        if (block == NULL) {
            break; /* a token that was never given out */
        }
        struct ack_entry *entry = &block->entries[token - block->first_token];
        entry->done = done;
        if (verdict == SINK_REFUSED) {
            note_refused(window, entry, reason);
        }
    }
    window->unsent += verdict == SINK_UNSENT ? count : 0;
    window->refused += verdict == SINK_REFUSED ? count : 0;
    window->outstanding -= count;
    if (done) {
        advance(window);
    }
    if (window->outstanding == 0 || !done) {
        condition_broadcast(&window->settled);
    }
    mutex_unlock(&window->lock);
}

void ack_window_restart(struct ack_window *window)
{
    mutex_lock(&window->lock);
    free_blocks(window);
    window->unsent = 0;
    mutex_unlock(&window->lock);
}

void ack_window_read(struct ack_window *window, struct ack_window_state *ret_state)
{
    mutex_lock(&window->lock);
    *ret_state = (struct ack_window_state){
        .outstanding = window->outstanding,
        .unsent = window->unsent,
        .refused = window->refused,
        .records_done = window->records_done,
        .frontier = window->frontier,
        .refused_at = window->refused_at,
    };
    memcpy(ret_state->refused_reason, window->refused_reason, sizeof ret_state->refused_reason);
    mutex_unlock(&window->lock);
}

bool ack_window_wait_settled(struct ack_window *window, int64_t ms)
{
    bool in_time = true;
    mutex_lock(&window->lock);
    while (window->outstanding > 0 && in_time) {
        in_time = condition_wait_ms(&window->settled, &window->lock, ms);
    }
    bool settled = window->outstanding == 0;
    mutex_unlock(&window->lock);
    return settled;
}

bool ack_window_is_torn(struct ack_window *window)
{
    mutex_lock(&window->lock);
    bool torn = window->unsent > 0;
    mutex_unlock(&window->lock);
    return torn;
}

bool ack_window_has_trouble(struct ack_window *window)
{
    mutex_lock(&window->lock);
    bool trouble = window->unsent > 0 || window->refused > 0;
    mutex_unlock(&window->lock);
    return trouble;
}
