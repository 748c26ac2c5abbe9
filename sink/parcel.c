#include "sink/parcel.h"

#include <stdlib.h>

enum { PARCEL_FIRST_LINES = 64 };

struct status parcel_create(size_t ceiling, struct parcel **ret_parcel)
{
    if (ceiling > UINT32_MAX) {
        return status_make(STATUS_INVALID, "a parcel of %zu bytes is over the 4 GiB that offsets reach",
                           ceiling);
    }
    struct parcel *parcel = calloc(1, sizeof *parcel);
    if (parcel == NULL) {
        return status_no_memory("a parcel of lines", sizeof *parcel);
    }
    bytes_init(&parcel->data, ceiling);
    *ret_parcel = parcel;
    return status_ok();
}

static struct status grow_lines(struct parcel *parcel)
{
    uint32_t capacity = parcel->capacity == 0 ? PARCEL_FIRST_LINES : parcel->capacity * 2;
    if (capacity <= parcel->capacity) {
        return status_make(STATUS_TOO_LARGE, "a parcel cannot hold more than %u lines", parcel->capacity);
    }
    struct parcel_line *lines = reallocarray(parcel->lines, capacity, sizeof *lines);
    if (lines == NULL) {
        return status_no_memory("the lines of a parcel", capacity * sizeof *lines);
    }
    parcel->lines = lines;
    parcel->capacity = capacity;
    return status_ok();
}

struct status parcel_add_line(struct parcel *parcel, uint32_t offset, uint64_t group)
{
    if (offset >= parcel->data.length) {
        return status_make(STATUS_INTERNAL, "a line at byte %u of a parcel of %zu bytes is empty", offset,
                           parcel->data.length);
    }
    if (parcel->count == parcel->capacity) {
        TRY(grow_lines(parcel));
    }
    parcel->lines[parcel->count++] = (struct parcel_line){
        .offset = offset, .length = (uint32_t)(parcel->data.length - offset), .group = group};
    return status_ok();
}

size_t parcel_footprint(const struct parcel *parcel)
{
    return sizeof *parcel + parcel->data.capacity + parcel->capacity * sizeof *parcel->lines;
}

void parcel_destroy(struct parcel *parcel)
{
    if (parcel == NULL) {
        return;
    }
    struct budget_hold hold = parcel->hold;
    buffers_give(parcel->buffers, &parcel->data);
    free(parcel->lines);
    free(parcel->links);
    free(parcel);
    budget_release(&hold);
}
