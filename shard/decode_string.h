/* Strings of JSON: the inner loop of the page's reader, for decode_cursor.c alone. One thread. */
#ifndef PENSTOCK_SHARD_DECODE_STRING_H
#define PENSTOCK_SHARD_DECODE_STRING_H

#include "base/json_scan.h"
#include "shard/decode_cursor.h"

/* Any string. Use decode_string_pass. */
bool decode_string_pass_any(struct decode_cursor *cursor, struct slice *ret_text, bool *ret_escaped) MUST_USE;

/* As decode_cursor_string; *ret_escaped says whether there is a backslash in it. Most names and many values are plain
 * and short: those cost one look. */
static inline MUST_USE bool decode_string_pass(struct decode_cursor *cursor, struct slice *ret_text,
                                               bool *ret_escaped)
{
#if defined(__SSE2__)
    const char *start = cursor->at + 1;
    if (cursor->end - cursor->at > 16 && *cursor->at == '"') {
        unsigned mask = json_scan_sixteen(start);
        unsigned length = (unsigned)__builtin_ctz(mask | 0x10000u);
        if (start[length & 15] == '"' && mask != 0) {
            *ret_text = slice_of(start, length);
            *ret_escaped = false;
            cursor->at = start + length + 1;
            return true;
        }
    }
#endif
    return decode_string_pass_any(cursor, ret_text, ret_escaped);
}

/* Where a character of two or three bytes ends that is sound without a look at special cases; NULL: a closer look
 * is needed. Three bytes are readable at `at`. */
static inline const char *decode_string_pass_utf8(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    if (bytes[0] >= 0xC2 && bytes[0] < 0xE0 && (bytes[1] & 0xC0) == 0x80) {
        return at + 2;
    }
    bool usual = bytes[0] > 0xE0 && bytes[0] < 0xF0 && bytes[0] != 0xED;
    return usual && (bytes[1] & 0xC0) == 0x80 && (bytes[2] & 0xC0) == 0x80 ? at + 3 : NULL;
}

static inline bool decode_string_is_short_escape(char byte)
{
    return byte == '"' || byte == 'n' || byte == '\\' || byte == '/' || byte == 't' || byte == 'r' ||
           byte == 'b' || byte == 'f';
}

/* The end of the special character at `at` when it is a usual one; NULL else. */
static inline const char *decode_string_pass_usual(const char *at, const char *end)
{
    if (end - at < 3) {
        return NULL;
    }
    if (*at == '\\') {
        return decode_string_is_short_escape(at[1]) ? at + 2 : NULL;
    }
    return decode_string_pass_utf8(at);
}

/* Any other: NULL when it is wrong. Use decode_string_pass_special. */
const char *decode_string_pass_unusual(const char *at, const char *end) MUST_USE;

/* Behind the character or escape at `at`, which is neither plain nor a quote; NULL when it is wrong. */
static inline MUST_USE const char *decode_string_pass_special(const char *at, const char *end)
{
    const char *behind = decode_string_pass_usual(at, end);
    return behind != NULL ? behind : decode_string_pass_unusual(at, end);
}

#endif
