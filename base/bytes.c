#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BYTES_FIRST_CAPACITY = 256, INT64_SAFE_DIGITS = 18 };

bool slice_equals(struct slice left, struct slice right)
{
    return left.length == right.length && (left.length == 0 || memcmp(left.at, right.at, left.length) == 0);
}

bool slice_equals_text(struct slice left, const char *right)
{
    return slice_equals(left, slice_of_text(right));
}

bool slice_starts_with(struct slice whole, const char *prefix)
{
    size_t length = strlen(prefix);
    return whole.length >= length && memcmp(whole.at, prefix, length) == 0;
}

bool slice_copy_text(struct slice slice, char *target, size_t size)
{
    if (size == 0) {
        return false;
    }
    if (slice.length >= size) {
        target[0] = '\0';
        return false;
    }
    if (slice.length > 0) {
        memcpy(target, slice.at, slice.length);
    }
    target[slice.length] = '\0';
    return true;
}

char *slice_duplicate(struct slice slice)
{
    char *copy = malloc(slice.length + 1);
    if (copy == NULL || !slice_copy_text(slice, copy, slice.length + 1)) {
        free(copy);
        return NULL;
    }
    return copy;
}

bool slice_parse_int64(struct slice slice, int64_t *ret_value)
{
    bool negative = slice.length > 0 && slice.at[0] == '-';
    size_t start = negative ? 1 : 0;
    if (slice.length == start || slice.length - start > INT64_SAFE_DIGITS) {
        return false;
    }
    int64_t value = 0;
    for (size_t i = start; i < slice.length; i++) {
        if (slice.at[i] < '0' || slice.at[i] > '9') {
            return false;
        }
        value = value * 10 + (slice.at[i] - '0');
    }
    *ret_value = negative ? -value : value;
    return true;
}

void bytes_init(struct bytes *bytes, size_t ceiling)
{
    *bytes = (struct bytes){.ceiling = ceiling};
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct bytes){.ceiling = bytes->ceiling};
}

void memory_wipe(void *at, size_t length)
{
    if (length > 0) {
        explicit_bzero(at, length);
    }
}

void bytes_wipe(struct bytes *bytes)
{
    memory_wipe(bytes->at, bytes->capacity);
    bytes_free(bytes);
}

void bytes_clear(struct bytes *bytes)
{
    bytes->length = 0;
}

struct status bytes_reserve(struct bytes *bytes, size_t more)
{
    if (more > bytes->ceiling || bytes->length > bytes->ceiling - more) {
        return status_make(STATUS_TOO_LARGE, "%zu bytes and %zu more are over the ceiling of %zu",
                           bytes->length, more, bytes->ceiling);
    }
    if (more > SIZE_MAX / 4 || bytes->length > SIZE_MAX / 4) {
        return status_no_memory("a buffer", more);
    }
    size_t needed = bytes->length + more + 1; /* room for bytes_terminate */
    if (needed <= bytes->capacity) {
        return status_ok();
    }
    size_t capacity = bytes->capacity < BYTES_FIRST_CAPACITY ? BYTES_FIRST_CAPACITY : bytes->capacity;
    while (capacity < needed) {
        capacity += capacity / 2;
    }
    if (capacity - 1 > bytes->ceiling) {
        capacity = bytes->ceiling + 1;
    }
    char *grown = realloc(bytes->at, capacity);
    if (grown == NULL) {
        return status_no_memory("a buffer", capacity);
    }
    bytes->at = grown;
    bytes->capacity = capacity;
    return status_ok();
}

struct status bytes_append(struct bytes *bytes, const void *data, size_t length)
{
    if (length == 0) {
        return status_ok();
    }
    TRY(bytes_reserve(bytes, length));
    memcpy(bytes->at + bytes->length, data, length);
    bytes->length += length;
    return status_ok();
}

struct status bytes_append_text(struct bytes *bytes, const char *text)
{
    return bytes_append(bytes, text, strlen(text));
}

struct status bytes_append_slice(struct bytes *bytes, struct slice slice)
{
    return bytes_append(bytes, slice.at, slice.length);
}

struct status bytes_append_format(struct bytes *bytes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    struct status status = length < 0
                               ? status_make(STATUS_INTERNAL, "the format '%s' cannot be printed", format)
                               : bytes_reserve(bytes, (size_t)length);
    if (status.code == STATUS_OK) {
        vsnprintf(bytes->at + bytes->length, (size_t)length + 1, format, again);
        bytes->length += (size_t)length;
    }
    va_end(again);
    return status;
}

struct status bytes_terminate(struct bytes *bytes, const char **ret_text)
{
    TRY(bytes_reserve(bytes, 0));
    bytes->at[bytes->length] = '\0';
    *ret_text = bytes->at;
    return status_ok();
}
