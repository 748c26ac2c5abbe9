#include "base/buffers.h"

#include <stdlib.h>

#include "base/thread.h"

enum {
    BUFFERS_SLOTS = 64,
    BUFFERS_STEP_BYTES =
        64 * 1024, /* sizes are its multiples, so that one buffer suits many; smaller ones are malloc's */
};

struct kept {
    char *at;
    size_t capacity;
};

struct buffers {
    size_t ceiling; /* constant */

    struct mutex lock;
    struct kept kept[BUFFERS_SLOTS] GUARDED_BY(lock); /* in the order they were given */
    size_t count GUARDED_BY(lock);
    size_t bytes GUARDED_BY(lock);
    size_t fewest GUARDED_BY(lock); /* kept at any time since the last tidying */
};

struct status buffers_create(size_t ceiling, struct buffers **ret_buffers)
{
    struct buffers *buffers = calloc(1, sizeof *buffers);
    if (buffers == NULL) {
        return status_no_memory("a pool of buffers", sizeof *buffers);
    }
    buffers->ceiling = ceiling;
    mutex_init(&buffers->lock);
    *ret_buffers = buffers;
    return status_ok();
}

static struct kept take_out(struct buffers *buffers, size_t index) REQUIRES(buffers->lock)
{
    struct kept kept = buffers->kept[index];
    buffers->count--;
    buffers->bytes -= kept.capacity;
    memmove(&buffers->kept[index], &buffers->kept[index + 1], (buffers->count - index) * sizeof kept);
    buffers->fewest = buffers->count < buffers->fewest ? buffers->count : buffers->fewest;
    return kept;
}

void buffers_destroy(struct buffers *buffers) NO_THREAD_CHECK
{
    if (buffers == NULL) {
        return;
    }
    while (buffers->count > 0) {
        free(take_out(buffers, buffers->count - 1).at);
    }
    mutex_destroy(&buffers->lock);
    free(buffers);
}

/* The buffer given last, thus the warmest, that has room for `size` and is not far too great for it. */
static struct kept find(struct buffers *buffers, size_t size)
{
    struct kept found = {.at = NULL};
    mutex_lock(&buffers->lock);
    for (size_t i = buffers->count; i > 0 && found.at == NULL; i--) {
        size_t capacity = buffers->kept[i - 1].capacity;
        if (capacity >= size && capacity / 2 <= size) {
            found = take_out(buffers, i - 1);
        }
    }
    mutex_unlock(&buffers->lock);
    return found;
}

/* Frees kept buffers, the coldest first, until as much is free as is about to be taken anew, or none is kept: what is out
 * and what is kept never come to more together than what was once out. */
static void make_way(struct buffers *buffers, size_t size)
{
    struct kept spare[BUFFERS_SLOTS];
    size_t count = 0;
    mutex_lock(&buffers->lock);
    size_t left = buffers->bytes > size ? buffers->bytes - size : 0;
    while (buffers->bytes > left) {
        spare[count++] = take_out(buffers, 0);
    }
    mutex_unlock(&buffers->lock);
    for (size_t i = 0; i < count; i++) {
        free(spare[i].at);
    }
}

struct status buffers_reserve(struct buffers *buffers, struct bytes *bytes, size_t more)
{
    if (buffers == NULL || bytes->at != NULL || more < BUFFERS_STEP_BYTES || more > bytes->ceiling ||
        more > SIZE_MAX / 4) {
        return bytes_reserve(bytes, more);
    }
    size_t size = more / BUFFERS_STEP_BYTES * BUFFERS_STEP_BYTES + BUFFERS_STEP_BYTES; /* above `more` */
    struct kept kept = find(buffers, size);
    if (kept.at == NULL) {
        make_way(buffers, size);
        kept = (struct kept){malloc(size), size};
    }
    if (kept.at == NULL) {
        return status_no_memory("a buffer", size);
    }
    *bytes = (struct bytes){.at = kept.at, .capacity = kept.capacity, .ceiling = bytes->ceiling};
    return status_ok();
}

void buffers_give(struct buffers *buffers, struct bytes *bytes)
{
    if (buffers != NULL && bytes->capacity >= BUFFERS_STEP_BYTES) {
        mutex_lock(&buffers->lock);
        if (buffers->count < BUFFERS_SLOTS && bytes->capacity <= buffers->ceiling - buffers->bytes) {
            buffers->kept[buffers->count++] = (struct kept){bytes->at, bytes->capacity};
            buffers->bytes += bytes->capacity;
            bytes->at = NULL;
        }
        mutex_unlock(&buffers->lock);
    }
    bytes_free(bytes);
}

void buffers_tidy(struct buffers *buffers)
{
    if (buffers == NULL) {
        return;
    }
    struct kept spare[BUFFERS_SLOTS];
    size_t count = 0;
    mutex_lock(&buffers->lock);
    for (size_t fewest = buffers->fewest; count < fewest; count++) {
        spare[count] = take_out(buffers, 0);
    }
    buffers->fewest = buffers->count;
    mutex_unlock(&buffers->lock);
    for (size_t i = 0; i < count; i++) {
        free(spare[i].at);
    }
}

size_t buffers_kept(struct buffers *buffers)
{
    if (buffers == NULL) {
        return 0;
    }
    mutex_lock(&buffers->lock);
    size_t bytes = buffers->bytes;
    mutex_unlock(&buffers->lock);
    return bytes;
}
