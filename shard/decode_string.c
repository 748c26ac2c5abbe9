#include "shard/decode_string.h"

/* The number after "\u"; -1: not four hexadecimal digits. */
static int read_hex4(const char *at, const char *end)
{
    if (end - at < 4) {
        return -1;
    }
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char byte = at[i];
        int digit = byte >= '0' && byte <= '9'   ? byte - '0'
                    : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                    : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                                 : -1;
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

static bool pass_unicode_escape(struct decode_cursor *cursor)
{
    const char *at = cursor->at;
    int unit = read_hex4(at + 2, cursor->end);
    if (unit < 0) {
        return decode_cursor_fail(cursor, "\\u without four hexadecimal digits");
    }
    at += 6;
    if (unit >= 0xD800 && unit < 0xDC00 && cursor->end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        int low = read_hex4(at + 2, cursor->end);
        if (low >= 0xDC00 && low < 0xE000) {
            cursor->at = at + 6;
            return true;
        }
    }
    if (unit >= 0xD800 && unit < 0xE000) {
        return decode_cursor_fail(cursor, "half of a surrogate pair");
    }
    cursor->at = at;
    return true;
}

static bool pass_escape(struct decode_cursor *cursor)
{
    if (cursor->end - cursor->at < 2) {
        return decode_cursor_fail(cursor, "the text ends inside a string");
    }
    switch (cursor->at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        cursor->at += 2;
        return true;
    case 'u':
        return pass_unicode_escape(cursor);
    default:
        return decode_cursor_fail(cursor, "unknown escape");
    }
}

/* How many bytes follow a lead byte in UTF-8; 0: no lead byte. */
static int count_continuations(unsigned char lead)
{
    if (lead < 0xC2 || lead > 0xF4) {
        return 0;
    }
    return lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
}

/* Table 3-7 of the Unicode standard: how long the sequence is and what its second byte may be. */
bool decode_cursor_utf8(struct decode_cursor *cursor)
{
    const unsigned char *at = (const unsigned char *)cursor->at;
    unsigned char lead = at[0];
    int more = count_continuations(lead);
    if (more == 0 || cursor->end - cursor->at <= more) {
        return decode_cursor_fail(cursor, "bytes that are not UTF-8");
    }
    unsigned char least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char greatest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    bool sound = at[1] >= least && at[1] <= greatest;
    for (int i = 2; i <= more; i++) {
        sound = sound && (at[i] & 0xC0) == 0x80;
    }
    if (!sound) {
        return decode_cursor_fail(cursor, "bytes that are not UTF-8");
    }
    cursor->at += more + 1;
    return true;
}

/* Passes over the byte at the cursor, which is not plain, and what belongs to it. */
static bool pass_special(struct decode_cursor *cursor)
{
    unsigned char byte = (unsigned char)*cursor->at;
    if (byte == '\\') {
        return pass_escape(cursor);
    }
    return byte < 0x20 ? decode_cursor_fail(cursor, "a control character inside a string")
                       : decode_cursor_utf8(cursor);
}

const char *decode_string_pass_unusual(const char *at, const char *end)
{
    struct decode_cursor cursor = {.at = at, .end = end};
    return pass_special(&cursor) ? cursor.at : NULL;
}

bool decode_string_pass_any(struct decode_cursor *cursor, struct slice *ret_text, bool *ret_escaped)
{
    if (decode_cursor_peek(cursor) != '"') {
        return decode_cursor_fail(cursor, "a string was expected");
    }
    const char *start = cursor->at + 1;
    const char *end = cursor->end;
    const char *at = start;
    bool escaped = false;
    while ((at = json_scan(at, end)) < end && *at != '"') {
        escaped |= *at == '\\';
        const char *behind = decode_string_pass_usual(at, end);
        if (behind == NULL) {
            cursor->at = at;
            if (!pass_special(cursor)) {
                return false;
            }
            behind = cursor->at;
        }
        at = behind;
    }
    cursor->at = at;
    if (at == end) {
        return decode_cursor_fail(cursor, "the text ends inside a string");
    }
    *ret_text = slice_of(start, (size_t)(at - start));
    *ret_escaped = escaped;
    cursor->at = at + 1;
    return true;
}

bool decode_cursor_string(struct decode_cursor *cursor, struct slice *ret_text)
{
    bool escaped;
    return decode_string_pass(cursor, ret_text, &escaped);
}
