#include "aws/json_cursor.h"

#include "base/json_scan.h"
#include "base/utf8.h"

enum { NAME_BYTES = 64, UNICODE_HIGH = 0xD800, UNICODE_LOW = 0xDC00, UNICODE_LOW_END = 0xE000 };

struct json_cursor json_cursor_of(struct slice text)
{
    return (struct json_cursor){text.at, text.length == 0 ? text.at : text.at + text.length};
}

void json_cursor_pass_space(struct json_cursor *cursor)
{
    while (cursor->at < cursor->end &&
           (*cursor->at == ' ' || *cursor->at == '\n' || *cursor->at == '\r' || *cursor->at == '\t')) {
        cursor->at++;
    }
}

bool json_cursor_is_at_end(struct json_cursor *cursor)
{
    (void)json_cursor_peek(cursor);
    return cursor->at == cursor->end;
}

/* ---- Strings ---- */

/* The value of four hexadecimal digits; -1 when they are none. */
static int32_t hex4(const char *at, const char *end)
{
    int32_t value = 0;
    if (end - at < 4) {
        return -1;
    }
    for (size_t i = 0; i < 4; i++) {
        unsigned digit = (unsigned)at[i] - '0';
        unsigned letter = ((unsigned)at[i] | 32u) - 'a';
        if (digit > 9 && letter > 5) {
            return -1;
        }
        value = value * 16 + (int32_t)(digit <= 9 ? digit : letter + 10);
    }
    return value;
}

/* What a backslash and `c` stand for; NUL: no escape of one character. */
static char escaped(char c)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const char *found = memchr(from, c, sizeof from - 1);
    return found == NULL ? '\0' : to[found - from];
}

static bool pass_escape(struct json_cursor *cursor)
{
    if (cursor->end - cursor->at < 2) {
        return false;
    }
    bool unicode = cursor->at[1] == 'u';
    if (unicode ? hex4(cursor->at + 2, cursor->end) < 0 : escaped(cursor->at[1]) == '\0') {
        return false;
    }
    cursor->at += unicode ? 6 : 2;
    return true;
}

bool json_cursor_string(struct json_cursor *cursor, struct slice *ret_raw)
{
    if (!json_cursor_take(cursor, '"')) {
        return false;
    }
    const char *start = cursor->at;
    for (;;) {
        cursor->at = json_scan(cursor->at, cursor->end);
        if (cursor->at == cursor->end || (unsigned char)*cursor->at < ' ') {
            return false;
        }
        if (*cursor->at == '"') {
            break;
        }
        if (*cursor->at != '\\') {
            cursor->at++; /* from 0x80 on */
        } else if (!pass_escape(cursor)) {
            return false;
        }
    }
    *ret_raw = slice_of(start, (size_t)(cursor->at - start));
    cursor->at++;
    return true;
}

/* The bytes behind the escape at *at, which goes on behind it; 0: there are none that a text could hold. */
static size_t take_escape(const char **at, const char *end, char bytes[4])
{
    if ((*at)[1] != 'u') {
        bytes[0] = escaped((*at)[1]);
        *at += 2;
        return 1;
    }
    int32_t code = hex4(*at + 2, end);
    *at += 6;
    if (code >= UNICODE_HIGH && code < UNICODE_LOW && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        int32_t low = hex4(*at + 2, end);
        if (low >= UNICODE_LOW && low < UNICODE_LOW_END) {
            code = 0x10000 + (code - UNICODE_HIGH) * 0x400 + (low - UNICODE_LOW);
            *at += 6;
        }
    }
    bool half = code >= UNICODE_HIGH && code < UNICODE_LOW_END;
    return code <= 0 || half ? 0 : utf8_write((uint32_t)code, bytes);
}

static bool has_escape(struct slice raw)
{
    return raw.length > 0 && memchr(raw.at, '\\', raw.length) != NULL;
}

bool json_cursor_unescape(struct slice raw, char *target, size_t size)
{
    if (!has_escape(raw)) {
        return slice_copy_text(raw, target, size);
    }
    const char *end = raw.at + raw.length;
    size_t used = 0;
    for (const char *at = raw.at; at < end;) {
        char bytes[4] = {*at};
        size_t length = 1;
        if (*at == '\\') {
            length = take_escape(&at, end, bytes);
        } else {
            at++;
        }
        if (length == 0 || size - used <= length) {
            target[0] = '\0';
            return false;
        }
        memcpy(target + used, bytes, length);
        used += length;
    }
    target[used] = '\0';
    return true;
}

/* ---- Values ---- */

static bool is_digit(const struct json_cursor *cursor)
{
    return cursor->at < cursor->end && (unsigned)*cursor->at - '0' <= 9;
}

static bool pass_digits(struct json_cursor *cursor)
{
    bool any = is_digit(cursor);
    while (is_digit(cursor)) {
        cursor->at++;
    }
    return any;
}

static bool pass_one_of(struct json_cursor *cursor, char a, char b)
{
    if (cursor->at == cursor->end || (*cursor->at != a && *cursor->at != b)) {
        return false;
    }
    cursor->at++;
    return true;
}

