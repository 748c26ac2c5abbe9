#include "shard/decode_cursor.h"

#include "shard/decode_scan.h"
#include "shard/decode_text.h"

bool decode_cursor_fail(struct decode_cursor *cursor, const char *error)
{
    cursor->error = error;
    return false;
}

void decode_cursor_space_found(struct decode_cursor *cursor)
{
    for (; cursor->at < cursor->end; cursor->at++) {
        char byte = *cursor->at;
        if (byte == '\n' || byte == '\r') {
            cursor->line_break = true;
        } else if (byte != ' ' && byte != '\t') {
            return;
        }
    }
}

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

bool decode_cursor_string(struct decode_cursor *cursor, struct slice *ret_text)
{
    if (decode_cursor_peek(cursor) != '"') {
        return decode_cursor_fail(cursor, "a string was expected");
    }
    const char *start = ++cursor->at;
    for (;;) {
        cursor->at = decode_scan(cursor->at, cursor->end);
        if (cursor->at == cursor->end) {
            return decode_cursor_fail(cursor, "the text ends inside a string");
        }
        unsigned char byte = (unsigned char)*cursor->at;
        if (byte == '"') {
            *ret_text = slice_of(start, (size_t)(cursor->at - start));
            cursor->at++;
            return true;
        }
        if (byte == '\\') {
            if (!pass_escape(cursor)) {
                return false;
            }
        } else if (byte < 0x20) {
            return decode_cursor_fail(cursor, "a control character inside a string");
        } else if (!decode_cursor_utf8(cursor)) {
            return false;
        }
    }
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool pass_digits(struct decode_cursor *cursor)
{
    if (!is_digit(decode_cursor_peek(cursor))) {
        return decode_cursor_fail(cursor, "not a number of JSON");
    }
    while (is_digit(decode_cursor_peek(cursor))) {
        cursor->at++;
    }
    return true;
}

static bool pass_number(struct decode_cursor *cursor)
{
    if (decode_cursor_peek(cursor) == '-') {
        cursor->at++;
    }
    if (decode_cursor_peek(cursor) == '0') {
        cursor->at++;
        if (is_digit(decode_cursor_peek(cursor))) {
            return decode_cursor_fail(cursor, "not a number of JSON");
        }
    } else if (!pass_digits(cursor)) {
        return false;
    }
    if (decode_cursor_peek(cursor) == '.') {
        cursor->at++;
        if (!pass_digits(cursor)) {
            return false;
        }
    }
    if (decode_cursor_peek(cursor) == 'e' || decode_cursor_peek(cursor) == 'E') {
        cursor->at++;
        if (decode_cursor_peek(cursor) == '+' || decode_cursor_peek(cursor) == '-') {
            cursor->at++;
        }
        return pass_digits(cursor);
    }
    return true;
}

static bool pass_literal(struct decode_cursor *cursor, const char *literal)
{
    size_t length = strlen(literal);
    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, literal, length) != 0) {
        return decode_cursor_fail(cursor, "a value was expected");
    }
    cursor->at += length;
    return true;
}

static bool pass_scalar(struct decode_cursor *cursor)
{
    struct slice text;
    switch (decode_cursor_peek(cursor)) {
    case '"':
        return decode_cursor_string(cursor, &text);
    case 't':
        return pass_literal(cursor, "true");
    case 'f':
        return pass_literal(cursor, "false");
    case 'n':
        return pass_literal(cursor, "null");
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return pass_number(cursor);
    default:
        return decode_cursor_fail(cursor, "a value was expected");
    }
}

/* Which of the open containers are objects, one bit each, the innermost lowest. */
struct nesting {
    uint64_t objects[(DECODE_NESTING + 63) / 64];
    unsigned depth;
};

static bool nesting_in_object(const struct nesting *nesting)
{
    unsigned top = nesting->depth - 1;
    return (nesting->objects[top / 64] >> (top % 64) & 1) != 0;
}

/* Passes over a comma, or over closing brackets until one is not followed by another. */
static bool pass_ends(struct decode_cursor *cursor, struct nesting *nesting)
{
    while (nesting->depth > 0) {
        decode_cursor_space(cursor);
        char byte = decode_cursor_peek(cursor);
        if (byte == ',') {
            cursor->at++;
            decode_cursor_space(cursor);
            return true;
        }
        if (byte != (nesting_in_object(nesting) ? '}' : ']')) {
            return decode_cursor_fail(cursor, "a comma or a closing bracket was expected");
        }
        cursor->at++;
        nesting->depth--;
    }
    return true;
}

