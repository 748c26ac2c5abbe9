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

static enum status_code grow_lines(struct parcel *parcel)
{
    uint32_t capacity = parcel->capacity == 0 ? PARCEL_FIRST_LINES : parcel->capacity * 2;
    if (capacity <= parcel->capacity) {
        return STATUS_TOO_LARGE;
    }
    struct parcel_line *lines = reallocarray(parcel->lines, capacity, sizeof *lines);
    if (lines == NULL) {
        return STATUS_NO_MEMORY;
    }
    parcel->lines = lines;
    parcel->capacity = capacity;
    return STATUS_OK;
}

enum status_code parcel_add_line(struct parcel *parcel, uint32_t offset, uint64_t group)
{
    if (offset >= parcel->data.length) {
        return STATUS_INTERNAL; /* an empty line */
    }
    enum status_code code = parcel->count == parcel->capacity ? grow_lines(parcel) : STATUS_OK;
    if (code != STATUS_OK) {
        return code;
    }
    parcel->lines[parcel->count++] = (struct parcel_line){
        .offset = offset, .length = (uint32_t)(parcel->data.length - offset), .group = group};
    return STATUS_OK;
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
