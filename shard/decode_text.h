/* Small texts and numbers of a page, as values. Pure. */
#ifndef PENSTOCK_SHARD_DECODE_TEXT_H
#define PENSTOCK_SHARD_DECODE_TEXT_H

#include "base/bytes.h"

/* The UTF-8 behind the escape at `at`, of a valid string; returns how many bytes the escape takes there. */
size_t decode_text_escape(const char *at, char bytes[4], size_t *ret_length);

/* Writes the text behind `raw` (the inside of a valid JSON string) into `target`, without a final NUL.
 * False when it is longer than `size`. */
bool decode_text_unescape(struct slice raw, char *target, size_t size, size_t *ret_length) MUST_USE;

/* Is `raw` (as above) the same text as `text`, whatever escapes it is written with? */
bool decode_text_equals(struct slice raw, const char *text, size_t length);

/* Seconds as a valid JSON number ("1763900000", "1.7639E9", "1763900000.25") to whole milliseconds, exactly;
 * parts of a millisecond are cut. False when it is negative or over 18 digits of milliseconds. */
bool decode_text_milliseconds(struct slice number, int64_t *ret_ms) MUST_USE;

#endif
