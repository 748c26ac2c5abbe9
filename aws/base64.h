/* Base64 (RFC 4648, section 4, with padding). The encoder is on the path of every delivered byte. */
#ifndef PENSTOCK_AWS_BASE64_H
#define PENSTOCK_AWS_BASE64_H

#include "base/bytes.h"

/* The encoded length of `length` bytes. */
static inline size_t base64_length(size_t length)
{
    return (length + 2) / 3 * 4;
}

/* Writes exactly base64_length(length) characters to `target`, no NUL. The two must not overlap. */
void base64_encode(const unsigned char *data, size_t length, char *target);

/* Appends the decoded bytes. STATUS_CORRUPT when `text` is not whole, padded base64 without blanks. */
struct status base64_decode(struct slice text, struct bytes *target) MUST_USE;

#endif
