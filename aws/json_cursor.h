/* A cursor over JSON text (RFC 8259) in memory: passes over values without building anything, for replies that come by the
 * hundred a second. Others are read as trees (aws/json.h).
 *
 * Checked: the grammar of objects, arrays, strings, numbers and literals, no control character inside a string, nesting of
 * at most JSON_CURSOR_NESTING. Not checked: UTF-8. A function that returns false leaves `at` where the text is
 * malformed. White space before a token is passed over. Plain data of one thread. */
#ifndef PENSTOCK_AWS_JSON_CURSOR_H
#define PENSTOCK_AWS_JSON_CURSOR_H

#include "base/bytes.h"
#include "base/status.h"

enum { JSON_CURSOR_NESTING = 64 };

struct json_cursor {
    const char *at;
    const char *end;
};

struct json_cursor json_cursor_of(struct slice text);

/* Passes over white space that is there. Use json_cursor_peek(). */
void json_cursor_pass_space(struct json_cursor *cursor);

/* The byte that the next token begins with; NUL at the end. */
static inline char json_cursor_peek(struct json_cursor *cursor)
{
    if (cursor->at < cursor->end && (unsigned char)*cursor->at <= ' ') {
        json_cursor_pass_space(cursor);
    }
    return cursor->at < cursor->end ? *cursor->at : '\0';
}

/* Passes over `c`, which is not NUL, if it is what comes next. */
static inline MUST_USE bool json_cursor_take(struct json_cursor *cursor, char c)
{
    bool there = json_cursor_peek(cursor) == c;
    cursor->at += there ? 1 : 0;
    return there;
}

/* Whether nothing comes any more. */
bool json_cursor_is_at_end(struct json_cursor *cursor);

/* Passes over a string; *ret_raw is what stands between its quotes, escapes as they are. */
bool json_cursor_string(struct json_cursor *cursor, struct slice *ret_raw) MUST_USE;

/* Passes over a number, true, false or null. */
bool json_cursor_word(struct json_cursor *cursor, struct slice *ret_word) MUST_USE;

/* Passes over any value; *ret_value is its text. */
bool json_cursor_value(struct json_cursor *cursor, struct slice *ret_value) MUST_USE;

/* Steps through an object's members or an array's elements. Call with the cursor before '{' or '[' and *first true,
 * then, after each value was passed over, again; `first` is the caller's to keep. ITEM: the cursor stands before the
 * value. */
enum json_step { JSON_STEP_ITEM, JSON_STEP_END, JSON_STEP_MALFORMED };
enum json_step json_cursor_member(struct json_cursor *cursor, bool *first, struct slice *ret_raw_name);
enum json_step json_cursor_element(struct json_cursor *cursor, bool *first);

/* The text behind `raw`, the inside of a string that was passed over, into `target` with a final NUL. False when it does not
 * fit `size`, has a NUL of its own or half a surrogate pair. */
bool json_cursor_unescape(struct slice raw, char *target, size_t size) MUST_USE;

/* Passes over an object and finds the first of its members with each of `names`, of 63 bytes at most: values[i] is the text
 * of the value, with a NULL `at` where there is none. */
bool json_cursor_members(struct json_cursor *cursor, const struct slice *names, size_t count,
                         struct slice *values) MUST_USE;

/* The same of the whole text. STATUS_CORRUPT with the place when it is malformed. */
struct status json_cursor_find(struct slice text, const struct slice *names, size_t count,
                               struct slice *values) MUST_USE;

#endif
