/* A cursor over strict JSON text (RFC 8259) in memory: passes over values without building anything.
 *
 * Checked: the grammar of objects, arrays, strings, numbers and literals; no control character inside a
 * string; UTF-8 is well formed (no overlong form, no surrogate, at most U+10FFFF); a \u escape of a high
 * surrogate is followed by one of a low one; nesting of one value is at most DECODE_NESTING. On an error a
 * function returns false, `error` says what and `at` stands where. Plain data of one thread.
 */
#ifndef PENSTOCK_SHARD_DECODE_CURSOR_H
#define PENSTOCK_SHARD_DECODE_CURSOR_H

#include "base/bytes.h"

/* An item's attribute takes two levels for each of DynamoDB's 32. */
enum { DECODE_NESTING = 96 };

enum { DECODE_NAME_BYTES = 64 }; /* no name that the page's reader looks for is longer */

struct decode_cursor {
    const char *at;
    const char *end;
    const char *error; /* a literal, or NULL */
    bool line_break; /* a line feed or carriage return stood between tokens since this was last cleared */
};

/* The byte at the cursor; NUL, which no token starts with, at the end. */
static inline char decode_cursor_peek(const struct decode_cursor *cursor)
{
    return cursor->at < cursor->end ? *cursor->at : '\0';
}

/* False, always. */
bool decode_cursor_fail(struct decode_cursor *cursor, const char *error);

/* Passes over white space that is there. Use decode_cursor_space. */
void decode_cursor_space_found(struct decode_cursor *cursor);

static inline void decode_cursor_space(struct decode_cursor *cursor)
{
    if (cursor->at < cursor->end && (unsigned char)*cursor->at <= ' ') {
        decode_cursor_space_found(cursor);
    }
}

/* Passes over a string, quotes included; *ret_text is what stands between them, escapes as they are. */
bool decode_cursor_string(struct decode_cursor *cursor, struct slice *ret_text) MUST_USE;

/* Passes over one character of two to four bytes, as UTF-8 writes those beyond ASCII. */
bool decode_cursor_utf8(struct decode_cursor *cursor) MUST_USE;

/* Passes over any value; *ret_value is its text, without white space around it. */
bool decode_cursor_value(struct decode_cursor *cursor, struct slice *ret_value) MUST_USE;

/* Steps through an object's members or an array's elements. Call with the cursor on '{' or '[' and *first
 * true, then, after each value was passed over, again; `first` is the caller's to keep. */
enum decode_step { DECODE_STEP_ITEM, DECODE_STEP_END, DECODE_STEP_ERROR };

/* Stands on the member's value. *ret_name is its name: as it is written, or, written with escapes, as the
 * text behind them in `plain` (empty when longer than that). */
enum decode_step decode_cursor_member(struct decode_cursor *cursor, bool *first,
                                      char plain[DECODE_NAME_BYTES], struct slice *ret_name);
/* The same with the name as it is written, escapes and all. */
enum decode_step decode_cursor_raw_member(struct decode_cursor *cursor, bool *first, struct slice *ret_raw);
/* Stands on the element. */
enum decode_step decode_cursor_element(struct decode_cursor *cursor, bool *first);

#endif
