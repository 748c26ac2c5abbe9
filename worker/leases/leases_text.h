/* Foreign names made fit for a terminal, a CSV file or JSON. Whatever a row holds, nothing that is printed can
 * move a cursor, break a line or turn the direction of writing. Pure. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_TEXT_H
#define PENSTOCK_WORKER_LEASES_LEASES_TEXT_H

#include "base/bytes.h"

/* The next character of UTF-8 text: its code point, or -1 for a byte that is no part of any; *ret_length is
 * how many bytes it takes (1 at least). `text` is not empty. */
int32_t leases_text_decode(struct slice text, size_t *ret_length);

/* Appends the text with backslashes doubled and control characters (C0, DEL, C1), bytes that are no UTF-8,
 * line separators and bidirectional controls as \n \r \t, \xNN or \u{N}; without `utf8` every character beyond
 * ASCII too. */
struct status leases_text_escape(struct bytes *target, struct slice text, bool utf8) MUST_USE;

/* Columns that an escaped text takes on a terminal: wide East Asian characters two, combining marks none. */
size_t leases_text_width(struct slice escaped);

/* Appends an escaped text that takes `width` columns at most: of a longer one the middle is left out, since
 * shard ids and worker ids differ at their ends ("shardId-0..3c4d"). */
struct status leases_text_fit(struct bytes *target, struct slice escaped, size_t width) MUST_USE;

/* Appends a field of CSV, RFC 4180: quoted when it holds a comma, a quote, a blank at an end or a line break.
 */
struct status leases_text_csv(struct bytes *target, struct slice text) MUST_USE;

/* Appends a JSON string, in which control characters beyond those that JSON itself forbids are escaped too,
 * and what is no UTF-8 becomes U+FFFD. */
struct status leases_text_json(struct bytes *target, struct slice text) MUST_USE;

/* Appends JSON that means the same, in one line, made fit as leases_text_json makes a string. */
struct status leases_text_json_safe(struct bytes *target, struct slice json) MUST_USE;

/* "250ms", "12s", "4m31s", "3h05m", "2d04h": two units at most, for people. */
enum { LEASES_TIME_BYTES = 24 };
void leases_text_time(int64_t ms, char ret_text[LEASES_TIME_BYTES]);

#endif
