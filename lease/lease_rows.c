#include "lease/lease_rows.h"

#include <assert.h>
#include <stdlib.h>

/* A row is runs: so many zeros, then so many bytes as they are. Zeros that cost less than a run stay among those. */
struct run {
    uint16_t zeros;
    uint16_t length;
};

enum { LEAST_ZEROS = 2 * sizeof(struct run) };

static_assert(sizeof(struct lease) <= UINT16_MAX, "a run's numbers hold a whole row");

void lease_rows_free(struct lease_rows *rows)
{
    bytes_free(&rows->packed);
    *rows = (struct lease_rows){.count = 0};
}

static size_t count_zeros(const char *at, size_t length)
{
    static const char none[64];
    size_t zeros = 0;
    while (zeros + sizeof none <= length && memcmp(at + zeros, none, sizeof none) == 0) {
        zeros += sizeof none;
    }
    while (zeros + 8 <= length && memcmp(at + zeros, none, 8) == 0) {
        zeros += 8;
    }
    while (zeros < length && at[zeros] == 0) {
        zeros++;
    }
    return zeros;
}

/* Bytes up to the next zeros that are worth a run. */
static size_t count_others(const char *at, size_t length)
{
    size_t used = 0;
    while (used < length) {
        size_t zeros = at[used] != 0 ? 0 : count_zeros(at + used, length - used);
        if (zeros >= LEAST_ZEROS || used + zeros == length) {
            break;
        }
        used += zeros + 1;
    }
    return used;
}

static struct status pack(const char *at, size_t length, struct bytes *packed)
{
    while (length > 0) {
        size_t zeros = count_zeros(at, length);
        size_t others = count_others(at + zeros, length - zeros);
        const struct run run = {(uint16_t)zeros, (uint16_t)others};
        TRY(bytes_append(packed, &run, sizeof run));
        TRY(bytes_append(packed, at + zeros, others));
        at += zeros + others;
        length -= zeros + others;
    }
    return status_ok();
}

bool lease_rows_add(struct lease_rows *rows, const struct lease *row)
{
    size_t before = rows->packed.length;
    rows->packed.ceiling = SIZE_MAX / 2;
    struct status status = pack((const char *)row, sizeof *row, &rows->packed);
    if (!status_is_ok(&status)) {
        rows->packed.length = before;
        return false;
    }
    rows->count++;
    return true;
}

bool lease_rows_next(const struct lease_rows *rows, size_t *at, struct lease *ret_row)
{
    if (*at >= rows->packed.length) {
        return false;
    }
    char *target = (char *)ret_row;
    size_t used = 0;
    while (used < sizeof *ret_row) {
        struct run run;
        memcpy(&run, rows->packed.at + *at, sizeof run);
        memset(target + used, 0, run.zeros);
        memcpy(target + used + run.zeros, rows->packed.at + *at + sizeof run, run.length);
        used += (size_t)run.zeros + run.length;
        *at += sizeof run + run.length;
    }
    return true;
}

static_assert(offsetof(struct lease, key) == 0, "a packed row begins with its key");

struct slice lease_rows_key(const struct lease_rows *rows, size_t at)
{
    struct run run;
    const char *packed = rows->packed.at + at;
    memcpy(&run, packed, sizeof run);
    packed += sizeof run;
    return run.zeros > 0 ? slice_of(NULL, 0) : slice_of(packed, strnlen(packed, run.length));
}

struct lease *lease_rows_unpack(const struct lease_rows *rows)
{
    struct lease *all = calloc(rows->count + 1, sizeof *all);
    size_t at = 0;
    for (size_t i = 0; all != NULL && i < rows->count && lease_rows_next(rows, &at, &all[i]);) {
        i++;
    }
    return all;
}
