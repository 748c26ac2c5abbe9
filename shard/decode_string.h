/* Strings of JSON: the inner loop of the page's reader, for decode_cursor.c alone. One thread. */
#ifndef PENSTOCK_SHARD_DECODE_STRING_H
#define PENSTOCK_SHARD_DECODE_STRING_H

#include "shard/decode_cursor.h"
#include "shard/decode_scan.h"

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
        unsigned mask = decode_scan_sixteen(start);
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

#endif
