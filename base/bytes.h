/* Bytes, borrowed and owned. `struct slice` borrows; `struct bytes` owns and never grows over its ceiling.
 *
 * Neither is NUL-terminated unless a function says so. Neither may be shared between threads without a lock.
 */
#ifndef PENSTOCK_BASE_BYTES_H
#define PENSTOCK_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/status.h"

/* Borrowed bytes: valid as long as their owner leaves them alone. `at` may be NULL when `length` is 0. */
struct slice {
    const char *at;
    size_t length;
};

/* Owned, growing bytes with a ceiling. Zeroed memory is a valid empty buffer with a ceiling of 0 (every
 * append fails). */
struct bytes {
    char *at;
    size_t length;
    size_t capacity;
    size_t ceiling; /* the greatest length, in bytes */
};

static inline struct slice slice_of(const char *at, size_t length)
{
    return (struct slice){at, length};
}

/* A slice over a NUL-terminated text; NULL gives the empty slice. */
static inline struct slice slice_of_text(const char *text)
{
    return (struct slice){text, text == NULL ? 0 : strlen(text)};
}

bool slice_equals(struct slice left, struct slice right);
bool slice_equals_text(struct slice left, const char *right);
bool slice_starts_with(struct slice whole, const char *prefix);

/* Copies `slice` into `target` of `size` bytes with a final NUL. False, with an empty target, when it does
 * not fit. */
bool slice_copy_text(struct slice slice, char *target, size_t size) MUST_USE;

/* A copy with a final NUL, to be freed by the caller; NULL when there is no memory. */
char *slice_duplicate(struct slice slice) MUST_USE;

/* Parses the whole slice as a decimal number of at most 18 digits, with an optional leading '-'. False when
 * it is not one. */
bool slice_parse_int64(struct slice slice, int64_t *ret_value) MUST_USE;

/* An empty buffer; allocates nothing. */
void bytes_init(struct bytes *bytes, size_t ceiling);

/* Frees and zeroes; keeps the ceiling, so the buffer can be used again. Safe on zeroed memory. */
void bytes_free(struct bytes *bytes);

/* Overwrites the content with zeros, then frees: for secrets. */
void bytes_wipe(struct bytes *bytes);

/* Forgets the content, keeps the memory. */
void bytes_clear(struct bytes *bytes);

/* Makes room for `more` bytes behind the content. STATUS_TOO_LARGE over the ceiling, STATUS_NO_MEMORY. */
struct status bytes_reserve(struct bytes *bytes, size_t more) MUST_USE;

struct status bytes_append(struct bytes *bytes, const void *data, size_t length) MUST_USE;
struct status bytes_append_text(struct bytes *bytes, const char *text) MUST_USE;
struct status bytes_append_slice(struct bytes *bytes, struct slice slice) MUST_USE;
struct status bytes_append_format(struct bytes *bytes, const char *format, ...) MUST_USE PRINTF_LIKE(2, 3);

/* Puts a NUL behind the content without counting it, and returns the content as a text through `ret_text`
 * (borrowed). */
struct status bytes_terminate(struct bytes *bytes, const char **ret_text) MUST_USE;

static inline struct slice bytes_slice(const struct bytes *bytes)
{
    return (struct slice){bytes->at, bytes->length};
}

/* Zeros that the compiler may not leave out. */
void memory_wipe(void *at, size_t length);

#endif