/* Enters the container at the cursor; an empty one is passed over at once, with what ends behind it. */
static bool pass_opening(struct decode_cursor *cursor, struct nesting *nesting)
{
    if (nesting->depth == DECODE_NESTING) {
        return decode_cursor_fail(cursor, "nested too deep");
    }
    unsigned top = nesting->depth++;
    bool is_object = *cursor->at++ == '{';
    uint64_t bit = (uint64_t)1 << (top % 64);
    nesting->objects[top / 64] = (nesting->objects[top / 64] & ~bit) | (is_object ? bit : 0);
    decode_cursor_space(cursor);
    return decode_cursor_peek(cursor) != (is_object ? '}' : ']') || pass_ends(cursor, nesting);
}

static bool pass_name(struct decode_cursor *cursor, struct slice *ret_name)
{
    if (!decode_cursor_string(cursor, ret_name)) {
        return false;
    }
    decode_cursor_space(cursor);
    if (decode_cursor_peek(cursor) != ':') {
        return decode_cursor_fail(cursor, "a colon was expected");
    }
    cursor->at++;
    decode_cursor_space(cursor);
    return true;
}

static bool pass_container(struct decode_cursor *cursor)
{
    struct nesting nesting = {.depth = 0};
    struct slice name;
    if (!pass_opening(cursor, &nesting)) {
        return false;
    }
    while (nesting.depth > 0) {
        if (nesting_in_object(&nesting) && !pass_name(cursor, &name)) {
            return false;
        }
        char byte = decode_cursor_peek(cursor);
        bool passed = byte == '{' || byte == '[' ? pass_opening(cursor, &nesting)
                                                 : pass_scalar(cursor) && pass_ends(cursor, &nesting);
        if (!passed) {
            return false;
        }
    }
    return true;
}

bool decode_cursor_value(struct decode_cursor *cursor, struct slice *ret_value)
{
    const char *start = cursor->at;
    char byte = decode_cursor_peek(cursor);
    if (!(byte == '{' || byte == '[' ? pass_container(cursor) : pass_scalar(cursor))) {
        return false;
    }
    *ret_value = slice_of(start, (size_t)(cursor->at - start));
    return true;
}

/* Passes over what stands before the next item of the container: its opening bracket or a comma. */
static enum decode_step pass_to_item(struct decode_cursor *cursor, bool *first, char open, char close)
{
    decode_cursor_space(cursor);
    char byte = decode_cursor_peek(cursor);
    if (!*first && byte == close) {
        cursor->at++;
        return DECODE_STEP_END;
    }
    if (byte != (*first ? open : ',')) {
        decode_cursor_fail(cursor, *first ? "an object or array was expected"
                                          : "a comma or a closing bracket was expected");
        return DECODE_STEP_ERROR;
    }
    cursor->at++;
    decode_cursor_space(cursor);
    if (*first && decode_cursor_peek(cursor) == close) {
        cursor->at++;
        return DECODE_STEP_END;
    }
    *first = false;
    return DECODE_STEP_ITEM;
}

static inline enum decode_step pass_to_member(struct decode_cursor *cursor, bool *first,
                                              struct slice *ret_raw)
{
    enum decode_step step = pass_to_item(cursor, first, '{', '}');
    return step != DECODE_STEP_ITEM || pass_name(cursor, ret_raw) ? step : DECODE_STEP_ERROR;
}

enum decode_step decode_cursor_raw_member(struct decode_cursor *cursor, bool *first, struct slice *ret_raw)
{
    return pass_to_member(cursor, first, ret_raw);
}

enum decode_step decode_cursor_member(struct decode_cursor *cursor, bool *first,
                                      char plain[DECODE_NAME_BYTES], struct slice *ret_name)
{
    struct slice raw;
    enum decode_step step = pass_to_member(cursor, first, &raw);
    if (step != DECODE_STEP_ITEM) {
        return step;
    }
    if (raw.length > 0 && memchr(raw.at, '\\', raw.length) != NULL) {
        size_t length = 0;
        raw = decode_text_unescape(raw, plain, DECODE_NAME_BYTES, &length) ? slice_of(plain, length)
                                                                           : slice_of(plain, 0);
    }
    *ret_name = raw;
    return DECODE_STEP_ITEM;
}

enum decode_step decode_cursor_element(struct decode_cursor *cursor, bool *first)
{
    return pass_to_item(cursor, first, '[', ']');
}