static bool pass_number(struct json_cursor *cursor)
{
    (void)pass_one_of(cursor, '-', '-');
    if (!pass_one_of(cursor, '0', '0') && !pass_digits(cursor)) {
        return false;
    }
    if (pass_one_of(cursor, '.', '.') && !pass_digits(cursor)) {
        return false;
    }
    if (pass_one_of(cursor, 'e', 'E')) {
        (void)pass_one_of(cursor, '+', '-');
        return pass_digits(cursor);
    }
    return true;
}

static bool pass_literal(struct json_cursor *cursor)
{
    static const char *const literals[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
        size_t length = strlen(literals[i]);
        if ((size_t)(cursor->end - cursor->at) >= length && memcmp(cursor->at, literals[i], length) == 0) {
            cursor->at += length;
            return true;
        }
    }
    return false;
}

bool json_cursor_word(struct json_cursor *cursor, struct slice *ret_word)
{
    char first = json_cursor_peek(cursor);
    const char *start = cursor->at;
    bool number = first == '-' || (unsigned)first - '0' <= 9;
    if (!(number ? pass_number(cursor) : pass_literal(cursor))) {
        return false;
    }
    *ret_word = slice_of(start, (size_t)(cursor->at - start));
    return true;
}

enum json_step json_cursor_member(struct json_cursor *cursor, bool *first, struct slice *ret_raw_name)
{
    if (*first && !json_cursor_take(cursor, '{')) {
        return JSON_STEP_MALFORMED;
    }
    bool begins = *first;
    *first = false;
    if (json_cursor_take(cursor, '}')) {
        return JSON_STEP_END;
    }
    bool good = (begins || json_cursor_take(cursor, ',')) && json_cursor_string(cursor, ret_raw_name) &&
                json_cursor_take(cursor, ':');
    return good ? JSON_STEP_ITEM : JSON_STEP_MALFORMED;
}

enum json_step json_cursor_element(struct json_cursor *cursor, bool *first)
{
    if (*first && !json_cursor_take(cursor, '[')) {
        return JSON_STEP_MALFORMED;
    }
    bool begins = *first;
    *first = false;
    if (json_cursor_take(cursor, ']')) {
        return JSON_STEP_END;
    }
    return begins || json_cursor_take(cursor, ',') ? JSON_STEP_ITEM : JSON_STEP_MALFORMED;
}

static bool pass_value(struct json_cursor *cursor, size_t depth); /* NOLINT(misc-no-recursion): bounded */

/* NOLINTNEXTLINE(misc-no-recursion): JSON_CURSOR_NESTING bounds it */
static bool pass_members(struct json_cursor *cursor, bool object, size_t depth)
{
    bool first = true;
    struct slice name;
    for (;;) {
        enum json_step step =
            object ? json_cursor_member(cursor, &first, &name) : json_cursor_element(cursor, &first);
        if (step != JSON_STEP_ITEM) {
            return step == JSON_STEP_END;
        }
        if (!pass_value(cursor, depth)) {
            return false;
        }
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): JSON_CURSOR_NESTING bounds it */
static bool pass_value(struct json_cursor *cursor, size_t depth)
{
    struct slice text;
    char first = json_cursor_peek(cursor);
    if (first == '"') {
        return json_cursor_string(cursor, &text);
    }
    if (first != '{' && first != '[') {
        return json_cursor_word(cursor, &text);
    }
    return depth < JSON_CURSOR_NESTING && pass_members(cursor, first == '{', depth + 1);
}

bool json_cursor_value(struct json_cursor *cursor, struct slice *ret_value)
{
    (void)json_cursor_peek(cursor);
    const char *start = cursor->at;
    if (!pass_value(cursor, 0)) {
        return false;
    }
    *ret_value = slice_of(start, (size_t)(cursor->at - start));
    return true;
}

/* The place of the name among `names`; `count`: it is none of them. */
static size_t index_of(struct slice raw_name, const struct slice *names, size_t count)
{
    char plain[NAME_BYTES];
    if (has_escape(raw_name)) {
        if (!json_cursor_unescape(raw_name, plain, sizeof plain)) {
            return count;
        }
        raw_name = slice_of_text(plain);
    }
    size_t i = 0;
    while (i < count && !slice_equals(raw_name, names[i])) {
        i++;
    }
    return i;
}

bool json_cursor_members(struct json_cursor *cursor, const struct slice *names, size_t count,
                         struct slice *values)
{
    bool first = true;
    struct slice name;
    for (size_t i = 0; i < count; i++) {
        values[i] = slice_of(NULL, 0);
    }
    for (;;) {
        enum json_step step = json_cursor_member(cursor, &first, &name);
        if (step != JSON_STEP_ITEM) {
            return step == JSON_STEP_END;
        }
        struct slice value;
        if (!json_cursor_value(cursor, &value)) {
            return false;
        }
        size_t i = index_of(name, names, count);
        if (i < count && values[i].at == NULL) {
            values[i] = value;
        }
    }
}

struct status json_cursor_find(struct slice text, const struct slice *names, size_t count,
                               struct slice *values)
{
    struct json_cursor cursor = json_cursor_of(text);
    if (!json_cursor_members(&cursor, names, count, values) || !json_cursor_is_at_end(&cursor)) {
        return status_make(STATUS_CORRUPT, "the JSON is malformed at byte %zu of %zu",
                           text.length == 0 ? 0 : (size_t)(cursor.at - text.at), text.length);
    }
    return status_ok();
}
